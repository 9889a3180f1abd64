"""An operator's look at all organizations: what there is to know of the day, and what of it needs a person.

One answer for ``ledgerwatch status``, its exit code, and what Dagster shows. From PostgreSQL alone, so it comes at once; only the
control totals ask the lake.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.analysis.registry import Registry, load_registry
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.places import inbox_at
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.audit import AuditVerification
from ledgerwatch_pipeline.model.inbox import InboxState
from ledgerwatch_pipeline.model.listed import Listed
from ledgerwatch_pipeline.model.load import LoadRow, LoadStatus
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.operations import (
    Expectation,
    FailedAnalysis,
    InboxWait,
    MonthClose,
    MonthGap,
    OverdueDelivery,
    Queue,
    StandingAlerts,
)
from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.stores.postgres import audit, leases, loads, organizations
from ledgerwatch_pipeline.stores.postgres import operations as store

WAITED_LONG = timedelta(hours=1)
"""How long a file or an analysis may wait while the queue keeps up."""
VERIFIED_WITHIN = timedelta(hours=48)
"""How old the last walk over the audit chains may be: it is made each night, and one may be missed."""
CLOSED_BY_DAY = 3
"""Day of a month on which the month before should be closed: ``monthly_close`` does so on the second."""
_MONTHS_BACK = 13
_NAMED = 3
"""Organizations that a sentence names."""
_DAY = timedelta(days=1)
_STUCK = {InboxState.MISPLACED: "can be no load in that place", InboxState.UNREADABLE: "cannot be read"}


class Concern(StrEnum):
    """What can need a person."""

    DELIVERIES = "deliveries"
    REJECTED = "rejected"
    HELD = "held"
    FAILED = "failed"
    INBOX = "inbox"
    QUEUE = "queue"
    ALERTS = "alerts"
    CLOSE = "close"
    CHAINS = "chains"
    ANALYZERS = "analyzers"


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that needs a person: how much of it there is, and a sentence that says what to do."""

    concern: Concern
    count: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Operations:
    """All organizations at one moment.

    alert_days: after how many days an alert is overdue, see ``settings``. since: when the first organization was added; None: there
    is none. expected: how many organizations said when they deliver. rejected, failed_loads: those that nobody closed. held: loads that wait for a person's decision. workers: processes
    that stay and take up what comes (`ledgerwatch worker`). last_month: the month before this one; last_closed: the latest of the last 13 months that is closed for everybody. gaps: months without data, at the
    end those of nobody at all.
    """

    at: datetime
    registry: Registry
    alert_days: Mapping[Severity, int]
    since: datetime | None
    expected: int
    overdue_deliveries: Sequence[OverdueDelivery]
    rejected: Listed[LoadRow]
    held: Listed[LoadRow]
    failed_loads: Listed[LoadRow]
    failed_analyses: Sequence[FailedAnalysis]
    inbox: Sequence[InboxWait]
    imports: Queue
    analyses: Queue
    workers: int
    alerts: Sequence[StandingAlerts]
    last_month: MonthClose
    last_closed: MonthClose | None
    gaps: Sequence[MonthGap]
    verification: AuditVerification | None

    @property
    def failed(self) -> int:
        """What stands FAILED and was not closed: loads, and analyses of an organization and analyzer with one error."""
        return self.failed_loads.count + len(self.failed_analyses)

    @property
    def oldest_wait(self) -> datetime | None:
        """Since when the file or analysis that has waited longest does, in the inbox or in a queue."""
        return _oldest(self.imports, self.analyses, *(each for each in self.inbox if each.state is InboxState.SETTLED))

    @property
    def keeps_up(self) -> bool:
        """Whether nothing waits for longer than it should."""
        return self.oldest_wait is None or self.at - self.oldest_wait <= WAITED_LONG

    @property
    def attention(self) -> list[Attention]:
        """What needs a person, in the order of ``Concern``; nothing when all is well."""
        return [
            *_of_deliveries(self.overdue_deliveries),
            *_of_loads(self),
            *_of_inbox(self),
            *_of_queues(self),
            *_of_alerts(self),
            *_of_close(self),
            *_of_chains(self),
            *_of_analyzers(self.registry),
        ]

    @property
    def of_nobody(self) -> list[MonthRange]:
        """Months between the first and the last of the ledger in which no organization has a transaction, the latest first."""
        return [each.months for each in self.gaps if each.organization is None]

    @property
    def unresolved_alerts(self) -> dict[Severity, int]:
        """Alerts that nobody has resolved, acknowledged ones among them, by severity; here and below the highest first."""
        return self._alerts(lambda each: each.unresolved)

    @property
    def acknowledged_alerts(self) -> dict[Severity, int]:
        """Those of them that somebody acknowledged."""
        return self._alerts(lambda each: each.acknowledged)

    @property
    def new_alerts(self) -> dict[Severity, int]:
        """Those of them that were opened, or opened again, within the last day."""
        return self._alerts(lambda each: each.new)

    @property
    def overdue_alerts(self) -> dict[Severity, int]:
        """Those of them that have been open for too long."""
        return self._alerts(lambda each: each.overdue)

    def _alerts(self, figure: Callable[[StandingAlerts], int]) -> dict[Severity, int]:
        counts = Counter[Severity]()
        for each in self.alerts:
            counts[each.severity] += figure(each)
        return {severity: counts[severity] for severity in reversed(Severity)}

    def files_in(self, *states: InboxState) -> int:
        """Files of the inbox that stand in these states."""
        return sum(each.files for each in self.inbox if each.state in states)


