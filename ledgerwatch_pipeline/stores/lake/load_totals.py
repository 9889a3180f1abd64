"""Control totals of loads: what each put into the ledger, committed with its rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.sql import sql_text


@dataclass(frozen=True, slots=True)
class LoadTotals:
    """A load's rows in the ledger, their amounts by type, and the first days of their months in order."""

    accepted: int
    expense: Decimal
    income: Decimal
    refund: Decimal
    months: tuple[date, ...]


def of_loads(con: duckdb.DuckDBPyConnection, load_ids: Iterable[UUID]) -> dict[UUID, LoadTotals]:
    """The totals of those of these loads that have rows in the ledger."""
    found = con.execute(sql_text("lake/totals_of_loads"), {"loads": list(load_ids)}).fetchall()
    return {
        load_id: LoadTotals(accepted, expense, income, refund, tuple(months))
        for load_id, accepted, expense, income, refund, months in found
    }


def loads_of(con: duckdb.DuckDBPyConnection, organization_ids: Iterable[UUID]) -> frozenset[UUID]:
    """The loads with rows in the ledger of these organizations: a few totals a load, where the ledger has millions of rows."""
    found = con.execute(
        "SELECT DISTINCT load_id FROM lake.load_totals WHERE organization_id IN (SELECT unnest($organizations))",
        {"organizations": list(organization_ids)},
    ).fetchall()
    return frozenset(row[0] for row in found)
