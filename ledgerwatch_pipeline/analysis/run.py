"""Runs an analyzer over a scope: findings as a generation of their run, which from then on are those that hold.

What its SQL sees and gives: ``evaluate``. Raising alerts from the findings is ``alerting``'s, calling this ``pipeline``'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from ledgerwatch_pipeline.analysis.contract import Analyzer, Input
from ledgerwatch_pipeline.analysis.evaluate import Evaluation, evaluate
from ledgerwatch_pipeline.analysis.recording import commit, failure_recorded
from ledgerwatch_pipeline.analysis.scope import scope_of
from ledgerwatch_pipeline.analysis.texts import findings_insert_sql
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.work import WorkItem
from ledgerwatch_pipeline.stores.postgres import corrections, organizations, parameters, runs, thresholds
from ledgerwatch_pipeline.stores.postgres.runs import RangeResult, StartedRun


@dataclass(frozen=True, slots=True)
class AnalysisOutcome:
    """A run that succeeded, and what it found."""

    run_id: UUID
    snapshot: int
    evaluation: Evaluation


def run_analyzer(
    home: Home,
    analyzer: Analyzer,
    items: Sequence[WorkItem],
    worker: int,
    dagster_run_id: str | None = None,
    seconds: float | None = None,
) -> AnalysisOutcome:
    """Analyse the months of ``items``, which ``worker`` has leased; the run is recorded, however it ends.

    Findings and the run commit together, in a moment: what is read and computed before holds nobody up. Raises what the
    analyzer's SQL raises, TookTooLongError after ``seconds`` (None: never), and LeaseLostError.
    """
    run = _start(home, analyzer, items, worker, dagster_run_id)
    with failure_recorded(home, run):
        return _analyse(home, analyzer, items, run, seconds)


def _start(
    home: Home, analyzer: Analyzer, items: Sequence[WorkItem], worker: int, dagster_run_id: str | None
) -> StartedRun:
    scope = scope_of(items)
    with home.database.transaction() as connection:
        runs.close_killed(connection)
        overrides = parameters.overrides(connection, analyzer.name)
        reads_thresholds = Input.THRESHOLDS in analyzer.inputs
        everyone = {row.organization_id for row in scope}
        run = StartedRun(
            id=uuid4(),
            analyzer=analyzer.name,
            version=analyzer.version,
            scope=scope,
            parameters={
                row.organization_id: {
                    each.name: overrides.get(row.organization_id, {}).get(each.name, each.written(each.default))
                    for each in analyzer.parameters
                }
                for row in scope
            },
            dagster_run_id=dagster_run_id,
            worker=worker,
            thresholds=thresholds.of_organizations(connection, everyone) if reads_thresholds else {},
        )
        runs.start(connection, run)
    return run


def _analyse(
    home: Home, analyzer: Analyzer, items: Sequence[WorkItem], run: StartedRun, seconds: float | None
) -> AnalysisOutcome:
    with home.database.transaction() as connection:
        tenants = organizations.by_ids(connection, {row.organization_id for row in run.scope})
        corrected = corrections.corrected(connection, tenants)
    values = {each: analyzer.values(stored) for each, stored in run.parameters.items()}
    with home.lake.transaction() as lake:
        snapshot = home.lake.snapshot()
        evaluation = evaluate(
            lake.con,
            analyzer,
            run.scope,
            list(tenants.values()),
            values,
            run.thresholds,
            seconds,
            corrected=corrected,
        )
        if evaluation.total:
            lake.con.execute(
                findings_insert_sql(lake.con, analyzer),
                {"analyzer": analyzer.name, "run": run.id, "snapshot": snapshot},
            )
        lake.con.execute("DROP TABLE temp.staged_findings")
        results = [_result(row, evaluation) for row in run.scope]
        commit(home, lake, run, items, snapshot, results, "findings")
    return AnalysisOutcome(run.id, snapshot, evaluation)


def _result(row: ScopeRow, evaluation: Evaluation) -> RangeResult:
    by_month = evaluation.findings.get(row.organization_id, {})
    counts: dict[Month, int] = {month: by_month.get(month, 0) for month in row.months}
    return RangeResult(row, counts, evaluation.insufficient_of(row))
