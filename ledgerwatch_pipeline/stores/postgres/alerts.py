"""Alerts: by name, in rank order (severity, then amount at stake), and brought in line with findings in bulk.

What is to be done to an alert is decided by ``alerting``.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, text, true, tuple_

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.alert import (
    AlertCursor,
    AlertFilter,
    AlertNumber,
    AlertRow,
    AlertStatus,
    Outcome,
    Severity,
)
from ledgerwatch_pipeline.model.errors import UnknownThingError
from ledgerwatch_pipeline.model.listed import Listed
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres.lookup import visible
from ledgerwatch_pipeline.stores.postgres.mutes import muted, muted_by
from ledgerwatch_pipeline.stores.postgres.organizations import get as organization_named
from ledgerwatch_pipeline.stores.postgres.tables import alerts, organizations

_TENANTS = organizations.c.id == alerts.c.organization_id
_INSIDE = (alerts.c.content, alerts.c.vendor_key)
"""Columns that only bringing in line and mutes have use for."""
_SELECT = select(
    *(each for each in alerts.c if each not in set(_INSIDE)),
    organizations.c.slug.label("organization"),
    organizations.c.currency,
    organizations.c.currency_decimals,
).join_from(alerts, organizations, _TENANTS)
_LINK = select(
    alerts.c.number,
    alerts.c.id,
    alerts.c.analyzer,
    alerts.c.fingerprint,
    alerts.c.evidence["vendor"].astext.label("vendor"),
    alerts.c.status,
    alerts.c.outcome,
)
_UNRESOLVED = alerts.c.status != AlertStatus.RESOLVED.value


@dataclass(frozen=True, slots=True)
class RankedAlert:
    """An alert as a month's short list shows it."""

    number: AlertNumber
    severity: Severity
    title: str
    amount: Decimal
    currency: str
    currency_decimals: int
    month: date
    status: AlertStatus


@dataclass(frozen=True, slots=True)
class BeyondFindings:
    """A month of an organization in which more of an analyzer's alerts are unresolved than findings of it hold."""

    organization: str
    analyzer: str
    month: date
    alerts: int
    findings: int


@dataclass(frozen=True, slots=True)
class AlertLink:
    """What says to which case an alert belongs. vendor: as its evidence names it; None: it is about none."""

    number: int
    id: UUID
    analyzer: str
    fingerprint: str
    vendor: str | None
    status: AlertStatus
    outcome: Outcome | None


class ChangeKind(StrEnum):
    """What bringing alerts in line did to some of them."""

    RAISED = "raised"
    UPDATED = "updated"
    REGRESSED = "regressed"
    REOPENED = "reopened"
    AUTO_RESOLVED = "auto_resolved"


@dataclass(frozen=True, slots=True)
class AlertChange:
    """Alerts of one organization that changed alike: one of them, named, if its state changed; else how many.

    id, number: of the one alert. month, run_id: of raised ones, where their findings are.
    """

    kind: ChangeKind
    organization_id: UUID
    id: UUID | None
    number: int | None
    month: date | None
    run_id: UUID | None
    count: int


def get(connection: Connection, name: AlertNumber, principal: Principal, *, for_update: bool = False) -> AlertRow:
    """One alert; with ``for_update`` its row is locked until the transaction ends. Raises UnknownThingError, for
    the organization if it is that."""
    query = _SELECT.add_columns(muted_by(None).label("muted_by")).where(
        organizations.c.slug == name.organization, alerts.c.number == name.number
    )
    if for_update:
        query = query.with_for_update(of=alerts)
    row = connection.execute(query).one_or_none()
    if row is None or not principal.may_see(row.organization_id):
        organization_named(connection, name.organization, principal)
        raise UnknownThingError("alert", str(name), None, "see: ledgerwatch alerts list")
    return _row(row)


def numbers(connection: Connection, ids: list[UUID]) -> dict[UUID, AlertNumber]:
    """What people call the alerts of these ids."""
    query = select(alerts.c.id, alerts.c.number, organizations.c.slug).join_from(alerts, organizations, _TENANTS)
    rows = connection.execute(query.where(alerts.c.id.in_(ids)))
    return {row.id: AlertNumber(row.slug, row.number) for row in rows}


