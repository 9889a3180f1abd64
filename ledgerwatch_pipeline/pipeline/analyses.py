"""The steps of analysis: what is due, taking it up, reconciling, analysing, raising, ranking. Every runner calls these.

A runner takes items up under its worker's number (``take``); the steps after that work on what the worker has leased. An
organization that fails a step is marked FAILED for the analyzers concerned and left out of what follows; others go on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from ledgerwatch_pipeline.access.principal import SYSTEM, Principal, Role
from ledgerwatch_pipeline.alerting.listing import ListingOutcome, list_cases
from ledgerwatch_pipeline.alerting.raising import RaisingOutcome, raise_alerts
from ledgerwatch_pipeline.analysis import plan, reconcile
from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.registry import BUILT_IN, load_registry
from ledgerwatch_pipeline.analysis.run import AnalysisOutcome, run_analyzer
from ledgerwatch_pipeline.analysis.scope import scope_of
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.month import MonthRange, contiguous
from ledgerwatch_pipeline.model.work import CASES, Cause, Failure, WorkItem
from ledgerwatch_pipeline.pipeline import corrections
from ledgerwatch_pipeline.pipeline.isolate import in_halves, retrying, words
from ledgerwatch_pipeline.ranking import plan as ranking_plan
from ledgerwatch_pipeline.ranking.run import RankingOutcome, rank
from ledgerwatch_pipeline.stores.lake.interrupting import interruptible
from ledgerwatch_pipeline.stores.postgres import audit, organizations, runs, work

PORTION = 64
"""Organizations that are taken up at once: enough that one statement does much, few enough for other workers."""

LEAST_SECONDS = 5.0
"""What an analysis has of the limit however small a part of the items it is for: the machine may be busy."""


@dataclass(frozen=True, slots=True)
class DueRange:
    """Contiguous months in which something is due, and the analyzers that have any of it, in their order. Cases are ranked behind
    them, whatever it is; of what is due there may be nothing else."""

    months: MonthRange
    analyzers: tuple[str, ...]


@dataclass(slots=True)
class StepReport:
    """What a step did for the leased items. failures: items that are FAILED now."""

    runs: list[AnalysisOutcome] = field(default_factory=list)
    rankings: list[RankingOutcome] = field(default_factory=list)
    raised: list[RaisingOutcome] = field(default_factory=list)
    listed: list[ListingOutcome] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def due(home: Home, *, give_up_unknown: bool = True) -> list[DueRange]:
    """What the queue holds, as few ranges as possible. What an analyzer never looked at is put into the queue first, and what
    corrections wait are finished.

    give_up_unknown: an analyzer that this process does not know is gone, and what is due for it FAILED. Not for a process that
    lives long: the registry is read once a process, and the analyzer may have come since.
    """
    monitored, registry = home.settings.monitored, load_registry(home.settings)
    corrections.finish_waiting(home)
    with home.database.transaction() as connection:
        everyone = [each.id for each in organizations.list_all(connection, SYSTEM)]
        missing = plan.missing_work(connection, registry.analyzers, monitored, everyone)
        work.enqueue(connection, missing, SYSTEM.name)
    return _queued_ranges(home, give_up_unknown)


def until_done(home: Home) -> Iterator[DueRange]:
    """What is due, a range after the other, until nothing is; what another worker has is waited for.

    What was never looked at is planned once: what comes in meanwhile is queued by whatever causes it.
    """
    yield from due(home)
    while work.wait_for_others(home.database, None):
        yield from _queued_ranges(home)


def _queued_ranges(home: Home, give_up_unknown: bool = True) -> list[DueRange]:
    """What the queue holds for the analyzers there are, once what cannot be done any more is out of it: months that are not
    monitored, and what is due for an analyzer that is not there any more, which waits as FAILED and not for ever unseen."""
    first, registry = home.settings.monitored.first, load_registry(home.settings)
    with home.database.transaction() as connection:
        work.free_orphans(connection)
        runs.close_killed(connection)
        work.leave_out_before(connection, first)
        known = registry.work_names
        if give_up_unknown:
            work.fail_unknown(connection, known, "this analyzer is not known any more; see: ledgerwatch analyzers list")
    with home.database.transaction() as connection:
        items = [item for item in work.pending(connection) if item.analyzer in known]
    return [
        DueRange(
            months,
            tuple(
                analyzer.name
                for analyzer in registry.analyzers
                if any(item.analyzer == analyzer.name and item.months.first in months for item in items)
            ),
        )
        for months in contiguous(month for item in items for month in item.months if month >= first)
    ]


def request(
    home: Home,
    principal: Principal,
    months: MonthRange,
    *,
    slugs: Iterable[str] | None = None,
    analyzers: Sequence[Analyzer] | None = None,
) -> list[UUID]:
    """Ask for the analysis of these months, of some organizations or all; their ids. Carried out by ``take`` and what follows.

    Raises UnknownThingError, and UsageError for months that are not monitored.
    """
    ids = check_request(home, principal, months, slugs)
    chosen = load_registry(home.settings).analyzers if analyzers is None else analyzers
    with home.database.transaction() as connection:
        work.enqueue(connection, plan.work_for_months(ids, chosen, months, Cause.REQUEST), principal.name)
        subject = Subject(SubjectType.ANALYZER, "all" if analyzers is None else ", ".join(each.name for each in chosen))
        audit.append(
            connection,
            [AuditEvent("ANALYSIS_REQUESTED", principal.name, subject, each, {"months": str(months)}) for each in ids],
        )
    return ids


def check_request(
    home: Home, principal: Principal, months: MonthRange, slugs: Iterable[str] | None = None
) -> list[UUID]:
    """The ids of the organizations that a request is for; raises what ``request`` raises, before anything is asked for."""
    principal.require(Role.ANALYST)
    monitored = home.settings.monitored
    if months.first < monitored.first or monitored.last < months.last:
        raise UsageError(f"months {monitored.first} to {monitored.last} are monitored; {months} is not within them")
    with home.database.transaction() as connection:
        return [each.id for each in organizations.named(connection, slugs, principal)]


def take(
    home: Home,
    worker: int,
    months: MonthRange,
    analyzers: Iterable[str],
    *,
    organization_ids: Iterable[UUID] | None = None,
    limit: int = PORTION,
) -> list[WorkItem]:
    """Lease what is due within ``months`` for these analyzers, of up to ``limit`` organizations nobody else is at."""
    with home.database.transaction() as connection:
        return work.claim(
            connection, worker, analyzers=analyzers, within=months, organization_ids=organization_ids, limit=limit
        )


def reconcile_leased(home: Home, worker: int) -> StepReport:
    """Hold the ledgers of the leased items against their loads; an organization that differs is FAILED for all analyzers."""
    report = StepReport()

    def check(part: Sequence[WorkItem]) -> None:
        differing = reconcile.differences(home, scope_of(part))
        for item in part:
            if item.organization_id in differing:
                _mark_failed(home, worker, item, differing[item.organization_id], report)

    _by_organization(home, worker, _leased(home, worker), check, report)
    return report


def analyse_leased(home: Home, analyzer: Analyzer, worker: int, dagster_run_id: str | None = None) -> StepReport:
    """Run ``analyzer`` over the leased items that are for it; one that is not built in has a limited time for all of them."""
    report = StepReport()
    items = _leased(home, worker, analyzer.name)
    limit = None if analyzer in BUILT_IN else float(home.settings.analyzer_seconds)

    def analyse(part: Sequence[WorkItem]) -> None:
        seconds = None if limit is None else _share(limit, len(part), len(items))
        report.runs.append(retrying(lambda: run_analyzer(home, analyzer, part, worker, dagster_run_id, seconds)))

    _by_organization(home, worker, items, analyse, report)
    return report


def _share(limit: float, part: int, whole: int) -> float:
    """The seconds that a part of the items has: a half that is tried again has half the time, so that an analyzer that ends
    for nobody takes the whole limit once for each time its items are halved, and not once for each of them."""
    return max(limit * part / whole, min(limit, LEAST_SECONDS))


def request_cases(
    home: Home, principal: Principal, months: MonthRange, *, slugs: Iterable[str] | None = None
) -> list[UUID]:
    """Ask for the ranking of these months, of some organizations or all; their ids. Raises what ``request`` raises."""
    ids = check_request(home, principal, months, slugs)
    with home.database.transaction() as connection:
        work.enqueue(connection, ranking_plan.work_for_months(ids, months, Cause.REQUEST), principal.name)
    return ids


def rank_leased(home: Home, worker: int, dagster_run_id: str | None = None) -> StepReport:
    """Find signals and rank cases for the leased items that ask for it, in the limited time that an analyzer of one's own has."""
    report = StepReport()
    items = _leased(home, worker, CASES)
    limit = float(home.settings.analyzer_seconds)

    def rank_(part: Sequence[WorkItem]) -> None:
        seconds = _share(limit, len(part), len(items))
        report.rankings.append(retrying(lambda: rank(home, part, worker, dagster_run_id, seconds)))

    _by_organization(home, worker, items, rank_, report)
    return report


