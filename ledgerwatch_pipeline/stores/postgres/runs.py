"""Analysis runs: what was analysed, with which parameters, and how it ended; and the months that wait for analysis."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg2.extras import Json

from ledgerwatch_pipeline.model.errors import UnknownThingError
from ledgerwatch_pipeline.stores.postgres.engine import SCHEMA, Cursor, Database, is_free

_SPACE = f"{SCHEMA}.run"


@contextmanager
def alive(database: Database, run_id: UUID) -> Iterator[None]:
    """Hold the run's lock: as long as the process lives, nobody takes the run for one that was killed."""
    with database.hold(_SPACE, _key(run_id)):
        yield


def close_killed(cursor: Cursor, analyzer: str) -> None:
    """Mark as FAILED the runs of ``analyzer`` whose process is gone; their lock is free."""
    cursor.execute("SELECT id FROM analysis_runs WHERE analyzer = %s AND status = 'RUNNING'", (analyzer,))
    for row in cursor.fetchall():
        if is_free(cursor, _SPACE, _key(row["id"])):
            fail(cursor, row["id"], "its process ended before it did: killed, or the machine stopped")


def _key(run_id: UUID) -> int:
    return run_id.int & 0x7FFFFFFF


def start(
    cursor: Cursor,
    *,
    run_id: UUID,
    analyzer: str,
    version: int,
    first: date,
    last: date,
    organizations: Sequence[str] | None,
    parameters: dict[str, Any],
    dagster_run_id: str | None,
) -> None:
    cursor.execute(
        """
        INSERT INTO analysis_runs (id, analyzer, version, first_month, last_month, organizations, parameters, status,
            dagster_run_id, started_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, 'RUNNING', %s, now())
        """,
        (
            run_id,
            analyzer,
            version,
            first,
            last,
            list(organizations) if organizations is not None else None,
            Json(parameters),
            dagster_run_id,
        ),
    )


def succeed(
    cursor: Cursor, run_id: UUID, *, snapshot: int, findings: int, not_enough_data: list[dict[str, str]]
) -> None:
    cursor.execute(
        "UPDATE analysis_runs SET status = 'SUCCEEDED', ledger_snapshot = %s, findings = %s, not_enough_data = %s,"
        " alerts_raised = 0, finished_at = now() WHERE id = %s",
        (snapshot, findings, Json(not_enough_data), run_id),
    )


def count_raised(cursor: Cursor, raised: Mapping[UUID, int]) -> None:
    """Add newly raised alerts to the runs whose findings they come from."""
    for run_id, count in raised.items():
        cursor.execute("UPDATE analysis_runs SET alerts_raised = alerts_raised + %s WHERE id = %s", (count, run_id))


def fail(cursor: Cursor, run_id: UUID, error: str) -> None:
    cursor.execute(
        "UPDATE analysis_runs SET status = 'FAILED', error = %s, finished_at = now()"
        " WHERE id = %s AND status = 'RUNNING'",
        (error, run_id),
    )


def due(cursor: Cursor) -> list[dict[str, Any]]:
    """Organizations' months whose ledger changed since they were analysed; ``seq`` tells later changes apart."""
    cursor.execute(
        "SELECT d.seq, d.month, d.organization_id, o.slug AS organization"
        " FROM months_due d JOIN organizations o ON o.id = d.organization_id ORDER BY d.seq"
    )
    return cursor.fetchall()


def done(cursor: Cursor, seqs: Sequence[int]) -> None:
    cursor.execute("DELETE FROM months_due WHERE seq = ANY(%s)", (list(seqs),))


def own_parameters(cursor: Cursor, analyzer: str) -> dict[UUID, dict[str, str]]:
    """What organizations set themselves, by organization."""
    cursor.execute("SELECT organization_id, parameters FROM analyzer_parameters WHERE analyzer = %s", (analyzer,))
    return {row["organization_id"]: row["parameters"] for row in cursor.fetchall()}


def newest(
    cursor: Cursor,
    *,
    analyzer: str | None,
    status: str | None,
    limit: int | None,
    organization: str | None = None,
    month: date | None = None,
    before: tuple[datetime, UUID] | None = None,
) -> Iterator[dict[str, Any]]:
    """Runs, newest first. A run is of an organization when it named it or named none, and of every month in its range;
    ``before`` is the place (created_at, id) of the run to continue behind."""
    cursor.execute(
        """
        SELECT * FROM analysis_runs
        WHERE (%(organization)s::text IS NULL OR organizations IS NULL OR %(organization)s = ANY(organizations))
          AND (%(analyzer)s::text IS NULL OR analyzer = %(analyzer)s)
          AND (%(status)s::text IS NULL OR status = %(status)s)
          AND (%(month)s::date IS NULL OR %(month)s BETWEEN first_month AND last_month)
          AND (%(moment)s::timestamptz IS NULL OR created_at < %(moment)s OR (created_at = %(moment)s AND id > %(id)s))
        ORDER BY created_at DESC, id LIMIT %(limit)s
        """,
        {
            "organization": organization,
            "analyzer": analyzer,
            "status": status,
            "month": month,
            "moment": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )
    yield from cursor


def find(cursor: Cursor, text: str) -> dict[str, Any]:
    """The one run whose id begins with ``text``; raises UnknownThingError."""
    cursor.execute("SELECT * FROM analysis_runs WHERE starts_with(id::text, %s) LIMIT 2", (text.lower(),))
    rows = cursor.fetchall()
    if len(rows) != 1:
        cursor.execute("SELECT id::text AS id FROM analysis_runs ORDER BY created_at DESC LIMIT 100")
        raise UnknownThingError("run", text, [row["id"] for row in cursor.fetchall()], "see: ledgerwatch runs list")
    return rows[0]


def find_place(cursor: Cursor, text: str) -> tuple[datetime, UUID]:
    """Where in ``newest`` the run stands whose id begins with ``text``."""
    row = find(cursor, text)
    return row["created_at"], row["id"]


def set_own_parameters(cursor: Cursor, organization_id: UUID, analyzer: str, parameters: Mapping[str, str]) -> None:
    """Make these all that the organization sets itself; an empty mapping leaves it the defaults."""
    cursor.execute(
        "DELETE FROM analyzer_parameters WHERE organization_id = %s AND analyzer = %s", (organization_id, analyzer)
    )
    if parameters:
        cursor.execute(
            "INSERT INTO analyzer_parameters (organization_id, analyzer, parameters) VALUES (%s, %s, %s)",
            (organization_id, analyzer, Json(dict(parameters))),
        )
