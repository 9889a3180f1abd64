"""The load registry: one row a file and organization, for ever; those RECEIVED are the queue of imports.

A lease is a worker's number on the row (``leases``). Small files and large ones are handed out apart, so that three rows
never wait for ten million. No file is read here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, exists, false, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.errors import LeaseLostError
from ledgerwatch_pipeline.model.listed import Listed
from ledgerwatch_pipeline.model.load import (
    BankStatement,
    DecidedWith,
    Decision,
    ImportOptions,
    LoadCursor,
    LoadFilter,
    LoadRow,
    LoadStatus,
    NewLoad,
    OnInvalid,
    OnOverlap,
    Origin,
    Overlap,
    OverlapExample,
    OverlappingLoad,
    OverlapSide,
)
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.profile import Profile
from ledgerwatch_pipeline.model.work import Claimable
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.leases import Queue
from ledgerwatch_pipeline.stores.postgres.lookup import behind, id_beginning_with, visible
from ledgerwatch_pipeline.stores.postgres.tables import analysis_work, corrections, loads, organizations

SMALL = 1024 * 1024
"""Bytes below which a file is small."""
_MOST = 2_000
"""Files handed out at once."""
_UNPACKED = 10
"""How many times larger than a compressed file its text is taken to be."""
_FIGURES = (
    "rows",
    "accepted",
    "rejected",
    "skipped",
    "blank",
    "expense",
    "income",
    "refund",
    "months",
    "rules",
    "reason",
)

_SELECT = select(
    loads,
    organizations.c.slug.label("organization"),
    organizations.c.currency,
    organizations.c.currency_decimals,
    organizations.c.revenue_categories,
).join_from(loads, organizations)
UNSOLVED = and_(loads.c.status.in_((LoadStatus.REJECTED.value, LoadStatus.FAILED.value)), loads.c.closed_at.is_(None))
"""Loads that are rejected or FAILED and that nobody closed."""
_CLOSED = ("closed_by", "closed_at", "closed_note")
_RELEASED = ("released_by", "released_at", "released_note")
QUEUE: Queue[UUID] = Queue(loads, LoadStatus.RECEIVED.value)
fail = QUEUE.fail
release = QUEUE.release


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many files wait or are under way, and their bytes together."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Loads of one status: files, their bytes, and what became of their rows."""

    files: int
    bytes: int
    accepted: int
    rejected: int
    blank: int


class Lane(Enum):
    """Which files a worker takes: those below SMALL, or the others."""

    SMALL = "small"
    LARGE = "large"


def receive(
    connection: Connection, files: Sequence[NewLoad], received_by: str, delivery: int | None = None
) -> set[UUID]:
    """Register delivered files as RECEIVED; return the ids that are new. The ids given are distinct. delivery: the worker that
    waits for them.

    A file whose bytes are accepted, held or under way changes nothing. A rejected or failed one starts anew, without any figure
    of its earlier try.
    """
    if not files:
        return set()
    statement = insert(loads)
    anew = {
        "status": LoadStatus.RECEIVED.value,
        **{
            name: statement.excluded[name]
            for name in ("on_invalid", "on_overlap", "profile", "file", "received_by", "delivery")
        },
        "received_at": func.now(),
        "deaths": 0,
        **dict.fromkeys(("worker", "error", "finished_at", "decided_with", "overlap", *_FIGURES, *_CLOSED, *_RELEASED)),
    }
    statement = statement.on_conflict_do_update(
        index_elements=[loads.c.organization_id, loads.c.sha256, loads.c.ordinal],
        set_=anew,
        where=or_(loads.c.status == LoadStatus.REJECTED.value, loads.c.status == LoadStatus.FAILED.value),
    )
    rows = [
        {
            "id": each.id,
            "organization_id": each.organization_id,
            "sha256": each.sha256,
            "file": each.file,
            "bytes": each.bytes,
            "status": LoadStatus.RECEIVED.value,
            "on_invalid": each.options.on_invalid.value,
            "on_overlap": each.options.on_overlap.value,
            "profile": each.options.profile.as_json() if each.options.profile else None,
            "received_by": received_by,
            "ordinal": each.ordinal,
            "origin": each.origin.value,
            "delivery": delivery,
        }
        for each in files
    ]
    return set(connection.scalars(statement.returning(loads.c.id), rows))


