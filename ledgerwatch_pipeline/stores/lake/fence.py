"""What a person's SQL may say: one statement that reads tables by name, with functions of a list. Nothing is executed here.

DuckDB's own parse of the text is walked with a stack of what its WITH clauses name where. What is not known to be harmless is
refused: a table that is neither offered nor named by a WITH in whose scope it stands, a function that is not on the list, and
every kind of node that the walk does not know. The functions: ``lake.allowed_functions``; the second fence behind this one,
a connection that knows no secret: ``lake.answering``.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import duckdb

from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError
from ledgerwatch_pipeline.stores.lake.allowed_functions import CALLED_BY_NAME, FUNCTIONS, TABLE_FUNCTIONS
from ledgerwatch_pipeline.stores.lake.duckdb_process import NO_DOWNLOADS
from ledgerwatch_pipeline.stores.lake.rows import only_row
from ledgerwatch_pipeline.stores.lake.session import quoted

LONGEST = 100_000
"""Characters of a statement."""

_QUERY_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_TABLES = {"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT", "SHOW_REF"}
_EXPRESSIONS = {
    "BETWEEN",
    "CASE",
    "CAST",
    "COLLATE",
    "COLUMN_REF",
    "COMPARISON",
    "CONJUNCTION",
    "CONSTANT",
    "DEFAULT",
    "FUNCTION",
    "LAMBDA",
    "OPERATOR",
    "POSITIONAL_REFERENCE",
    "STAR",
    "SUBQUERY",
    "WINDOW",
}
_PARTS = {"ORDER_DEFAULT", "ASCENDING", "DESCENDING"}
_PARTS_END = ("_MODIFIER", "_TYPE_INFO")
_SHOWS = {"DESCRIBE", "SUMMARY"}
_SESSION = {"current_catalog", "current_role", "current_schema", "current_user", "session_user", "user"}
"""Words that are functions without parentheses, unless a column has their name."""
_DUCKDB_NAMES = (
    "SELECT view_name FROM duckdb_views() WHERE internal UNION SELECT table_name FROM duckdb_tables() WHERE internal"
)

Tree = dict[str, Any]
"""DuckDB's parse as json_serialize_sql gives it; its form is DuckDB's, so it has no type here."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement that may be run: its text, and the offered tables that it reads."""

    text: str
    tables: frozenset[str]


@contextmanager
def parser() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for parsing only. It is closed to the outside: DuckDB reads the files of IMPORT DATABASE as it parses."""
    with closing(
        duckdb.connect(config={**NO_DOWNLOADS, "enable_external_access": "false", "lock_configuration": "true"})
    ) as con:
        yield con


def kinds_of(con: duckdb.DuckDBPyConnection, text: str) -> list[str]:
    """The kinds of the statements in ``text``, such as ``["SELECT"]``; raises UsageError when it is empty or no SQL."""
    if len(text) > LONGEST:
        raise UsageError(f"the statement has {len(text):,} characters; at most {LONGEST:,} are taken")
    if "\0" in text:
        raise UsageError("the statement has a null character in it")
    try:
        statements = con.extract_statements(text)
    except duckdb.Error as error:
        raise UsageError(str(error)) from error
    if not statements:
        raise UsageError('nothing is asked; write for example: ledgerwatch sql "SELECT count(*) FROM ledger"')
    return [statement.type.name for statement in statements]


def parse(con: duckdb.DuckDBPyConnection, text: str) -> Tree:
    """DuckDB's parse of one SELECT; ``con`` is ``parser()`` or as closed. Raises UsageError for what it cannot show."""
    try:
        parsed: Tree = json.loads(only_row(con.execute(f"SELECT json_serialize_sql('{quoted(text)}')"))[0])
    except RecursionError:
        raise UsageError("the statement is nested too deeply to be checked, so it is not run") from None
    except duckdb.Error as error:
        raise UsageError(str(error)) from error
    if parsed["error"]:
        raise UsageError(f"this statement cannot be checked, so it is not run: {parsed['error_message']}")
    return parsed


def check(con: duckdb.DuckDBPyConnection, text: str, offered: Collection[str]) -> Checked:
    """``text``, once it is sure that it only reads ``offered`` tables and computes; ``con`` is ``parser()`` or as closed.

    Raises UsageError (a function or a form of statement that is not allowed) or UnknownThingError (a table).
    """
    kinds = kinds_of(con, text)
    if kinds != ["SELECT"]:
        raise UsageError(
            f"one statement that only reads (SELECT, FROM, WITH, PIVOT, DESCRIBE, SUMMARIZE) is taken, not {', '.join(kinds)}"
        )
    walk = _Walk(con, offered)
    try:
        walk.through(parse(con, text)["statements"], frozenset())
    except RecursionError:
        raise UsageError("the statement is nested too deeply to be checked, so it is not run") from None
    return Checked(text, frozenset(walk.tables))


