"""One odd input and what must become of it, in words that a table can be read by; and the bytes that several tables build on.

``expected`` is a line, or several:

    taken 2                                  accepted with so many rows
    taken 1, skipped 1, blank 2, rejected 1  and what became of the others
    taken 1: 'Acme' expense 12.50            with this among its rows, each shown as ``2024-03-01 'Acme' expense 12.50``
    refused encoding: line 2 is UTF-8        the whole file, by this rule, with this in its message
    2 amount amount_zero: '0' is zero        row 2, by the column as the file calls it, the rule, and a part of the message
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Odd:
    """profile: the name of a built-in one, or a TOML text; empty for the one that fits. name: the file's."""

    what: str
    content: bytes | str
    expected: str | tuple[str, ...]
    profile: str = ""
    name: str = "a.csv"
    currency: str = "USD"
    quarantine: bool = False

    @property
    def bytes(self) -> bytes:
        return self.content.encode() if isinstance(self.content, str) else self.content

    @property
    def lines(self) -> tuple[str, ...]:
        return (self.expected,) if isinstance(self.expected, str) else self.expected


COLUMNS = '[columns]\ndate = "date"\nvendor = "vendor"\namount = "amount"\n'
"""The least that a profile says."""
BANK = COLUMNS + '[amounts]\nnegative = "expense"\n'
HEADER = "date,vendor,amount\n"
ROW = "2024-03-01,Acme,12.50\n"
ONE = HEADER + ROW
ACME = "2024-03-01 'Acme' expense 12.50"
TAKEN = f"taken 1: {ACME}"
EVERY_COLUMN = (
    "date", "vendor", "amount", "type", "category", "description", "reference", "currency", "external_id", "account",
)  # fmt: skip


def amounts(text: str) -> str:
    """A profile with this below ``[amounts]``."""
    return f"{COLUMNS}[amounts]\n{text}\n"


def reading(text: str, columns: str = COLUMNS) -> str:
    """A profile with this below ``[reading]``."""
    return f"{columns}[reading]\n{text}\n"


def dates(*formats: str) -> str:
    """A profile with these formats of dates."""
    return f"{COLUMNS}[dates]\nformats = [{', '.join(map(repr, formats))}]\n"


def written(*rows: Sequence[str], delimiter: str = ",") -> str:
    """Rows as delimited text."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def row(**fields: str) -> str:
    """A file of one row with every column; fields that are not given are a good row's."""
    values = {"date": "2024-03-01", "vendor": "Acme", "amount": "12.50", **fields}
    return written(EVERY_COLUMN, [values.get(name, "") for name in EVERY_COLUMN])