def ranked(
    connection: Connection, wanted: AlertFilter, principal: Principal, *, limit: int | None, after: AlertCursor | None
) -> Iterator[AlertRow]:
    """Alerts in rank order: the most severe and expensive first, then by organization and number."""
    conditions = [
        *visible(alerts.c.organization_id, principal),
        alerts.c.status.in_([status.value for status in wanted.statuses]),
    ]
    if AlertStatus.RESOLVED not in wanted.statuses:
        conditions.append(_UNRESOLVED)  # says so in the words of the index
    if wanted.organization_id is not None:
        conditions.append(alerts.c.organization_id == wanted.organization_id)
    if wanted.analyzer is not None:
        conditions.append(alerts.c.analyzer == wanted.analyzer)
    if wanted.severity is not None:
        conditions.append(alerts.c.severity == wanted.severity.rank)
    if wanted.month is not None:
        conditions.append(alerts.c.month == wanted.month)
    if wanted.muted is not None:
        covered = muted(wanted.today)
        conditions.append(covered if wanted.muted else ~covered)
    if after is not None:
        place = tuple_(alerts.c.rank_key, alerts.c.organization_id, alerts.c.number)
        conditions.append(place > tuple_(after.rank_key, after.organization_id, after.number))
        conditions.append(alerts.c.rank_key >= after.rank_key)  # the same, in the words of the index
    query = _SELECT.add_columns(muted_by(wanted.today).label("muted_by")).where(*conditions)
    if limit is not None and wanted.organization_id is None:
        query = query.where(tuple_(alerts.c.organization_id, alerts.c.number).in_(_first_of_each(conditions, limit)))
    rank = (alerts.c.rank_key, alerts.c.organization_id, alerts.c.number)
    yield from map(_row, connection.execute(query.order_by(*rank).limit(limit)))


def _first_of_each(conditions: Sequence[ColumnElement[bool]], limit: int) -> Select[tuple[UUID, int]]:
    """The highest ranked of each organization: the index of ranks is an organization's."""
    first = (
        select(alerts.c.organization_id, alerts.c.number)
        .where(_TENANTS, *conditions)
        .order_by(alerts.c.rank_key, alerts.c.number)
        .limit(limit)
        .lateral("first")
    )
    return select(first.c.organization_id, first.c.number).select_from(organizations.join(first, true()))


def cursor_of(row: AlertRow) -> AlertCursor:
    """Where the list continues behind ``row``."""
    return AlertCursor(row.rank_key, row.organization_id, row.number)


def open_by_month(
    connection: Connection, first: date, last: date, analyzer: str | None
) -> list[tuple[date, Severity, int]]:
    """Month (its first day), severity and number of the alerts that nobody has resolved or muted, of all organizations and of one
    analyzer or all."""
    query = (
        select(alerts.c.month, alerts.c.severity, func.count().label("n"))
        .where(_UNRESOLVED, ~muted(None), alerts.c.month.between(first, last))
        .group_by(alerts.c.month, alerts.c.severity)
        .order_by(alerts.c.month, alerts.c.severity)
    )
    if analyzer is not None:  # by way of the organizations, as the index of these columns begins with theirs
        query = query.select_from(alerts.join(organizations, _TENANTS)).where(alerts.c.analyzer == analyzer)
    return [(row.month, Severity.of_rank(row.severity), row.n) for row in connection.execute(query)]


def count_muted(connection: Connection, organization_id: UUID, mute: int, today: date) -> int:
    """How many alerts that nobody has resolved a mute of the organization covers today, and no earlier one does."""
    covered = (_UNRESOLVED, alerts.c.organization_id == organization_id, muted(today), muted_by(today) == mute)
    return connection.scalar(select(func.count()).select_from(alerts).where(*covered)) or 0


def beyond_findings(connection: Connection, first: date, last: date, limit: int) -> Listed[BeyondFindings]:
    """Where alerts of these months stand without a finding of their organization, analyzer and month: nowhere, or a defect."""
    bound = {"first": first, "last": last, "limit": limit}
    rows = connection.execute(text(sql_text("postgres/alerts_beyond_findings")), bound).all()
    found = [BeyondFindings(row.organization, row.analyzer, row.month, row.alerts, row.findings) for row in rows]
    return Listed(rows[0].total if rows else 0, found)


def first_open(connection: Connection, first: date, last: date, each: int) -> list[RankedAlert]:
    """The ``each`` highest ranked of the same alerts in every month, in rank order."""
    place = (
        func.row_number()
        .over(partition_by=alerts.c.month, order_by=(alerts.c.rank_key, alerts.c.organization_id, alerts.c.number))
        .label("place")
    )
    ranked_ = (
        select(
            alerts.c.number,
            alerts.c.severity,
            organizations.c.slug,
            alerts.c.title,
            alerts.c.amount,
            organizations.c.currency,
            organizations.c.currency_decimals,
            alerts.c.month,
            alerts.c.status,
            place,
        )
        .join_from(alerts, organizations, _TENANTS)
        .where(_UNRESOLVED, ~muted(None), alerts.c.month.between(first, last))
        .subquery()
    )
    query = select(ranked_).where(ranked_.c.place <= each).order_by(ranked_.c.month, ranked_.c.place)
    return [
        RankedAlert(
            AlertNumber(row.slug, row.number),
            Severity.of_rank(row.severity),
            row.title,
            row.amount,
            row.currency,
            row.currency_decimals,
            row.month,
            AlertStatus(row.status),
        )
        for row in connection.execute(query)
    ]


