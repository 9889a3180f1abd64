"""Copies from PostgreSQL into a DuckDB that must not know PostgreSQL's address: DuckLake's catalog, and what a SELECT gives.

psycopg carries the rows, as CSV files in a folder of the caller's, so no DuckDB is ever told a password. Everything that is
read with one cursor in one REPEATABLE READ transaction is of one moment. Who asks: ``lake.answering``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg2 import extensions

from ledgerwatch_pipeline.model.errors import StoreUnavailableError
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.catalog import CATALOG_SCHEMA
from ledgerwatch_pipeline.stores.lake.duckdb_process import DuckDBProcess
from ledgerwatch_pipeline.stores.lake.session import quoted

_BYTES, _NUMERIC = 17, 1700
_SCALARS = {
    16: "BOOLEAN",
    _BYTES: "BLOB",
    20: "BIGINT",
    21: "SMALLINT",
    23: "INTEGER",
    25: "VARCHAR",
    114: "VARCHAR",
    701: "DOUBLE",
    1043: "VARCHAR",
    1082: "DATE",
    1114: "TIMESTAMP",
    1184: "TIMESTAMPTZ",
    2950: "UUID",
    3802: "VARCHAR",
}
"""PostgreSQL's numbers of types (pg_type.oid) → DuckDB's names; numeric takes its precision along, JSON stays text."""
_ARRAYS = {1000: "BOOLEAN[]", 1007: "INTEGER[]", 1009: "VARCHAR[]", 1015: "VARCHAR[]", 1016: "BIGINT[]"} | {
    1182: "DATE[]",
    1185: "TIMESTAMPTZ[]",
    2951: "UUID[]",
}
_LAKE_TYPES = {
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "int128": "HUGEINT",
    "uint8": "UTINYINT",
    "uint16": "USMALLINT",
    "uint32": "UINTEGER",
    "uint64": "UBIGINT",
    "uint128": "UHUGEINT",
    "float32": "FLOAT",
    "float64": "DOUBLE",
}
"""DuckLake's names of types that are not DuckDB's own."""
_NESTED = {"struct", "map", "list", "variant"}
_OF_NOW = {
    "ducklake_data_file": "end_snapshot IS NULL",
    "ducklake_delete_file": "end_snapshot IS NULL",
    "ducklake_file_column_stats": (
        f"data_file_id IN (SELECT data_file_id FROM {CATALOG_SCHEMA}.ducklake_data_file WHERE end_snapshot IS NULL)"
    ),
}
"""Tables of the catalog that grow with every write → what the newest snapshot needs of them; the others are copied whole."""
_LONGEST = 64 * 1024 * 1024  # of a row as CSV, in bytes; DuckDB takes a buffer of this size


@dataclass(frozen=True, slots=True)
class _Column:
    """A column on its way: what PostgreSQL writes, and what DuckDB makes of that text."""

    name: str
    type: str
    written: str
    read: str


def copy_select(cursor: extensions.cursor, con: DuckDBProcess, table: str, select: str, folder: Path) -> None:
    """Make ``table`` in ``con`` of the rows of a SELECT of PostgreSQL, with its columns and their types.

    ``table`` is a name of ours, quoted where it must be. A column whose type has no place here raises StoreUnavailableError.
    """
    _copy(cursor, con, table, select, folder, {})


def copy_catalog(cursor: extensions.cursor, con: DuckDBProcess, database: str, folder: Path) -> None:
    """Copy every table of DuckLake's catalog into ``database``, attached in ``con``: what it says of the newest snapshot, and the rows in it."""
    inlined: dict[str, dict[str, str]] = {}
    cursor.execute(sql_text("lake/inlined_columns"))
    for table, column, kind, element in cursor.fetchall():
        inlined.setdefault(table, {})[column] = _lake_type(kind, element)
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY tablename", (CATALOG_SCHEMA,))
    for (name,) in cursor.fetchall():
        wanted = _OF_NOW.get(name, "end_snapshot IS NULL" if name in inlined else "true")
        select = f'SELECT * FROM {CATALOG_SCHEMA}."{name}" WHERE {wanted}'
        _copy(cursor, con, f'{database}."{name}"', select, folder, inlined.get(name, {}))


def _copy(
    cursor: extensions.cursor,
    con: DuckDBProcess,
    table: str,
    select: str,
    folder: Path,
    types: Mapping[str, str],
) -> None:
    """``types`` are those that a column is to have instead of PostgreSQL's own."""
    cursor.execute(f"SELECT * FROM ({select}) AS asked LIMIT 0")
    columns = list(_columns(cursor, types))
    file = folder / "rows.csv"
    written = ", ".join(column.written for column in columns)
    with file.open("wb") as out:
        cursor.copy_expert(
            f"COPY (SELECT {written} FROM ({select}) AS asked) TO STDOUT (FORMAT csv, FORCE_QUOTE *, ENCODING 'UTF8')",
            out,
        )
    if size := min(file.stat().st_size, _LONGEST):
        names = ", ".join(f"'{quoted(column.name)}': 'VARCHAR'" for column in columns)
        read = ", ".join(f"{column.read} AS {_identifier(column.name)}" for column in columns)
        con.execute(
            f"CREATE TABLE {table} AS SELECT {read} FROM read_csv('{quoted(str(file))}', columns = {{{names}}},"
            " auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', nullstr = '',"
            f" allow_quoted_nulls = false, parallel = false, max_line_size = {size}, buffer_size = {size})"
        )
    else:
        con.execute(f"CREATE TABLE {table} ({', '.join(f'{_identifier(c.name)} {c.type}' for c in columns)})")
    file.unlink()


def _columns(cursor: extensions.cursor, types: Mapping[str, str]) -> Iterator[_Column]:
    for column in cursor.description or ():
        name, oid = column.name, column.type_code
        quoted_name = _identifier(name)
        type_ = types.get(name) or _type_of(name, oid, column.precision, column.scale)
        if oid == _BYTES:
            decoded = f"unhex({quoted_name})" if type_ == "BLOB" else f"decode(unhex({quoted_name}))"
            yield _Column(name, type_, f"encode({quoted_name}, 'hex')", f"CAST({decoded} AS {type_})")
        elif oid in _ARRAYS:
            read = f"CAST(CAST({quoted_name} AS JSON) AS {type_})"
            yield _Column(name, type_, f"CAST(to_json({quoted_name}) AS text)", read)
        else:
            yield _Column(name, type_, quoted_name, f"CAST({quoted_name} AS {type_})")


def _type_of(name: str, oid: int, precision: int | None, scale: int | None) -> str:
    if oid == _NUMERIC and precision is not None and precision <= 38:
        return f"DECIMAL({precision}, {scale or 0})"
    found = _SCALARS.get(oid) or _ARRAYS.get(oid)
    if found is None:
        raise StoreUnavailableError(
            f"the column {name} has a type (oid {oid}) that cannot be copied; cast it in its SELECT"
        )
    return found


def _lake_type(name: str, element: str | None) -> str:
    if name == "list" and element not in {None, *_NESTED}:
        return f"{_lake_type(str(element), None)}[]"
    if name in _NESTED:
        raise StoreUnavailableError(f"rows of the lake with a column of type {name} cannot be copied from its catalog")
    return _LAKE_TYPES.get(name, name.upper())


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
