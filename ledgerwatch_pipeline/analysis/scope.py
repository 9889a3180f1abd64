"""The scope of an analysis as relations: DuckDB's temporary tables that SQL texts over the lake join with."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.model.month import Month, contiguous
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.work import WorkItem


def scope_of(items: Iterable[WorkItem]) -> list[ScopeRow]:
    """The items' months by organization, as few ranges as possible, in the order of the organizations' ids."""
    months: dict[UUID, set[Month]] = {}
    for item in items:
        months.setdefault(item.organization_id, set()).update(item.months)
    return [ScopeRow(each, part) for each in sorted(months, key=str) for part in contiguous(months[each])]


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
