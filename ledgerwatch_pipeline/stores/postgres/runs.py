"""Analysis runs, what each gave for every organization, and which run's findings hold for which month."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import (
    CurrentRun,
    Insufficient,
    RunCursor,
    RunFilter,
    RunOutcome,
    RunResult,
    RunRow,
    RunStatus,
    ScopeRow,
)
from ledgerwatch_pipeline.model.threshold import Threshold
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres import leases
from ledgerwatch_pipeline.stores.postgres.lookup import behind, id_beginning_with, visible
from ledgerwatch_pipeline.stores.postgres.tables import (
    analysis_run_results,
    analysis_runs,
    current_runs,
    organizations,
)

_KILLED = "its process ended before it did: killed, or the machine stopped"


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run that begins. parameters: by organization, every parameter's value as used; thresholds: those used, likewise."""

    id: UUID
    analyzer: str
    version: int
    scope: Sequence[ScopeRow]
    parameters: Mapping[UUID, Mapping[str, str]]
    dagster_run_id: str | None
    worker: int
    thresholds: Mapping[UUID, Sequence[Threshold]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RangeResult:
    """What a run gave for one row of its scope. findings: by month, zero included."""

    scope: ScopeRow
    findings: Mapping[Month, int]
    insufficient: Sequence[Insufficient]


def start(connection: Connection, run: StartedRun) -> None:
    """Record the run as RUNNING, with a row for each row of its scope."""
    months = [row.months for row in run.scope]
    connection.execute(
        analysis_runs.insert().values(
            id=run.id,
            analyzer=run.analyzer,
            version=run.version,
            first_month=min(each.first for each in months).first_day,
            last_month=max(each.last for each in months).first_day,
            status=RunStatus.RUNNING.value,
            dagster_run_id=run.dagster_run_id,
            worker=run.worker,
            started_at=func.now(),
        )
    )
    connection.execute(
        analysis_run_results.insert(),
        [
            {
                "run_id": run.id,
                "organization_id": row.organization_id,
                "first_month": row.months.first.first_day,
                "last_month": row.months.last.first_day,
                "parameters": dict(run.parameters.get(row.organization_id, {})),
                "outcome": RunOutcome.PENDING.value,
                "insufficient": [],
                "thresholds": [each.as_json() for each in run.thresholds.get(row.organization_id, ())],
            }
            for row in run.scope
        ],
    )


def succeed(connection: Connection, run: StartedRun, snapshot: int, results: Sequence[RangeResult]) -> None:
    """Close the run as SUCCEEDED; from now on its findings are those that hold for the months of its scope."""
    connection.execute(
        analysis_runs.update()
        .where(analysis_runs.c.id == run.id)
        .values(
            status=RunStatus.SUCCEEDED.value,
            ledger_snapshot=snapshot,
            findings=sum(sum(each.findings.values()) for each in results),
            alerts_raised=0,
            worker=None,
            finished_at=func.now(),
        )
    )
    statement = insert(analysis_run_results)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[
                analysis_run_results.c.run_id,
                analysis_run_results.c.organization_id,
                analysis_run_results.c.first_month,
            ],
            set_={name: statement.excluded[name] for name in ("outcome", "findings", "alerts_raised", "insufficient")},
        ),
        [_result_values(run, each) for each in results],
    )
    current = insert(current_runs)
    rows = [
        {
            "organization_id": each.scope.organization_id,
            "analyzer": run.analyzer,
            "month": month.first_day,
            "run_id": run.id,
            "version": run.version,
            "findings": count,
        }
        for each in results
        for month, count in each.findings.items()
    ]
    connection.execute(
        current.on_conflict_do_update(
            index_elements=[current_runs.c.organization_id, current_runs.c.analyzer, current_runs.c.month],
            set_={name: current.excluded[name] for name in ("run_id", "version", "findings")},
        ),
        rows,
    )


def _result_values(run: StartedRun, result: RangeResult) -> dict[str, Any]:
    poor = {month for each in result.insufficient for month in each.months}
    all_poor = all(month in poor for month in result.scope.months)
    return {
        "run_id": run.id,
        "organization_id": result.scope.organization_id,
        "first_month": result.scope.months.first.first_day,
        "last_month": result.scope.months.last.first_day,
        "parameters": dict(run.parameters.get(result.scope.organization_id, {})),
        "outcome": (RunOutcome.INSUFFICIENT_DATA if all_poor else RunOutcome.ANALYSED).value,
        "findings": sum(result.findings.values()),
        "alerts_raised": 0,
        "insufficient": [
            {"reason": each.reason, "first": str(each.months.first), "last": str(each.months.last)}
            for each in result.insufficient
        ],
    }


