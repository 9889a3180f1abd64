"""Mutes: by number, in lists, and which alerts and cases they cover at a moment.

That something is muted is never written to an alert or a case: it follows from the mutes that hold when it is asked for. What is
to be done to a mute is decided by ``alerting.mutes``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Connection, Integer, Row, and_, case, func, or_, select, text

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import UnknownThingError
from ledgerwatch_pipeline.model.mute import MuteEnd, MuteFilter, MuteNumber, MuteRow, MuteState
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres.lookup import ALERT_OF_CASE, visible
from ledgerwatch_pipeline.stores.postgres.organizations import get as organization_named
from ledgerwatch_pipeline.stores.postgres.tables import mutes, organizations

_SELECT = select(
    mutes,
    organizations.c.slug.label("organization"),
    organizations.c.currency,
    organizations.c.currency_decimals,
).join_from(mutes, organizations)

_HOLDS = "m.ended_at IS NULL AND m.until > coalesce(CAST(:today AS DATE), (now() AT TIME ZONE 'UTC')::DATE)"
"""The condition for a row m of ``mutes`` that holds."""
_MUTED_BY = sql_text("postgres/muted_by", holds=_HOLDS)


@dataclass(frozen=True, slots=True)
class EndedMute:
    """A mute that has just ended by itself. alert: number of the one that got worse, if one did; subject: what that is about."""

    organization_id: UUID
    number: int
    id: UUID
    how: MuteEnd
    alert: int | None
    subject: str | None


def muted_sql() -> str:
    """A query for whether an alert, a row of the table ``alerts`` of the query it stands in, is muted; it binds ``today``: the day by
    which mutes hold; None: by the database's clock, in UTC."""
    return sql_text("postgres/alert_muted", holds=_HOLDS, muted_by=_MUTED_BY)


def muted(today: date | None) -> ColumnElement[bool]:
    """The same as a condition."""
    return text(muted_sql()).bindparams(today=today).columns(muted=Boolean).scalar_subquery()


def muted_by(today: date | None) -> ColumnElement[int | None]:
    """The number of the mute that covers an alert, by the same clock; None: it is not muted."""
    number = text(_MUTED_BY).bindparams(today=today).columns(number=Integer).scalar_subquery()
    return case((muted(today), number))


def case_muted(today: date | None) -> ColumnElement[bool]:
    """Whether all of a case, a row of the table ``cases`` of the query it stands in, is muted; by the same clock."""
    sql = sql_text("postgres/case_muted", holds=_HOLDS, alert_of_case=ALERT_OF_CASE, muted=muted_sql())
    return text(sql).bindparams(today=today).columns(muted=Boolean).scalar_subquery()


def add(connection: Connection, organization_id: UUID, values: dict[str, Any]) -> int:
    """Write down a mute of these columns; its number. Hold Lock.MUTES of the organization."""
    last = select(func.coalesce(func.max(mutes.c.number), 0) + 1).where(mutes.c.organization_id == organization_id)
    statement = mutes.insert().values(organization_id=organization_id, number=last.scalar_subquery(), **values)
    return int(connection.execute(statement.returning(mutes.c.number)).scalar_one())


def get(connection: Connection, name: MuteNumber, principal: Principal, *, for_update: bool = False) -> MuteRow:
    """One mute; with ``for_update`` its row is locked until the transaction ends. Raises UnknownThingError, for the
    organization if it is that."""
    query = _SELECT.where(organizations.c.slug == name.organization, mutes.c.number == name.number)
    if for_update:
        query = query.with_for_update(of=mutes)
    row = connection.execute(query).one_or_none()
    if row is None or not principal.may_see(row.organization_id):
        organization_named(connection, name.organization, principal)
        raise UnknownThingError("mute", str(name), None, "see: ledgerwatch mutes list")
    return _row(row)


