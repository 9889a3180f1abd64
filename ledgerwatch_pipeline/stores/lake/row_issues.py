"""Looking up the rows of a load that are not in the ledger: bad ones, and those skipped because the ledger has them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.stores.lake.session import execute_bound

REJECTED = "lake.rejected_rows"
SKIPPED = "lake.skipped_rows"
STAGED = "temp.bad_rows"
"""The bad rows of the batch that is being judged, before they are written (see ``sql/importing/bad_rows.sql``)."""


def rows_of(
    con: duckdb.DuckDBPyConnection, table: str, load_ids: Sequence[UUID], limit: int | None
) -> dict[UUID, list[dict[str, Any]]]:
    """Rows of ``table`` by load, in the order of the file, of each load the first ``limit``; None for all.

    A row has row, column, value, rule and message. A load without any is not in the result.
    """
    rows = execute_bound(
        con,
        f"SELECT load_id, row_number, column_name, value, rule, message FROM {table}"
        " WHERE load_id IN (SELECT unnest($loads))"
        " QUALIFY $limit IS NULL OR row_number() OVER (PARTITION BY load_id ORDER BY row_number, column_name) <= $limit"
        " ORDER BY load_id, row_number, column_name",
        {"loads": list(load_ids), "limit": limit},
    ).fetchall()
    found: dict[UUID, list[dict[str, Any]]] = {}
    for load, *row in rows:
        found.setdefault(load, []).append(dict(zip(("row", "column", "value", "rule", "message"), row, strict=True)))
    return found
