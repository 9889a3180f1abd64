"""Reads an analyzer's SQL without running it: what it names, what it calls, which columns it gives, where a float could decide.

A private DuckDB with empty relations prepares it, so neither a home nor rows are needed. What only rows can show (that it
looks ahead, that tenants mix) is ``conformance``'s.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias

import duckdb

from ledgerwatch_pipeline.analysis.contract import Analyzer, ContractError
from ledgerwatch_pipeline.analysis.texts import column_types
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.duckdb_process import NO_DOWNLOADS
from ledgerwatch_pipeline.stores.lake.rows import only_row

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
_TELLING = frozenset({"current_setting", "getenv", "getvariable", "version"})
"""Functions that tell of the machine or the session instead of computing from what they are given."""
_FLOATS = frozenset({"DOUBLE", "FLOAT"})
_FLOATING = """
    SELECT lower(function_name) FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate') GROUP BY ALL
    HAVING bool_or(return_type IN ('DOUBLE', 'FLOAT') AND NOT list_has_any(parameter_types, ['DOUBLE', 'FLOAT']))
        OR bool_and(return_type IN ('DOUBLE', 'FLOAT'))
"""
"""Functions that make floats of exact numbers, or give nothing else."""
_WHOLE_INTERVAL = re.compile(r"CAST\(trunc\(CAST\([0-9]+ AS DOUBLE\)\) AS [A-Z]+\)")
"""What DuckDB makes of ``INTERVAL 3 DAY``: a whole number is exact as a float, too."""


class Rule(StrEnum):
    """The rules that every analyzer keeps. The first ones are seen in its SQL, the others in what it finds."""

    SQL = "its SQL is one SELECT that can be prepared"
    RELATIONS = "it reads the relations it declares and nothing else"
    FUNCTIONS = "it calls only functions of its arguments: no files, settings, clocks or dice"
    COLUMNS = "it gives the columns of the contract, of the right types"
    FLOATS = "no floating-point number decides"
    FINDINGS = "a finding is in scope, of a known kind and severity, complete, and one of its key in its month"
    TEXTS = "its texts have no nulls"
    TRANSACTIONS = "transactions it names are in the organization's ledger, up to the month's end"
    UNION = "a range of months gives the union of its months"
    LATER_ROWS = "rows after a month never change it"
    TENANTS = "rows of others never change an organization's findings"
    REACH = "a month's change reaches no further than declared"
    SAME_AGAIN = "the same ledger gives the same findings, in whatever order its rows lie"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that an analyzer breaks, and how."""

    rule: Rule
    problem: str

    def __str__(self) -> str:
        return f"{self.problem} (the rule: {self.rule.value})"


def inspect(analyzer: Analyzer) -> list[Violation]:
    """Every rule that its SQL breaks, as far as it can be seen without rows; an empty list if none."""
    con = _with_empty_relations(analyzer)
    try:
        violations = _text_violations(con, analyzer, analyzer.sql) or _finding_violations(con, analyzer)
        if analyzer.insufficient is not None:
            text = analyzer.insufficient
            violations += _text_violations(con, analyzer, text) or _reason_violations(con, text)
        return list(dict.fromkeys(violations))
    except duckdb.Error as error:
        return [Violation(Rule.SQL, f"it cannot be looked into: {error}")]
    finally:
        con.close()


def _with_empty_relations(analyzer: Analyzer) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={**NO_DOWNLOADS, "python_enable_replacements": False})
    con.execute(sql_text("lake/macros"))
    for name, columns in analyzer.relations.items():
        described = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        con.execute(f"CREATE TABLE {name} ({described})")
    con.execute("SET explain_output = 'all'")
    return con


def _text_violations(con: duckdb.DuckDBPyConnection, analyzer: Analyzer, text: str) -> list[Violation]:
    """What is wrong with the statement as it is written. Nothing is prepared before its functions are known to be harmless:
    preparing ``read_csv('…')`` opens the file."""
    try:
        kinds = [statement.type.name for statement in con.extract_statements(text)]
    except duckdb.Error as error:
        return [Violation(Rule.SQL, str(error))]
    if kinds != ["SELECT"]:
        return [Violation(Rule.SQL, f"it has {len(kinds)} statements ({', '.join(kinds)})")]
    parsed = _parsed(con, text)
    if parsed["error"]:
        return [Violation(Rule.SQL, f"it cannot be looked into: {parsed['error_message']}")]
    nodes = list(_nodes(parsed["statements"]))
    if violations := _function_violations(nodes):
        return violations
    if unknown := {name for name in _tables(parsed["statements"], frozenset()) if name not in analyzer.relations}:
        return [
            Violation(Rule.RELATIONS, f"it reads {name}, which is none of {', '.join(analyzer.relations)}")
            for name in sorted(unknown)
        ]
    try:
        con.execute(f"DESCRIBE {text}")
        plan = con.execute(f"EXPLAIN (FORMAT json) {text}").fetchall()[0][1]
    except duckdb.Error as error:
        return [Violation(Rule.SQL, str(error))]
    return _plan_violations(plan) + _float_violations(con, parsed)


