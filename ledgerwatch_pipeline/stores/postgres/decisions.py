"""What people decided about alerts and cases, counted: the outcomes that stand, so one that was reopened is not among them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Date, Select, Table, cast, func, select

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.alert import HUMAN_OUTCOMES, AlertStatus
from ledgerwatch_pipeline.model.precision import Decided, Decisions, DecisionsOfMonth
from ledgerwatch_pipeline.stores.postgres.lookup import visible
from ledgerwatch_pipeline.stores.postgres.tables import alerts, cases

_LEAD = cases.c.kinds[1]


def by_month_of_decision(
    connection: Connection, organization_id: UUID | None, principal: Principal
) -> list[DecisionsOfMonth]:
    """By analyzer, then by kind of signals that leads the case, in the order of names and months: those in which people decided
    (UTC)."""
    found = []
    for of, table, name in ((Decided.ANALYZER, alerts, alerts.c.analyzer), (Decided.KIND, cases, _LEAD)):
        conditions = visible(table.c.organization_id, principal)
        if organization_id is not None:
            conditions.append(table.c.organization_id == organization_id)
        decided_in = cast(func.date_trunc("month", func.timezone("UTC", table.c.resolved_at)), Date)
        for row in connection.execute(_counted(table, [name.label("name"), decided_in.label("month")], conditions)):
            found.append(DecisionsOfMonth(of, row.name, row.month, _decisions(row)))
    return found


def of_posting_months(
    connection: Connection, first: date, last: date, analyzer: str | None = None
) -> dict[date, Decisions]:
    """Of the alerts of an analyzer in these months, or without one of their cases, over all organizations: by the first day of the
    month that they are about. A month without decisions is absent."""
    table = cases if analyzer is None else alerts
    conditions: list[ColumnElement[bool]] = [table.c.month.between(first, last)]
    if analyzer is not None:
        conditions.append(alerts.c.analyzer == analyzer)
    rows = connection.execute(_counted(table, [table.c.month.label("month")], conditions))
    return {row.month: _decisions(row) for row in rows}


def _counted(
    table: Table, by: Sequence[ColumnElement[Any]], conditions: Sequence[ColumnElement[bool]]
) -> Select[tuple[Any, ...]]:
    counts = [func.count().filter(table.c.outcome == each.value).label(each.value) for each in HUMAN_OUTCOMES]
    decided = table.c.outcome.in_([each.value for each in HUMAN_OUTCOMES])
    resolved = table.c.status == AlertStatus.RESOLVED.value
    return select(*by, *counts).where(resolved, decided, *conditions).group_by(*by).order_by(*by)


def _decisions(row: Any) -> Decisions:
    return Decisions(row.fixed, row.accepted, row.false_positive)