def deliveries(
    connection: Connection, files: Collection[tuple[UUID, str]]
) -> dict[tuple[UUID, str], tuple[int, LoadStatus]]:
    """Of files (organization and sha256) that were delivered: which delivery was the last one, and how it stands."""
    if not files:
        return {}
    query = (
        select(loads.c.organization_id, loads.c.sha256, loads.c.ordinal, loads.c.status)
        .where(
            loads.c.organization_id.in_({organization for organization, _ in files}),
            loads.c.sha256.in_({sha256 for _, sha256 in files}),
        )
        .order_by(loads.c.ordinal)
    )
    return {
        (row.organization_id, row.sha256): (row.ordinal, LoadStatus(row.status)) for row in connection.execute(query)
    }


def known_sizes(connection: Connection, organization_ids: Iterable[UUID]) -> set[tuple[UUID, int]]:
    """Organization and number of bytes of every file these organizations ever delivered."""
    query = select(loads.c.organization_id, loads.c.bytes).where(loads.c.organization_id.in_(set(organization_ids)))
    return {(row.organization_id, row.bytes) for row in connection.execute(query.distinct())}


def claim(connection: Connection, worker: int, lane: Lane, limit_bytes: int) -> list[LoadRow]:
    """Lease received loads of ``lane`` that no living worker has, in the order of delivery, up to ``limit_bytes`` of text.

    One that two workers died with is leased alone, in case it was the cause; after MAX_DEATHS it is FAILED instead.
    """
    QUEUE.free_orphans(connection, worker)
    size = loads.c.bytes < SMALL if lane is Lane.SMALL else loads.c.bytes >= SMALL
    candidates = connection.execute(
        select(loads.c.id, loads.c.bytes, loads.c.file, loads.c.deaths)
        .where(QUEUE.free, size)
        .order_by(loads.c.received_at, loads.c.file, loads.c.id)
        .limit(_MOST)
    ).all()
    chosen = _portion(candidates, limit_bytes)
    connection.execute(
        loads.update().where(loads.c.id.in_(chosen)).values(worker=worker, attempts=loads.c.attempts + 1)
    )
    found = by_ids(connection, chosen)
    return [found[each] for each in chosen]


def _portion(candidates: Sequence[Row[*tuple[Any, ...]]], limit_bytes: int) -> list[UUID]:
    chosen: list[UUID] = []
    size = 0
    for row in candidates:
        size += row.bytes * (_UNPACKED if row.file.lower().endswith(".gz") else 1)
        suspect = row.deaths >= 2
        if chosen and (size > limit_bytes or suspect):
            break
        chosen.append(row.id)
        if suspect:
            break
    return chosen


def require_lease(connection: Connection, worker: int, rows: Sequence[LoadRow]) -> None:
    """Lock these loads, as they were claimed, until the transaction ends; raises LeaseLostError if one is another's now."""
    lost = QUEUE.lost(connection, worker, {row.id: row.attempts for row in rows})
    for row in rows:
        if row.id in lost:
            raise LeaseLostError(f"{row.organization}/{row.file}")


def wait_for(database: Database, load_ids: Sequence[UUID]) -> bool:
    """Wait until no worker is at work on these loads; True when some are left for the caller to claim."""
    return QUEUE.wait_for_others(database, loads.c.id.in_(load_ids))


def finish(connection: Connection, decisions: Sequence[Decision]) -> None:
    """Write the final state of loads that were RECEIVED."""
    if not decisions:
        return
    statement = (
        loads.update()
        .where(loads.c.id == bindparam("load_id"), loads.c.status == LoadStatus.RECEIVED.value)
        .values(
            status=bindparam("new_status"),
            decided_with=bindparam("new_decided_with"),
            overlap=bindparam("new_overlap"),
            finished_at=func.clock_timestamp(),  # in the order of commits, where a lock makes one: a rebuild follows it
            worker=None,
            deaths=0,
            **{name: bindparam(f"new_{name}") for name in _FIGURES},
        )
    )
    connection.execute(
        statement,
        [
            {
                "load_id": each.load_id,
                "new_status": each.status.value,
                "new_decided_with": _decided_with_json(each.decided_with),
                "new_overlap": None if each.overlap is None else _overlap_json(each.overlap),
                **{f"new_{name}": getattr(each, name) for name in _FIGURES},
                "new_months": list(each.months),
                "new_rules": dict(each.rules) if each.rules is not None else None,
            }
            for each in decisions
        ],
    )


