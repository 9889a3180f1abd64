"""Looking up the rows of a load that are not in the ledger: bad ones, and those skipped because the ledger has them.

A load that is delivered again or retried has issues of each attempt; those of the attempt that the registry names hold.
"""

from collections.abc import Sequence
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.model.load import LoadRow
from ledgerwatch_pipeline.model.row_issue import IssueKind, IssueReport, RowIssue
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.session import Bindable, execute_bound

KEPT = "lake.row_issues"
JUDGED = "temp.issues"
"""Of the batch that is being judged, before they are written (see ``sql/importing/issues.sql``)."""


def of_loads(
    con: duckdb.DuckDBPyConnection,
    loads: Sequence[LoadRow],
    limit: int | None,
    kinds: Sequence[IssueKind] = tuple(IssueKind),
    table: str = KEPT,
) -> dict[UUID, list[RowIssue]]:
    """Issues by load, in the order of the file, of each load and kind the first ``limit``; None for all.

    A load without any is not in the result.
    """
    values: dict[str, Bindable | Sequence[Bindable]] = {
        "loads": [load.id for load in loads],
        "attempts": [load.attempts for load in loads],
        "kinds": [kind.value for kind in kinds],
        "limit": limit,
    }
    rows = execute_bound(con, sql_text("lake/row_issues_of", issues=table), values).fetchall()
    found: dict[UUID, list[RowIssue]] = {}
    for load_id, kind, *issue in rows:
        found.setdefault(load_id, []).append(RowIssue(IssueKind(kind), *issue))
    return found


def counts_of_loads(
    con: duckdb.DuckDBPyConnection, loads: Sequence[LoadRow], table: str = KEPT
) -> dict[UUID, dict[IssueKind, dict[str, int]]]:
    """How many issues each load has, by kind and rule; a load without any is not in the result."""
    values: dict[str, Bindable | Sequence[Bindable]] = {
        "loads": [load.id for load in loads],
        "attempts": [load.attempts for load in loads],
    }
    rows = execute_bound(con, sql_text("lake/row_issue_counts", issues=table), values).fetchall()
    found: dict[UUID, dict[IssueKind, dict[str, int]]] = {}
    for load_id, kind, rule, count in rows:
        found.setdefault(load_id, {}).setdefault(IssueKind(kind), {})[rule] = count
    return found


def reports_of_loads(
    con: duckdb.DuckDBPyConnection, loads: Sequence[LoadRow], limit: int, table: str = KEPT
) -> dict[UUID, IssueReport]:
    """The report of each load that has rows which are not in the ledger, with the first ``limit`` of each kind."""
    counts = counts_of_loads(con, loads, table)
    if not counts:
        return {}
    first = of_loads(con, [load for load in loads if load.id in counts], limit, table=table)
    return {load_id: IssueReport(first.get(load_id, []), theirs) for load_id, theirs in counts.items()}
