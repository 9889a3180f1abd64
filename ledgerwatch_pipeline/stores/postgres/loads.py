"""The load registry: one row a file and organization, for ever, and who is importing it at the moment.

A worker is a process that imports; it holds an advisory lock as long as it lives, and the loads it claimed carry that
lock's key. A claimed load whose lock is free belongs to a dead worker and may be claimed again: no load is forgotten.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from psycopg2.extras import Json, execute_values

from ledgerwatch_pipeline.model.errors import UnknownThingError
from ledgerwatch_pipeline.model.load import LoadStatus
from ledgerwatch_pipeline.stores.postgres.engine import SCHEMA, Cursor, Database, is_free, lock_key

_SELECT = """
    SELECT l.*, o.slug AS organization, o.currency, o.revenue_categories
    FROM loads l JOIN organizations o ON o.id = l.organization_id
"""


@contextmanager
def worker(database: Database) -> Iterator[int]:
    """A worker's key, held as a lock until the block ends or the process dies."""
    key = secrets.randbits(31)
    with database.hold(f"{SCHEMA}.worker", key):
        yield key


def receive(cursor: Cursor, files: Sequence[dict[str, Any]]) -> set[UUID]:
    """Register delivered files as RECEIVED; return the ids that are new. Keys are the registry's columns, ids distinct.

    A file whose bytes are accepted or under way changes nothing. A rejected one starts anew.
    """
    if not files:
        return set()
    columns = ("id", "organization_id", "sha256", "file", "bytes", "on_invalid", "profile")
    rows = execute_values(
        cursor,
        """
        INSERT INTO loads (id, organization_id, sha256, file, bytes, on_invalid, profile, status) VALUES %s
        ON CONFLICT (organization_id, sha256) DO UPDATE SET
            status = 'RECEIVED', on_invalid = EXCLUDED.on_invalid, profile = EXCLUDED.profile, file = EXCLUDED.file,
            received_at = now(), finished_at = NULL, reason = NULL, worker = NULL, rules = NULL
        WHERE loads.status = 'REJECTED'
        RETURNING id
        """,
        [tuple(Json(each[c]) if c == "profile" else each[c] for c in columns) for each in files],
        template="(%s, %s, %s, %s, %s, %s, %s, 'RECEIVED')",
        page_size=1000,
        fetch=True,
    )
    return {row["id"] for row in rows}


def known_sizes(cursor: Cursor, organization_ids: Iterable[UUID]) -> set[tuple[UUID, int]]:
    """Organization and number of bytes of every file these organizations ever delivered."""
    cursor.execute(
        "SELECT DISTINCT organization_id, bytes FROM loads WHERE organization_id = ANY(%s)", (list(organization_ids),)
    )
    return {(row["organization_id"], row["bytes"]) for row in cursor.fetchall()}