def retry(connection: Connection, organization_ids: Iterable[UUID] | None) -> list[LoadRow]:
    """Make the FAILED loads RECEIVED again that nobody closed, of these organizations or of all; as they were."""
    failed = and_(QUEUE.failed, UNSOLVED)
    if organization_ids is not None:
        failed = and_(failed, loads.c.organization_id.in_(set(organization_ids)))
    rows = [_row(row) for row in connection.execute(_SELECT.where(failed).order_by(loads.c.received_at, loads.c.id))]
    QUEUE.take_up_again(connection, [row.id for row in rows])
    return rows


def close(connection: Connection, load_ids: Collection[UUID], by: str, note: str | None) -> list[LoadRow]:
    """Say of loads that are rejected or FAILED that nothing more is to be done; the others are left as they are. Those closed."""
    statement = (
        loads.update()
        .where(loads.c.id.in_(load_ids), UNSOLVED)
        .values(closed_by=by, closed_at=func.now(), closed_note=note)
    )
    found = by_ids(connection, connection.scalars(statement.returning(loads.c.id)).all())
    return [found[each] for each in load_ids if each in found]


def withdraw(connection: Connection, load_id: UUID, by: str, reason: str) -> None:
    """Take an accepted load out of the ledger as a whole. Its figures stay what they were."""
    connection.execute(
        loads.update()
        .where(loads.c.id == load_id, loads.c.status == LoadStatus.ACCEPTED.value)
        .values(
            status=LoadStatus.WITHDRAWN.value,
            withdrawn_by=by,
            withdrawn_at=func.now(),
            withdrawn_reason=reason,
        )
    )


def let_go_on(connection: Connection, load_id: UUID, on_overlap: OnOverlap, by: str, note: str) -> bool:
    """Make a HELD load RECEIVED again, decided to be taken with ``on_overlap``; False, and nothing is done, if it is not HELD.

    Its figures are gone until it is decided; why it was held stays until then.
    """
    statement = (
        loads.update()
        .where(loads.c.id == load_id, loads.c.status == LoadStatus.HELD.value)
        .values(
            status=LoadStatus.RECEIVED.value,
            on_overlap=on_overlap.value,
            released_by=by,
            released_at=func.now(),
            released_note=note,
            deaths=0,
            **dict.fromkeys(("finished_at", "decided_with", *_FIGURES)),
        )
    )
    return connection.execute(statement.returning(loads.c.id)).one_or_none() is not None


def reject_held(connection: Connection, load_id: UUID, reason: str, by: str, note: str) -> bool:
    """Make a HELD load REJECTED, and closed: it was a person's decision; False, and nothing is done, if it is not HELD."""
    statement = (
        loads.update()
        .where(loads.c.id == load_id, loads.c.status == LoadStatus.HELD.value)
        .values(
            status=LoadStatus.REJECTED.value,
            reason=reason,
            finished_at=func.now(),
            closed_by=by,
            closed_at=func.now(),
            closed_note=note,
        )
    )
    return connection.execute(statement.returning(loads.c.id)).one_or_none() is not None


def waiting(connection: Connection) -> Waiting:
    """The received loads that are not finished."""
    query = select(func.count(), func.coalesce(func.sum(loads.c.bytes), 0)).where(QUEUE.waiting)
    files, size = connection.execute(query).one()
    return Waiting(files, int(size))


def claimable(connection: Connection) -> Claimable:
    """What can be leased now: received loads that no living worker has."""
    taken = func.coalesce(loads.c.worker.in_(QUEUE.living(connection)), false())
    query = select(func.count(), func.min(loads.c.received_at)).where(QUEUE.waiting, ~taken)
    return Claimable(*connection.execute(query).one())


def standing(connection: Connection) -> dict[LoadStatus, Standing]:
    """All loads of the installation by their status, each status being there."""
    query = select(
        loads.c.status,
        *(func.count().label("files"), func.sum(loads.c.bytes).label("bytes")),
        *(func.coalesce(func.sum(each), 0) for each in (loads.c.accepted, loads.c.rejected, loads.c.blank)),
    ).group_by(loads.c.status)
    found = {status: Standing(*map(int, figures)) for status, *figures in connection.execute(query)}
    return {status: found.get(status.value, Standing(0, 0, 0, 0, 0)) for status in LoadStatus}