def list_leased(home: Home, worker: int) -> StepReport:
    """Bring the kept cases in line with the lists of the leased items' months, which are done then."""
    report = StepReport()

    def list_(part: Sequence[WorkItem]) -> None:
        report.listed.append(list_cases(home, part, worker))

    _by_organization(home, worker, _leased(home, worker, CASES), list_, report)
    return report


def raise_leased(home: Home, analyzer: Analyzer, worker: int) -> StepReport:
    """Bring the alerts of ``analyzer`` in line for the leased items that are for it, which are done then."""
    report = StepReport()

    def raise_(part: Sequence[WorkItem]) -> None:
        report.raised.append(raise_alerts(home, analyzer, part, worker))

    _by_organization(home, worker, _leased(home, worker, analyzer.name), raise_, report)
    return report


def release(home: Home, worker: int) -> None:
    """Give back what the worker took up and did not finish."""
    with home.database.transaction() as connection:
        work.release(connection, worker)


def _leased(home: Home, worker: int, analyzer: str | None = None) -> list[WorkItem]:
    with home.database.transaction() as connection:
        items = work.leased(connection, worker)
    return [item for item in items if analyzer is None or item.analyzer == analyzer]


def _by_organization(
    home: Home, worker: int, items: Sequence[WorkItem], do: Callable[[Sequence[WorkItem]], None], report: StepReport
) -> None:
    """``do`` with all items; where it fails, an organization fails or succeeds with all of its items."""
    groups: dict[UUID, list[WorkItem]] = {}
    for item in items:
        groups.setdefault(item.organization_id, []).append(item)

    def on_failure(group: list[WorkItem], error: Exception) -> None:
        for item in group:
            _mark_failed(home, worker, item, words(error), report)

    def do_all(part: Sequence[list[WorkItem]]) -> None:
        with interruptible(home.lake.con):  # a signal is no item's failure
            do([item for group in part for item in group])

    in_halves(list(groups.values()), do_all, on_failure)


def _mark_failed(home: Home, worker: int, item: WorkItem, error: str, report: StepReport) -> None:
    with home.database.transaction() as connection:
        work.fail(connection, worker, {item.id: error})
    report.failures.append(Failure("analysis", item.organization, item.analyzer, error))
