"""CAMT.052, .053 and .054, the statements of ISO 20022 in XML: an ``Ntry`` a row, or a row for each ``TxDtls`` of a batch.

Read in a stream, by the names of the schema whatever its version. A document type is refused, so no entity is ever expanded
and nothing outside the file is looked at. Entries that are not booked are skipped; opening balance, booked entries and closing
balance must add up.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from ledgerwatch_pipeline.importing.limits import MAX_XML_DEPTH
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
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.load import BankStatement

FORMAT = "CAMT"
HEADER = (
    "BookgDt",
    "ValDt",
    "Amt",
    "counterparty",
    "RmtInf",
    "type",
    "EndToEndId",
    "AcctSvcrRef",
    "NtryRef",
    "Acct",
    "Ccy",
)
_READER = "camt 1"
_STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
_KINDS = re.compile(rb"camt\.05[234]|<(\w+:)?BkToCstmr(Stmt|AcctRpt|DbtCdtNtfctn)")
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
options = notation
layout = one_layout


def sniff(head: bytes, _name: str) -> float:
    """XML that names one of the three messages."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    plain = head.replace(b"\0", b"") if head.startswith((b"\xff\xfe", b"\xfe\xff")) else start
    return 1.0 if plain.lstrip(b"\xff\xfe").startswith(b"<") and _KINDS.search(plain) else 0


def inspect(file: Delivered, options: Notation) -> Records:
    """Read all statements; raises FileRejectedError naming the place that is wrong, or the statement that does not add up."""
    require_size(file.path.stat().st_size)
    try:
        kept: list[BankStatement] = []
        with RecordWriter(file) as writer:
            for number, (row, place, booked) in enumerate(_rows(file, options, kept), start=1):
                writer.add(number, row, place=place, rule="" if booked else "not_booked")
            return replace(writer.records(HEADER, _READER), statements=tuple(kept))
    except DefusedXmlException as error:
        raise FileRejectedError(
            "xml_entities", "the file defines a document type or entities, which no CAMT has: nothing of it is read"
        ) from error
    except ParseError as error:
        line, column = error.position
        raise FileRejectedError(
            "xml", f"not well-formed XML at line {line}, column {column + 1}: {error}; the file is truncated or damaged"
        ) from error
    except (LookupError, UnicodeError) as error:
        raise FileRejectedError("encoding", f"the XML says it is in an encoding that is not known: {error}") from error


def _rows(file: Delivered, options: Notation, kept: list[BankStatement]) -> Iterator[tuple[list[str], str, bool]]:
    """Rows with the words for their places, and whether they are booked. What statements say of themselves goes to ``kept``."""
    depth = statements = 0
    statement: Statement | None = None
    with file.path.open("rb") as content:
        for event, element in iterparse(content, events=("start", "end"), forbid_dtd=True):
            name = _name(element)
            if event == "start":
                depth += 1
                if depth > MAX_XML_DEPTH:
                    raise FileRejectedError(
                        "xml_depth", f"elements lie more than {MAX_XML_DEPTH} deep, at <{name[:40]}>"
                    )
                if name in _STATEMENTS and depth == 3:
                    statements += 1
                    statement = Statement(f"statement {statements}", interim=name != "Stmt")
                continue
            depth -= 1
            if statement is None or depth > 3:
                continue
            if name == "Ntry" and depth == 3:
                yield from _entry_rows(element, statement, options)
                element.clear()
            elif name == "Acct" and depth == 3:
                statement.account = _text(element, "Id/IBAN") or _text(element, "Id/Othr/Id")
                statement.currency = _text(element, "Ccy")
            elif name == "FrToDt" and depth == 3:
                statement.first = day_or_none(_text(element, "FrDtTm")[:10].replace("-", ""))
                statement.last = day_or_none(_text(element, "ToDtTm")[:10].replace("-", ""))
            elif name == "Bal" and depth == 3:
                _take_balance(statement, element)
            elif name in _STATEMENTS and depth == 2:
                statement.require_sum()
                kept.append(statement.kept())
                element.clear()
                statement = None
    if statements == 0:
        raise FileRejectedError("camt", "the file has no statement (Stmt, Rpt or Ntfctn)")


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _child(element: Element, path: str) -> Element | None:
    """The first element on a path of names, in whatever namespace."""
    found: Element | None = element
    for name in path.split("/"):
        found = next((each for each in found if _name(each) == name), None) if found is not None else None
    return found


def _children(element: Element | None, name: str) -> list[Element]:
    return [each for each in element if _name(each) == name] if element is not None else []


def _text(element: Element, path: str) -> str:
    found = _child(element, path)
    return (found.text or "").strip() if found is not None else ""


def _take_balance(statement: Statement, balance: Element) -> None:
    kind = _text(balance, "Tp/CdOrPrtry/Cd")
    if kind not in (*_OPENING, *_CLOSING):
        return
    amount = _signed(balance, f"{statement.called}, balance {kind}")
    if kind in _CLOSING:
        statement.closing = amount
    elif statement.opening is None or kind == "OPBD":
        statement.opening = amount