def listed(
    connection: Connection, wanted: MuteFilter, principal: Principal, *, limit: int | None, after: MuteNumber | None
) -> Iterator[MuteRow]:
    """Mutes by organization, the latest first."""
    query = _SELECT.where(*visible(mutes.c.organization_id, principal))
    if wanted.organization_id is not None:
        query = query.where(mutes.c.organization_id == wanted.organization_id)
    by_hand_or_worse = mutes.c.ended_how.in_([MuteEnd.BY_HAND.value, MuteEnd.WORSE.value])
    match wanted.state:
        case MuteState.ACTIVE:
            query = query.where(mutes.c.ended_at.is_(None), mutes.c.until > wanted.today)
        case MuteState.EXPIRED:
            past = and_(mutes.c.ended_at.is_(None), mutes.c.until <= wanted.today)
            query = query.where(or_(past, mutes.c.ended_how == MuteEnd.EXPIRED.value))
        case MuteState.ENDED:
            query = query.where(by_hand_or_worse)
        case None:
            pass
    if after is not None:
        slug = organizations.c.slug
        query = query.where(
            or_(slug > after.organization, and_(slug == after.organization, mutes.c.number < after.number))
        )
    yield from map(_row, connection.execute(query.order_by(organizations.c.slug, mutes.c.number.desc()).limit(limit)))


def same_target(
    connection: Connection, organization_id: UUID, analyzer: str | None, vendor_key: str | None, today: date
) -> MuteRow | None:
    """The mute that holds and is about just the same, if there is one."""
    query = _SELECT.where(
        mutes.c.organization_id == organization_id,
        mutes.c.analyzer.is_not_distinct_from(analyzer),
        mutes.c.vendor_key.is_not_distinct_from(vendor_key),
        mutes.c.ended_at.is_(None),
        mutes.c.until > today,
    )
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else _row(row)


def end(connection: Connection, row: MuteRow, by: str) -> None:
    """A person ends the mute, whose row is locked."""
    of_mute = and_(mutes.c.organization_id == row.organization_id, mutes.c.number == row.number)
    values = {"ended_how": MuteEnd.BY_HAND.value, "ended_by": by, "ended_at": func.now()}
    connection.execute(mutes.update().where(of_mute).values(values))


def end_expired(connection: Connection, today: date) -> list[EndedMute]:
    """Write down of every mute whose day has come that it has ended, once."""
    rows = connection.execute(text(sql_text("postgres/end_expired_mutes")), {"today": today})
    return [_ended(row, MuteEnd.EXPIRED) for row in rows]


def end_worse(
    connection: Connection, organization_ids: Iterable[UUID] | None, today: date, *, fresh: bool = False
) -> list[EndedMute]:
    """End the mutes of these organizations, or of all, of which something got worse than they say.

    fresh: only what this very transaction raised or changed is looked at.
    """
    bounded = (
        select(mutes.c.organization_id)
        .distinct()
        .where(
            mutes.c.ended_at.is_(None),
            mutes.c.until > today,
            or_(mutes.c.up_to_severity.is_not(None), mutes.c.up_to_amount.is_not(None)),
        )
    )
    if organization_ids is not None:
        bounded = bounded.where(mutes.c.organization_id.in_(set(organization_ids)))
    concerned = list(connection.scalars(bounded))
    if not concerned:
        return []
    bound = {"today": today, "organizations": [str(each) for each in concerned], "fresh": fresh}
    rows = connection.execute(text(sql_text("postgres/end_worse_mutes")), bound)
    return [_ended(row, MuteEnd.WORSE) for row in rows]


def _ended(row: Row[*tuple[Any, ...]], how: MuteEnd) -> EndedMute:
    return EndedMute(row.organization_id, row.number, row.id, how, row.alert, row.subject)


def _row(row: Row[*tuple[Any, ...]]) -> MuteRow:
    values = dict(row._mapping)
    amount, rank, how = values["up_to_amount"], values["up_to_severity"], values["ended_how"]
    return MuteRow(
        **{
            **values,
            "kinds": None if values["kinds"] is None else tuple(values["kinds"]),
            "up_to_severity": None if rank is None else Severity.of_rank(rank),
            "up_to_amount": None if amount is None else Decimal(amount),
            "ended_how": None if how is None else MuteEnd(how),
        }
    )
