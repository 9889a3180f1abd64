"""The use cases of analysis: reconcile the ledger's months, run an analyzer over months, plan what new data asks for.

Faces call ``reconcile_ledger`` and ``run_analyzer``; raising alerts from the findings is ``alerting.raising``.
"""

import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import duckdb

from ledgerwatch_pipeline.analyzers.analyzer import Analyzer
from ledgerwatch_pipeline.database import audit_log, organizations, runs
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent
from ledgerwatch_pipeline.model.errors import LedgerWatchError
from ledgerwatch_pipeline.model.month import Month, MonthRange, contiguous
from ledgerwatch_pipeline.sql import sql_text


class LedgerDiffersError(LedgerWatchError):
    """The ledger's totals are not the loads' control totals: rows were lost or doubled behind LedgerWatch's back."""


@dataclass(frozen=True)
class AnalysisRequest:
    """Months to analyse, for all organizations or some (slugs)."""

    months: MonthRange
    organizations: tuple[str, ...] | None = None


@dataclass
class MonthTotals:
    """What the ledger holds in one month: rows by type, and of how many organizations. Amounts are not summed here:
    organizations have different currencies."""

    rows_by_type: dict[str, int] = field(default_factory=lambda: {"expense": 0, "income": 0, "refund": 0})
    organizations: int = 0

    @property
    def rows(self) -> int:
        return sum(self.rows_by_type.values())


@dataclass(frozen=True)
class AnalysisOutcome:
    """One analyzer's run: how many findings each month has, and who had not enough data, and why."""

    run_id: UUID
    snapshot: int
    findings: dict[Month, int]
    not_enough_data: list[dict[str, str]]


def set_scope(home: Home, request: AnalysisRequest) -> list[UUID]:
    """Fill the temporary table ``scope`` with the request's organizations; raises UnknownThingError."""
    with home.database.transaction() as cursor:
        if request.organizations is None:
            chosen = organizations.every(cursor)
        else:
            chosen = [organizations.get(cursor, slug) for slug in request.organizations]
    con = home.lake.con
    con.execute("CREATE OR REPLACE TEMP TABLE scope (organization_id UUID, slug VARCHAR)")
    if chosen:
        con.executemany("INSERT INTO scope VALUES (?, ?)", [(each.id, each.slug) for each in chosen])
    return [each.id for each in chosen]


def reconcile_ledger(home: Home, request: AnalysisRequest) -> dict[Month, MonthTotals]:
    """Recompute the months' totals, hold them against the loads' control totals, keep them; what each month holds.

    Raises LedgerDiffersError naming the first month that differs.
    """
    con = home.lake.con
    bounds = {"first": request.months.first.first_day, "last": request.months.last.first_day}
    set_scope(home, request)
    with home.database.lock("ledger_months"):
        with home.lake.transaction():
            con.execute(sql_text("lake/ledger_months"), bounds)
            differing = con.execute(sql_text("lake/reconcile"), bounds).fetchall()
        if differing:
            slug, month, kind, rows, expected, *_ = differing[0]
            raise LedgerDiffersError(
                f"the ledger of {slug} has {rows} rows of type {kind} in {Month.of(month)}, its loads accepted {expected}; "
                f"{len(differing)} totals differ"
            )
        with home.lake.writing():
            con.execute(
                "DELETE FROM lake.ledger_months WHERE month BETWEEN $first AND $last"
                " AND organization_id IN (SELECT organization_id FROM scope)",
                bounds,
            )
            con.execute("INSERT INTO lake.ledger_months FROM recomputed ORDER BY month, organization_id, type")
    totals = {month: MonthTotals() for month in request.months}
    for month, kind, rows in con.execute("SELECT month, type, sum(rows) FROM recomputed GROUP BY ALL").fetchall():
        totals[Month.of(month)].rows_by_type[kind] = int(rows)
    for month, organizations_ in con.execute(
        "SELECT month, count(DISTINCT organization_id) FROM recomputed GROUP BY ALL"
    ).fetchall():
        totals[Month.of(month)].organizations = organizations_
    return totals


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
            cursor, run_id=run_id, analyzer=analyzer.name, version=analyzer.version,
            first=request.months.first.first_day, last=request.months.last.first_day,
            organizations=request.organizations,
            parameters={
                "default": {p.name: str(p.default) for p in analyzer.parameters},
                "own": {str(key): value for key, value in own.items()},
            },
            dagster_run_id=dagster_run_id,
        )  # fmt: skip
    try:
        with home.database.lock(f"analyzer {analyzer.name}"):
            outcome = _analyse(home, analyzer, request, run_id, own)
            with home.database.transaction() as cursor:
                runs.succeed(
                    cursor, run_id, snapshot=outcome.snapshot, findings=sum(outcome.findings.values()),
                    not_enough_data=outcome.not_enough_data,
                )  # fmt: skip
                audit_log.append(
                    cursor,
                    [
                        AuditEvent(
                            "ANALYSIS_RUN", "system", str(run_id), None,
                            {
                                "analyzer": analyzer.name, "months": str(request.months),
                                "findings": sum(outcome.findings.values()), "status": "SUCCEEDED",
                            },
                        )
                    ],
                )  # fmt: skip
    except Exception as error:
        with home.database.transaction() as cursor:
            runs.fail(cursor, run_id, f"{type(error).__name__}: {error}")
        raise
    return outcome


