"""People's own SQL over the ledger: one reading statement over five tables, and nothing else of the machine or the stores.

Two fences stand one behind the other. What the statement names is looked up in DuckDB's own parse of it: anything but the
five tables and a few table functions is refused, so no file, no catalog and no function that reaches PostgreSQL can be
named. And the connection has the lake attached READ_ONLY and is closed to the outside, so a name that slipped through would
find nothing. Tables of PostgreSQL are copied in when the statement names them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.reading import close_to_the_outside
from ledgerwatch_pipeline.stores.lake.session import without_pandas

TABLES = ("ledger", "findings", "alerts", "loads", "rejected_rows")
_COPIED = ("alerts", "loads")
_FUNCTIONS = {"range", "generate_series", "unnest"}
_FETCHED = 5_000
_SHOWS = {"DESCRIBE", "SUMMARY"}


@dataclass(frozen=True)
class Answer:
    """The names of the columns, and the rows as they come; a row that cannot be computed raises UsageError."""

    columns: list[str]
    rows: Iterator[tuple[Any, ...]]


def run_query(home: Home, query: str) -> Answer:
    """Execute ``query``; raises UsageError for anything that may not be asked."""
    con = home.reading
    named = _tables_of(con, query)
    for table in _COPIED:
        if table in named:
            con.execute(sql_text(f"lake/reading_{table}"))
    close_to_the_outside(con, home.settings)
    try:
        found = con.execute(query)
    except duckdb.Error as error:
        raise UsageError(str(error)) from error
    return Answer([column[0] for column in found.description], _rows(found))


def _rows(found: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    try:
        while part := found.fetchmany(_FETCHED):
            yield from part
    except duckdb.Error as error:
        raise UsageError(str(error)) from error


def _tables_of(con: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    """The tables that ``query`` reads, once it is sure that it does nothing but read them."""
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise UsageError(str(error)) from error
    if not statements:
        raise UsageError('nothing is asked; write for example: ledgerwatch sql "SELECT count(*) FROM ledger"')
    kinds = [statement.type.name for statement in statements]
    if kinds != ["SELECT"]:
        raise UsageError(
            f"one statement that only reads (SELECT, FROM, WITH, DESCRIBE, SUMMARIZE) is taken, not {', '.join(kinds)}"
        )
    with without_pandas():
        row = con.execute("SELECT json_serialize_sql($1)", [query]).fetchone()
    assert row is not None
    parsed = json.loads(row[0])
    if parsed["error"]:
        raise UsageError(f"this statement cannot be checked, so it is not run: {parsed['error_message']}")
    nodes = list(_nodes(parsed["statements"]))
    own = {entry["key"].lower() for node in nodes for entry in (node.get("cte_map") or {}).get("map", ())}
    named = set()
    for node in nodes:
        _refuse_functions(node)
        if node.get("type") == "BASE_TABLE":
            named.add(_table_name(node, own))
    return named


def _nodes(part: Any) -> Iterator[dict[str, Any]]:
    """Every object in the parse, whatever it stands under."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _nodes(inner)


def _refuse_functions(node: dict[str, Any]) -> None:
    if node.get("type") == "TABLE_FUNCTION":
        name = node["function"].get("function_name", "").lower()
        if name not in _FUNCTIONS:
            raise UsageError(
                f"the function {name} is not to be used here: queries read {', '.join(TABLES)}, and no files"
            )
    if node.get("type") == "SHOW_REF" and (node.get("show_type") not in _SHOWS or node.get("table_name")):
        raise UsageError(f"SHOW is not to be used here; the tables are {', '.join(TABLES)}: DESCRIBE one of them")


def _table_name(node: dict[str, Any], own: set[str]) -> str:
    name = str(node["table_name"])
    qualified = ".".join(filter(None, (node.get("catalog_name"), node.get("schema_name"), name)))
    if qualified != name or (name.lower() not in TABLES and name.lower() not in own):
        raise UnknownThingError("table", qualified, TABLES)
    return name.lower()