def _function_violations(nodes: list[dict[str, Json]]) -> list[Violation]:
    functions = _functions()
    violations = []
    inside = [id(node["function"]) for node in nodes if node.get("type") == "TABLE_FUNCTION"]
    for node in nodes:
        if node.get("type") == "SHOW_REF":
            violations.append(Violation(Rule.RELATIONS, "it asks for a description instead of rows"))
        function = node.get("function")
        if node.get("type") == "TABLE_FUNCTION" and isinstance(function, dict):
            name = str(function.get("function_name")).lower()
            if name not in _TABLE_FUNCTIONS:
                violations.append(Violation(Rule.FUNCTIONS, f"it reads the function {name}"))
            continue
        if id(node) in inside or node.get("class") not in ("FUNCTION", "WINDOW"):
            continue
        name = str(node.get("function_name")).lower()
        if name in functions.floating:
            violations.append(Violation(Rule.FLOATS, f"{name} computes with floating-point numbers"))
        elif name in _TABLE_FUNCTIONS:
            continue
        elif name in _TELLING or functions.moves(name):
            violations.append(Violation(Rule.FUNCTIONS, f"it calls the function {name}"))
    return violations


@dataclass(frozen=True, slots=True)
class _Functions:
    """DuckDB's functions by lower-case name: what each promises of its answers, and those that compute with floats."""

    stability: Mapping[str, str]
    floating: frozenset[str]

    def moves(self, name: str) -> bool:
        """Whether it is unknown, or may answer the same question in two ways."""
        return self.stability.get(name) not in ("CONSISTENT", "MACRO")


@cache
def _functions() -> _Functions:
    con = duckdb.connect(config=NO_DOWNLOADS)
    try:
        con.execute(sql_text("lake/macros"))
        stability = dict.fromkeys(_WINDOWS, "CONSISTENT") | dict(
            con.execute(
                "SELECT lower(function_name), max(CASE WHEN function_type = 'macro' THEN 'MACRO' ELSE stability END)"
                " FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro') GROUP BY ALL"
            ).fetchall()
        )
        return _Functions(stability, frozenset(name for (name,) in con.execute(_FLOATING).fetchall()) | {"/"})
    finally:
        con.close()


_WINDOWS = (
    "row_number",
    "rank",
    "dense_rank",
    "ntile",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "nth_value",
    "first",
    "last",
)


def _plan_violations(plan: str) -> list[Violation]:
    """What is only there once types are known: a cast nobody wrote, and ``current_date``, which is written like a column."""
    bare = _WHOLE_INTERVAL.sub("", re.sub(r"'[^']*'", "''", plan))
    violations = []
    if re.search(r"\bAS (DOUBLE|FLOAT)\b", bare):
        violations.append(Violation(Rule.FLOATS, "a value is turned into a floating-point number on the way"))
    functions = _functions()
    moving = {name for name in functions.stability if functions.moves(name)}
    called = {name.lower() for name in re.findall(r"\b([A-Za-z_]\w*)\(", bare)}
    violations += [Violation(Rule.FUNCTIONS, f"it calls the function {name}") for name in sorted(called & moving)]
    return violations


def _float_violations(con: duckdb.DuckDBPyConnection, parsed: dict[str, Any]) -> list[Violation]:
    """Floats that are written, and those that come about on the way: DuckDB multiplies decimals that would grow too wide as
    floats. Seen where a CTE at the top of the statement, or the statement, gives a column of them."""
    violations = []
    if any(node.get("id") in _FLOATS for node in _nodes(_without_intervals(parsed))):
        violations.append(Violation(Rule.FLOATS, "it writes a floating-point number or casts to one"))
    for name, statement in _top_ctes(con, parsed):
        selection = _scalar(con, f"json_deserialize_sql({_literal(json.dumps(statement))})")
        for column, kind in _columns(con, selection).items():
            if re.search(r"\b(DOUBLE|FLOAT)\b", kind):
                violations.append(Violation(Rule.FLOATS, f"column {column} of its CTE {name} is of type {kind}"))
    return violations