def fail(connection: Connection, run_id: UUID, error: str) -> None:
    """Close a run that is RUNNING as FAILED."""
    connection.execute(
        analysis_runs.update()
        .where(analysis_runs.c.id == run_id, analysis_runs.c.status == RunStatus.RUNNING.value)
        .values(status=RunStatus.FAILED.value, error=error, worker=None, finished_at=func.now())
    )
    connection.execute(
        analysis_run_results.update()
        .where(analysis_run_results.c.run_id == run_id)
        .values(outcome=RunOutcome.FAILED.value)
    )


def close_killed(connection: Connection) -> None:
    """Mark as FAILED the runs whose worker is gone."""
    running = analysis_runs.c.status == RunStatus.RUNNING.value
    workers = connection.scalars(select(analysis_runs.c.worker).where(running).distinct()).all()
    gone = leases.dead(connection, (key for key in workers if key is not None))
    query = select(analysis_runs.c.id).where(
        running, or_(analysis_runs.c.worker.is_(None), analysis_runs.c.worker.in_(gone))
    )
    for run_id in connection.scalars(query).all():
        fail(connection, run_id, _KILLED)


def count_raised(connection: Connection, raised: Mapping[tuple[UUID, UUID, date], int]) -> None:
    """Add newly raised alerts, by (run, organization, month), to the runs whose findings they come from."""
    if not raised:
        return
    connection.execute(
        text(sql_text("postgres/count_raised")),
        {
            "runs": [str(run_id) for run_id, _, _ in raised],
            "organizations": [str(organization_id) for _, organization_id, _ in raised],
            "months": [month for _, _, month in raised],
            "counts": list(raised.values()),
        },
    )


def findings_by_month(connection: Connection, analyzer: str, months: MonthRange) -> dict[Month, int]:
    """How many findings hold in each of these months, over all organizations; a month never analysed is absent."""
    query = (
        select(current_runs.c.month, func.sum(current_runs.c.findings).label("n"))
        .where(
            current_runs.c.analyzer == analyzer,
            current_runs.c.month.between(months.first.first_day, months.last.first_day),
        )
        .group_by(current_runs.c.month)
    )
    return {Month.of(row.month): int(row.n) for row in connection.execute(query)}


def analysed_months(connection: Connection, analyzer: str) -> dict[UUID, dict[Month, int]]:
    """By organization, the months this analyzer's findings hold for, and the version of the analyzer that found them."""
    query = select(current_runs.c.organization_id, current_runs.c.month, current_runs.c.version)
    found: dict[UUID, dict[Month, int]] = {}
    for row in connection.execute(query.where(current_runs.c.analyzer == analyzer)):
        found.setdefault(row.organization_id, {})[Month.of(row.month)] = row.version
    return found


def current(connection: Connection, analyzer: str, organization_ids: Iterable[UUID]) -> list[CurrentRun]:
    """Which runs' findings of these organizations hold, month by month."""
    query = select(current_runs).where(
        current_runs.c.analyzer == analyzer, current_runs.c.organization_id.in_(set(organization_ids))
    )
    return [_current(row) for row in connection.execute(query)]


def with_findings(connection: Connection, analyzer: str, months: MonthRange) -> list[CurrentRun]:
    """Which runs' findings hold in these months, over all organizations; a month in which there are none is left out."""
    query = select(current_runs).where(
        current_runs.c.analyzer == analyzer,
        current_runs.c.month.between(months.first.first_day, months.last.first_day),
        current_runs.c.findings > 0,
    )
    return [_current(row) for row in connection.execute(query)]


def superseded(connection: Connection) -> list[UUID]:
    """Runs that have ended and whose findings hold for no month.

    Asked in one statement: between two of them a run may end, which the first one did not see named. Of a run that is still
    going nobody knows yet.
    """
    ended = analysis_runs.c.status.in_((RunStatus.SUCCEEDED.value, RunStatus.FAILED.value))
    named = exists().where(current_runs.c.run_id == analysis_runs.c.id)
    return list(connection.scalars(select(analysis_runs.c.id).where(ended, ~named)))


