"""Looking up the rows of a load that are not in the ledger: bad ones, and those skipped because the ledger has them.

A load that is delivered again or retried has issues of each attempt; those of the attempt that the registry names hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.model.load import LoadRow
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.session import Bindable, execute_bound

KEPT = "lake.row_issues"
JUDGED = "temp.issues"
"""Of the batch that is being judged, before they are written (see ``sql/importing/issues.sql``)."""


class IssueKind(StrEnum):
    """Why a row is not in the ledger: it breaks a rule, or the ledger has it already."""

    REJECTED = "rejected"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class RowIssue:
    """One broken rule of one row, or that it was skipped. row: its number in the file. column: as the file calls it."""

    kind: IssueKind
    row: int
    column: str
    value: str | None
    rule: str
    message: str


def of_loads(
    con: duckdb.DuckDBPyConnection,
    loads: Sequence[LoadRow],
    limit: int | None,
    kinds: Sequence[IssueKind] = tuple(IssueKind),
    table: str = KEPT,
) -> dict[UUID, list[RowIssue]]:
    """Issues by load, in the order of the file, of each load the first ``limit``; None for all.

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
