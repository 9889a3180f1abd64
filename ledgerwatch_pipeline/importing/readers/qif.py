"""QIF: records of lines that begin with a letter for the field, each ended by ``^``. No library that is kept reads it.

Splits stand beside the whole amount and are not read; lists of categories and the like are no transactions; a record that says
what an account began with is none either. Days are as the program that wrote them has them: the profile says which.
"""

import re
from collections.abc import Iterator

from ledgerwatch_pipeline.importing.readers.records import Records, RecordWriter
from ledgerwatch_pipeline.importing.readers.source import Delivered, Notation, notation, one_layout
from ledgerwatch_pipeline.importing.readers.statement import first_text, require_size
from ledgerwatch_pipeline.importing.readers.text import as_utf8
from ledgerwatch_pipeline.model.errors import FileRejectedError

FORMAT = "QIF"
HEADER = ("D", "T", "P", "M", "N", "L", "account")
_READER = "qif 1"
_BEGINS = re.compile(rb"\s*!(Type:|Account|Option|Clear)", re.IGNORECASE)
_LEDGERS = ("bank", "cash", "ccard", "oth a", "oth l")
_LISTS = frozenset("account budget cat class invitem memorized prices security tag tax template".split())
"""Sections without transactions."""
_FIELDS = frozenset("DTUPMNLACSE$%QIYOFVX0123456789")
options = notation
layout = one_layout


def sniff(head: bytes, _name: str) -> float:
    """A line that says what follows."""
    return 1.0 if _BEGINS.match(head.removeprefix(b"\xef\xbb\xbf")) else 0


def inspect(file: Delivered, options: Notation) -> Records:  # noqa: ARG001 - its texts are the program's own
    """Read all records; raises FileRejectedError naming the line that is wrong."""
    require_size(file.path.stat().st_size)
    text = as_utf8(file.path, file.scratch).read_text(encoding="utf-8-sig")
    with RecordWriter(file) as writer:
        for number, (line, fields) in enumerate(_records(text), start=1):
            values = [fields.get(name, "") for name in HEADER]
            values[0] = re.sub(r"\s+", "", values[0])  # some pad days and months: " 3/ 1' 4"
            values[2] = first_text(fields.get("P"), fields.get("M"))
            writer.add(number, values, place=f"record {number}, line {line}")
        return writer.records(HEADER, _READER)


def _records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The line where each transaction begins, and its fields."""
    section, account = "", ""
    fields: dict[str, str] = {}
    first = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        first = first or number
        if line.startswith("!"):
            if fields:
                raise FileRejectedError(
                    "qif", f"the record that begins in line {first} has no end ('^') before line {number}"
                )
            section, first = _section(line, section, number), 0
        elif line.startswith("^"):
            if section == "account":
                account = fields.get("N", account)
            elif section in _LEDGERS and fields and not _is_opening(fields):
                yield first, {**fields, "account": account}
            fields, first = {}, 0
        elif section in (*_LEDGERS, "account"):
            if line[0] not in _FIELDS:
                raise FileRejectedError(
                    "qif", f"line {number} begins with {line[0]!r}, which is no field of QIF: {line[:60]!r}"
                )
            if line[0] in fields and line[0] in "DTPN":
                raise FileRejectedError(
                    "qif", f"line {number}: the record has the field {line[0]} twice; a '^' may be missing"
                )
            fields.setdefault(line[0], line[1:].strip())
        elif not section:
            raise FileRejectedError("qif", f"line {number} comes before any !Type: {line[:60]!r}")
        else:
            fields.setdefault(line[0], line[1:])
    if fields:
        raise FileRejectedError(
            "qif", f"the record that begins in line {first} has no end ('^'): the file is truncated"
        )


def _section(line: str, section: str, number: int) -> str:
    word = line[1:].strip().casefold()
    if word.startswith(("option:", "clear:")):
        return section
    word = word.removeprefix("type:").strip()
    if word == "invst":
        raise FileRejectedError("qif", f"line {number}: investments ({line.strip()!r}) are not read")
    if word not in _LEDGERS and word not in _LISTS:
        known = ", ".join(f"!Type:{each}" for each in _LEDGERS)
        raise FileRejectedError(
            "qif", f"line {number}: {line.strip()[:60]!r} begins what is not read; transactions are: {known}"
        )
    return word


def _is_opening(fields: dict[str, str]) -> bool:
    """Quicken's first record of an account, which moves no money."""
    return fields.get("P", "").casefold() == "opening balance" and fields.get("L", "").startswith("[")
