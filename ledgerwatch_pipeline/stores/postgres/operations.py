"""What an operator of the whole installation looks at, of all organizations: a handful of queries, each of one aggregate.

What of it needs a person is decided by ``pipeline.operations``. Nothing is changed here.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import Connection, and_, false, func, not_, or_, select, text

from ledgerwatch_pipeline.model.alert import AlertStatus, Severity
from ledgerwatch_pipeline.model.cadence import Cadence
from ledgerwatch_pipeline.model.inbox import InboxState
from ledgerwatch_pipeline.model.load import LoadStatus, Origin
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.operations import (
    Expectation,
    FailedAnalysis,
    InboxWait,
    MonthClose,
    MonthGap,
    Queue,
    StandingAlerts,
)
from ledgerwatch_pipeline.model.work import WorkStatus
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres.mutes import muted
from ledgerwatch_pipeline.stores.postgres.tables import (
    alerts,
    analysis_runs,
    analysis_work,
    inbox_files,
    loads,
    organizations,
)


def expectations(connection: Connection) -> list[Expectation]:
    """The organizations that said when their files are due, by slug. A file counts as delivered when it was received, unless it
    was rejected, or failed and was closed: that it waits is not its organization's delay."""
    rejected = loads.c.status == LoadStatus.REJECTED.value
    newest = (
        select(loads.c.received_at)
        .where(loads.c.organization_id == organizations.c.id, loads.c.origin == Origin.FILE.value)
        .order_by(loads.c.received_at.desc())
        .limit(1)
    )
    query = (
        select(
            organizations.c.id,
            organizations.c.slug,
            organizations.c.delivers,
            organizations.c.delivers_since,
            newest.where(not_(rejected), loads.c.closed_at.is_(None)).scalar_subquery().label("delivered_at"),
            newest.where(rejected).scalar_subquery().label("rejected_at"),
        )
        .where(organizations.c.delivers.is_not(None))
        .order_by(organizations.c.slug)
    )
    return [
        Expectation(row.id, row.slug, cadence, row.delivers_since, row.delivered_at, row.rejected_at)
        for row in connection.execute(query)
        if (cadence := Cadence.parse(row.delivers)) is not None
    ]


def failed_analyses(connection: Connection) -> list[FailedAnalysis]:
    """What is FAILED of the queue of analyses, by organization and analyzer."""
    query = (
        select(
            organizations.c.slug,
            analysis_work.c.analyzer,
            analysis_work.c.error,
            func.count().label("items"),
            func.min(analysis_work.c.created_at).label("since"),
        )
        .join_from(analysis_work, organizations)
        .where(analysis_work.c.status == WorkStatus.FAILED.value)
        .group_by(organizations.c.slug, analysis_work.c.analyzer, analysis_work.c.error)
        .order_by(organizations.c.slug, analysis_work.c.analyzer, analysis_work.c.error)
    )
    return [
        FailedAnalysis(row.slug, row.analyzer, row.error, row.items, row.since) for row in connection.execute(query)
    ]


def inbox_waits(connection: Connection, inbox: str) -> list[InboxWait]:
    """What of one inbox is no load yet, by folder and state; what has waited longest first."""
    since = func.min(inbox_files.c.since)
    query = (
        select(inbox_files.c.organization, inbox_files.c.state, func.count().label("files"), since.label("since"))
        .where(inbox_files.c.inbox == inbox, inbox_files.c.state != InboxState.RECEIVED.value)
        .group_by(inbox_files.c.organization, inbox_files.c.state)
        .order_by(since, inbox_files.c.organization)
    )
    return [
        InboxWait(row.organization, InboxState(row.state), row.files, row.since) for row in connection.execute(query)
    ]


