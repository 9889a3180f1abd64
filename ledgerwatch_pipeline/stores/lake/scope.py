"""The scope of an analysis as a relation: the temporary table that SQL texts over the lake join with."""

from collections.abc import Sequence

import duckdb

from ledgerwatch_pipeline.model.run import ScopeRow


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
