"""The queue of analyses: organization, analyzer and months that are due, each written with what caused it.

An organization's items are leased together, to one worker at a time, so that its alerts are numbered in one order and a newer
reading of its ledger never loses to an older one. What is done is removed: runs tell of it.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, select, true

from ledgerwatch_pipeline.model.errors import LeaseLostError
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.work import Cause, Claimable, NewWork, WorkItem, WorkStatus
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.leases import Queue
from ledgerwatch_pipeline.stores.postgres.tables import analysis_work, current_runs, organizations

_SELECT = select(analysis_work, organizations.c.slug.label("organization")).join_from(analysis_work, organizations)
NO_VERSION = 0
"""In ``current_runs``: the month has changed since, and no version of the analyzer has looked at it."""
QUEUE: Queue[int] = Queue(analysis_work, WorkStatus.PENDING.value)
free_orphans = QUEUE.free_orphans
fail = QUEUE.fail
release = QUEUE.release


def enqueue(connection: Connection, items: Sequence[NewWork], requested_by: str) -> None:
    """Add items to the queue."""
    if items:
        connection.execute(
            analysis_work.insert(),
            [
                {
                    "organization_id": each.organization_id,
                    "analyzer": each.analyzer,
                    "first_month": each.months.first.first_day,
                    "last_month": each.months.last.first_day,
                    "cause": each.cause.value,
                    "requested_by": requested_by,
                }
                for each in items
            ],
        )


def pending(connection: Connection) -> list[WorkItem]:
    """Every item that waits for analysis or is being analysed, in the order in which they came."""
    return [_row(row) for row in connection.execute(_SELECT.where(QUEUE.waiting).order_by(analysis_work.c.id))]


def claimable(connection: Connection, analyzers: Iterable[str]) -> Claimable:
    """What can be leased now: items for these analyzers, of organizations that no living worker is at."""
    others = analysis_work.alias("others")
    taken = exists().where(
        others.c.organization_id == analysis_work.c.organization_id, others.c.worker.in_(QUEUE.living(connection))
    )
    query = select(func.count(), func.min(analysis_work.c.created_at)).where(
        QUEUE.waiting, analysis_work.c.analyzer.in_(list(analyzers)), ~taken
    )
    return Claimable(*connection.execute(query).one())


def failed(connection: Connection) -> list[WorkItem]:
    """Every item that failed and waits for a retry."""
    query = _SELECT.where(QUEUE.failed)
    return [_row(row) for row in connection.execute(query.order_by(analysis_work.c.id))]


def leave_out_before(connection: Connection, first: Month) -> None:
    """Take the months before ``first`` out of what waits: they are not monitored any more. Should they be again, they count
    as never looked at by the present version of their analyzer."""
    day = first.first_day
    early = and_(QUEUE.free, analysis_work.c.first_month < day)
    _never_looked_at(connection, early, current_runs.c.month < day)
    connection.execute(analysis_work.delete().where(early, analysis_work.c.last_month < day))
    connection.execute(analysis_work.update().where(early).values(first_month=day))


def claim(
    connection: Connection,
    worker: int,
    *,
    analyzers: Iterable[str],
    within: MonthRange,
    organization_ids: Iterable[UUID] | None,
    limit: int,
) -> list[WorkItem]:
    """Lease the items of up to ``limit`` organizations that no living worker has any item of.

    Only items of these analyzers, whose months lie within the range, of these organizations (None: of all). An item that
    MAX_DEATHS workers died with is FAILED instead.
    """
    alive = QUEUE.free_orphans(connection, worker)
    others = analysis_work.alias("others")
    wanted = and_(
        QUEUE.waiting,
        analysis_work.c.analyzer.in_(list(analyzers)),
        analysis_work.c.first_month >= within.first.first_day,
        analysis_work.c.last_month <= within.last.first_day,
        ~exists().where(others.c.organization_id == analysis_work.c.organization_id, others.c.worker.in_(alive)),
    )
    if organization_ids is not None:
        wanted = and_(wanted, analysis_work.c.organization_id.in_(list(organization_ids)))
    first_of = (
        select(analysis_work.c.organization_id, func.min(analysis_work.c.id).label("first"))
        .where(wanted)
        .group_by(analysis_work.c.organization_id)
        .order_by("first")
        .limit(limit)
    )
    chosen = connection.scalars(select(first_of.subquery().c.organization_id)).all()
    ids = connection.scalars(
        analysis_work.update()
        .where(wanted, analysis_work.c.organization_id.in_(chosen))
        .values(worker=worker, attempts=analysis_work.c.attempts + 1)
        .returning(analysis_work.c.id)
    ).all()
    return _by_ids(connection, ids)


def leased(connection: Connection, worker: int) -> list[WorkItem]:
    """What the worker has leased and neither done nor failed."""
    query = _SELECT.where(QUEUE.waiting, analysis_work.c.worker == worker)
    return [_row(row) for row in connection.execute(query.order_by(analysis_work.c.id))]


def require_lease(connection: Connection, worker: int, items: Sequence[WorkItem]) -> None:
    """Lock these items, as they were claimed, until the transaction ends; raises LeaseLostError if one is another's now."""
    lost = QUEUE.lost(connection, worker, {item.id: item.attempts for item in items})
    for item in items:
        if item.id in lost:
            raise LeaseLostError(f"the analysis of {item.organization} by {item.analyzer}")


