"""Reading alerts: by number, and in rank order (severity, then amount at stake). Changing them: ``alerting``."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import UnknownThingError
from ledgerwatch_pipeline.stores.postgres.engine import Cursor

SEVERITY_NAMES = {1: Severity.LOW, 2: Severity.MEDIUM, 3: Severity.HIGH}
SEVERITY_RANKS = {name: rank for rank, name in SEVERITY_NAMES.items()}

_SELECT = (
    "SELECT a.*, o.slug AS organization, o.currency FROM alerts a JOIN organizations o ON o.id = a.organization_id"
)
_UNRESOLVED = (
    "FROM alerts a JOIN organizations o ON o.id = a.organization_id"
    " WHERE a.status <> 'RESOLVED' AND a.month BETWEEN %(first)s AND %(last)s"
    " AND (%(organizations)s::text[] IS NULL OR o.slug = ANY(%(organizations)s))"
)


def get(cursor: Cursor, number: int, *, for_update: bool = False) -> dict[str, Any]:
    """One alert; with ``for_update`` its row is locked until the transaction ends. Raises UnknownThingError."""
    cursor.execute(f"{_SELECT} WHERE a.number = %s" + (" FOR UPDATE OF a" if for_update else ""), (number,))
    row = cursor.fetchone()
    if row is None:
        raise UnknownThingError("alert", str(number), None, "see: ledgerwatch alerts list")
    return row


def ranked(
    cursor: Cursor,
    *,
    statuses: list[str],
    organization: str | None,
    analyzer: str | None,
    severity: str | None,
    month: Any | None,
    limit: int | None,
    after: tuple[int, Any, int] | None,
) -> Iterator[dict[str, Any]]:
    """Alerts in rank order; ``after`` is the rank (severity, amount, number) to continue behind."""
    cursor.execute(
        f"""
        {_SELECT}
        WHERE a.status = ANY(%(statuses)s) AND (%(organization)s::text IS NULL OR o.slug = %(organization)s)
          AND (%(analyzer)s::text IS NULL OR a.analyzer = %(analyzer)s)
          AND (%(severity)s::smallint IS NULL OR a.severity = %(severity)s)
          AND (%(month)s::date IS NULL OR a.month = %(month)s)
          AND (%(s)s::smallint IS NULL OR (-a.severity, -a.amount, a.number) > (-%(s)s::smallint, -%(a)s::numeric, %(n)s))
        ORDER BY a.severity DESC, a.amount DESC, a.number LIMIT %(limit)s
        """,
        {
            "statuses": statuses,
            "organization": organization,
            "analyzer": analyzer,
            "severity": SEVERITY_RANKS[Severity(severity)] if severity else None,
            "month": month,
            "limit": limit,
            "s": after[0] if after else None,
            "a": after[1] if after else None,
            "n": after[2] if after else None,
        },
    )
    yield from cursor


def unresolved_by_month(
    cursor: Cursor, first: date, last: date, organizations: list[str] | None
) -> list[tuple[date, Severity, int]]:
    """Month (its first day), severity and number of the alerts that nobody has resolved yet; None: every organization."""
    cursor.execute(
        f"SELECT month, severity, count(*) AS n {_UNRESOLVED} GROUP BY month, severity ORDER BY 1, 2",
        {"first": first, "last": last, "organizations": organizations},
    )
    return [(row["month"], SEVERITY_NAMES[row["severity"]], row["n"]) for row in cursor.fetchall()]


def first_unresolved(
    cursor: Cursor, first: date, last: date, organizations: list[str] | None, each: int
) -> list[dict[str, Any]]:
    """The ``each`` highest ranked of the same alerts in every month, in rank order."""
    cursor.execute(
        f"""
        SELECT * FROM (
            SELECT a.number, a.severity, o.slug AS organization, a.title, a.amount, o.currency, a.month, a.status,
                   row_number() OVER (PARTITION BY a.month ORDER BY a.severity DESC, a.amount DESC, a.number) AS place
            {_UNRESOLVED}
        ) AS ranked
        WHERE place <= %(each)s ORDER BY month, place
        """,
        {"first": first, "last": last, "organizations": organizations, "each": each},
    )
    return [{**row, "severity": SEVERITY_NAMES[row["severity"]]} for row in cursor.fetchall()]
