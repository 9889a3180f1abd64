"""Reconciles the ledger's months with the control totals of its loads, before any analyzer looks at them; and what the ledger
holds, for people to see."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.access.principal import SYSTEM
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.money import Currency
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.transaction import TYPES
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.lake.scope import create_scope
from ledgerwatch_pipeline.stores.postgres import corrections, organizations


@dataclass(frozen=True, slots=True)
class TypeTotals:
    """Rows of one type, and their amounts together; of one currency."""

    rows: int
    amount: Decimal


_NONE = TypeTotals(0, Decimal(0))


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """What the ledger holds in one month, over all organizations: by currency (in order of their codes) and type, each type
    being there; and of how many organizations."""

    organizations: int
    by_currency: dict[Currency, dict[str, TypeTotals]]

    @property
    def rows_by_type(self) -> dict[str, int]:
        """Rows of each type, of all currencies."""
        return {kind: sum(totals[kind].rows for totals in self.by_currency.values()) for kind in TYPES}

    @property
    def rows(self) -> int:
        """Rows of all types and currencies."""
        return sum(self.rows_by_type.values())


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """The ledger by month. currencies: those of all organizations, the one that most have first."""

    by_month: dict[Month, MonthTotals]
    currencies: tuple[Currency, ...]


@dataclass(frozen=True, slots=True)
class _Difference:
    """A row of ``lake/reconcile``: a month and type whose ledger is not what the loads accepted. month: its first day."""

    month: date
    type: str
    ledger_rows: int
    control_rows: int
    ledger_amount: Decimal
    control_amount: Decimal


@dataclass(frozen=True, slots=True)
class VendorTotal:
    """What was paid to one vendor in a month, in one currency, by so many organizations."""

    currency: Currency
    vendor: str
    organizations: int
    payments: int
    amount: Decimal


def differences(home: Home, scope: Sequence[ScopeRow]) -> dict[UUID, str]:
    """Organizations whose ledger is not what their loads accepted, each with a sentence that names the first month: of the rows
    as they came, and of those that corrections left.

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
    brought = _differences(con, "lake.transactions", "lake.load_totals", bounds)
    if not _define(home, {row.organization_id for row in scope}):
        return {each: _sentence(rows, "its loads accepted") for each, rows in brought.items()}
    left = _differences(con, "ledger_transactions", "ledger_totals", bounds)
    return {
        **{each: _sentence(rows, "its loads accepted, less what was taken out,") for each, rows in left.items()},
        **{each: _sentence(rows, "its loads accepted") for each, rows in brought.items()},
    }


def _differences(
    con: duckdb.DuckDBPyConnection, rows: str, totals: str, bounds: Mapping[str, date]
) -> dict[UUID, list[_Difference]]:
    """Where these rows are not what these totals say, by organization."""
    found: dict[UUID, list[_Difference]] = {}
    text = sql_text("lake/reconcile", rows=rows, totals=totals)
    for organization_id, *rest in con.execute(text, bounds).fetchall():
        found.setdefault(organization_id, []).append(_Difference(*rest))
    return found


def _define(home: Home, organization_ids: Collection[UUID] | None) -> bool:
    """Make the views of the ledger; whether anything of these organizations is taken out. The lake is asked only where PostgreSQL
    has corrections."""
    with home.database.transaction() as connection:
        corrected = corrections.corrected(connection, organization_ids)
    return ledger.define(home.lake.con, organization_ids, corrected=corrected)


def _sentence(differing: Sequence[_Difference], whose: str) -> str:
    first = differing[0]
    more = f"; {len(differing)} totals differ" if len(differing) > 1 else ""
    return (
        f"its ledger has {first.ledger_rows} rows of type {first.type} in {first.month:%Y-%m}, together {first.ledger_amount};"
        f" {whose} {first.control_rows}, together {first.control_amount}{more}"
    )


def ledger_totals(home: Home, months: MonthRange) -> LedgerTotals:
    """What each of these months holds, over all organizations; a month without transactions has no currency.

    From the control totals of the loads, of which there is a row a load, month and type, less what was taken out: no
    transaction is read.
    """
    with home.database.transaction() as connection:
        known = organizations.list_all(connection, SYSTEM)
    having = Counter(Currency(each.currency, each.currency_decimals) for each in known)
    by_code = {currency.code: currency for currency in having}
    bound = {
        "first": months.first.first_day,
        "last": months.last.first_day,
        "ids": [str(each.id) for each in known],
        "currencies": [each.currency for each in known],
    }
    by_currency: dict[Month, dict[Currency, dict[str, TypeTotals]]] = {month: {} for month in months}
    counts: dict[Month, int] = {}
    con = home.lake.con
    _define(home, None)
    for day, code, kind, rows, amount, count in con.execute(sql_text("lake/month_totals"), bound).fetchall():
        month = Month.of(day)
        if code is None:
            counts[month] = count
        else:
            by_currency[month].setdefault(by_code[code], dict.fromkeys(TYPES, _NONE))[kind] = TypeTotals(rows, amount)
    return LedgerTotals(
        {month: MonthTotals(counts.get(month, 0), by_currency[month]) for month in months},
        tuple(sorted(having, key=lambda currency: (-having[currency], currency.code))),
    )


def top_vendors(
    home: Home, months: MonthRange, currencies: Sequence[Currency], most: int
) -> dict[Month, list[VendorTotal]]:
    """The vendors paid most in each of these months, over all organizations: of each currency ``most``."""
    by_code = {each.code: each for each in currencies}
    bound = {
        "first": months.first.first_day,
        "last": months.last.first_day,
        "currencies": list(by_code),
        "most": most,
    }
    found: dict[Month, list[VendorTotal]] = {month: [] for month in months}
    con = home.lake.con
    _define(home, None)
    for day, code, *rest in con.execute(sql_text("lake/top_vendors"), bound).fetchall():
        found[Month.of(day)].append(VendorTotal(by_code[code], *rest))
    return found
