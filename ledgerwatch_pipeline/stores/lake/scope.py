"""What SQL texts over the lake join with, as temporary tables: the scope of an analysis, and which runs hold."""

from collections.abc import Sequence

import duckdb

from ledgerwatch_pipeline.model.run import CurrentRun, ScopeRow
from ledgerwatch_pipeline.sql import sql_text


def create_scope(con: duckdb.DuckDBPyConnection, scope: Sequence[ScopeRow]) -> None:
    """Make the temporary table ``scope`` (organization_id UUID, first_month DATE, last_month DATE)."""
    con.execute("CREATE OR REPLACE TEMP TABLE scope (organization_id UUID, first_month DATE, last_month DATE)")
    con.execute(
        "INSERT INTO scope SELECT CAST(unnest($ids) AS UUID), unnest($firsts), unnest($lasts)",
        {
            "ids": [str(row.organization_id) for row in scope],
            "firsts": [row.months.first.first_day for row in scope],
            "lasts": [row.months.last.first_day for row in scope],
        },
    )


def create_current(con: duckdb.DuckDBPyConnection, current: Sequence[CurrentRun]) -> None:
    """Make the temporary table ``current`` (organization_id UUID, month DATE, run_id UUID) of runs that hold."""
    con.execute(
        sql_text("lake/current_runs"),
        {
            "ids": [str(each.organization_id) for each in current],
            "months": [each.month.first_day for each in current],
            "runs": [str(each.run_id) for each in current],
        },
    )
