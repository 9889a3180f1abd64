"""MT940 and MT942, SWIFT's statements of an account: fields ``:61:``, each with the ``:86:`` behind it.

Own parser: the libraries there are leave out lines they do not understand and take RC, a credit that is reversed, for a credit.
Here each line is a field, goes on with one, or is refused; and opening balance, movements and closing balance must add up,
or in MT942 the numbers and sums of debits and credits.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from ledgerwatch_pipeline.importing.readers.records import Records, RecordWriter
from ledgerwatch_pipeline.importing.readers.source import Delivered, Notation, notation, one_layout
from ledgerwatch_pipeline.importing.readers.statement import (
    Statement,
    day_of,
    day_or_none,
    exact,
    first_text,
    require_size,
)
from ledgerwatch_pipeline.importing.readers.text import as_utf8
from ledgerwatch_pipeline.model.errors import FileRejectedError

FORMAT = "MT940"
HEADER = (
    ":61: date",
    ":61: value date",
    ":61: amount",
    "counterparty",
    ":86:",
    "type",
    ":61: code",
    ":61: reference",
    ":61: bank reference",
    ":25:",
    "currency",
)
_READER = "mt940 1"
_BEGINS = re.compile(rb"\s*(:?[A-Z0-9][A-Z0-9 ]{2,29}:?[\r\n]+){0,3}(\{1:|:20:|\{4:)")
_ADDRESS = re.compile(r":?[A-Z0-9 ]{3,30}:?")
"""Before a message some banks have lines such as ``ABNANL2A`` and ``940``."""
_FIELD = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)")
_KNOWN = frozenset("20 21 25 25P 28 28C 60F 60M 61 86 62F 62M 64 65 13 13D 34F 90D 90C NS".split())
_CONTINUED = frozenset(("61", "86", "NS"))
_ENTRY = re.compile(
    r"(?P<value>[0-9]{6})(?P<booked>[0-9]{4})?(?P<mark>R?[CD])(?P<funds>[A-Z])?(?P<amount>[0-9]{1,15},[0-9]{0,5})"
    r"(?P<code>[A-Z][A-Z0-9]{3})(?P<reference>.*?)(?://(?P<bank>.*))?"
)
_BALANCE = re.compile(r"(?P<mark>[CD])(?P<day>[0-9]{6})(?P<currency>[A-Z]{3})(?P<amount>[0-9]{1,15},[0-9]{0,5})")
_SUMS = re.compile(r"(?P<count>[0-9]{1,5})(?P<currency>[A-Z]{3})(?P<amount>[0-9]{1,15},[0-9]{0,5})")
_SUBFIELD = re.compile(r"\?([0-9]{2})")
_NAMED = re.compile(r"/(?:NAME|BENM//NAME|ORDP//NAME)/(.*?)(?:/[A-Z]{4}/|$)")
options = notation
layout = one_layout


def sniff(head: bytes, _name: str) -> float:
    """The envelope or the first field, and an account."""
    return 0.95 if _BEGINS.match(head.removeprefix(b"\xef\xbb\xbf")) and b":25" in head else 0


@dataclass
class _Field:
    tag: str
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.lines[0].strip()


@dataclass
class _Entry:
    found: re.Match[str]
    place: str
    supplement: str
    details: list[str] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        """With its sign: a debit, or a credit that is reversed, takes money away."""
        amount = exact(self.found["amount"].replace(",", "."), self.place)
        return -amount if self.found["mark"] in ("D", "RC") else amount


def inspect(file: Delivered, options: Notation) -> Records:
    """Read all statements; raises FileRejectedError naming the line that is wrong, or the statement that does not add up."""
    require_size(file.path.stat().st_size)
    text = as_utf8(file.path, file.scratch).read_text(encoding="utf-8-sig")
    number = 0
    kept = []
    with RecordWriter(file) as writer:
        for statement, entries in _statements(text):
            kept.append(statement.kept())
            for entry in entries:
                number += 1
                writer.add(number, _row(statement, entry, options), place=entry.place)
        return replace(writer.records(HEADER, _READER), statements=tuple(kept))


def _fields(text: str) -> Iterator[_Field | None]:
    """The fields in order; None where a message ends."""
    current: _Field | None = None
    for number, raw in enumerate(text.split("\n"), start=1):
        line = re.sub(r"^(\{[1235]:[^{}]*(\{[^{}]*\}[^{}]*)*\})*\{4:", "", raw)
        found = _FIELD.fullmatch(line)
        if found is not None:
            if current is not None:
                yield current
            if found[1] not in _KNOWN:
                raise FileRejectedError("mt940", f"line {number} has the field :{found[1]}:, which no MT940 has")
            current = _Field(found[1], number, [found[2]])
        elif re.match(r"-(\}|$)|\{[15]:", line.strip()):
            if current is not None:
                yield current
            current = None
            yield None
        elif current is not None and current.tag in _CONTINUED and (current.tag != "61" or len(current.lines) == 1):
            current.lines.append(line)
        elif line.strip() and (current is not None or _ADDRESS.fullmatch(line.strip()) is None):
            raise FileRejectedError("mt940", f"line {number} is no field and goes on with none: {line[:60]!r}")
    if current is not None:
        yield current


def _statements(text: str) -> Iterator[tuple[Statement, list[_Entry]]]:
    statement: Statement | None = None
    entries: list[_Entry] = []
    count = 0
    for each in (*_fields(text), None):
        if statement is not None and (each is None or each.tag == "20"):
            _finish(statement)
            yield statement, entries
            statement = None
        if each is None:
            continue
        if statement is None:
            if each.tag != "20":
                raise FileRejectedError(
                    "mt940", f"line {each.line}: :{each.tag}: comes before :20:, which begins a statement"
                )
            count += 1
            statement, entries = Statement(f"statement {count} (:20:{each.text[:20]})"), []
        _take(statement, entries, each)
    if count == 0:
        raise FileRejectedError("mt940", "the file has no statement (:20:)")


def _take(statement: Statement, entries: list[_Entry], each: _Field) -> None:
    place = f"line {each.line}, :{each.tag}:"
    if each.tag in ("25", "25P"):
        statement.account = each.text
    elif each.tag in ("60F", "60M", "62F", "62M"):
        found = _BALANCE.fullmatch(each.text)
        if found is None:
            raise FileRejectedError("mt940", f"{place} {each.text[:60]!r} is not a balance such as C240229EUR1000,00")
        amount = exact(found["amount"].replace(",", "."), place)
        signed = -amount if found["mark"] == "D" else amount
        if each.tag.startswith("60"):
            statement.opening, statement.first = signed, day_or_none(found["day"])
        else:
            statement.closing, statement.last = signed, day_or_none(found["day"])
        if statement.currency not in ("", found["currency"]):
            raise FileRejectedError(
                "mt940", f"{place} the balance is in {found['currency']} and another in {statement.currency}"
            )
        statement.currency = found["currency"]
    elif each.tag in ("90D", "90C"):
        sums = _SUMS.fullmatch(each.text)
        if sums is None:
            raise FileRejectedError(
                "mt940", f"{place} {each.text[:60]!r} is not a number of entries and their sum such as 2EUR30,00"
            )
        _require_sums(statement, entries, each.tag, int(sums["count"]), exact(sums["amount"].replace(",", "."), place))
    elif each.tag == "34F":
        statement.currency = each.text[:3]
    elif each.tag == "61":
        found = _ENTRY.fullmatch(each.text)
        if found is None:
            raise FileRejectedError(
                "mt940", f"{place} {each.text[:80]!r} is not an entry: date, mark, amount, code, reference"
            )
        entry = _Entry(found, f"line {each.line}, :61: {len(entries) + 1}", " ".join(each.lines[1:]).strip())
        entries.append(entry)
        statement.movements += entry.amount
        statement.entries += 1
    elif each.tag == "86" and entries and statement.closing is None:
        entries[-1].details += each.lines


def _require_sums(statement: Statement, entries: list[_Entry], tag: str, count: int, amount: Decimal) -> None:
    """MT942 has no balances; it says how many debits and credits it has and what they come to."""
    found = [entry.amount for entry in entries if (entry.found["mark"] in ("D", "RC")) == (tag == "90D")]
    if (len(found), abs(sum(found, Decimal(0)))) != (count, amount):
        raise FileRejectedError(
            "balance",
            f"{statement.called} does not add up: its :{tag}: says {count:,} entries of {amount:f}, and it has {len(found):,} of "
            f"{abs(sum(found, Decimal(0))):f}",
        )


def _finish(statement: Statement) -> None:
    if statement.entries == 0 and not statement.currency:
        raise FileRejectedError("mt940", f"{statement.called} has no entry and no balance: it is truncated")
    if statement.opening is None and statement.closing is not None:
        raise FileRejectedError("mt940", f"{statement.called} has no opening balance (:60F:)")
    if statement.opening is not None and statement.closing is None:
        raise FileRejectedError("mt940", f"{statement.called} has no closing balance (:62F:): it is truncated")
    statement.require_sum()


def _row(statement: Statement, entry: _Entry, options: Notation) -> list[str]:
    found = entry.found
    name, purpose = _details(entry.details)
    mark = found["mark"]
    return [
        day_of(_booked(found["value"], found["booked"]), options.day),
        day_of(found["value"], options.day),
        options.number(f"{entry.amount:f}"),
        first_text(name, purpose, entry.supplement, found["code"]),
        purpose,
        "refund" if mark == "RD" else "expense" if mark == "RC" else "",
        found["code"],
        "" if found["reference"].strip() == "NONREF" else found["reference"].strip(),
        (found["bank"] or "").strip(),
        statement.account,
        statement.currency,
    ]


def _booked(value: str, booked: str | None) -> str:
    """The day of booking, MMDD, in the year that brings it nearest to the day of value; else the day of value."""
    if booked is None:
        return value
    try:
        day = date(2000 + int(value[:2]), int(value[2:4]), int(value[4:]))
        years = [
            date(day.year + off, int(booked[:2]), int(booked[2:]))
            for off in (-1, 0, 1)
            if _is_day(day.year + off, booked)
        ]
    except ValueError:
        return value
    return min(years, key=lambda each: abs(each - day)).strftime("%y%m%d") if years else value[:2] + booked


def _is_day(year: int, booked: str) -> bool:
    try:
        date(year, int(booked[:2]), int(booked[2:]))
    except ValueError:
        return False
    return True


def _details(lines: list[str]) -> tuple[str, str]:
    """Name and purpose of an ``:86:``: in numbered parts (``?20…?32…``), in named ones (``/NAME/…``), or as it stands."""
    joined = "".join(lines)
    parts = _SUBFIELD.split(joined)
    if len(parts) > 2:
        texts: dict[str, str] = {}
        for number, text in zip(parts[1::2], parts[2::2], strict=True):
            texts[number] = texts.get(number, "") + text
        name = "".join(texts.get(number, "") for number in ("32", "33"))
        purpose = "".join(
            text for number, text in sorted(texts.items()) if "20" <= number <= "29" or "60" <= number <= "63"
        )
        return name.strip(), purpose.strip() or texts.get("00", "").strip()
    named = _NAMED.search(joined)
    return (named[1].strip() if named else ""), "\n".join(line.strip() for line in lines).strip()
