"""Runs an analyzer over months: its findings replaced, its run recorded. Raising alerts from them is ``alerting.raising``."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import duckdb

from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.scope import AnalysisRequest, set_scope
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_pipeline.stores.postgres import runs


@dataclass(frozen=True)
class AnalysisOutcome:
    """One analyzer's run: how many findings each month has, and who had not enough data, and why."""

    run_id: UUID
    snapshot: int
    findings: dict[Month, int]
    not_enough_data: list[dict[str, str]]


def run_analyzer(
    home: Home, analyzer: Analyzer, request: AnalysisRequest, dagster_run_id: str | None = None
) -> AnalysisOutcome:
    """Replace the findings of ``analyzer`` for the request's months and organizations; the run is recorded either way.

    One process at a time runs an analyzer, from reading the ledger to writing the findings, so an older reading never
    replaces a newer one. A run that was killed is closed as FAILED by the next of its analyzer.
    """
    run_id = uuid4()
    with runs.alive(home.database, run_id):
        return _run(home, analyzer, request, run_id, dagster_run_id)


def _run(
    home: Home, analyzer: Analyzer, request: AnalysisRequest, run_id: UUID, dagster_run_id: str | None
) -> AnalysisOutcome:
    with home.database.transaction() as cursor:
        runs.close_killed(cursor, analyzer.name)
        own = runs.own_parameters(cursor, analyzer.name)
        runs.start(
            cursor,
            run_id=run_id,
            analyzer=analyzer.name,
            version=analyzer.version,
            first=request.months.first.first_day,
            last=request.months.last.first_day,
            organizations=request.organizations,
            parameters={
                "default": {p.name: str(p.default) for p in analyzer.parameters},
                "own": {str(key): value for key, value in own.items()},
            },
            dagster_run_id=dagster_run_id,
        )
    try:
        with home.database.lock(f"analyzer {analyzer.name}"):
            outcome = _analyse(home, analyzer, request, run_id, own)
            findings = sum(outcome.findings.values())
            with home.database.transaction() as cursor:
                runs.succeed(
                    cursor,
                    run_id,
                    snapshot=outcome.snapshot,
                    findings=findings,
                    not_enough_data=outcome.not_enough_data,
                )
                audit_log.append(cursor, [_ended(run_id, analyzer, request, status="SUCCEEDED", findings=findings)])
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        with home.database.transaction() as cursor:
            runs.fail(cursor, run_id, reason)
            audit_log.append(cursor, [_ended(run_id, analyzer, request, status="FAILED", error=reason)])
        raise
    return outcome


def _ended(run_id: UUID, analyzer: Analyzer, request: AnalysisRequest, **how: object) -> AuditEvent:
    what = {"analyzer": analyzer.name, "months": str(request.months), **how}
    return AuditEvent("ANALYSIS_RUN", "system", str(run_id), None, what)


def findings_seen_twice(home: Home, analyzer: Analyzer, request: AnalysisRequest) -> int:
    """How many findings of these months are there more than once: 0, or a month was replaced by halves."""
    set_scope(home, request)
    row = home.lake.con.execute(
        "SELECT count(*) - count(DISTINCT (organization_id, month, fingerprint)) FROM lake.findings"
        " WHERE analyzer = $analyzer AND month BETWEEN $first AND $last"
        " AND organization_id IN (SELECT organization_id FROM scope)",
        {"analyzer": analyzer.name, **request.bounds},
    ).fetchone()
    assert row is not None
    return int(row[0])


def _analyse(
    home: Home, analyzer: Analyzer, request: AnalysisRequest, run_id: UUID, own: dict[UUID, dict[str, str]]
) -> AnalysisOutcome:
    con = home.lake.con
    bounds = request.bounds
    scope = set_scope(home, request)
    _set_parameters(con, analyzer, scope, own)
    con.execute("CREATE OR REPLACE TEMP TABLE months_in_scope (organization_id UUID, month DATE)")
    con.execute(
        "INSERT INTO months_in_scope SELECT organization_id, m::DATE FROM scope,"
        " generate_series($first::DATE, $last::DATE, INTERVAL 1 MONTH) AS s(m)",
        bounds,
    )
    for view, table in (("ledger", "transactions"), ("ledger_months", "ledger_months")):
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW {view} AS FROM lake.{table}"
            " WHERE organization_id IN (SELECT organization_id FROM scope)"
        )
    with home.lake.transaction():
        snapshot = home.lake.snapshot()
        _find(con, analyzer, request.months)
        poor = con.execute(
            "SELECT s.slug FROM scope AS s WHERE NOT EXISTS (SELECT 1 FROM lake.ledger_months AS m"
            " WHERE m.organization_id = s.organization_id AND m.month <= $last AND m.type IN ('expense', 'income'))"
            " ORDER BY 1",
            {"last": bounds["last"]},
        ).fetchall()
    with home.lake.writing():
        con.execute(
            "DELETE FROM lake.findings WHERE analyzer = $analyzer AND month BETWEEN $first AND $last"
            " AND organization_id IN (SELECT organization_id FROM scope)",
            {"analyzer": analyzer.name, **bounds},
        )
        con.execute(_findings_sql(con, analyzer), {"analyzer": analyzer.name, "run": run_id, "snapshot": snapshot})
    counts = dict.fromkeys(request.months, 0)
    for month, count in con.execute("SELECT month, count(*) FROM found GROUP BY ALL").fetchall():
        counts[Month.of(month)] = count
    return AnalysisOutcome(
        run_id, snapshot, counts, [{"organization": slug, "reason": analyzer.not_enough_data} for (slug,) in poor]
    )