def left_waiting(connection: Connection, longer_than: timedelta, limit: int) -> Listed[LoadRow]:
    """The received loads that are not finished and were delivered so long ago, and the first of them to be imported."""
    long_ago = loads.c.received_at < func.now() - longer_than
    return _listed(connection, and_(QUEUE.waiting, long_ago), (loads.c.received_at, loads.c.file, loads.c.id), limit)


def rejected_within(connection: Connection, age: timedelta, limit: int) -> Listed[LoadRow]:
    """The rejected loads that were delivered within ``age`` and that nobody closed, and the newest of them."""
    recent = loads.c.received_at >= func.now() - age
    rejected = loads.c.status == LoadStatus.REJECTED.value
    return _listed(connection, and_(recent, rejected, UNSOLVED), (loads.c.received_at.desc(), loads.c.id), limit)


def held(connection: Connection, limit: int | None) -> Listed[LoadRow]:
    """The loads that are HELD, and those of them that were delivered first; None for ``limit`` is all."""
    return _listed(connection, loads.c.status == LoadStatus.HELD.value, (loads.c.received_at, loads.c.id), limit)


def unsolved(connection: Connection, status: LoadStatus, limit: int | None) -> Listed[LoadRow]:
    """The loads that are REJECTED, or FAILED, and that nobody closed, and the newest of them; None for ``limit`` is all."""
    which = and_(UNSOLVED, loads.c.status == status.value)
    return _listed(connection, which, (loads.c.received_at.desc(), loads.c.id), limit)


def _listed(
    connection: Connection, which: ColumnElement[bool], order: Sequence[ColumnElement[Any]], limit: int | None
) -> Listed[LoadRow]:
    total = connection.scalar(select(func.count()).select_from(loads).where(which)) or 0
    rows = connection.execute(_SELECT.where(which).order_by(*order).limit(limit))
    return Listed(total, [_row(row) for row in rows])


def ledger_months(connection: Connection, organization_ids: Iterable[UUID]) -> dict[UUID, list[date]]:
    """The months (their first days) in which organizations have transactions, in order; one without any is absent."""
    month = func.unnest(loads.c.months).label("month")
    query = (
        select(loads.c.organization_id, month)
        .where(loads.c.organization_id.in_(set(organization_ids)), loads.c.status == LoadStatus.ACCEPTED.value)
        .distinct()
        .order_by(month)
    )
    found: dict[UUID, list[date]] = {}
    for row in connection.execute(query):
        found.setdefault(row.organization_id, []).append(row.month)
    return found


def decided(connection: Connection, organization_ids: Iterable[UUID]) -> list[LoadRow]:
    """The loads of these organizations that were decided by rule, in the order in which that was committed; those of one commit in
    the order of their delivery. Not those that are held, or were when a person rejected them: nothing came of these."""
    which = and_(
        loads.c.organization_id.in_(set(organization_ids)), loads.c.finished_at.is_not(None), loads.c.overlap.is_(None)
    )
    order = (loads.c.finished_at, loads.c.received_at, loads.c.file, loads.c.id)
    return [_row(row) for row in connection.execute(_SELECT.where(which).order_by(*order))]


def under_way(connection: Connection, organization_ids: Iterable[UUID]) -> frozenset[UUID]:
    """The loads of these organizations that are not decided: rows of an attempt that was cut off may be in the lake."""
    which = and_(loads.c.organization_id.in_(set(organization_ids)), loads.c.finished_at.is_(None))
    return frozenset(connection.scalars(select(loads.c.id).where(which)))


def finished_attempts(connection: Connection) -> list[tuple[UUID, int]]:
    """The loads that are decided, each with the attempt that decided it."""
    query = select(loads.c.id, loads.c.attempts).where(loads.c.finished_at.is_not(None))
    return [(row.id, row.attempts) for row in connection.execute(query)]


def unfinished(connection: Connection) -> bool:
    """Whether something is left to do that nobody needs to ask for: a load to be imported, a correction to be finished, or an
    analysis that is due."""
    received = exists().where(loads.c.status == LoadStatus.RECEIVED.value)
    due = exists().where(analysis_work.c.status == "PENDING")
    corrected = exists().where(corrections.c.status == "PENDING")
    return bool(connection.execute(select(or_(received, due, corrected))).scalar())


def by_ids(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, LoadRow]:
    """The loads of these ids."""
    return {row.id: _row(row) for row in connection.execute(_SELECT.where(loads.c.id.in_(set(ids))))}


