"""Appends to the audit chains, reads them, and walks them. What an event is and how it is hashed: ``model.audit``."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, select, text, tuple_

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.audit import (
    CHAIN_NAMES,
    GENESIS,
    INSTALLATION_CHAIN,
    AuditEvent,
    AuditRow,
    AuditVerification,
    ChainHead,
    Subject,
    SubjectType,
    event_hash,
)
from ledgerwatch_pipeline.model.audit_chain import BrokenChainError, MissingHeadError, Walk, link_of
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres import locks
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_pipeline.stores.postgres.lookup import visible
from ledgerwatch_pipeline.stores.postgres.tables import audit_events, audit_heads, audit_verifications, organizations

_WRITTEN = 1_000
_WALKED = 10_000
HEADS_RECORDED = "CHAIN_HEADS_RECORDED"

_ROWS = select(
    *(column for column in audit_events.c if column.name != "form1_subject"),
    audit_events.c.form1_subject,
    organizations.c.slug.label("organization"),
).select_from(audit_events.outerjoin(organizations, organizations.c.id == audit_events.c.organization_id))


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events a list shows; None asks nothing. since, until: moments, the second one excluded. subject_id: a subject whose
    type nobody said."""

    event_type: str | None = None
    organization_id: UUID | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    subject: Subject | None = None
    subject_id: str | None = None


@dataclass(frozen=True, slots=True)
class AuditCursor:
    """Where a list of events, newest first, continues: behind this one."""

    created_at: datetime
    chain_id: UUID
    seq: int

    def __str__(self) -> str:
        return f"{self.created_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}_{self.chain_id.hex}_{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "AuditCursor":
        """Read what ``str`` wrote; raises UsageError for anything else."""
        try:
            moment, chain, seq = text.split("_")
            return cls(datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), UUID(hex=chain), int(seq))
        except ValueError:
            raise UsageError(f"{text!r} is not what a page printed as next") from None


def append(connection: Connection, events: Sequence[AuditEvent]) -> None:
    """Append ``events`` to their chains, in order, inside the caller's transaction: they stand or fall with what they tell of.

    A chain has one end, so its lock is held until that transaction ends; append last, keep what follows short.
    """
    if not events:
        return
    chains = {event.chain for event in events}
    locks.hold(connection, Lock.AUDIT, chains)
    ends = {
        row.chain_id: (row.seq, row.hash)
        for row in connection.execute(select(audit_heads).where(audit_heads.c.chain_id.in_(chains)))
    }
    now = datetime.now(UTC)
    rows = []
    for event in events:
        seq, previous = ends.get(event.chain, (0, GENESIS))
        digest = event_hash(event.chain, seq + 1, previous, now, event)
        ends[event.chain] = (seq + 1, digest)
        rows.append(
            {
                "chain_id": event.chain,
                "seq": seq + 1,
                "organization_id": event.organization_id,
                "event_type": event.event_type,
                "actor": event.actor,
                "subject_type": event.subject.type.value,
                "subject_id": event.subject.id,
                "created_at": now,
                "metadata": dict(event.metadata),
                "previous_hash": previous,
                "hash": digest,
            }
        )
    for start in range(0, len(rows), _WRITTEN):
        connection.execute(audit_events.insert(), rows[start : start + _WRITTEN])


def heads(connection: Connection, principal: Principal) -> list[ChainHead]:
    """The ends of the chains that the principal may see: the installation's first, then by organization."""
    query = (
        select(audit_heads, organizations.c.slug)
        .select_from(audit_heads.outerjoin(organizations, organizations.c.id == audit_heads.c.chain_id))
        .order_by(organizations.c.slug.nulls_first(), audit_heads.c.chain_id)
    )
    return [
        ChainHead(row.chain_id, row.slug, row.seq, row.hash)
        for row in connection.execute(query)
        if principal.may_see(row.chain_id)
    ]


