"""Reading alerts: by name, and in rank order (severity, then amount at stake). Changing them: ``alerting``."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, tuple_

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
from ledgerwatch_pipeline.stores.postgres.tables import alerts, organizations

_SELECT = select(
    alerts,
    organizations.c.slug.label("organization"),
    organizations.c.currency,
    organizations.c.currency_decimals,
).join_from(alerts, organizations)
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


def get(connection: Connection, name: AlertNumber, principal: Principal, *, for_update: bool = False) -> AlertRow:
    """One alert; with ``for_update`` its row is locked until the transaction ends. Raises UnknownThingError."""
    query = _SELECT.where(organizations.c.slug == name.organization, alerts.c.number == name.number)
    if for_update:
        query = query.with_for_update(of=alerts)
    row = connection.execute(query).one_or_none()
    if row is None or not principal.may_see(row.organization_id):
        raise UnknownThingError("alert", str(name), None, "see: ledgerwatch alerts list")
    return _row(row)


def numbers(connection: Connection, ids: list[UUID]) -> dict[UUID, AlertNumber]:
    """What people call the alerts of these ids."""
    query = select(alerts.c.id, alerts.c.number, organizations.c.slug).join_from(alerts, organizations)
    rows = connection.execute(query.where(alerts.c.id.in_(ids)))
    return {row.id: AlertNumber(row.slug, row.number) for row in rows}


def ranked(
    connection: Connection, wanted: AlertFilter, principal: Principal, *, limit: int | None, after: AlertCursor | None
) -> Iterator[AlertRow]:
    """Alerts in rank order: the most severe and expensive first, then by organization and number."""
    query = _SELECT.order_by(alerts.c.rank_key, alerts.c.organization_id, alerts.c.number).limit(limit)
    query = query.where(alerts.c.status.in_([status.value for status in wanted.statuses]))
    if AlertStatus.RESOLVED not in wanted.statuses:
        query = query.where(_UNRESOLVED)  # says so in the words of the index
    if wanted.organization_id is not None:
        query = query.where(alerts.c.organization_id == wanted.organization_id)
    if principal.organizations is not None:
        query = query.where(alerts.c.organization_id.in_(principal.organizations))
    if wanted.analyzer is not None:
        query = query.where(alerts.c.analyzer == wanted.analyzer)
    if wanted.severity is not None:
        query = query.where(alerts.c.severity == wanted.severity.rank)
    if wanted.month is not None:
        query = query.where(alerts.c.month == wanted.month)
    if after is not None:
        place = tuple_(alerts.c.rank_key, alerts.c.organization_id, alerts.c.number)
        query = query.where(place > tuple_(after.rank_key, after.organization_id, after.number))
    yield from map(_row, connection.execute(query))


def cursor_of(row: AlertRow) -> AlertCursor:
    """Where the list continues behind ``row``."""
    return AlertCursor(row.rank_key, row.organization_id, row.number)


def open_by_month(connection: Connection, first: date, last: date) -> list[tuple[date, Severity, int]]:
    """Month (its first day), severity and number of the alerts that nobody has resolved yet, of all organizations."""
    query = (
        select(alerts.c.month, alerts.c.severity, func.count().label("n"))
        .where(_UNRESOLVED, alerts.c.month.between(first, last))
        .group_by(alerts.c.month, alerts.c.severity)
        .order_by(alerts.c.month, alerts.c.severity)
    )
    return [(row.month, Severity.of_rank(row.severity), row.n) for row in connection.execute(query)]


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
        .join_from(alerts, organizations)
        .where(_UNRESOLVED, alerts.c.month.between(first, last))
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
