"""Appends to the audit chains, reads them, and walks them. What an event is and how it is hashed: ``model.audit``."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, exists, func, select, tuple_

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.audit import (
    CHAIN_NAMES,
    FORM1_CHAIN,
    GENESIS,
    INSTALLATION_CHAIN,
    AuditEvent,
    AuditRow,
    AuditVerification,
    ChainHead,
    Subject,
    event_hash,
    row_hash,
)
from ledgerwatch_pipeline.model.errors import LedgerWatchError, UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.stores.postgres import locks
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_pipeline.stores.postgres.lookup import visible
from ledgerwatch_pipeline.stores.postgres.tables import audit_events, audit_heads, audit_verifications, organizations

_WRITTEN = 1_000
_WALKED = 10_000
_INSTALLATIONS = (INSTALLATION_CHAIN, FORM1_CHAIN)

_ROWS = select(
    *(column for column in audit_events.c if column.name != "form1_subject"),
    audit_events.c.form1_subject,
    organizations.c.slug.label("organization"),
).select_from(audit_events.outerjoin(organizations, organizations.c.id == audit_events.c.organization_id))


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events a list shows; None asks nothing. since, until: moments, the second one excluded."""

    event_type: str | None = None
    organization_id: UUID | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    subject: Subject | None = None


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


class BrokenChainError(LedgerWatchError):
    """The first event of a chain that does not fit, and why. chain: whose it is, as people read it."""

    def __init__(self, chain: str, seq: int, why: str) -> None:
        self.chain = chain
        self.seq = seq
        self.why = why
        super().__init__(f"the audit log of {chain} is broken at event {seq}: {why}")


class MissingHeadError(LedgerWatchError):
    """No event has a hash that was noted; which chain it would be of, nobody can tell."""

    def __init__(self, head: str) -> None:
        self.head = head
        super().__init__(f"no event has the hash {head}: it was never here, or a tail was cut off")


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
    that the installation's chain has recorded are expected too, and of every organization that it was added, so a chain that
    vanished as a whole is noticed. Give a connection of ``Database.snapshot`` where others may append meanwhile: heads and
    events are read one after the other, and have to be of one moment.
    """
    names = CHAIN_NAMES | {
        row.id: row.slug for row in connection.execute(select(organizations.c.id, organizations.c.slug))
    }
    ends = {row.chain_id: row for row in connection.execute(select(audit_heads))}
    stored = set(connection.scalars(select(audit_events.c.chain_id).distinct()))
    wanted = set(expected_heads) - {GENESIS}
    counts: dict[str, int] = {}
    recorded: dict[UUID, tuple[int, str]] = {}
    for chain in sorted({*ends, *stored}, key=lambda each: (each not in _INSTALLATIONS, str(each))):
        name = names.get(chain, str(chain))
        seq, previous = 0, GENESIS
        for row in _walk(connection, chain):
            seq += 1
            _check(name, seq, previous, row)
            previous = row.hash
            wanted.discard(row.hash)
            if row.event_type == "CHAIN_HEADS_RECORDED":
                recorded |= _recorded(row)
            if recorded.get(chain, (0, ""))[0] == seq and recorded[chain][1] != row.hash:
                raise BrokenChainError(name, seq, "the installation recorded another hash for it")
        end = ends.get(chain)
        if end is None or (end.seq, end.hash) != (seq, previous):
            raise BrokenChainError(
                name, seq + 1, "the chain's head says otherwise: events at its end were removed or put there"
            )
        counts[name] = seq
    for chain, (seq, _) in recorded.items():
        name = names.get(chain, str(chain))
        if counts.get(name, 0) < seq:
            raise BrokenChainError(name, counts.get(name, 0) + 1, f"it had {seq} events when its head was recorded")
    of_organization = exists().where(audit_events.c.organization_id == organizations.c.id)
    for slug in connection.scalars(select(organizations.c.slug).where(~of_organization).order_by(organizations.c.slug)):
        raise BrokenChainError(slug, 1, "the whole chain is missing, even that the organization was added")
    if wanted:
        raise MissingHeadError(min(wanted))
    return counts


def record_heads(connection: Connection, principal: Principal) -> None:
    """Write the heads of all chains into the installation's, so that a chain cut or removed later is noticed."""
    found: list[JsonValue] = [
        {"chain": str(each.chain_id), "seq": each.seq, "hash": each.hash} for each in heads(connection, principal)
    ]
    event = AuditEvent("CHAIN_HEADS_RECORDED", principal.name, Subject.installation(), metadata={"heads": found})
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


def _check(chain: str, seq: int, previous: str, row: AuditRow) -> None:
    if row.seq != seq:
        raise BrokenChainError(chain, seq, f"it is missing, the next is {row.seq}")
    if row.previous_hash != previous:
        raise BrokenChainError(chain, seq, "its previous hash is not the hash of the event before")
    try:
        digest = row_hash(row, previous)
    except ValueError as error:
        raise BrokenChainError(chain, seq, str(error)) from error
    if digest != row.hash:
        raise BrokenChainError(chain, seq, "its content does not give its hash")


def _recorded(row: AuditRow) -> dict[UUID, tuple[int, str]]:
    """The chains' heads that an event recorded: chain → (seq, hash)."""
    found = row.metadata.get("heads", ())
    return {
        UUID(str(each["chain"])): (int(each["seq"]), str(each["hash"]))
        for each in (found if isinstance(found, list) else ())
    }


def _row(row: Row[*tuple[Any, ...]]) -> AuditRow:
    return AuditRow(**row._mapping)