def operations(
    home: Home, principal: Principal, *, now: datetime | None = None, limit: int | None = None
) -> Operations:
    """How things stand, for an operator. now: the moment that delays are judged by. limit: how many rejected, held and failed loads
    are told of; None: all. Raises AccessDeniedError."""
    principal.require(Role.OPERATOR)
    at = (now or datetime.now(UTC)).astimezone(UTC)
    registry = load_registry(home.settings)
    overdue_before = {severity: at - days * _DAY for severity, days in home.settings.alert_days.items()}
    month = Month.of(at.date()).plus(-1)
    recent = MonthRange(month.plus(1 - _MONTHS_BACK), month)
    with home.database.snapshot() as connection:
        expected = store.expectations(connection)
        closes = store.month_closes(connection, recent, [each.name for each in registry.analyzers])
        return Operations(
            at=at,
            registry=registry,
            alert_days=home.settings.alert_days,
            since=organizations.first_added(connection),
            expected=len(expected),
            overdue_deliveries=overdue_deliveries(expected, at),
            rejected=loads.unsolved(connection, LoadStatus.REJECTED, limit),
            held=loads.held(connection, limit),
            failed_loads=loads.unsolved(connection, LoadStatus.FAILED, limit),
            failed_analyses=store.failed_analyses(connection),
            inbox=store.inbox_waits(connection, inbox_at(home.settings.inbox_location).name),
            imports=store.import_queue(connection, at - _DAY),
            analyses=store.analysis_queue(connection, at - _DAY),
            workers=leases.count_present(connection),
            alerts=store.standing_alerts(connection, at - _DAY, overdue_before, at.date()),
            last_month=next((each for each in closes if each.month == month), MonthClose(month, 0, (), None)),
            last_closed=next((each for each in closes if not each.open), None),
            gaps=store.month_gaps(connection),
            verification=audit.last_verification(connection),
        )


def overdue_deliveries(expected: Sequence[Expectation], at: datetime) -> list[OverdueDelivery]:
    """Those of them who delivered nothing by their day, the longest overdue first."""
    today = at.astimezone(UTC).date()
    found = []
    for each in expected:
        delivered = None if each.delivered_at is None else each.delivered_at.astimezone(UTC).date()
        late = each.delivers.lateness(each.since, delivered, today)
        if late is not None:
            found.append(
                OverdueDelivery(
                    each.organization_id,
                    each.organization,
                    each.delivers,
                    late.since,
                    late.missed,
                    each.delivered_at,
                    each.rejected_at,
                )
            )
    return sorted(found, key=lambda each: (each.since, each.organization))