def _signed(element: Element, place: str) -> Decimal:
    amount = exact(_text(element, "Amt"), place)
    return -amount if _is_debit(element, place) else amount


def _is_debit(element: Element, place: str) -> bool:
    mark = _text(element, "CdtDbtInd")
    if mark not in ("CRDT", "DBIT"):
        raise FileRejectedError("camt", f"{place} has CdtDbtInd {mark[:20]!r}; it must be CRDT or DBIT")
    return mark == "DBIT"


@dataclass(frozen=True, slots=True)
class _Booking:
    """An entry. debit: it takes money away; reversed: it undoes an earlier one."""

    entry: Element
    debit: bool
    reversed: bool
    account: str
    currency: str


def _entry_rows(entry: Element, statement: Statement, options: Notation) -> Iterator[tuple[list[str], str, bool]]:
    statement.seen += 1
    place = f"Ntry {statement.seen}"
    if statement.called != "statement 1":
        place = f"{statement.called}, {place}"
    amount = exact(_text(entry, "Amt"), place)
    found = _child(entry, "Amt")
    currency = (found.get("Ccy") if found is not None else None) or statement.currency
    status = _text(entry, "Sts/Cd") or _text(entry, "Sts/Prtry") or _text(entry, "Sts") or "BOOK"
    booked = status == "BOOK"
    booking = _Booking(
        entry, _is_debit(entry, place), _text(entry, "RvslInd") in ("true", "1"), statement.account, currency
    )
    if booked:
        statement.movements += -amount if booking.debit else amount
        statement.entries += 1
    details = [each for group in _children(entry, "NtryDtls") for each in _children(group, "TxDtls")]
    parts = _parts(details, booking, amount, place) if len(details) > 1 else None
    if parts is None:
        yield _row(booking, details[0] if len(details) == 1 else entry, amount, booking.debit, options), place, booked
        return
    for number, (detail, part, debit) in enumerate(parts, start=1):
        yield _row(booking, detail, part, debit, options), f"{place}, TxDtls {number}", booked


def _parts(
    details: list[Element], booking: _Booking, whole: Decimal, place: str
) -> list[tuple[Element, Decimal, bool]] | None:
    """The transactions of a batch with their amounts; None unless all have one and they come to that of the entry."""
    parts = []
    total = Decimal(0)
    for number, detail in enumerate(details, start=1):
        found = _child(detail, "Amt")
        if found is None:
            found = _child(detail, "AmtDtls/TxAmt/Amt")
        if found is None or found.get("Ccy", booking.currency) != booking.currency:
            return None
        amount = exact((found.text or "").strip(), f"{place}, TxDtls {number}")
        debit = _is_debit(detail, place) if _child(detail, "CdtDbtInd") is not None else booking.debit
        total += -amount if debit else amount
        parts.append((detail, amount, debit))
    return parts if total == (-whole if booking.debit else whole) else None


def _row(booking: _Booking, detail: Element, amount: Decimal, debit: bool, options: Notation) -> list[str]:
    entry = booking.entry
    paid = debit != booking.reversed  # who stands on the other side of what was booked, or undone
    purpose = " ".join(
        (each.text or "").strip() for each in _children(_child(detail, "RmtInf"), "Ustrd") if (each.text or "").strip()
    )
    more = _text(detail, "AddtlTxInf") or _text(entry, "AddtlNtryInf")
    return [
        _day(entry, "BookgDt", options) or _day(entry, "ValDt", options),
        _day(entry, "ValDt", options),
        options.number(f"{-amount if debit else amount:f}"),
        first_text(_party(detail, "Cdtr" if paid else "Dbtr"), purpose, more, _text(entry, "BkTxCd/Prtry/Cd"), "?"),
        purpose or more,
        ("expense" if debit else "refund") if booking.reversed else "",
        _reference(detail),
        _text(detail, "Refs/AcctSvcrRef") or _text(entry, "AcctSvcrRef"),
        _text(entry, "NtryRef"),
        booking.account,
        booking.currency,
    ]


def _party(detail: Element, role: str) -> str:
    parties = _child(detail, "RltdPties")
    if parties is None:
        return ""
    names = (f"{role}/Nm", f"{role}/Pty/Nm", f"Ultmt{role}/Nm", f"Ultmt{role}/Pty/Nm")
    return next((name for name in (_text(parties, path) for path in names) if name), "")


def _reference(detail: Element) -> str:
    found = _text(detail, "Refs/EndToEndId")
    return "" if found == "NOTPROVIDED" else found


def _day(entry: Element, name: str, options: Notation) -> str:
    text = _text(entry, f"{name}/Dt") or _text(entry, f"{name}/DtTm")
    return (
        day_of(text[:10].replace("-", ""), options.day)
        if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T|$|Z|[+-])", text)
        else text
    )