class _Walk:
    """Goes through a parse once; a scope is the set of names, in lower case, that WITH has given to queries."""

    def __init__(self, con: duckdb.DuckDBPyConnection, offered: Collection[str]) -> None:
        self.tables: set[str] = set()
        self._offered = offered
        self._con = con
        self._taken: frozenset[str] | None = None

    def through(self, part: Any, scope: frozenset[str]) -> None:
        if isinstance(part, list):
            for each in part:
                self.through(each, scope)
        elif isinstance(part, dict):
            self._object(part, scope)

    def _object(self, node: Tree, scope: frozenset[str]) -> None:
        kind = node.get("type")
        if "class" in node:
            self._expression(node, scope)
        elif not isinstance(kind, str):
            self._below(node, scope)
        elif kind in _QUERY_NODES:
            self._query(node, scope)
        elif kind in _TABLES:
            self._table(node, scope)
        elif kind in _PARTS or kind.endswith(_PARTS_END):
            self._below(node, scope)
        else:
            raise UsageError(f"this form of statement ({kind.lower()}) is not to be used here")

    def _below(self, node: Tree, scope: frozenset[str], but: Iterable[str] = ()) -> None:
        for name, part in node.items():
            if name not in but:
                self.through(part, scope)

    def _query(self, node: Tree, scope: frozenset[str]) -> None:
        """A query sees the names of its own WITH; each of those queries sees the ones before it."""
        for entry in (node.get("cte_map") or {}).get("map", ()):
            self.through(entry["value"], scope)
            scope = scope | {self._with_name(entry["key"])}
        if node["type"] == "RECURSIVE_CTE_NODE":
            self._below(node, scope, but=("cte_map", "right"))
            self.through(node["right"], scope | {self._with_name(node["cte_name"])})
        elif node["type"] == "CTE_NODE":
            self.through(node["query"], scope)
            self._below(node, scope | {self._with_name(node["cte_name"])}, but=("cte_map", "query"))
        else:
            self._below(node, scope, but=("cte_map",))

    def _with_name(self, name: str) -> str:
        """A name that WITH may give: none of DuckDB's own, so that no mistake about a scope can reach the catalog."""
        if self._taken is None:
            self._taken = frozenset(row[0].lower() for row in self._con.execute(_DUCKDB_NAMES).fetchall())
        if name.lower() in self._taken:
            raise UsageError(f"WITH cannot name a query {name}: DuckDB has a table of that name; take another one")
        return name.lower()

    def _table(self, node: Tree, scope: frozenset[str]) -> None:
        match node["type"]:
            case "BASE_TABLE":
                self._base_table(node, scope)
            case "TABLE_FUNCTION":
                function = node["function"]
                if function.get("class") != "FUNCTION":
                    raise UsageError("this form of a table function is not to be used here")
                self._allow(str(function["function_name"]), TABLE_FUNCTIONS)
                self._below(function, scope)
                self._below(node, scope, but=("function",))
            case "SHOW_REF":
                if node.get("show_type") not in _SHOWS or node.get("table_name"):
                    raise UsageError(
                        f"SHOW is not to be used here; the tables are {', '.join(self._offered)}: DESCRIBE one of them"
                    )
                self._below(node, scope)
            case _:
                self._below(node, scope)

    def _base_table(self, node: Tree, scope: frozenset[str]) -> None:
        name = str(node["table_name"])
        schema, catalog = node.get("schema_name"), node.get("catalog_name")
        if node.get("at_clause"):
            raise UsageError("AT is not to be used here: the tables are as they are now")
        if schema == "recurring" and not catalog and name.lower() in scope:
            return
        qualified = ".".join(part for part in (catalog, schema, name) if part)
        if catalog or schema or name.lower() not in {*self._offered, *scope}:
            raise UnknownThingError("table", qualified, self._offered)
        if name.lower() not in scope:
            self.tables.add(name.lower())
        self._below(node, scope)

    def _expression(self, node: Tree, scope: frozenset[str]) -> None:
        match node["class"]:
            case "CONSTANT":
                return
            case "PARAMETER":
                raise UsageError("parameters ($1, ?) are not to be used here: write the values")
            case "FUNCTION" | "WINDOW":
                self._function(node)
            case "COLUMN_REF":
                names = node["column_names"]
                if len(names) == 1 and names[0].lower() in _SESSION:
                    raise UsageError(
                        f"{names[0]} is not to be used here; if it is a column, write its table before it: t.{names[0]}"
                    )
            case known if known not in _EXPRESSIONS:
                raise UsageError(f"this form of expression ({str(known).lower()}) is not to be used here")
        self._below(node, scope)

    def _function(self, node: Tree) -> None:
        name = str(node["function_name"])
        self._allow(name, FUNCTIONS)
        if name.lower() in CALLED_BY_NAME:
            called = node["children"][1] if len(node["children"]) > 1 else {}
            value = (called.get("value") or {}).get("value") if called.get("class") == "CONSTANT" else None
            if not isinstance(value, str):
                raise UsageError(f"the function {name} takes the name of an aggregate as a text, such as 'sum'")
            self._allow(value, FUNCTIONS)

    @staticmethod
    def _allow(name: str, allowed: frozenset[str]) -> None:
        if name.lower() not in allowed:
            near = get_close_matches(name.lower(), allowed, n=3, cutoff=0.75)
            raise UsageError(
                f"the function {name} is not to be used here: functions compute, and reach no file, setting or catalog"
                + (f"; near it: {', '.join(near)}" if near else "")
            )
