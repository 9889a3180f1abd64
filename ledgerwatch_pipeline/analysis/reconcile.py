"""Reconciles the ledger's months with the control totals of its loads, before any analyzer looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.scope import create_scope


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """What the ledger holds in one month, over all organizations: rows by type, and of how many organizations."""

    rows: int
    rows_by_type: dict[str, int]
    organizations: int


@dataclass(frozen=True, slots=True)
class _Difference:
    """A row of ``lake/reconcile``: a month and type whose ledger is not what the loads accepted. month: its first day."""

    month: date
    type: str
    ledger_rows: int
    control_rows: int
    ledger_amount: Decimal
    control_amount: Decimal


def differences(home: Home, scope: Sequence[ScopeRow]) -> dict[UUID, str]:
    """Organizations whose ledger is not what their loads accepted, each with a sentence that names the first month.

    Rows were lost or doubled behind LedgerWatch's back.
    """
    if not scope:
        return {}
    con = home.lake.con
    create_scope(con, scope)
    bounds = {
        "first": min(row.months.first for row in scope).first_day,
        "last": max(row.months.last for row in scope).first_day,
    }
    found: dict[UUID, list[_Difference]] = {}
    for organization_id, *rest in con.execute(sql_text("lake/reconcile"), bounds).fetchall():
        found.setdefault(organization_id, []).append(_Difference(*rest))
    return {each: _sentence(rows) for each, rows in found.items()}


def _sentence(differing: Sequence[_Difference]) -> str:
    first = differing[0]
    more = f"; {len(differing)} totals differ" if len(differing) > 1 else ""
    return (
        f"its ledger has {first.ledger_rows} rows of type {first.type} in {first.month:%Y-%m}, together {first.ledger_amount};"
        f" its loads accepted {first.control_rows}, together {first.control_amount}{more}"
    )


def month_totals(home: Home, months: MonthRange) -> dict[Month, MonthTotals]:
    """What each of these months holds, over all organizations; a month without transactions has zeros."""
    bounds = {"first": months.first.first_day, "last": months.last.first_day}
    by_type: dict[Month, dict[str, int]] = {}
    whole: dict[Month, tuple[int, int]] = {}
    for day, kind, rows, organizations in home.lake.con.execute(sql_text("lake/month_totals"), bounds).fetchall():
        if kind is None:
            whole[Month.of(day)] = (rows, organizations)
        else:
            by_type.setdefault(Month.of(day), {})[kind] = rows
    types = ("expense", "income", "refund")
    return {
        month: MonthTotals(
            whole.get(month, (0, 0))[0],
            {kind: by_type.get(month, {}).get(kind, 0) for kind in types},
            whole.get(month, (0, 0))[1],
        )
        for month in months
    }