def _of_deliveries(overdue: Sequence[OverdueDelivery]) -> Iterator[Attention]:
    if overdue:
        yield Attention(
            Concern.DELIVERIES,
            len(overdue),
            f"{counted(len(overdue), 'organization')} delivered nothing by their day: "
            f"{_first([f'{each.organization} (due {each.since})' for each in overdue])}; ask for the files, or say another day: "
            "ledgerwatch orgs set SLUG --delivers",
        )


def _of_loads(found: Operations) -> Iterator[Attention]:
    if rejected := found.rejected.count:
        yield Attention(
            Concern.REJECTED,
            rejected,
            f"{counted(rejected, 'file')} rejected and not closed; deliver better ones, then: ledgerwatch loads close LOAD",
        )
    if held := found.held.count:
        yield Attention(
            Concern.HELD,
            held,
            f"{counted(held, 'file')} held, since half of the rows or more are in the ledger already; decide: ledgerwatch loads list "
            "--status held, then: ledgerwatch loads release LOAD or loads reject LOAD",
        )
    if failed := found.failed:
        yield Attention(Concern.FAILED, failed, f"{failed} failed; mend the cause, then: ledgerwatch retry")


def _of_inbox(found: Operations) -> Iterator[Attention]:
    for state, why in _STUCK.items():
        if files := found.files_in(state):
            yield Attention(
                Concern.INBOX,
                files,
                f"{counted(files, 'file')} of the inbox {why}; ledgerwatch import --inbox names them",
            )


def _of_queues(found: Operations) -> Iterator[Attention]:
    waiting = found.imports.waiting + found.analyses.waiting + found.files_in(InboxState.SETTLED)
    if found.oldest_wait is not None and not found.keeps_up:
        yield Attention(
            Concern.QUEUE,
            waiting,
            f"work has waited since {found.oldest_wait:%Y-%m-%d %H:%M} UTC: see that ledgerwatch dev runs, or run: "
            "ledgerwatch import --inbox; ledgerwatch analyze",
        )


def _of_alerts(found: Operations) -> Iterator[Attention]:
    overdue = {severity: count for severity, count in found.overdue_alerts.items() if count}
    if overdue:
        nobody = sum(each.overdue for each in found.alerts if each.who is None)
        parts = [
            f"{count:,} {severity} for more than {counted(found.alert_days[severity], 'day')}"
            for severity, count in overdue.items()
        ]
        yield Attention(
            Concern.ALERTS,
            sum(overdue.values()),
            f"alerts are unresolved too long: {', '.join(parts)}; {nobody:,} of them with nobody; see: ledgerwatch alerts list",
        )


def _of_close(found: Operations) -> Iterator[Attention]:
    last = found.last_month
    if last.open and found.at.day >= CLOSED_BY_DAY:
        yield Attention(
            Concern.CLOSE,
            len(last.open),
            f"{last.month} is not closed for {counted(len(last.open), 'organization')}: {_first(last.open)}; close it: "
            f"ledgerwatch analyze --from {last.month} --to {last.month}",
        )


def _of_chains(found: Operations) -> Iterator[Attention]:
    last = found.verification
    if last is not None and last.problem is not None:
        yield Attention(
            Concern.CHAINS,
            1,
            f"the audit log was found broken at {last.verified_at:%Y-%m-%d %H:%M} UTC: {last.problem}",
        )
        return
    since = last.verified_at if last is not None else found.since
    if since is not None and found.at - since > VERIFIED_WITHIN:
        when = f"since {since:%Y-%m-%d %H:%M} UTC" if last is not None else "yet"
        yield Attention(
            Concern.CHAINS, 1, f"the audit chains were not verified {when}; verify them: ledgerwatch audit verify"
        )


def _of_analyzers(registry: Registry) -> Iterator[Attention]:
    if refused := len(registry.refused):
        yield Attention(
            Concern.ANALYZERS, refused, f"{counted(refused, 'analyzer')} refused; see: ledgerwatch analyzers list"
        )


def _oldest(*waiting: Queue | InboxWait) -> datetime | None:
    return min((each.since for each in waiting if each.since is not None), default=None)


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