def list_recent(
    connection: Connection,
    wanted: LoadFilter,
    principal: Principal,
    *,
    limit: int | None,
    after: LoadCursor | None = None,
) -> Iterator[LoadRow]:
    """Loads, newest first."""
    query = (
        _SELECT.order_by(loads.c.received_at.desc(), loads.c.id)
        .limit(limit)
        .where(*visible(loads.c.organization_id, principal))
    )
    if wanted.organization_id is not None:
        query = query.where(loads.c.organization_id == wanted.organization_id)
    if wanted.status is not None:
        query = query.where(loads.c.status == wanted.status.value)
    if wanted.unsolved:
        query = query.where(UNSOLVED)
    if after is not None:
        query = query.where(behind(loads.c.received_at, loads.c.id, after.received_at, after.id))
    yield from map(_row, connection.execute(query))


def find(connection: Connection, beginning: str, principal: Principal) -> LoadRow:
    """The one load whose id begins with ``beginning``; raises UnknownThingError, or UsageError if several do."""
    hint = "see: ledgerwatch loads list"
    found = id_beginning_with(connection, loads, "load", beginning, hint, *visible(loads.c.organization_id, principal))
    return by_ids(connection, [found])[found]


def _row(row: Row[*tuple[Any, ...]]) -> LoadRow:
    values = dict(row._mapping)
    del values["deaths"]
    profile, damage = None, None
    try:
        stored = values.pop("profile")
        profile = Profile.from_json(stored) if stored else None
    except ValueError as error:
        damage = f"the profile stored with it cannot be read: {error}"
    options = ImportOptions(OnInvalid(values.pop("on_invalid")), profile, OnOverlap(values.pop("on_overlap")))
    decided_with, overlap = values.pop("decided_with"), values.pop("overlap")
    return LoadRow(
        **{
            **values,
            "status": LoadStatus(values["status"]),
            "origin": Origin(values["origin"]),
            "options": options,
            "months": tuple(values["months"] or ()),
            "revenue_categories": tuple(values["revenue_categories"]),
            "decided_with": _decided_with(decided_with) if decided_with else None,
            "overlap": _overlap(overlap) if overlap else None,
            "damage": damage,
        }
    )


def _decided_with_json(value: DecidedWith | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {
        **asdict(value),
        "profile": value.profile.as_json(),
        "first_month": str(value.first_month),
        "judged_on": value.judged_on.isoformat(),
        "revenue_categories": list(value.revenue_categories),
        "statements": [_statement_json(each) for each in value.statements],
    }


def _statement_json(value: BankStatement) -> dict[str, Any]:
    return {
        name: each if each is None or isinstance(each, str | int) else str(each) for name, each in asdict(value).items()
    }


def _statement(stored: Mapping[str, Any]) -> BankStatement:
    days = {name: stored[name] and date.fromisoformat(stored[name]) for name in ("first", "last")}
    amounts = {
        name: None if stored[name] is None else Decimal(stored[name]) for name in ("opening", "closing", "movements")
    }
    return BankStatement(**{**stored, **days, **amounts})


def _decided_with(stored: Mapping[str, Any]) -> DecidedWith:
    return DecidedWith(
        **{
            **stored,
            "profile": Profile.from_json(stored["profile"]),
            "first_month": Month.parse(stored["first_month"]),
            "judged_on": date.fromisoformat(stored["judged_on"]),
            "revenue_categories": tuple(stored["revenue_categories"]),
            "statements": tuple(map(_statement, stored.get("statements", ()))),
        }
    )


def _overlap_json(value: Overlap) -> dict[str, Any]:
    return {
        "rows": value.rows,
        "equal": value.equal,
        "loads": [{**asdict(each), "load_id": str(each.load_id)} for each in value.loads],
        "examples": [
            {
                **asdict(each),
                "date": each.date.isoformat(),
                "amount": str(each.amount),
                "load_id": str(each.load_id),
            }
            for each in value.examples
        ],
    }


def _overlap(stored: Mapping[str, Any]) -> Overlap:
    return Overlap(
        stored["rows"],
        stored["equal"],
        tuple(OverlappingLoad(UUID(each["load_id"]), each["file"], each["rows"]) for each in stored["loads"]),
        tuple(
            OverlapExample(
                date.fromisoformat(each["date"]),
                Decimal(each["amount"]),
                each["type"],
                OverlapSide(**each["own"]),
                UUID(each["load_id"]),
                OverlapSide(**each["other"]),
            )
            for each in stored["examples"]
        ),
    )
