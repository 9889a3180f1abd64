"""Control totals of loads: what each put into the ledger, committed with its rows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.lake.session import Bindable, execute_bound


@dataclass(frozen=True, slots=True)
class LoadTotals:
    """A load's rows in the ledger, their amounts by type, and the first days of their months in order."""

    accepted: int
    expense: Decimal
    income: Decimal
    refund: Decimal
    months: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class OrganizationMonth:
    """What the loads of one organization put into one month (its first day), less what was taken out: how many loads and rows,
    the amounts by type."""

    organization: str
    currency: str
    currency_decimals: int
    month: date
    loads: int
    rows: int
    expense: Decimal
    income: Decimal
    refund: Decimal

    @property
    def net(self) -> Decimal:
        """By how much the money grew: income and refunds less expenses."""
        return self.income + self.refund - self.expense


_CONDITIONS = {
    "organization": "t.organization_id = $organization",
    "first": "t.month >= $first",
    "last": "t.month <= $last",
}


def by_organization_and_month(
    con: duckdb.DuckDBPyConnection, organization: UUID | None, first: date | None, last: date | None
) -> list[OrganizationMonth]:
    """The control totals of an organization, or of all, in these months (their first days; None: no bound): the latest first, then
    by organization. ``con`` is one that only reads, see ``reading``."""
    values: dict[str, Bindable | Sequence[Bindable]] = {
        name: value
        for name, value in (("organization", organization), ("first", first), ("last", last))
        if value is not None
    }
    conditions = " AND ".join(_CONDITIONS[name] for name in values) or "true"
    ledger.define(con)
    found = execute_bound(con, sql_text("lake/organization_months", conditions=conditions), values)
    return [OrganizationMonth(*row) for row in found.fetchall()]


def of_loads(con: duckdb.DuckDBPyConnection, load_ids: Iterable[UUID]) -> dict[UUID, LoadTotals]:
    """The totals of those of these loads that have rows in the ledger."""
    found = con.execute(sql_text("lake/totals_of_loads"), {"loads": list(load_ids)}).fetchall()
    return {
        load_id: LoadTotals(accepted, expense, income, refund, tuple(months))
        for load_id, accepted, expense, income, refund, months in found
    }


def loads_of(con: duckdb.DuckDBPyConnection, organization_ids: Iterable[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The loads with rows in the ledger, by organization, of these: a few totals a load, where the ledger has millions of rows."""
    found: dict[UUID, set[UUID]] = {each: set() for each in organization_ids}
    for organization, load in con.execute(
        "SELECT DISTINCT organization_id, load_id FROM lake.load_totals WHERE organization_id IN (SELECT unnest($organizations))",
        {"organizations": list(found)},
    ).fetchall():
        found[organization].add(load)
    return {organization: frozenset(theirs) for organization, theirs in found.items()}


def rows_by_month(con: duckdb.DuckDBPyConnection, load_ids: Iterable[UUID]) -> dict[UUID, Counter[tuple[date, str]]]:
    """How many rows these loads have in the ledger, by organization: of each month (its first day) and type."""
    found: dict[UUID, Counter[tuple[date, str]]] = {}
    asked = list(load_ids)
    if not asked:
        return found
    for organization, month, kind, rows in con.execute(
        "SELECT organization_id, month, type, CAST(sum(rows) AS BIGINT) FROM lake.load_totals"
        " WHERE load_id IN (SELECT unnest($loads)) GROUP BY ALL",
        {"loads": asked},
    ).fetchall():
        found.setdefault(organization, Counter())[month, kind] = rows
    return found