def claim(cursor: Cursor, worker_key: int) -> list[dict[str, Any]]:
    """Claim every received load that no living worker has, in the order of delivery."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (lock_key(SCHEMA), lock_key("claim")))
    cursor.execute("SELECT DISTINCT worker FROM loads WHERE status = 'RECEIVED' AND worker IS NOT NULL")
    others = [row["worker"] for row in cursor.fetchall() if row["worker"] != worker_key]
    dead = [other for other in others if is_free(cursor, f"{SCHEMA}.worker", other)]
    cursor.execute(
        "UPDATE loads SET worker = %s WHERE status = 'RECEIVED' AND (worker IS NULL OR worker = ANY(%s))",
        (worker_key, dead),
    )
    cursor.execute(
        f"{_SELECT} WHERE l.status = 'RECEIVED' AND l.worker = %s ORDER BY l.received_at, l.file, l.id", (worker_key,)
    )
    return cursor.fetchall()


def wait_for(database: Database, load_ids: Sequence[UUID]) -> bool:
    """Wait until no other worker is at work on these loads; True when some are left for the caller to claim."""
    with database.transaction() as cursor:
        cursor.execute(
            "SELECT DISTINCT worker FROM loads WHERE id = ANY(%s) AND status = 'RECEIVED' AND worker IS NOT NULL",
            (list(load_ids),),
        )
        for row in cursor.fetchall():
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", (lock_key(f"{SCHEMA}.worker"), row["worker"]))
    with database.transaction() as cursor:
        cursor.execute("SELECT 1 FROM loads WHERE id = ANY(%s) AND status = 'RECEIVED' LIMIT 1", (list(load_ids),))
        return cursor.fetchone() is not None


def finish(cursor: Cursor, outcomes: Iterable[dict[str, Any]]) -> None:
    """Write the final state of loads that were RECEIVED; keys are the columns of the registry."""
    columns = (
        "id",
        "status",
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
    execute_values(
        cursor,
        """
        UPDATE loads SET status = v.status, rows = v.rows, accepted = v.accepted, rejected = v.rejected,
            skipped = v.skipped, blank = v.blank, expense = v.expense, income = v.income, refund = v.refund,
            months = v.months, rules = v.rules, reason = v.reason, finished_at = now(), worker = NULL
        FROM (VALUES %s) AS v (id, status, rows, accepted, rejected, skipped, blank, expense, income, refund, months,
            rules, reason)
        WHERE loads.id = v.id AND loads.status = 'RECEIVED'
        """,
        [tuple(Json(o[c]) if c == "rules" else o[c] for c in columns) for o in outcomes],
        template="(%s::uuid, %s, %s::bigint, %s::bigint, %s::bigint, %s::bigint, %s::bigint, %s::numeric, %s::numeric,"
        " %s::numeric, %s::date[], %s::jsonb, %s)",
    )


def mark_due(cursor: Cursor, months: Iterable[tuple[UUID, date]]) -> None:
    """Note that the ledger of these organizations and months changed and wants analysis."""
    execute_values(cursor, "INSERT INTO months_due (organization_id, month) VALUES %s", sorted(set(months), key=str))


def ledger_months(cursor: Cursor, organization_id: UUID) -> list[date]:
    """The months (their first days) in which the organization has transactions, in order."""
    cursor.execute(
        "SELECT DISTINCT unnest(months) AS month FROM loads WHERE organization_id = %s AND status = 'ACCEPTED' ORDER BY 1",
        (organization_id,),
    )
    return [row["month"] for row in cursor.fetchall()]


def unfinished(cursor: Cursor) -> bool:
    """Whether something of an import is left to do: a load to be imported, or months to be analysed."""
    cursor.execute(
        "SELECT EXISTS (SELECT 1 FROM loads WHERE status = 'RECEIVED') OR EXISTS (SELECT 1 FROM months_due) AS unfinished"
    )
    return bool(cursor.fetchone()["unfinished"])


def by_ids(cursor: Cursor, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    cursor.execute(f"{_SELECT} WHERE l.id = ANY(%s)", (list(ids),))
    return {row["id"]: row for row in cursor.fetchall()}


def newest(
    cursor: Cursor, *, organization: str | None, status: LoadStatus | None, limit: int | None
) -> list[dict[str, Any]]:
    """Loads, newest first."""
    cursor.execute(
        f"{_SELECT} WHERE (%(organization)s::text IS NULL OR o.slug = %(organization)s)"
        " AND (%(status)s::text IS NULL OR l.status = %(status)s)"
        " ORDER BY l.received_at DESC, l.file DESC LIMIT %(limit)s",
        {"organization": organization, "status": status, "limit": limit},
    )
    return cursor.fetchall()


def find(cursor: Cursor, text: str) -> dict[str, Any]:
    """The one load whose id begins with ``text``; raises UnknownThingError."""
    cursor.execute(f"{_SELECT} WHERE %s <> '' AND starts_with(l.id::text, %s) LIMIT 2", (text, text.lower()))
    rows = cursor.fetchall()
    if len(rows) != 1:
        cursor.execute("SELECT id::text AS id FROM loads ORDER BY received_at DESC LIMIT 100")
        raise UnknownThingError("load", text, [row["id"] for row in cursor.fetchall()], "see: ledgerwatch loads list")
    return rows[0]