def import_queue(connection: Connection, day_ago: datetime) -> Queue:
    """The loads that wait or are imported, and those received and decided since ``day_ago``."""
    waiting = connection.execute(
        select(func.count(), func.count(loads.c.worker), func.min(loads.c.received_at)).where(
            loads.c.status == LoadStatus.RECEIVED.value
        )
    ).one()
    came = connection.scalar(select(func.count()).where(loads.c.received_at >= day_ago)) or 0
    done = connection.scalar(select(func.count()).where(loads.c.finished_at >= day_ago)) or 0
    return Queue(waiting[0], waiting[1], waiting[2], came, done)


def analysis_queue(connection: Connection, day_ago: datetime) -> Queue:
    """The analyses that are due (pairs of organization and analyzer). came: runs begun since ``day_ago``, done: of these, those
    that succeeded."""
    pair = func.distinct(analysis_work.c.organization_id, analysis_work.c.analyzer)
    in_work = analysis_work.c.worker.is_not(None)
    waiting = connection.execute(
        select(func.count(pair), func.count(pair).filter(in_work), func.min(analysis_work.c.created_at)).where(
            analysis_work.c.status == WorkStatus.PENDING.value
        )
    ).one()
    runs = connection.execute(
        select(func.count(), func.count().filter(analysis_runs.c.status == "SUCCEEDED")).where(
            analysis_runs.c.created_at >= day_ago
        )
    ).one()
    return Queue(waiting[0], waiting[1], waiting[2], runs[0], runs[1])


def standing_alerts(
    connection: Connection, day_ago: datetime, overdue_before: Mapping[Severity, datetime], today: date
) -> list[StandingAlerts]:
    """The unresolved alerts that no mute of today covers, by organization, severity (the highest first) and person.

    overdue_before: an alert of this severity is overdue when it was opened before; one of another never is.
    """
    opened = func.coalesce(alerts.c.reopened_at, alerts.c.first_seen)
    who = func.coalesce(alerts.c.assignee, alerts.c.acknowledged_by)
    overdue = or_(
        false(),
        *(and_(alerts.c.severity == each.rank, opened < before) for each, before in overdue_before.items()),
    )
    found = (
        select(
            alerts.c.organization_id,
            alerts.c.severity,
            who.label("who"),
            func.count().label("unresolved"),
            func.count().filter(alerts.c.status == AlertStatus.ACKNOWLEDGED.value).label("acknowledged"),
            func.count().filter(opened >= day_ago).label("new"),
            func.count().filter(overdue).label("overdue"),
            func.min(opened).filter(overdue).label("overdue_since"),
        )
        .where(alerts.c.status != AlertStatus.RESOLVED.value, ~muted(today))
        .group_by(alerts.c.organization_id, alerts.c.severity, who)
        .subquery()
    )
    query = (
        select(found, organizations.c.slug)
        .join(organizations, organizations.c.id == found.c.organization_id)
        .order_by(organizations.c.slug, found.c.severity.desc(), found.c.who)
    )
    return [
        StandingAlerts(
            row.slug,
            Severity.of_rank(row.severity),
            row.who,
            row.unresolved,
            row.acknowledged,
            row.new,
            row.overdue,
            row.overdue_since,
        )
        for row in connection.execute(query)
    ]


def month_closes(connection: Connection, months: MonthRange, analyzers: Collection[str]) -> list[MonthClose]:
    """Those of these months, which are over, that any organization has an analysis of by these analyzers, the latest first."""
    bound = {"first": months.first.first_day, "last": months.last.first_day, "analyzers": list(analyzers)}
    return [
        MonthClose(Month.of(row.month), row.organizations, tuple(row.open), row.analysed_at)
        for row in connection.execute(text(sql_text("postgres/month_closes")), bound)
    ]


def month_gaps(connection: Connection) -> list[MonthGap]:
    """Months without a transaction between months that have some, the latest first: of organizations that said when they deliver,
    of the others, and of nobody at all."""
    return [
        MonthGap(
            row.slug,
            MonthRange(Month.of(row.first_month), Month.of(row.last_month)),
            None if row.delivers is None else Cadence.parse(row.delivers),
        )
        for row in connection.execute(text(sql_text("postgres/month_gaps")))
    ]