def _set_parameters(
    con: duckdb.DuckDBPyConnection, analyzer: Analyzer, scope: Sequence[UUID], own: dict[UUID, dict[str, str]]
) -> None:
    names = [parameter.name for parameter in analyzer.parameters]
    columns = ", ".join(f"{name} DECIMAL(14, 4)" for name in names)
    con.execute(f"CREATE OR REPLACE TEMP TABLE parameters (organization_id UUID, {columns})")
    rows = [(each, *(Decimal(own.get(each, {}).get(p.name, p.default)) for p in analyzer.parameters)) for each in scope]
    if rows:
        con.executemany(f"INSERT INTO parameters VALUES ({', '.join('?' * (len(names) + 1))})", rows)


def _find(con: duckdb.DuckDBPyConnection, analyzer: Analyzer, months: MonthRange) -> None:
    """Fill the temporary table ``found``; read further back for as long as a finding may have begun earlier."""
    oldest = con.execute("SELECT min(month) FROM lake.ledger_months").fetchone()
    beginning = oldest[0] if oldest and oldest[0] else months.first.first_day
    lookback = analyzer.lookback
    while True:
        since = max(months.first.plus(-lookback).first_day, min(beginning, months.first.first_day))
        query = sql_text(f"analyzers/{analyzer.name}")
        values: dict[str, date] = {
            name: value
            for name, value in (
                ("first", months.first.first_day),
                ("last", months.last.first_day),
                ("since", since),
            )
            if f"${name}" in query
        }
        con.execute(f"CREATE OR REPLACE TEMP TABLE found AS {query}", values)
        row = con.execute("SELECT 1 FROM found WHERE needs_earlier LIMIT 1").fetchone()
        if row is None or since <= beginning:
            return
        lookback = max(1, lookback * 3)


def _findings_sql(con: duckdb.DuckDBPyConnection, analyzer: Analyzer) -> str:
    """The INSERT that turns ``found`` into findings: texts and evidence are put together by DuckDB, not row by row.

    How a column is written follows from its type: a decimal is an amount, in texts with separators.
    """
    types = {name: kind for name, kind, *_ in con.execute("DESCRIBE found").fetchall()}
    evidence = ", ".join(f"'{key}', {_json_value(column, types)}" for key, column in analyzer.evidence.items())
    return f"""
        INSERT INTO lake.findings
        SELECT $analyzer, organization_id, month, sha256($analyzer || '|' || key),
               CASE severity WHEN 'HIGH' THEN 3 WHEN 'MEDIUM' THEN 2 ELSE 1 END, subject,
               {_text_sql(analyzer.title, types)}, {_text_sql(analyzer.message, types)}, at_stake,
               CAST(json_object({evidence}) AS VARCHAR), transactions, $run, $snapshot
        FROM found ORDER BY month, organization_id, severity, at_stake DESC, key
    """


def _json_value(column: str, types: Mapping[str, str]) -> str:
    """Amounts and dates are strings in JSON; counts and lists are what they are."""
    return f"CAST({column} AS VARCHAR)" if types[column].startswith(("DECIMAL", "DATE")) else column


def _text_sql(template: str, types: Mapping[str, str]) -> str:
    """A template's text as a SQL expression; the template and its columns come from code, never from a file."""
    parts = []
    for literal, column, _, _ in string.Formatter().parse(template):
        if literal:
            parts.append("'" + literal.replace("'", "''") + "'")
        if column:
            is_amount = types[column].startswith("DECIMAL")
            parts.append(f"amount_text({column})" if is_amount else f"CAST({column} AS VARCHAR)")
    return " || ".join(parts)
