"""Appends to the audit log and walks its hash chain. What an event is and how it is hashed: ``model.audit``."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from psycopg2.extras import Json, execute_values

from ledgerwatch_pipeline.model.audit import GENESIS, AuditEvent, event_hash, timestamp
from ledgerwatch_pipeline.model.errors import LedgerWatchError
from ledgerwatch_pipeline.stores.postgres.engine import SCHEMA, Cursor, lock_key

_PAGE = 10_000


def append(cursor: Cursor, events: Sequence[AuditEvent]) -> None:
    """Append ``events`` in order, inside the caller's transaction: they stand or fall with what they tell of.

    The chain has one end, so the lock is held until that transaction ends; take it last, keep what follows short.
    """
    if not events:
        return
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (lock_key(SCHEMA), lock_key("audit")))
    seq, previous = head(cursor)
    now = datetime.now(UTC)
    rows = []
    for event in events:
        seq += 1
        digest = event_hash(previous, seq, now, event)
        rows.append(
            (
                seq,
                event.event_type,
                event.actor,
                event.organization,
                event.subject,
                now,
                Json(dict(event.metadata)),
                previous,
                digest,
            )
        )
        previous = digest
    execute_values(
        cursor,
        "INSERT INTO audit_events (seq, event_type, actor, organization, subject, created_at, metadata, previous_hash,"
        " hash) VALUES %s",
        rows,
        page_size=1000,
    )


def head(cursor: Cursor) -> tuple[int, str]:
    """The last event's place and hash; (0, GENESIS) when there is none."""
    cursor.execute("SELECT seq, hash FROM audit_events ORDER BY seq DESC LIMIT 1")
    row = cursor.fetchone()
    return (row["seq"], row["hash"]) if row else (0, GENESIS)


def newest(
    cursor: Cursor,
    *,
    limit: int | None,
    before: int | None = None,
    event_type: str | None = None,
    organization: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[dict[str, Any]]:
    """Events, newest first, as ``audit list --json`` prints them; ``before`` is the seq to continue below, and ``until``
    the moment before which they were written."""
    cursor.execute(
        """
        SELECT seq, event_type, actor, organization, subject, created_at, metadata, hash FROM audit_events
        WHERE (%(before)s::bigint IS NULL OR seq < %(before)s) AND (%(type)s::text IS NULL OR event_type = %(type)s)
          AND (%(organization)s::text IS NULL OR organization = %(organization)s)
          AND (%(actor)s::text IS NULL OR actor = %(actor)s)
          AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
          AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
        ORDER BY seq DESC LIMIT %(limit)s
        """,
        {
            "before": before,
            "type": event_type,
            "organization": organization,
            "actor": actor,
            "since": since,
            "until": until,
            "limit": limit,
        },
    )
    for row in cursor:
        yield {**row, "created_at": timestamp(row["created_at"])}


class BrokenChainError(LedgerWatchError):
    """The first event that does not fit, and why."""

    def __init__(self, seq: int, why: str) -> None:
        self.seq = seq
        self.why = why
        super().__init__(f"the audit log is broken at event {seq}: {why}")


def verify(cursor: Cursor, expected_head: str | None = None) -> int:
    """Walk the whole chain; return how many events fit. Raises BrokenChainError naming the first that does not.

    ``expected_head`` is a hash noted earlier: if no event has it, the log's tail was cut off or rewritten.
    """
    seq, previous, seen = 0, GENESIS, expected_head in (None, GENESIS)
    while True:
        cursor.execute("SELECT * FROM audit_events WHERE seq > %s ORDER BY seq LIMIT %s", (seq, _PAGE))
        rows = cursor.fetchall()
        if not rows:
            break
        for row in rows:
            seq += 1
            if row["seq"] != seq:
                raise BrokenChainError(seq, f"it is missing, the next is {row['seq']}")
            if row["previous_hash"] != previous:
                raise BrokenChainError(seq, "its previous hash is not the hash of the event before")
            try:
                event = AuditEvent(
                    row["event_type"], row["actor"], row["subject"], row["organization"], row["metadata"]
                )
            except ValueError as error:
                raise BrokenChainError(seq, str(error)) from error
            if event_hash(previous, seq, row["created_at"], event) != row["hash"]:
                raise BrokenChainError(seq, "its content does not give its hash")
            previous = row["hash"]
            seen = seen or previous == expected_head
    if not seen:
        raise BrokenChainError(seq + 1, f"no event has the expected head {expected_head}: the tail was cut off")
    return seq
