"""Parquet, read by DuckDB: each value as the exact text of what it is.

Decimals lose the zeros of their scale; a binary number is its shortest decimal text (1.1, not the 17 digits behind it), which the
rules then judge: 0.30000000000000004 has too many decimals. A moment is its day, in UTC where it has a time zone.
"""

import struct
from collections.abc import Sequence

import duckdb

from ledgerwatch_pipeline.importing.limits import MAX_ROWS
from ledgerwatch_pipeline.importing.readers.records import Records, require_columns
from ledgerwatch_pipeline.importing.readers.source import Delivered, Notation, glob_literal, notation, one_layout
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.rows import only_row

FORMAT = "Parquet"
_READER = "parquet 1"
_MAGIC = b"PAR1"
_NUMBERS = ("DECIMAL", "FLOAT", "DOUBLE")
MAX_FLOAT = 131_072
"""From here on the numbers that 32 bits can hold lie more than a cent apart."""
_DAYS = ("DATE", "TIMESTAMP")
_NO_TEXTS = ("STRUCT", "MAP", "UNION", "BLOB", "BIT", "VARIANT", "GEOMETRY", "INTERVAL")
_OURS = (duckdb.OutOfMemoryException, duckdb.InterruptException, duckdb.BinderException, duckdb.ParserException)
"""Errors that are never the file's."""
options = notation
layout = one_layout


def sniff(head: bytes, _name: str) -> float:
    """The format's first four bytes."""
    return 1.0 if head.startswith(_MAGIC) else 0


def inspect(file: Delivered, options: Notation) -> Records:
    """Write the columns as texts; raises FileRejectedError for a file that is damaged, encrypted or too large."""
    _require_ends(file)
    path = glob_literal(file.path)
    target = file.scratch_file(".parquet")
    try:
        types = _columns(file.con, path)
        names = [f"c{place}" for place in range(len(types))]
        statement = sql_text(
            "importing/parquet_records",
            names=", ".join(names),
            texts=", ".join(map(_text, types.values(), names)),
        )
        values = {"path": path, "target": str(target), "decimal": options.decimal, "day": options.day}
        statement = f"COPY ({statement}) TO $target (FORMAT parquet)"
        file.con.execute(statement, {name: value for name, value in values.items() if f"${name}" in statement})
        _require_no_nul(
            file.con,
            str(target),
            [name for name, kind in zip(names, types.values(), strict=True) if _may_hold_nul(kind)],
        )
    except duckdb.Error as error:  # DuckDB has many names, and sometimes none, for what is wrong with such a file
        if isinstance(error, _OURS) or str(target) in str(error):  # the copy cannot be written
            raise
        reason = " ".join(str(error).replace(path, "the file").split())[:300]
        raise FileRejectedError(
            "format", f"the Parquet file is damaged, or of a kind that is not read: {reason}"
        ) from error
    refused = {name: f"the column is of the type {kind[:60]}" for name, kind in types.items() if _is_no_text(kind)}
    return Records(target, tuple(types), _READER, refused)


def _columns(con: duckdb.DuckDBPyConnection, path: str) -> dict[str, str]:
    """Names and types; raises FileRejectedError for more rows or digits than are read."""
    rows, wide = only_row(con.execute(sql_text("importing/parquet_claims"), {"path": path}))
    if rows > MAX_ROWS:
        raise FileRejectedError("rows", f"the file claims {rows:,} rows; at most {MAX_ROWS:,} are read")
    if wide is not None:
        raise FileRejectedError(
            "format", f"the column {wide!r} has decimals of more than 38 digits, which are not read exactly"
        )
    described = con.execute(
        "DESCRIBE SELECT * FROM read_parquet($path, hive_partitioning = false)", {"path": path}
    ).fetchall()
    types = {str(name): str(kind) for name, kind, *_ in described}
    require_columns(tuple(types))
    return types


def _may_hold_nul(kind: str) -> bool:
    return kind.startswith(("VARCHAR", "ENUM", "JSON"))


def _require_no_nul(con: duckdb.DuckDBPyConnection, path: str, columns: Sequence[str]) -> None:
    """Raise FileRejectedError naming the row with a NUL character, which no text of a ledger has."""
    if not columns:
        return
    holds = " OR ".join(f"contains({name}, chr(0))" for name in columns)
    (row,) = only_row(con.execute(sql_text("importing/parquet_nul", holds=holds), {"path": path}))
    if row is not None:
        raise FileRejectedError("nul_byte", f"row {row:,} has a NUL character")


def _require_ends(file: Delivered) -> None:
    """The magic bytes and the length of the footer, before DuckDB sees them: it says less clearly what is wrong."""
    size = file.path.stat().st_size
    with file.path.open("rb") as content:
        content.seek(max(0, size - 8))
        end = content.read(8)
    if len(end) < 8 or end[4:] != _MAGIC:
        if end[4:] == b"PARE":
            raise FileRejectedError("encrypted", "the Parquet file is encrypted; deliver it without")
        raise FileRejectedError(
            "format", "the file begins as Parquet does and does not end so: it is truncated or damaged"
        )
    (length,) = struct.unpack("<I", end[:4])
    if length > size - 12:
        raise FileRejectedError("format", f"the Parquet file is damaged: its footer would have {length:,} bytes")


def _is_no_text(kind: str) -> bool:
    return kind.startswith(_NO_TEXTS) or kind.endswith("]")


def _text(kind: str, column: str) -> str:
    """A column as a text."""
    if _is_no_text(kind):
        return f"CAST(NULL AS VARCHAR) AS {column}"
    if kind.startswith("TIMESTAMP WITH TIME ZONE"):
        return f"strftime(CAST({column} AT TIME ZONE 'UTC' AS DATE), $day) AS {column}"
    if kind.startswith(_DAYS):
        return f"strftime(CAST({column} AS DATE), $day) AS {column}"
    if kind.startswith(_NUMBERS):
        text = f"replace(regexp_replace(CAST({column} AS VARCHAR), '[.]0*$|([.][0-9]*[1-9])0+$', '\\1'), '.', $decimal)"
        if kind == "FLOAT":
            text = f"CASE WHEN abs({column}) < {MAX_FLOAT} OR NOT isfinite({column}) THEN {text} ELSE {text} || ' in 32 bits' END"
        return f"{text} AS {column}"
    return f"CAST({column} AS VARCHAR) AS {column}"
