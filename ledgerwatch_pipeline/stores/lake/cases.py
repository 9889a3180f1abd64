"""Signals and ranked cases in the lake: a generation a run. Which run holds for which month is PostgreSQL's to say."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import CurrentRun
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.lake.scope import create_current
from ledgerwatch_pipeline.stores.lake.session import execute_bound


def export_listed(
    con: duckdb.DuckDBPyConnection,
    months: MonthRange,
    current: Sequence[CurrentRun],
    budgets: Mapping[UUID, int],
    file: Path,
    *,
    corrected: bool | None = None,
) -> None:
    """Write the cases of the lists of these runs to ``file`` as PostgreSQL's COPY reads them (``sql/postgres/listed.sql``).

    budgets: how many cases of a month each organization wants to see. corrected: as ``ledger.define`` asks.
    """
    create_current(con, current)
    ledger.define(con, budgets, corrected=corrected)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE budgets AS SELECT unnest(CAST($ids AS UUID[])) AS organization_id,"
        " unnest(CAST($budgets AS INTEGER[])) AS budget",
        {"ids": list(budgets), "budgets": list(budgets.values())},
    )
    con.execute(
        sql_text(
            "lake/listed_cases",
            earliest=f"DATE '{months.first.first_day}'",
            latest=f"DATE '{months.last.first_day}'",
        )
    )
    con.execute(f"COPY listed_cases TO '{file}' (FORMAT postgres_binary)")
    for table in ("listed_cases", "current", "budgets"):
        con.execute(f"DROP TABLE temp.{table}")
    ledger.forget(con)


def signals_by_kind(con: duckdb.DuckDBPyConnection, current: Sequence[CurrentRun]) -> dict[Month, dict[str, int]]:
    """How many signals of these runs, which hold, each month has of each kind; a month without any is absent."""
    found: dict[Month, dict[str, int]] = {}
    if not current:
        return found
    create_current(con, current)
    rows = con.execute(
        "SELECT s.month, s.kind, count(*) FROM lake.signals AS s SEMI JOIN current AS c ON c.organization_id = s.organization_id"
        " AND c.month = s.month AND c.run_id = s.analysis_run_id GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    con.execute("DROP TABLE temp.current")
    for day, kind, count in rows:
        found.setdefault(Month.of(day), {})[kind] = count
    return found


def spending(
    con: duckdb.DuckDBPyConnection, organization_id: UUID, vendor_key: str, first: Month, last: Month
) -> dict[Month, tuple[int, Decimal]]:
    """Payments to one vendor by month: how many, and their sum with refunds taken off; a month without any is zero."""
    found = {month: (0, Decimal(0)) for month in MonthRange(first, last)}
    ledger.define(con, [organization_id])
    rows = execute_bound(
        con,
        "SELECT t.month, count(*) FILTER (t.type = 'expense'), sum(CASE t.type WHEN 'refund' THEN -t.amount ELSE t.amount END)"
        " FROM ledger_transactions AS t WHERE t.organization_id = $organization AND t.vendor_key = $vendor"
        " AND t.type <> 'income' AND t.month BETWEEN $first AND $last GROUP BY ALL",
        {
            "organization": organization_id,
            "vendor": vendor_key,
            "first": first.first_day,
            "last": last.first_day,
        },
    ).fetchall()
    for day, payments, amount in rows:
        found[Month.of(day)] = (payments, amount)
    return found