def _top_ctes(con: duckdb.DuckDBPyConnection, parsed: dict[str, Any]) -> Iterator[tuple[str, Json]]:
    """For each CTE at the top of the statement, the statement that selects all of it."""
    ctes = parsed["statements"][0]["node"].get("cte_map", {})
    for name in [entry["key"] for entry in ctes.get("map", [])]:
        quoted = name.replace('"', '""')
        statement = _parsed(con, f'SELECT * FROM "{quoted}"')
        statement["statements"][0]["node"]["cte_map"] = ctes
        yield name, statement


def _parsed(con: duckdb.DuckDBPyConnection, text: str) -> dict[str, Any]:
    """DuckDB's own parse, as it writes it in JSON."""
    parsed: dict[str, Any] = json.loads(_scalar(con, f"json_serialize_sql({_literal(text)})"))
    return parsed


def _scalar(con: duckdb.DuckDBPyConnection, expression: str) -> str:
    return str(only_row(con.execute(f"SELECT {expression}"))[0])


def _literal(text: str) -> str:
    """A text in SQL. Not bound: DuckDB would import pandas to look at it, for which every command would wait that meets an
    analyzer of the home."""
    return "'" + text.replace("'", "''") + "'"


def _without_intervals(part: Json) -> Json:
    """The parse but for what stands within ``to_days(…)`` and its like, where ``INTERVAL 3 DAY`` has a float: see above."""
    if isinstance(part, list):
        return [_without_intervals(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    if part.get("class") == "FUNCTION" and re.fullmatch(r"to_[a-z]+s", str(part.get("function_name"))):
        return None
    return {key: _without_intervals(inner) for key, inner in part.items()}


def _finding_violations(con: duckdb.DuckDBPyConnection, analyzer: Analyzer) -> list[Violation]:
    columns = _columns(con, analyzer.sql)
    violations = []
    for name, wanted in analyzer.required_columns.items():
        given = columns.get(name)
        if given is None:
            violations.append(Violation(Rule.COLUMNS, f"its SQL gives no column {name}"))
        elif given != wanted and not (wanted == "DECIMAL" and given.startswith("DECIMAL")):
            violations.append(Violation(Rule.COLUMNS, f"its column {name} is of type {given}, not {wanted}"))
    for name, given in columns.items():
        if re.search(r"\b(DOUBLE|FLOAT)\b", given):
            violations.append(Violation(Rule.FLOATS, f"its column {name} is of type {given}"))
    if not violations:
        try:
            column_types(analyzer, columns)
        except ContractError as error:
            violations.append(Violation(Rule.COLUMNS, error.problem))
    return violations


def _reason_violations(con: duckdb.DuckDBPyConnection, insufficient: str) -> list[Violation]:
    wanted = {"organization_id": "UUID", "month": "DATE", "reason": "VARCHAR"}
    columns = _columns(con, insufficient)
    if columns == wanted:
        return []
    given = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return [Violation(Rule.COLUMNS, f"its SQL of insufficient data gives {given}, not organization_id, month, reason")]


def _columns(con: duckdb.DuckDBPyConnection, text: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in con.execute(f"DESCRIBE {text}").fetchall()}


def _tables(part: Json, visible: frozenset[str]) -> Iterator[str]:
    """The tables that a part of a parse reads, as they are written, but for the CTEs visible there: a CTE is seen by those
    that follow it and by the query it belongs to, and a recursive one by itself."""
    if isinstance(part, list):
        for inner in part:
            yield from _tables(inner, visible)
    if not isinstance(part, dict):
        return
    ctes = part.get("cte_map")
    for entry in _entries(ctes):
        name = str(entry["key"]).lower()
        own = {name} if any(node.get("type") == "RECURSIVE_CTE_NODE" for node in _nodes(entry)) else set()
        yield from _tables(entry["value"], visible | own)
        visible |= {name}
    if part.get("type") == "BASE_TABLE":
        names = [str(part[key]) for key in ("catalog_name", "schema_name", "table_name") if part.get(key)]
        if len(names) > 1 or names[0].lower() not in visible:
            yield ".".join(names).lower()
    for key, inner in part.items():
        if key != "cte_map":
            yield from _tables(inner, visible)


def _entries(ctes: Json) -> list[dict[str, Json]]:
    entries = ctes.get("map") if isinstance(ctes, dict) else None
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []


def _nodes(part: Json) -> Iterator[dict[str, Json]]:
    """Every object in the parse, whatever it stands under."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _nodes(inner)