def findings_seen_twice(home: Home, analyzer: Analyzer, request: AnalysisRequest) -> int:
    """How many findings of these months are there more than once: 0, or a month was replaced by halves."""
    set_scope(home, request)
    row = home.lake.con.execute(
        "SELECT count(*) - count(DISTINCT (organization_id, month, fingerprint)) FROM lake.findings"
        " WHERE analyzer = $analyzer AND month BETWEEN $first AND $last"
        " AND organization_id IN (SELECT organization_id FROM scope)",
        {
            "analyzer": analyzer.name,
            "first": request.months.first.first_day,
            "last": request.months.last.first_day,
        },
    ).fetchone()
    assert row is not None
    return int(row[0])


def _analyse(
    home: Home, analyzer: Analyzer, request: AnalysisRequest, run_id: UUID, own: dict[UUID, dict[str, str]]
) -> AnalysisOutcome:
    con = home.lake.con
    bounds = {"first": request.months.first.first_day, "last": request.months.last.first_day}
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
        con.execute(_findings_sql(analyzer), {"analyzer": analyzer.name, "run": run_id, "snapshot": snapshot})
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
                ("first", months.first.first_day), ("last", months.last.first_day), ("since", since),
            )
            if f"${name}" in query
        }  # fmt: skip
        con.execute(f"CREATE OR REPLACE TEMP TABLE found AS {query}", values)
        row = con.execute("SELECT 1 FROM found WHERE needs_earlier LIMIT 1").fetchone()
        if row is None or since <= beginning:
            return
        lookback = max(1, lookback * 3)


def _findings_sql(analyzer: Analyzer) -> str:
    """The INSERT that turns ``found`` into findings: texts and evidence are put together by DuckDB, not row by row."""
    evidence = ", ".join(f"'{key}', {_json_value(column)}" for key, column in analyzer.evidence.items())
    return f"""
        INSERT INTO lake.findings
        SELECT $analyzer, organization_id, month, sha256($analyzer || '|' || key), CASE severity WHEN 'HIGH' THEN 3 WHEN 'MEDIUM' THEN 2 ELSE 1 END,
               subject, {_text_sql(analyzer.title)}, {_text_sql(analyzer.message)}, at_stake,
               CAST(json_object({evidence}) AS VARCHAR), transactions, $run, $snapshot
        FROM found ORDER BY month, organization_id, severity, at_stake DESC, key
    """


_MONEY = {"amount", "mean", "limit_amount", "at_stake"}
_LISTS_AND_COUNTS = {"dates", "count", "refunds"}


def _json_value(column: str) -> str:
    return column if column in _LISTS_AND_COUNTS else f"CAST({column} AS VARCHAR)"


def _text_sql(template: str) -> str:
    """A template's text as a SQL expression; the template and its columns come from code, never from a file."""
    parts = []
    for literal, column, _, _ in string.Formatter().parse(template):
        if literal:
            parts.append("'" + literal.replace("'", "''") + "'")
        if column:
            parts.append(f"amount_text({column})" if column in _MONEY else f"CAST({column} AS VARCHAR)")
    return " || ".join(parts)


def plan(home: Home, analyzers: Sequence[Analyzer]) -> tuple[list[AnalysisRequest], list[int]]:
    """What the months due ask for: contiguous months as one request each, and the marks to remove when all is done.

    Each due month is followed by the months its change can reach, as far as the ledger goes.
    """
    with home.database.transaction() as cursor:
        due = runs.due(cursor)
        own = {analyzer.name: runs.own_parameters(cursor, analyzer.name) for analyzer in analyzers}
    if not due:
        return [], []
    row = home.lake.con.execute("SELECT max(month) FROM lake.load_totals").fetchone()
    end = Month.of(row[0]) if row and row[0] else Month.of(due[0]["month"])
    wanted: set[Month] = set()
    for touched, organization_id in {(Month.of(each["month"]), each["organization_id"]) for each in due}:
        wanted.add(touched)
        for analyzer in analyzers:
            reach = analyzer.reach_with(own[analyzer.name].get(organization_id, {}))
            last = end if reach is None else min(end, touched.plus(reach))
            wanted.update(MonthRange(touched, max(touched, last)))
    slugs = tuple(sorted({each["organization"] for each in due}))
    return [AnalysisRequest(months, slugs) for months in contiguous(wanted)], [each["seq"] for each in due]


def finish_plan(home: Home, seqs: Sequence[int]) -> None:
    """Forget the marks of a plan that was carried out; what came in meanwhile stays due."""
    with home.database.transaction() as cursor:
        runs.done(cursor, seqs)
