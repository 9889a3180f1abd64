"""How findings are written down: the SQL that turns staged findings into rows of ``lake.findings``.

Titles, messages and evidence are put together by DuckDB, not row by row in Python. What is found: ``evaluate``.
"""

from collections.abc import Mapping

import duckdb

from ledgerwatch_pipeline.analysis.contract import (
    SEVERITIES,
    Analyzer,
    ContractError,
    EvidenceType,
    template_names,
    template_parts,
)

_TYPES = {"VARCHAR": EvidenceType.TEXT, "DATE": EvidenceType.DAY, "DATE[]": EvidenceType.DAYS}
_WHOLE_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FOR_PEOPLE = {
    EvidenceType.MONEY: "amount_text({column}, currency_decimals)",
    EvidenceType.DAYS: "array_to_string(CAST({column} AS VARCHAR[]), ', ')",
}
_FOR_JSON = {
    EvidenceType.MONEY: "plain_amount({column}, currency_decimals)",
    EvidenceType.COUNT: "CAST({column} AS BIGINT)",
    EvidenceType.DAYS: "CAST({column} AS VARCHAR[])",
}


FINGERPRINT = "sha256($analyzer || '|' || key)"
"""What makes a row of ``staged_findings`` the same finding again, as an expression; binds ``$analyzer``."""


def findings_insert_sql(con: duckdb.DuckDBPyConnection, analyzer: Analyzer) -> str:
    """The INSERT of ``staged_findings`` into ``lake.findings``; binds ``$analyzer``, ``$run`` and ``$snapshot``."""
    return f"INSERT INTO lake.findings BY NAME {findings_sql(con, analyzer)}"


def findings_sql(con: duckdb.DuckDBPyConnection, analyzer: Analyzer, staged: str = "staged_findings") -> str:
    """The SELECT of ``staged_findings``, or of a table like it, as rows of ``lake.findings``; binds ``$analyzer``, ``$run`` and
    ``$snapshot``."""
    columns = {name: sql_type for name, sql_type, *_ in con.execute(f"DESCRIBE {staged}").fetchall()}
    types = column_types(analyzer, columns)
    evidence = ", ".join(
        f"'{key}', {_written(each.column, each.type, _FOR_JSON)}" for key, each in analyzer.evidence.items()
    )
    titles = {kind: _text_sql(each.title, types) for kind, each in analyzer.messages.items()}
    messages = {kind: _text_sql(each.message, types) for kind, each in analyzer.messages.items()}
    severities = {name: str(rank) for rank, name in enumerate(SEVERITIES, start=1)}
    return f"""
        SELECT
            $analyzer AS analyzer,
            organization_id,
            month,
            kind,
            {FINGERPRINT} AS fingerprint,
            CAST({_case("severity", severities)} AS UTINYINT) AS severity,
            subject,
            {_case("kind", titles)} AS title,
            {_case("kind", messages)} AS message,
            CAST(at_stake AS DECIMAL(28, 4)) AS amount,
            CAST(json_object({evidence}) AS VARCHAR) AS evidence,
            transactions,
            $run AS analysis_run_id,
            $snapshot AS ledger_snapshot
        FROM {staged}
        ORDER BY month, organization_id, key
    """


def arithmetic_sql(con: duckdb.DuckDBPyConnection, analyzer: Analyzer, parameters: Mapping[str, str]) -> str:
    """The arithmetic of a row of ``staged_findings`` as a SQL expression: one text, lines and all; '' for a kind without.

    parameters: the value of each, as it is written; those that held for the row's organization.
    """
    columns = {name: sql_type for name, sql_type, *_ in con.execute("DESCRIBE staged_findings").fetchall()}
    types = column_types(analyzer, columns)
    texts = {kind: _text_sql(each.arithmetic, types, parameters) for kind, each in analyzer.messages.items()}
    return _case("kind", texts)


def column_types(analyzer: Analyzer, columns: Mapping[str, str]) -> dict[str, EvidenceType]:
    """What each column that the texts and the evidence name is; columns: name → SQL type.

    Raises ContractError for a column that the SQL does not give, or of a type that cannot be what it is said to be.
    """
    said = {"at_stake": EvidenceType.MONEY} | {each.column: each.type for each in analyzer.evidence.values()}
    parameters = {each.name for each in analyzer.parameters}
    named = set(said)
    for message in analyzer.messages.values():
        named |= message.columns | (template_names(message.arithmetic) - parameters)
    types = {}
    for column in sorted(named):
        if column not in columns:
            raise ContractError(
                analyzer.name, f"its SQL gives no column {column}, which its texts or its evidence name"
            )
        given = _type_of(columns[column])
        wanted = said.get(column, given)
        if given is None or wanted is None:
            raise ContractError(analyzer.name, f"column {column} is of type {columns[column]}, which no text can show")
        if given is not wanted and {given, wanted} != {EvidenceType.MONEY, EvidenceType.RATIO}:
            raise ContractError(
                analyzer.name, f"column {column} is of type {columns[column]}, which is no {wanted.value}"
            )
        types[column] = wanted
    return types


def _type_of(sql_type: str) -> EvidenceType | None:
    if sql_type.startswith("DECIMAL") and not sql_type.endswith("[]"):
        return EvidenceType.MONEY
    return EvidenceType.COUNT if sql_type in _WHOLE_NUMBERS else _TYPES.get(sql_type)


def _written(column: str, kind: EvidenceType, forms: Mapping[EvidenceType, str]) -> str:
    return forms.get(kind, "CAST({column} AS VARCHAR)").format(column=f'"{column}"')


def _text_sql(template: str, types: Mapping[str, EvidenceType], given: Mapping[str, str] | None = None) -> str:
    """A template's text as a SQL expression. The template may come from a file: its literals are quoted, and a column it
    names is an identifier that the SQL gives. given: names that stand for a text instead of a column."""
    constants = given or {}
    parts = []
    for literal, name in template_parts(template):
        if literal:
            parts.append(_literal(literal))
        if name is not None:
            parts.append(_literal(constants[name]) if name in constants else _written(name, types[name], _FOR_PEOPLE))
    return " || ".join(parts) or "''"


def _case(column: str, branches: Mapping[str, str]) -> str:
    return f"CASE {column} " + " ".join(f"WHEN {_literal(key)} THEN {sql}" for key, sql in branches.items()) + " END"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