def list_recent(
    connection: Connection, wanted: AuditFilter, principal: Principal, *, limit: int | None, after: AuditCursor | None
) -> Iterator[AuditRow]:
    """Events, newest first; those of one moment by chain, the last one first."""
    query = _ROWS.order_by(
        audit_events.c.created_at.desc(), audit_events.c.chain_id.desc(), audit_events.c.seq.desc()
    ).limit(limit)
    for value, condition in (
        (wanted.event_type, audit_events.c.event_type == wanted.event_type),
        (wanted.organization_id, audit_events.c.organization_id == wanted.organization_id),
        (wanted.actor, audit_events.c.actor == wanted.actor),
    ):
        if value is not None:
            query = query.where(condition)
    if wanted.since is not None:
        query = query.where(audit_events.c.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(audit_events.c.created_at < wanted.until)
    if wanted.subject is not None:
        query = query.where(
            and_(
                audit_events.c.subject_type == wanted.subject.type.value,
                audit_events.c.subject_id == wanted.subject.id,
            )
        )
    if wanted.subject_id is not None:  # with every type there is, the index of subjects serves it
        query = query.where(
            audit_events.c.subject_type.in_(SubjectType), audit_events.c.subject_id == wanted.subject_id
        )
    query = query.where(*visible(audit_events.c.organization_id, principal))
    if after is not None:
        place = tuple_(audit_events.c.created_at, audit_events.c.chain_id, audit_events.c.seq)
        query = query.where(place < tuple_(after.created_at, after.chain_id, after.seq))
    for row in connection.execute(query):
        yield _row(row)


def history(connection: Connection, subject: Subject, principal: Principal) -> list[AuditRow]:
    """Everything that was done to one subject, oldest first: one look-up in an index."""
    found = list(list_recent(connection, AuditFilter(subject=subject), principal, limit=None, after=None))
    return found[::-1]


def count(connection: Connection) -> int:
    """Events of all chains."""
    return int(connection.execute(select(func.coalesce(func.sum(audit_heads.c.seq), 0))).scalar_one())


def verify(connection: Connection, expected_heads: Iterable[str] = ()) -> dict[str, int]:
    """Walk every chain; how many events each has, by what people call it. Raises BrokenChainError naming the first misfit.

    expected_heads: hashes noted earlier. Raises MissingHeadError if no event has one of them: the tail it ended was cut off or rewritten. Heads
    that the installation's chain has recorded are expected too, all of them, and of every organization that it was added, so a
    chain that vanished as a whole is noticed. Give a connection of ``Database.snapshot`` where others may append meanwhile: heads
    and events are read one after the other, and have to be of one moment.
    """
    names = _names(connection)
    ends = {row.chain_id: row for row in connection.execute(select(audit_heads))}
    stored = set(connection.scalars(select(audit_events.c.chain_id).distinct()))
    wanted = set(expected_heads) - {GENESIS}
    counts: dict[str, int] = {}
    for chain in sorted({*ends, *stored}, key=_installation_first):
        walk = Walk(names.get(chain, str(chain)))
        for row in _walk(connection, chain):
            try:
                link = link_of(row)
            except ValueError as error:
                raise BrokenChainError(walk.name, walk.seq + 1, str(error)) from error
            walk.follow(link)
            wanted.discard(link.hash)
        end = ends.get(chain)
        if end is None or end.seq > walk.seq:
            raise BrokenChainError(walk.name, walk.seq + 1, "the chain's head says otherwise: its end was removed")
        if end.seq < walk.seq:
            raise BrokenChainError(walk.name, end.seq + 1, "the chain's head says otherwise: it was put there")
        if end.hash != walk.hash:
            raise BrokenChainError(walk.name, walk.seq, "the chain's head says otherwise: it was another one")
        counts[walk.name] = walk.seq
    _require_recorded(connection, names, counts)
    if wanted:
        raise MissingHeadError(min(wanted))
    return counts


def _require_recorded(connection: Connection, names: Mapping[UUID, str], counts: Mapping[str, int]) -> None:
    """Of chains that are whole in themselves: that none lacks what was there once. Raises BrokenChainError."""
    for row in connection.execute(text(sql_text("postgres/recorded_heads_gone")), {"chain": INSTALLATION_CHAIN}):
        name = names.get(row.chain, str(row.chain))
        if row.hash is None:
            raise BrokenChainError(name, counts.get(name, 0) + 1, f"it had {row.seq} events when its head was recorded")
        raise BrokenChainError(name, row.seq, "the installation recorded another hash for it")
    recorded = _count(connection, audit_events.c.event_type == HEADS_RECORDED)
    found_whole = _count(connection, audit_verifications.c.problem.is_(None))
    if recorded < found_whole:
        name = CHAIN_NAMES[INSTALLATION_CHAIN]
        raise BrokenChainError(
            name,
            counts.get(name, 0) + 1,
            f"the chains were found whole {found_whole} times, and it has recorded their heads {recorded} times",
        )
    of_organization = exists().where(audit_events.c.organization_id == organizations.c.id)
    for slug in connection.scalars(select(organizations.c.slug).where(~of_organization).order_by(organizations.c.slug)):
        raise BrokenChainError(slug, 1, "the whole chain is missing, even that the organization was added")


def chain_rows(connection: Connection, principal: Principal, organization_id: UUID | None) -> Iterator[AuditRow]:
    """The events of an organization's chain, or of all chains that the principal sees, each from its first one on: the
    installation's first, then by id. What version 0.1 wrote of all organizations is a chain of the installation's."""
    seen = [each.chain_id for each in heads(connection, principal) if organization_id in (None, each.chain_id)]
    for chain in sorted(seen, key=_installation_first):
        yield from _walk(connection, chain)


def record_heads(connection: Connection, principal: Principal) -> None:
    """Write the heads of all chains into the installation's, so that a chain cut or removed later is noticed."""
    found: list[JsonValue] = [
        {"chain": str(each.chain_id), "seq": each.seq, "hash": each.hash} for each in heads(connection, principal)
    ]
    event = AuditEvent(HEADS_RECORDED, principal.name, Subject.installation(), metadata={"heads": found})
    append(connection, [event])


def record_verification(
    connection: Connection, principal: Principal, counts: Mapping[str, int] | None, problem: str | None
) -> None:
    """Note that the chains were walked, and what was found: events by chain, or the first misfit."""
    connection.execute(
        audit_verifications.insert().values(
            verified_by=principal.name,
            events=None if counts is None else sum(counts.values()),
            chains=None if counts is None else len(counts),
            problem=problem,
        )
    )


def last_verification(connection: Connection) -> AuditVerification | None:
    """When the chains were walked last, and what was found; None: never, since that is noted."""
    query = select(audit_verifications).order_by(audit_verifications.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return (
        None
        if row is None
        else AuditVerification(row.verified_at, row.verified_by, row.events, row.chains, row.problem)
    )


def _walk(connection: Connection, chain: UUID) -> Iterator[AuditRow]:
    seq = 0
    while True:
        query = _ROWS.where(audit_events.c.chain_id == chain, audit_events.c.seq > seq)
        rows = connection.execute(query.order_by(audit_events.c.seq).limit(_WALKED)).all()
        yield from map(_row, rows)
        if len(rows) < _WALKED:
            return
        seq = rows[-1].seq


def _names(connection: Connection) -> dict[UUID, str]:
    """What people call the chains."""
    return CHAIN_NAMES | {
        row.id: row.slug for row in connection.execute(select(organizations.c.id, organizations.c.slug))
    }


def _installation_first(chain: UUID) -> tuple[bool, str]:
    return chain not in CHAIN_NAMES, str(chain)


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).where(condition)).scalar_one()


def _row(row: Row[*tuple[Any, ...]]) -> AuditRow:
    return AuditRow(**row._mapping)