def _row(row: Row[*tuple[Any, ...]]) -> AlertRow:
    values = dict(row._mapping)
    return AlertRow(
        **{
            **values,
            "severity": Severity.of_rank(values["severity"]),
            "status": AlertStatus(values["status"]),
            "outcome": Outcome(values["outcome"]) if values["outcome"] else None,
            "transactions": tuple(values["transactions"]),
        }
    )


def copy_out(connection: Connection, analyzer: str, scope: Sequence[ScopeRow], file: BinaryIO) -> None:
    """Write the alerts of ``analyzer`` in the scope's hull to ``file`` as CSV; ``sql/postgres/alerts_of_scope.sql`` names the
    columns."""
    values = {
        "analyzer": analyzer,
        "ids": [str(each) for each in sorted({row.organization_id for row in scope})],
        "first": min(row.months.first for row in scope).first_day,
        "last": max(row.months.last for row in scope).first_day,
    }
    with closing(connection.connection.cursor()) as cursor:
        statement = str(text(sql_text("postgres/alerts_of_scope")).compile(dialect=connection.dialect))
        cursor.copy_expert(cursor.mogrify(statement, values), file)


def bring_in_line(
    connection: Connection, findings: BinaryIO, unfounded: Sequence[tuple[UUID, int]]
) -> list[AlertChange]:
    """Raise, update and reopen alerts from ``findings``, one an alert, in the binary form of COPY
    (``sql/postgres/raised.sql`` names the columns), and resolve those that are ``unfounded``: organization and number.

    Numbers are given in rank order; hold Lock.ALERTS of the organizations.
    """
    connection.execute(text(sql_text("postgres/raised")))
    if unfounded:
        connection.execute(
            text("INSERT INTO unfounded SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS int[]))"),
            {"ids": [str(organization_id) for organization_id, _ in unfounded], "numbers": [n for _, n in unfounded]},
        )
    with closing(connection.connection.cursor()) as cursor:
        cursor.copy_expert("COPY raised FROM STDIN (FORMAT binary)", findings)
    connection.execute(text("ANALYZE raised"))
    rows = connection.execute(text(sql_text("postgres/raise_alerts"))).all()
    if any(row.what == ChangeKind.RAISED for row in rows):
        # The embedded server seldom lives until autovacuum comes by: lists would sort everything.
        connection.execute(text("ANALYZE alerts"))
    return [
        AlertChange(
            ChangeKind(row.what), row.organization_id, row.id, row.number, row.month, row.analysis_run_id, row.n
        )
        for row in rows
    ]


def change_status(
    connection: Connection, alert: AlertRow, status: AlertStatus, *, by: str, outcome: Outcome | None, note: str | None
) -> None:
    """Write what a person did to the alert, whose row is locked; ``note`` None keeps the one it has."""
    who, when = (
        ("resolved_by", "resolved_at") if status is AlertStatus.RESOLVED else ("acknowledged_by", "acknowledged_at")
    )
    values = {
        "status": status.value,
        who: by,
        when: func.now(),
        "outcome": outcome.value if outcome else None,
        "note": alert.note if note is None else note,
        "version": alerts.c.version + 1,
    }
    of_alert = (alerts.c.organization_id == alert.organization_id) & (alerts.c.number == alert.number)
    connection.execute(alerts.update().where(of_alert).values(values))


def links_of_month(connection: Connection, organization_id: UUID, month: date) -> list[AlertLink]:
    """The alerts of one month of an organization, in the order of their numbers."""
    query = _LINK.where(alerts.c.organization_id == organization_id, alerts.c.month == month).order_by(alerts.c.number)
    return [_link(row) for row in connection.execute(query)]


def locked(connection: Connection, links: Sequence[AlertLink]) -> list[AlertLink]:
    """These alerts as they are now, their rows locked until the transaction ends."""
    if not links:
        return []
    query = _LINK.where(alerts.c.id.in_([each.id for each in links])).order_by(alerts.c.number).with_for_update()
    return [_link(row) for row in connection.execute(query)]


def change_several(
    connection: Connection, organization_id: UUID, numbers: Sequence[int], values: Mapping[str, Any]
) -> None:
    """Write what a person did to these alerts, whose rows are locked."""
    if numbers and values:
        of_alerts = (alerts.c.organization_id == organization_id) & alerts.c.number.in_(numbers)
        connection.execute(alerts.update().where(of_alerts).values(**values, version=alerts.c.version + 1))


def _link(row: Row[*tuple[Any, ...]]) -> AlertLink:
    return AlertLink(
        row.number,
        row.id,
        row.analyzer,
        row.fingerprint,
        row.vendor,
        AlertStatus(row.status),
        Outcome(row.outcome) if row.outcome else None,
    )


def open_snapshots(connection: Connection) -> set[int]:
    """The snapshots of the lake that alerts which nobody has resolved yet were made from."""
    found = connection.scalars(select(alerts.c.ledger_snapshot).where(_UNRESOLVED).distinct())
    return {each for each in found if each is not None}