def done(connection: Connection, items: Iterable[WorkItem]) -> None:
    """Remove what was carried out; what came in meanwhile is other items."""
    connection.execute(analysis_work.delete().where(analysis_work.c.id.in_([item.id for item in items])))


def fail_unknown(connection: Connection, analyzers: Iterable[str], error: str) -> None:
    """Mark what is due for any other analyzer than these as FAILED."""
    connection.execute(
        analysis_work.update()
        .where(QUEUE.free, analysis_work.c.analyzer.not_in(list(analyzers)))
        .values(status=WorkStatus.FAILED.value, error=error)
    )


def retry(connection: Connection, organization_ids: Iterable[UUID]) -> list[WorkItem]:
    """Make the FAILED items of these organizations pending again; as they were."""
    items = _rows(connection, QUEUE.failed, analysis_work.c.organization_id.in_(set(organization_ids)))
    QUEUE.take_up_again(connection, [item.id for item in items])
    return items


def give_up(connection: Connection, organization_ids: Iterable[UUID], analyzers: Iterable[str]) -> list[WorkItem]:
    """Remove the FAILED items of these organizations for any other analyzer than these; what they were. Should such an analyzer
    come back, their months count as never looked at."""
    chosen = and_(
        QUEUE.failed,
        analysis_work.c.organization_id.in_(set(organization_ids)),
        analysis_work.c.analyzer.not_in(list(analyzers)),
    )
    items = _rows(connection, chosen)
    _never_looked_at(connection, chosen)
    done(connection, items)
    return items


def wait_for_others(database: Database, organization_ids: Iterable[UUID] | None, worker: int | None = None) -> bool:
    """Wait until no other worker analyses these organizations (None: any); whether items are left to be claimed."""
    these = true() if organization_ids is None else analysis_work.c.organization_id.in_(set(organization_ids))
    return QUEUE.wait_for_others(database, these, worker)


def _never_looked_at(connection: Connection, items: ColumnElement[bool], *months: ColumnElement[bool]) -> None:
    """Let the months of these items, or those of them that are such ``months``, count as not seen by their analyzer."""
    theirs = and_(
        items,
        analysis_work.c.organization_id == current_runs.c.organization_id,
        analysis_work.c.analyzer == current_runs.c.analyzer,
        current_runs.c.month.between(analysis_work.c.first_month, analysis_work.c.last_month),
    )
    connection.execute(current_runs.update().where(exists().where(theirs), *months).values(version=NO_VERSION))


def _by_ids(connection: Connection, ids: Sequence[int]) -> list[WorkItem]:
    return _rows(connection, analysis_work.c.id.in_(ids))


def _rows(connection: Connection, *which: ColumnElement[bool]) -> list[WorkItem]:
    return [_row(row) for row in connection.execute(_SELECT.where(*which).order_by(analysis_work.c.id))]


def _row(row: Row[*tuple[Any, ...]]) -> WorkItem:
    return WorkItem(
        id=row.id,
        organization_id=row.organization_id,
        organization=row.organization,
        analyzer=row.analyzer,
        months=MonthRange(Month.of(row.first_month), Month.of(row.last_month)),
        cause=Cause(row.cause),
        requested_by=row.requested_by,
        status=WorkStatus(row.status),
        attempts=row.attempts,
        error=row.error,
        created_at=row.created_at,
    )
