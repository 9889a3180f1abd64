"""Alerts: by name, in rank order (severity, then amount at stake), and brought in line with findings in bulk.

What is to be done to an alert is decided by ``alerting``.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import eq, ge, le
from typing import Any, BinaryIO
from uuid import UUID, uuid4

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    cast,
    column,
    func,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import insert

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.alert import (
    MANUAL,
    AlertCursor,
    AlertFilter,
    AlertNumber,
    AlertRow,
    AlertStatus,
    Outcome,
    RaisedByHand,
    Severity,
)
from ledgerwatch_pipeline.model.errors import UnknownThingError
from ledgerwatch_pipeline.model.listed import Listed
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres.lookup import asked, begins, held_by, visible
from ledgerwatch_pipeline.stores.postgres.mutes import muted, muted_by
from ledgerwatch_pipeline.stores.postgres.organizations import get as organization_named
from ledgerwatch_pipeline.stores.postgres.tables import alert_counters, alerts, organizations

_TENANTS = organizations.c.id == alerts.c.organization_id
_SELECT = select(
    *(each for each in alerts.c if each is not alerts.c.content),
    organizations.c.slug.label("organization"),
    organizations.c.currency,
    organizations.c.currency_decimals,
).join_from(alerts, organizations, _TENANTS)
_LINK = select(
    alerts.c.organization_id,
    organizations.c.slug.label("organization"),
    alerts.c.number,
    alerts.c.id,
    alerts.c.month,
    alerts.c.analyzer,
    alerts.c.fingerprint,
    alerts.c.vendor_key,
    alerts.c.status,
    alerts.c.outcome,
    alerts.c.assignee,
).join_from(alerts, organizations, _TENANTS)
_BY_NUMBER = (alerts.c.organization_id, alerts.c.number)
_MANY = 1_000
"""Alerts that change at once from which on the planner has to hear of it."""
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
    """What acts on an alert and its case ask of it. month: its first day; vendor_key None: it is about no vendor."""

    organization_id: UUID
    organization: str
    number: int
    id: UUID
    month: date
    analyzer: str
    fingerprint: str
    vendor_key: str | None
    status: AlertStatus
    outcome: Outcome | None
    assignee: str | None

    @property
    def name(self) -> AlertNumber:
        """How people name it."""
        return AlertNumber(self.organization, self.number)

    @property
    def subject(self) -> str:
        """The subject of the case it belongs to; as ``sql/ranking/rules.sql`` says it of one that is about no vendor."""
        return f"({self.analyzer}) {self.fingerprint}" if self.vendor_key is None else self.vendor_key


@dataclass(frozen=True, slots=True)
class AlertsOfKind:
    """Alerts of one month (its first day), analyzer, severity and currency: how many are in which state, and what is at stake in
    those that nobody has resolved."""

    month: date
    analyzer: str
    severity: Severity
    currency: str
    currency_decimals: int
    open: int
    acknowledged: int
    resolved: int
    amount: Decimal


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


def get(connection: Connection, name: AlertNumber, principal: Principal) -> AlertRow:
    """One alert. Raises UnknownThingError, for the organization if it is that."""
    query = _SELECT.add_columns(muted_by(None).label("muted_by")).where(
        organizations.c.slug == name.organization, alerts.c.number == name.number
    )
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
    """Alerts in rank order: the most severe and expensive first, then by organization and number. A page goes on behind an alert's
    place, so what arrives or goes meanwhile moves no other alert onto it or off it."""
    conditions = _conditions(wanted, principal)
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


def _conditions(wanted: AlertFilter, principal: Principal) -> list[ColumnElement[bool]]:
    """The alerts that are meant, of the organizations that the principal sees."""
    c = alerts.c
    return [
        *visible(c.organization_id, principal),
        c.status.in_([status.value for status in wanted.statuses]),
        *([] if AlertStatus.RESOLVED in wanted.statuses else [_UNRESOLVED]),  # says so in the words of the index
        *held_by(c.assignee, wanted.assignee),
        *asked(
            (c.organization_id, eq, wanted.organization_id),
            (c.analyzer, eq, wanted.analyzer),
            (c.severity, eq, wanted.severity and wanted.severity.rank),
            (c.month, ge, wanted.first_month),
            (c.month, le, wanted.last_month),
            (c.vendor_key, eq, wanted.vendor_key),
            (c.vendor_key, begins, wanted.vendor_prefix),
            (c.outcome, eq, wanted.outcome),
            (c.amount, ge, wanted.minimum),
            (c.amount, le, wanted.maximum),
            (c.regressed, eq, wanted.regressed),
        ),
        *([] if wanted.muted is None else [muted(wanted.today) if wanted.muted else ~muted(wanted.today)]),
    ]


def matching(
    connection: Connection, wanted: AlertFilter, principal: Principal, *, for_update: bool = False
) -> list[AlertLink]:
    """The alerts that are meant, by organization and number; with ``for_update`` their rows are locked, in that order, until the
    transaction ends."""
    query = _LINK.where(*_conditions(wanted, principal)).order_by(*_BY_NUMBER)
    if for_update:
        query = query.with_for_update(of=alerts)
    return [_link(row) for row in connection.execute(query)]


def count(connection: Connection, wanted: AlertFilter, principal: Principal) -> int:
    """How many alerts are meant."""
    query = select(func.count()).select_from(alerts).where(*_conditions(wanted, principal))
    return int(connection.scalars(query).one())


def by_kind(connection: Connection, wanted: AlertFilter, principal: Principal) -> list[AlertsOfKind]:
    """The alerts that are meant by month, analyzer, severity and currency: the latest month and the most severe first."""
    in_state = {
        status: func.count().filter(alerts.c.status == status.value).label(status.value.lower())
        for status in AlertStatus
    }
    kind = (alerts.c.month, alerts.c.analyzer, alerts.c.severity, organizations.c.currency)
    query = (
        select(
            *kind,
            organizations.c.currency_decimals,
            *in_state.values(),
            func.coalesce(func.sum(alerts.c.amount).filter(_UNRESOLVED), 0).label("amount"),
        )
        .join_from(alerts, organizations, _TENANTS)
        .where(*_conditions(wanted, principal))
        .group_by(*kind, organizations.c.currency_decimals)
        .order_by(alerts.c.month.desc(), alerts.c.severity.desc(), alerts.c.analyzer, organizations.c.currency)
    )
    return [
        AlertsOfKind(**{**row._mapping, "severity": Severity.of_rank(row.severity), "amount": Decimal(row.amount)})
        for row in connection.execute(query)
    ]


def decided_about(connection: Connection, row: AlertRow, limit: int) -> list[AlertRow]:
    """What people resolved last about the same vendor; about no vendor, of the same analyzer and subject."""
    same = (
        and_(alerts.c.vendor_key.is_(None), alerts.c.analyzer == row.analyzer, alerts.c.subject == row.subject)
        if row.vendor_key is None
        else alerts.c.vendor_key == row.vendor_key
    )
    query = _SELECT.add_columns(muted_by(None).label("muted_by")).where(
        alerts.c.organization_id == row.organization_id,
        ~_UNRESOLVED,
        alerts.c.outcome != Outcome.NO_LONGER_HOLDS.value,
        alerts.c.id != row.id,
        same,
    )
    latest = (alerts.c.resolved_at.desc(), alerts.c.number.desc())
    return [_row(each) for each in connection.execute(query.order_by(*latest).limit(limit))]


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


def raise_by_hand(connection: Connection, organization_id: UUID, raised: RaisedByHand) -> int:
    """Insert the alert and return its number; hold Lock.ALERTS of the organization."""
    number = connection.execute(
        insert(alert_counters)
        .values(organization_id=organization_id, last_number=1)
        .on_conflict_do_update(
            index_elements=[alert_counters.c.organization_id],
            set_={"last_number": alert_counters.c.last_number + 1},
        )
        .returning(alert_counters.c.last_number)
    ).scalar_one()
    id_ = uuid4()
    connection.execute(
        alerts.insert().values(
            organization_id=organization_id,
            number=number,
            id=id_,
            analyzer=MANUAL,
            fingerprint=f"{MANUAL}|{id_}",
            severity=raised.severity.rank,
            status=AlertStatus.OPEN.value,
            title=raised.title.strip(),
            message=raised.message.strip(),
            subject=raised.about.strip(),
            amount=raised.amount,
            month=raised.month,
            evidence={} if raised.vendor is None else {"vendor": raised.vendor.strip()},
            transactions=[],
            vendor_key=raised.vendor_key,
        )
    )
    return int(number)


def links_of_month(connection: Connection, organization_id: UUID, month: date) -> list[AlertLink]:
    """The alerts of one month of an organization, in the order of their numbers."""
    query = _LINK.where(alerts.c.organization_id == organization_id, alerts.c.month == month).order_by(alerts.c.number)
    return [_link(row) for row in connection.execute(query)]


def links(connection: Connection, ids: Sequence[UUID], *, for_update: bool = False) -> list[AlertLink]:
    """These alerts, by organization and number; with ``for_update`` as they are once their rows are locked, in that order, until the
    transaction ends."""
    if not ids:
        return []
    query = _LINK.where(alerts.c.id.in_(ids)).order_by(*_BY_NUMBER)
    if for_update:
        query = query.with_for_update(of=alerts)
    return [_link(row) for row in connection.execute(query)]


def change(connection: Connection, ids: Sequence[UUID], values: Mapping[str, Any]) -> None:
    """Write what a person did to these alerts, whose rows are locked."""
    if not ids or not values:
        return
    those = func.unnest(cast(list(ids), ARRAY(UuidType))).table_valued(column("id", UuidType)).render_derived("those")
    query = alerts.update().where(alerts.c.id == those.c.id)
    connection.execute(query.values(**values, version=alerts.c.version + 1))
    if len(ids) >= _MANY:
        connection.execute(text("ANALYZE alerts"))  # as where they are raised


def _link(row: Row[*tuple[Any, ...]]) -> AlertLink:
    return AlertLink(
        **{
            **row._mapping,
            "status": AlertStatus(row.status),
            "outcome": Outcome(row.outcome) if row.outcome else None,
        }
    )


def open_snapshots(connection: Connection) -> set[int]:
    """The snapshots of the lake that alerts which nobody has resolved yet were made from."""
    found = connection.scalars(select(alerts.c.ledger_snapshot).where(_UNRESOLVED).distinct())
    return {each for each in found if each is not None}
