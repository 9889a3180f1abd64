"""What a destination of notifications has not been told of, and the record of what it was.

Alerts are recorded by number, as ranges: an alert is told once, whatever becomes of it. A problem is recorded with its state as
long as it stands: another state is told again, and so is one that went away and came back.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, text
from sqlalchemy.dialects.postgresql import insert

from ledgerwatch_pipeline.model.alert import AlertNumber, Severity
from ledgerwatch_pipeline.model.load import LoadStatus
from ledgerwatch_pipeline.model.notification import AlertDigest, Destination, Kind, NewAlert, Problem
from ledgerwatch_pipeline.model.work import WorkStatus
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres.loads import UNSOLVED
from ledgerwatch_pipeline.stores.postgres.mutes import muted_sql
from ledgerwatch_pipeline.stores.postgres.tables import (
    analysis_work,
    loads,
    notified_problems,
    organizations,
)


def new_alerts(connection: Connection, destination: Destination, first: int, today: date) -> list[AlertDigest]:
    """Alerts that nobody has resolved, that no mute of today covers, and that the destination was not told of, by organization in
    the order of slugs; of each the ``first`` highest ranked by name. Read in a snapshot: a digest and its first alerts are of one
    moment."""
    asked = {
        "destination": destination.name,
        "organizations": sorted(destination.organizations),
        "severity": destination.minimum_severity.rank,
        "today": today,
    }
    unmuted = sql_text("postgres/new_alerts", muted=muted_sql())
    return [
        AlertDigest(
            organization_id=row.organization_id,
            organization=row.slug,
            organization_name=row.name,
            by_severity={Severity.LOW: row.low, Severity.MEDIUM: row.medium, Severity.HIGH: row.high},
            numbers=row.numbers,
            first=_first(connection, row, first),
        )
        for row in connection.execute(text(unmuted), asked).all()
    ]


def _first(connection: Connection, new: Row[*tuple[Any, ...]], first: int) -> tuple[NewAlert, ...]:
    """Of the alerts of a row of ``new_alerts``."""
    asked = {"organization": new.organization_id, "numbers": new.numbers, "first": first}
    return tuple(
        NewAlert(
            AlertNumber(new.slug, row.number),
            Severity.of_rank(row.severity),
            row.title,
            row.amount,
            new.currency,
            new.currency_decimals,
        )
        for row in connection.execute(text(sql_text("postgres/first_alerts")), asked)
    )


def record_alerts(connection: Connection, destination: str, digest: AlertDigest) -> None:
    """The destination was told of all alerts of the digest."""
    connection.execute(
        text(sql_text("postgres/record_notified_alerts")),
        {"destination": destination, "organization": digest.organization_id, "numbers": digest.numbers},
    )


def problems(connection: Connection, destination: Destination, overdue_since: datetime) -> list[Problem]:
    """The problems that stand, of the destination's organizations and kinds: by kind, organization and age."""
    found: list[Problem] = []
    if Kind.FAILED in destination.kinds:
        found += _loads(connection, destination, Kind.FAILED, overdue_since)
        found += _analyses(connection, destination, Kind.FAILED, overdue_since)
    if Kind.REJECTED in destination.kinds:
        found += _loads(connection, destination, Kind.REJECTED, overdue_since)
    if Kind.HELD in destination.kinds:
        found += _loads(connection, destination, Kind.HELD, overdue_since)
    if Kind.OVERDUE in destination.kinds:
        found += _loads(connection, destination, Kind.OVERDUE, overdue_since)
        found += _analyses(connection, destination, Kind.OVERDUE, overdue_since)
    return found


def untold(connection: Connection, destination: str, standing: Sequence[Problem]) -> list[Problem]:
    """Those of the problems that the destination was not told of as they are now."""
    query = select(notified_problems).where(notified_problems.c.destination == destination)
    told = {(row.kind, row.subject): row.state for row in connection.execute(query)}
    return [each for each in standing if told.get((each.kind.value, each.subject)) != each.state]


def forget_solved(connection: Connection, destination: str, standing: Sequence[Problem]) -> None:
    """Forget what the destination was told of that does not stand any more, so that it is told if it comes back."""
    connection.execute(
        text(sql_text("postgres/forget_solved_problems")),
        {
            "destination": destination,
            "kinds": [each.kind.value for each in standing],
            "subjects": [each.subject for each in standing],
        },
    )


def record_problems(connection: Connection, destination: str, told: Iterable[Problem]) -> None:
    """The destination was told of these problems as they are."""
    rows = [
        {"destination": destination, "kind": each.kind.value, "subject": each.subject, "state": each.state}
        for each in told
    ]
    statement = insert(notified_problems)
    changed = {"state": statement.excluded.state, "notified_at": func.now()}
    connection.execute(statement.on_conflict_do_update(constraint=notified_problems.primary_key, set_=changed), rows)


def _loads(connection: Connection, destination: Destination, kind: Kind, overdue_since: datetime) -> list[Problem]:
    query = (
        select(
            loads.c.id,
            loads.c.file,
            loads.c.attempts,
            loads.c.error,
            loads.c.reason,
            loads.c.received_at,
            loads.c.finished_at,
            organizations.c.slug,
        )
        .join_from(loads, organizations)
        .where(loads.c.organization_id.in_(destination.organizations))
        .order_by(organizations.c.slug, loads.c.received_at, loads.c.id)
    )
    match kind:
        case Kind.FAILED:
            query = query.where(loads.c.status == LoadStatus.FAILED.value, UNSOLVED)
        case Kind.REJECTED:
            query = query.where(loads.c.status == LoadStatus.REJECTED.value, UNSOLVED)
        case Kind.HELD:
            query = query.where(loads.c.status == LoadStatus.HELD.value)
        case _:
            query = query.where(loads.c.status == LoadStatus.RECEIVED.value, loads.c.received_at < overdue_since)
    rows = connection.execute(query)
    return [
        Problem(
            kind,
            f"load {row.id}",
            _state(kind, row.attempts, row.finished_at or row.received_at),
            row.slug,
            row.file,
            row.error or row.reason or _since(row.received_at),
        )
        for row in rows
    ]


def _analyses(connection: Connection, destination: Destination, kind: Kind, overdue_since: datetime) -> list[Problem]:
    query = (
        select(
            analysis_work.c.id,
            analysis_work.c.analyzer,
            analysis_work.c.attempts,
            analysis_work.c.error,
            analysis_work.c.created_at,
            organizations.c.slug,
        )
        .join_from(analysis_work, organizations)
        .where(analysis_work.c.organization_id.in_(destination.organizations))
        .order_by(organizations.c.slug, analysis_work.c.id)
    )
    if kind is Kind.FAILED:
        query = query.where(analysis_work.c.status == WorkStatus.FAILED.value)
    else:
        query = query.where(
            analysis_work.c.status == WorkStatus.PENDING.value, analysis_work.c.created_at < overdue_since
        )
    rows = connection.execute(query)
    return [
        Problem(
            kind,
            f"analysis {row.id}",
            _state(kind, row.attempts, row.created_at),
            row.slug,
            f"analysis {row.analyzer}",
            row.error or _since(row.created_at),
        )
        for row in rows
    ]


def _state(kind: Kind, attempts: int, moment: datetime) -> str:
    """What makes a problem another one: a further attempt that failed, a file rejected or held again. To be overdue is one state."""
    return f"{moment.isoformat()}" if kind is Kind.OVERDUE else f"{moment.isoformat()}, attempt {attempts}"


def _since(moment: datetime) -> str:
    return f"due since {moment:%Y-%m-%d %H:%M} UTC"
