"""Ranks the months of some items of work: signals and cases as a generation of a run, which from then on are those that hold.

What is computed: ``evaluate``. Which cases people see of it is ``alerting``'s to keep. The ``pipeline`` calls this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import duckdb
from sqlalchemy import Connection

from ledgerwatch_pipeline.analysis.evaluate import limited
from ledgerwatch_pipeline.analysis.recording import commit, failure_recorded
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.analysis.scope import scope_of
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.work import CASES, WorkItem
from ledgerwatch_pipeline.ranking.evaluate import Given, Judged, by_windows, evaluated
from ledgerwatch_pipeline.ranking.parameters import read
from ledgerwatch_pipeline.ranking.registry import VERSION
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres import cases, corrections, organizations, parameters, runs
from ledgerwatch_pipeline.stores.postgres.runs import RangeResult, StartedRun

Counts = dict[UUID, dict[Month, int]]


@dataclass(frozen=True, slots=True)
class RankingOutcome:
    """A ranking that succeeded. cases: how many each month of each organization has; signals: how many there are in all."""

    run_id: UUID
    snapshot: int
    cases: Mapping[UUID, Mapping[Month, int]]
    signals: int


def rank(
    home: Home,
    items: Sequence[WorkItem],
    worker: int,
    dagster_run_id: str | None = None,
    seconds: float | None = None,
) -> RankingOutcome:
    """Find the signals of the months of ``items``, which ``worker`` has leased, and rank the cases they make; the run is recorded,
    however it ends. What is read and computed before the commit holds nobody up. Raises LeaseLostError, TookTooLongError after ``seconds`` (None:
    never), and DuckDB's errors."""
    run = _start(home, items, worker, dagster_run_id)
    with failure_recorded(home, run):
        return _rank(home, items, run, seconds)


def _start(home: Home, items: Sequence[WorkItem], worker: int, dagster_run_id: str | None) -> StartedRun:
    scope = scope_of(items)
    with home.database.transaction() as connection:
        runs.close_killed(connection)
        overrides = parameters.overrides(connection, CASES)
        run = StartedRun(
            id=uuid4(),
            analyzer=CASES,
            version=VERSION,
            scope=scope,
            parameters={row.organization_id: read(overrides.get(row.organization_id, {})).written() for row in scope},
            dagster_run_id=dagster_run_id,
            worker=worker,
        )
        runs.start(connection, run)
    return run


def _rank(home: Home, items: Sequence[WorkItem], run: StartedRun, seconds: float | None) -> RankingOutcome:
    everyone = {row.organization_id for row in run.scope}
    with home.database.transaction() as connection:
        tenants = list(organizations.by_ids(connection, everyone).values())
        given = _given(connection, home.settings, run)
    counts: Counts = {row.organization_id: {} for row in run.scope}
    signals = 0
    with home.lake.transaction() as lake:
        snapshot = home.lake.snapshot()
        with limited(lake.con, CASES, seconds):
            for part in by_windows(run.scope, given):
                theirs = {row.organization_id for row in part}
                with evaluated(lake.con, part, [each for each in tenants if each.id in theirs], given):
                    signals += _write(lake.con, run.id, counts)
        results = [
            RangeResult(row, {month: counts[row.organization_id].get(month, 0) for month in row.months}, ())
            for row in run.scope
        ]
        commit(home, lake, run, items, snapshot, results, "cases")
    return RankingOutcome(run.id, snapshot, counts, signals)


def _given(connection: Connection, settings: Settings, run: StartedRun) -> Given:
    """What was found of these organizations before, by rules that are about no vendor and by earlier rankings."""
    everyone = {row.organization_id for row in run.scope}
    without_vendor = [each.name for each in load_registry(settings).analyzers if "vendor" not in each.evidence]
    return Given(
        parameters={organization_id: read(written) for organization_id, written in run.parameters.items()},
        past=runs.current(connection, CASES, everyone),
        rules=[each for name in without_vendor for each in runs.current(connection, name, everyone)],
        judged=[
            Judged(each.organization_id, each.subject, each.lead, Month.of(each.month), each.outcome.value, each.number)
            for each in cases.resolved(connection, everyone)
            if each.outcome is not None
        ],
        corrected=corrections.corrected(connection, everyone),
    )


def _write(con: duckdb.DuckDBPyConnection, run_id: UUID, counts: Counts) -> int:
    """Insert what was evaluated, count its cases by month; how many signals there are."""
    con.execute(sql_text("ranking/insert_cases"), {"score_version": VERSION, "run": run_id})
    (signals,) = con.execute(sql_text("ranking/insert_signals"), {"run": run_id}).fetchall()[0]
    for organization_id, month, count in con.execute(
        "SELECT o.organization_id, CAST(month_start(c.month) AS DATE), count(*) FROM ranked_cases AS c"
        " JOIN ranked_organizations AS o USING (org) GROUP BY ALL"
    ).fetchall():
        counts[organization_id][Month.of(month)] = count
    return int(signals)
