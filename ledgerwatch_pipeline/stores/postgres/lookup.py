"""Conditions that several stores ask with: what a principal sees, where a page goes on, which row an id's beginning means."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, cast, or_, select
from sqlalchemy import Text as TextType

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError

_SHORTEST = 4
_SHOWN = 5


def visible(organization_id: Column[UUID], principal: Principal) -> list[ColumnElement[bool]]:
    """The condition that leaves a principal its organizations, on the column that has their ids; none where it sees all."""
    return [] if principal.organizations is None else [organization_id.in_(principal.organizations)]


ALERT_OF_CASE = (
    "alerts.organization_id = cases.organization_id AND alerts.month = cases.month"
    " AND coalesce(alerts.vendor_key, '(' || alerts.analyzer || ') ' || alerts.fingerprint) = cases.subject"
)
"""The condition for a row of ``alerts`` that belongs to a row of ``cases``, in SQL; in Python it is ``AlertLink.subject``."""

Asked = tuple[ColumnElement[Any], Callable[[Any, Any], Any], Any]
"""A column, how it is compared, and with what; None asks nothing."""


def asked(*conditions: Asked) -> list[ColumnElement[bool]]:
    """The conditions among these that ask something."""
    return [compare(column, value) for column, compare, value in conditions if value is not None]


def held_by(column: ColumnElement[Any], person: str | None) -> list[ColumnElement[bool]]:
    """The condition for what a person has, ``""`` being nobody; none for None."""
    if person is None:
        return []
    return [column == person if person else column.is_(None)]


def begins(column: ColumnElement[Any], beginning: str) -> ColumnElement[bool]:
    """The condition for texts that begin so, whatever characters it has."""
    return column.startswith(beginning, autoescape=True)


def behind(moment: Column[datetime], id_: Column[UUID], last_moment: datetime, last_id: UUID) -> ColumnElement[bool]:
    """The condition for the rows after the last one of a page, in the order newest first, then by id."""
    return or_(moment < last_moment, and_(moment == last_moment, id_ > last_id))


def id_beginning_with(
    connection: Connection, table: Table, kind: str, text: str, hint: str, *visible: ColumnElement[bool]
) -> UUID:
    """The one id of ``table`` that begins with ``text``, among the rows that are ``visible``.

    Raises UsageError for what cannot begin an id, or begins several, and UnknownThingError.
    """
    beginning = text.strip().lower()
    if not re.fullmatch(r"[0-9a-f-]{4,36}", beginning):
        raise UsageError(
            f"{text!r} is no id of a {kind}: give at least its first {_SHORTEST} characters (digits, a to f); {hint}"
        )
    column = cast(table.c.id, TextType)
    found = connection.scalars(
        select(table.c.id)
        .where(column.startswith(beginning, autoescape=True), *visible)
        .order_by(table.c.id)
        .limit(_SHOWN + 1)
    ).all()
    if not found:
        raise UnknownThingError(kind, text, None, hint)
    if len(found) > 1:
        shown = ", ".join(map(str, found[:_SHOWN])) + (", …" if len(found) > _SHOWN else "")
        raise UsageError(f"{text!r} begins the id of several {kind}s: {shown}; give more of it")
    return UUID(str(found[0]))
