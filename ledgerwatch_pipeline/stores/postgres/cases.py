"""Cases: by number, in the order of their score, and brought in line with ranked lists in bulk.

What is to be done to a case is decided by ``alerting``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import eq, ge, le
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Connection,
    Date,
    Row,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    column,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy import cast as sql_cast

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.alert import AlertNumber, AlertStatus, Outcome
from ledgerwatch_pipeline.model.case import CaseCursor, CaseFilter, CaseNumber, CaseRow, CaseSignal, CaseStatus
from ledgerwatch_pipeline.model.errors import UnknownThingError
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres.lookup import ALERT_OF_CASE, asked, begins, held_by, visible
from ledgerwatch_pipeline.stores.postgres.mutes import case_muted, muted_sql
from ledgerwatch_pipeline.stores.postgres.organizations import get as organization_named
from ledgerwatch_pipeline.stores.postgres.tables import alerts, cases, organizations

_SNOOZED_AT = (cases.c.snoozed_at, cases.c.snoozed_severity, cases.c.snoozed_amount, cases.c.snoozed_stake)
_SELECT = select(
    *(each for each in cases.c if each not in set(_SNOOZED_AT)),
    organizations.c.slug.label("organization"),
    organizations.c.currency,
    organizations.c.currency_decimals,
).join_from(cases, organizations)
_UNRESOLVED = cases.c.status != CaseStatus.RESOLVED.value
_IN_ORDER = (cases.c.score.desc(), cases.c.month.desc(), cases.c.rank, cases.c.organization_id, cases.c.number)


_ITS_ALERTS = and_(text(ALERT_OF_CASE), alerts.c.status != AlertStatus.RESOLVED.value)
SNOOZED: Mapping[str, Any] = {
    "snoozed_at": func.now(),
    "snoozed_severity": select(func.coalesce(func.max(alerts.c.severity), 0)).where(_ITS_ALERTS).scalar_subquery(),
    "snoozed_amount": select(func.coalesce(func.max(alerts.c.amount), 0)).where(_ITS_ALERTS).scalar_subquery(),
    "snoozed_stake": cases.c.stake,
}
"""What a case is like when it is snoozed: the columns by which it is told that it got worse."""
NOT_SNOOZED: Mapping[str, Any] = dict.fromkeys(("snoozed_until", *SNOOZED))


@dataclass(frozen=True, slots=True)
class SeenAgain:
    """A case that people see again: its snooze ended before its day, or it was resolved. was: its state before. alert: number of the
    first that is new or worse; None: its stake is higher."""

    organization_id: UUID
    case: CaseNumber
    id: UUID
    was: CaseStatus
    status: CaseStatus
    alert: AlertNumber | None


@dataclass(frozen=True, slots=True)
class CasesChange:
    """Cases of one organization that were new, changed, or left the list."""

    what: str
    organization_id: UUID
    count: int


def get(connection: Connection, name: CaseNumber, principal: Principal, *, for_update: bool = False) -> CaseRow:
    """One case; with ``for_update`` its row is locked until the transaction ends. Raises UnknownThingError, for the
    organization if it is that."""
    query = _with_muted(None).where(organizations.c.slug == name.organization, cases.c.number == name.number)
    if for_update:
        query = query.with_for_update(of=cases)
    row = connection.execute(query).one_or_none()
    if row is None or not principal.may_see(row.organization_id):
        organization_named(connection, name.organization, principal)
        raise UnknownThingError("case", str(name), None, "see: ledgerwatch cases list")
    return _row(row)


def ranked(
    connection: Connection, wanted: CaseFilter, principal: Principal, *, limit: int | None, after: CaseCursor | None
) -> Iterator[CaseRow]:
    """Cases, those with the highest score first; within a month of one organization in the order of their ranks."""
    query = _filtered(wanted, principal).order_by(*_IN_ORDER).limit(limit)
    if after is not None:
        c = cases.c
        query = query.where(
            or_(
                c.score < after.score,
                and_(c.score == after.score, c.month < after.month),
                and_(c.score == after.score, c.month == after.month, c.rank > after.rank),
                and_(
                    c.score == after.score,
                    c.month == after.month,
                    c.rank == after.rank,
                    or_(
                        c.organization_id > after.organization_id,
                        and_(c.organization_id == after.organization_id, c.number > after.number),
                    ),
                ),
            )
        )
    yield from map(_row, connection.execute(query))


def cursor_of(row: CaseRow) -> CaseCursor:
    """Where the list continues behind ``row``."""
    return CaseCursor(row.score, row.month, row.rank, row.organization_id, row.number)


def take_first(connection: Connection, wanted: CaseFilter, principal: Principal) -> CaseRow | None:
    """The first case of the list that nobody has, its row locked; one that somebody is about to take is passed over."""
    query = _filtered(wanted, principal).where(cases.c.assignee.is_(None)).order_by(*_IN_ORDER).limit(1)
    row = connection.execute(query.with_for_update(of=cases, skip_locked=True)).one_or_none()
    return None if row is None else _row(row)


def of_subject(connection: Connection, row: CaseRow, limit: int) -> list[CaseRow]:
    """Earlier cases about the same subject, the latest first."""
    query = _with_muted(None).where(
        cases.c.organization_id == row.organization_id, cases.c.subject == row.subject, cases.c.month < row.month
    )
    return [_row(each) for each in connection.execute(query.order_by(cases.c.month.desc()).limit(limit))]


def resolved(connection: Connection, organization_ids: set[UUID]) -> list[CaseRow]:
    """The cases of these organizations that somebody resolved."""
    query = _with_muted(None).where(cases.c.organization_id.in_(organization_ids), ~_UNRESOLVED)
    return [_row(each) for each in connection.execute(query.order_by(cases.c.organization_id, cases.c.number))]


def first_of_months(connection: Connection, first: date, last: date, each: int) -> list[CaseRow]:
    """The ``each`` best cases of every month that are in its lists and not muted, of all organizations, in order."""
    place = func.row_number().over(partition_by=cases.c.month, order_by=_IN_ORDER).label("place")
    first_ones = (
        select(cases.c.organization_id, cases.c.number, place)
        .where(cases.c.listed, cases.c.month.between(first, last), ~case_muted(None))
        .subquery()
    )
    query = (
        _with_muted(None)
        .join(
            first_ones,
            and_(first_ones.c.organization_id == cases.c.organization_id, first_ones.c.number == cases.c.number),
        )
        .where(first_ones.c.place <= each)
    )
    return [_row(row) for row in connection.execute(query.order_by(cases.c.month, first_ones.c.place))]


def counts_of_months(connection: Connection, first: date, last: date) -> list[tuple[date, CaseStatus, int]]:
    """Month (its first day), status and number of the cases in the lists, over all organizations."""
    query = (
        select(cases.c.month, cases.c.status, func.count().label("n"))
        .where(cases.c.listed, cases.c.month.between(first, last))
        .group_by(cases.c.month, cases.c.status)
        .order_by(cases.c.month, cases.c.status)
    )
    return [(row.month, CaseStatus(row.status), row.n) for row in connection.execute(query)]


def about(
    connection: Connection,
    subjects: Sequence[tuple[UUID, date, str]],
    *statuses: CaseStatus,
    for_update: bool = False,
) -> list[CaseRow]:
    """The cases of these organizations, months (their first days) and subjects that are in one of the states; with ``for_update``
    their rows are locked, by organization and number, until the transaction ends."""
    if not subjects:
        return []
    organization_ids, months, names = zip(*subjects, strict=True)
    wanted = (
        func.unnest(
            sql_cast(list(organization_ids), ARRAY(Uuid)),
            sql_cast(list(months), ARRAY(Date)),
            sql_cast(list(names), ARRAY(Text)),
        )
        .table_valued(column("organization_id", Uuid), column("month", Date), column("subject", Text))
        .render_derived("wanted")
    )
    query = (
        _with_muted(None)
        .join(
            wanted,
            and_(
                cases.c.organization_id == wanted.c.organization_id,
                cases.c.month == wanted.c.month,
                cases.c.subject == wanted.c.subject,
            ),
        )
        .where(cases.c.status.in_([each.value for each in statuses]))
    )
    if for_update:
        query = query.with_for_update(of=cases)
    return [_row(row) for row in connection.execute(query.order_by(cases.c.organization_id, cases.c.number))]


def change(connection: Connection, ids: Sequence[UUID], values: Mapping[str, Any]) -> None:
    """Write what a person did to these cases, whose rows are locked."""
    if ids:
        these = cases.c.id.in_(ids)
        connection.execute(cases.update().where(these).values(**values, version=cases.c.version + 1))


def end_worse_snoozes(connection: Connection, organization_ids: Iterable[UUID], today: date) -> list[SeenAgain]:
    """End the snoozes of cases of these organizations that got worse since."""
    sql = sql_text("postgres/end_worse_snoozes", alert_of_case=ALERT_OF_CASE, muted=muted_sql())
    bound = {"today": today, "organizations": [str(each) for each in organization_ids]}
    return [_seen_again(row, None) for row in connection.execute(text(sql), bound)]


def reopen_worse(connection: Connection, organization_ids: Iterable[UUID]) -> list[SeenAgain]:
    """Open the resolved cases of these organizations of which an alert was raised, or opened again, since."""
    bound = {"organizations": [str(each) for each in organization_ids]}
    rows = connection.execute(text(sql_text("postgres/reopen_cases", alert_of_case=ALERT_OF_CASE)), bound)
    return [_seen_again(row, CaseStatus.RESOLVED) for row in rows]


def _seen_again(row: Row[*tuple[Any, ...]], was: CaseStatus | None) -> SeenAgain:
    status = CaseStatus(row.status)
    alert = None if row.alert is None else AlertNumber(row.slug, row.alert)
    return SeenAgain(row.organization_id, CaseNumber(row.slug, row.number), row.id, was or status, status, alert)


def bring_in_line(connection: Connection, scope: Sequence[ScopeRow], listed: BinaryIO) -> list[CasesChange]:
    """Number, update and take off the list the cases of the scope's months from ``listed``, in the binary form of COPY
    (``sql/postgres/listed.sql`` names the columns); hold Lock.CASES of the organizations."""
    connection.execute(text(sql_text("postgres/listed")))
    connection.execute(
        text(
            "INSERT INTO listed_scope SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:firsts AS date[]),"
            " CAST(:lasts AS date[]))"
        ),
        {
            "ids": [str(row.organization_id) for row in scope],
            "firsts": [row.months.first.first_day for row in scope],
            "lasts": [row.months.last.first_day for row in scope],
        },
    )
    with closing(connection.connection.cursor()) as cursor:
        cursor.copy_expert("COPY listed FROM STDIN (FORMAT binary)", listed)
    connection.execute(text("ANALYZE listed"))
    rows = connection.execute(text(sql_text("postgres/list_cases"))).all()
    if any(row.what == "new" for row in rows):
        connection.execute(text("ANALYZE cases"))  # as of alerts: the embedded server seldom lives until autovacuum
    return [CasesChange(row.what, row.organization_id, row.n) for row in rows]


def _with_muted(today: date | None) -> Select[Any]:
    return _SELECT.add_columns(case_muted(today).label("muted"))


def _filtered(wanted: CaseFilter, principal: Principal) -> Select[Any]:
    query = _with_muted(wanted.today).where(cases.c.status.in_([status.value for status in wanted.statuses]))
    if CaseStatus.RESOLVED not in wanted.statuses:
        query = query.where(_UNRESOLVED)  # says so in the words of the index
    query = query.where(*visible(cases.c.organization_id, principal))
    query = query.where(
        *held_by(cases.c.assignee, wanted.assignee),
        *asked(
            (cases.c.organization_id, eq, wanted.organization_id),
            (cases.c.month, ge, wanted.first_month),
            (cases.c.month, le, wanted.last_month),
            (cases.c.subject, eq, wanted.vendor_key),
            (cases.c.subject, begins, wanted.vendor_prefix),
            (cases.c.outcome, eq, wanted.outcome),
            (cases.c.stake, ge, wanted.minimum),
        ),
    )
    if wanted.kind is not None:
        query = query.where(literal(wanted.kind) == any_(cases.c.kinds))
    if wanted.muted is not None:
        covered = case_muted(wanted.today)
        query = query.where(covered if wanted.muted else ~covered)
    if not wanted.everything:
        query = query.where(
            or_(cases.c.listed, cases.c.assignee.is_not(None), cases.c.status != CaseStatus.OPEN.value),
            or_(cases.c.snoozed_until.is_(None), cases.c.snoozed_until <= wanted.today),
        )
    return query


def _row(row: Row[*tuple[Any, ...]]) -> CaseRow:
    values = dict(row._mapping)
    return CaseRow(
        **{
            **values,
            "status": CaseStatus(values["status"]),
            "outcome": Outcome(values["outcome"]) if values["outcome"] else None,
            "kinds": tuple(values["kinds"]),
            "transactions": tuple(values["transactions"]),
            "signals": tuple(CaseSignal(**{**each, "stake": Decimal(each["stake"])}) for each in values["signals"]),
        }
    )