def current_snapshots(connection: Connection) -> set[int]:
    """The snapshots of the lake that the runs whose findings hold were made from."""
    holding = select(current_runs.c.run_id).distinct()
    found = connection.scalars(select(analysis_runs.c.ledger_snapshot).where(analysis_runs.c.id.in_(holding)))
    return {each for each in found if each is not None}


def list_recent(
    connection: Connection, wanted: RunFilter, principal: Principal, *, limit: int | None, after: RunCursor | None
) -> Iterator[RunRow]:
    """Runs, newest first; a run is of the organizations and months that it has results for."""
    query = select(analysis_runs).order_by(analysis_runs.c.created_at.desc(), analysis_runs.c.id).limit(limit)
    of_run = [analysis_run_results.c.run_id == analysis_runs.c.id]
    if wanted.organization_id is not None:
        of_run.append(analysis_run_results.c.organization_id == wanted.organization_id)
    of_run += visible(analysis_run_results.c.organization_id, principal)
    if wanted.month is not None:
        of_run.append(analysis_run_results.c.first_month <= wanted.month)
        of_run.append(analysis_run_results.c.last_month >= wanted.month)
    if len(of_run) > 1:
        query = query.where(exists().where(*of_run))
    if wanted.analyzer is not None:
        query = query.where(analysis_runs.c.analyzer == wanted.analyzer)
    if wanted.status is not None:
        query = query.where(analysis_runs.c.status == wanted.status.value)
    if after is not None:
        query = query.where(behind(analysis_runs.c.created_at, analysis_runs.c.id, after.created_at, after.id))
    yield from map(_row, connection.execute(query))


def find(connection: Connection, beginning: str, principal: Principal) -> RunRow:
    """The one run whose id begins with ``beginning``; raises UnknownThingError, or UsageError if several do."""
    of_run = analysis_run_results.c.run_id == analysis_runs.c.id
    theirs = [exists().where(of_run, each) for each in visible(analysis_run_results.c.organization_id, principal)]
    found = id_beginning_with(connection, analysis_runs, "run", beginning, "see: ledgerwatch runs list", *theirs)
    return _row(connection.execute(select(analysis_runs).where(analysis_runs.c.id == found)).one())


def results(connection: Connection, run_id: UUID, principal: Principal) -> list[RunResult]:
    """What a run gave, by organization and range of months."""
    query = (
        select(analysis_run_results, organizations.c.slug)
        .join_from(analysis_run_results, organizations)
        .where(analysis_run_results.c.run_id == run_id)
        .order_by(organizations.c.slug, analysis_run_results.c.first_month)
    )
    return [_result(row) for row in connection.execute(query) if principal.may_see(row.organization_id)]


def result_for_month(connection: Connection, run_id: UUID, organization_id: UUID, month: date) -> RunResult | None:
    """What a run gave for the range of months of one organization that ``month`` (its first day) lies in, if any."""
    query = (
        select(analysis_run_results, organizations.c.slug)
        .join_from(analysis_run_results, organizations)
        .where(
            analysis_run_results.c.run_id == run_id,
            analysis_run_results.c.organization_id == organization_id,
            analysis_run_results.c.first_month <= month,
            analysis_run_results.c.last_month >= month,
        )
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _result(row)


def _result(row: Row[*tuple[Any, ...]]) -> RunResult:
    return RunResult(
        organization_id=row.organization_id,
        organization=row.slug,
        months=MonthRange(Month.of(row.first_month), Month.of(row.last_month)),
        parameters=row.parameters,
        outcome=RunOutcome(row.outcome),
        findings=row.findings,
        alerts_raised=row.alerts_raised,
        insufficient=tuple(
            Insufficient(each["reason"], MonthRange(Month.parse(each["first"]), Month.parse(each["last"])))
            for each in row.insufficient
        ),
        thresholds=tuple(Threshold.from_json(row.organization_id, each) for each in row.thresholds),
    )


def _current(row: Row[*tuple[Any, ...]]) -> CurrentRun:
    return CurrentRun(row.organization_id, row.analyzer, Month.of(row.month), row.run_id, row.version, row.findings)


def _row(row: Row[*tuple[Any, ...]]) -> RunRow:
    return RunRow(
        id=row.id,
        analyzer=row.analyzer,
        version=row.version,
        months=MonthRange(Month.of(row.first_month), Month.of(row.last_month)),
        status=RunStatus(row.status),
        dagster_run_id=row.dagster_run_id,
        ledger_snapshot=row.ledger_snapshot,
        findings=row.findings,
        alerts_raised=row.alerts_raised,
        error=row.error,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
