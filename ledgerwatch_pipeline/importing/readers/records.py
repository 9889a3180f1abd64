"""Rows that a reader has turned into texts, in a scratch Parquet file: what every reader gives that DuckDB has no safe way of its
own for. Where the rows come from is each reader's.
"""

import csv
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import duckdb

from ledgerwatch_pipeline.importing.limits import MAX_COLUMNS, MAX_ROW
from ledgerwatch_pipeline.importing.readers.source import Delivered, FooterLine
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.load import MAX_ROW_NUMBER, BankStatement
from ledgerwatch_pipeline.model.profile import columns_text
from ledgerwatch_pipeline.sql import sql_text

_ROW = ("row_number", "row_rule", "row_value", "row_place")


@dataclass(frozen=True)
class Records:
    """Rows in the Parquet file at ``path``: row_number, row_rule, row_value, row_place, c0, c1, …, all texts but the number.

    refused, statements, footer: see Source.
    """

    path: Path
    header: tuple[str, ...]
    reader: str
    refused: Mapping[str, str] = field(default_factory=dict, compare=False)
    statements: Sequence[BankStatement] = field(default=(), compare=False)
    footer: Sequence[FooterLine] = field(default=(), compare=False)

    @property
    def group(self) -> tuple[tuple[str, ...], str]:
        """See Source.group."""
        return self.header, self.reader

    def read(self, con: duckdb.DuckDBPyConnection, table: str, sources: "Sequence[Records]") -> None:
        """See Source.read."""
        con.execute(sql_text("importing/read_records"), {"paths": [str(source.path) for source in sources]})
        con.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS FROM read_records")


class RecordWriter(AbstractContextManager["RecordWriter"]):
    """Takes rows one by one, in any width up to that of the header they turn out to have."""

    def __init__(self, file: Delivered) -> None:
        self._file = file
        self._path = file.scratch_file(".csv")
        self._out = self._path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        self.rows = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()
        self._path.unlink(missing_ok=True)

    def add(
        self, number: int, values: Sequence[str | None], *, rule: str = "", value: str = "", place: str = ""
    ) -> None:
        """Take a row; raises FileRejectedError for what no text of a ledger can be."""
        size = 0
        for each in values:
            if each is not None:
                size += len(each)
                if "\0" in each:
                    raise FileRejectedError("nul_byte", f"{place or f'row {number}'} has a NUL character")
                if not each.isascii():
                    require_text(each, place or f"row {number}")
        if size > MAX_ROW:
            raise FileRejectedError("row_length", f"{place or f'row {number}'} has more than {MAX_ROW:,} characters")
        if number > MAX_ROW_NUMBER:
            raise FileRejectedError("rows", f"the file has more than {MAX_ROW_NUMBER:,} rows")
        self.rows += 1
        self._writer.writerow((number, rule, value, place, *values))

    def records(self, header: Sequence[str], reader: str, refused: Mapping[str, str] | None = None) -> Records:
        """All rows taken, under this header."""
        require_columns(header)
        self._out.close()
        target = self._file.scratch_file(".parquet")
        texts = {f"c{place}": "VARCHAR" for place in range(len(header))}
        columns = {"row_number": "UINTEGER", **dict.fromkeys(_ROW[1:], "VARCHAR"), **texts}
        self._file.con.execute(
            f"COPY ({sql_text('importing/written_records')}) TO $target (FORMAT parquet)",
            {"path": str(self._path), "columns": columns, "target": str(target)},
        )
        return Records(target, tuple(header), reader, refused or {})


def require_columns(header: Sequence[str]) -> None:
    """Raise FileRejectedError for a header of more columns than are read."""
    if len(header) > MAX_COLUMNS:
        raise FileRejectedError("header", f"the header has {len(header):,} columns; at most {MAX_COLUMNS:,} are read")
    if not header:
        raise FileRejectedError("header", f"the file has no column at all: {columns_text(header)}")


def require_text(text: str, place: str) -> None:
    """Raise FileRejectedError for half of a surrogate pair: it is no character, and no encoding can write it."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FileRejectedError(
            "encoding", f"{place} has \\u{ord(text[error.start]):04x} alone, which is half of a character"
        ) from error
