"""Keeps the lake tidy: each function is one step, and may be repeated. What may go is decided by ``pipeline.maintain``."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.stores.lake.rows import only_row


def flush(con: duckdb.DuckDBPyConnection) -> int:
    """Write small inserts, which the catalog keeps, into files; how many tables had any."""
    return len(con.execute("CALL ducklake_flush_inlined_data('lake')").fetchall())


def merge(con: duckdb.DuckDBPyConnection) -> int:
    """Merge small files that lie beside each other; how many tables had any. Old snapshots stay readable."""
    return len(con.execute("CALL ducklake_merge_adjacent_files('lake')").fetchall())


def remove_findings(con: duckdb.DuckDBPyConnection, runs: Sequence[UUID]) -> int:
    """Delete the findings of these runs; how many rows that were.

    Raises duckdb.TransactionException when findings are written meanwhile, with nothing done.
    """
    return _remove_of_runs(con, "findings", runs)


def remove_rankings(con: duckdb.DuckDBPyConnection, runs: Sequence[UUID]) -> int:
    """Delete the signals and cases of these runs; how many rows that were. Raises as ``remove_findings`` does."""
    return sum(_remove_of_runs(con, table, runs) for table in ("signals", "cases"))


def _remove_of_runs(con: duckdb.DuckDBPyConnection, table: str, runs: Sequence[UUID]) -> int:
    removed = con.execute(
        f"DELETE FROM lake.{table} WHERE analysis_run_id IN (SELECT unnest(CAST($runs AS UUID[])))",
        {"runs": [str(each) for each in runs]},
    )
    return int(only_row(removed)[0])


def remove_row_issues(con: duckdb.DuckDBPyConnection, attempts: Sequence[tuple[UUID, int]]) -> int:
    """Delete the row issues of earlier attempts than these, by load; how many rows that were."""
    removed = con.execute(
        "DELETE FROM lake.row_issues AS i USING ("
        " SELECT unnest(CAST($loads AS UUID[])) AS load_id, unnest(CAST($attempts AS INTEGER[])) AS attempt) AS current"
        " WHERE i.load_id = current.load_id AND i.attempt < current.attempt",
        {"loads": [str(load) for load, _ in attempts], "attempts": [attempt for _, attempt in attempts]},
    )
    return int(only_row(removed)[0])


def snapshots_before(con: duckdb.DuckDBPyConnection, age: timedelta) -> list[int]:
    """The ids of the snapshots that are older than ``age``, the newest of all never among them."""
    rows = con.execute(
        "SELECT snapshot_id FROM lake.snapshots() WHERE snapshot_time < now() - $age"
        " AND snapshot_id < (SELECT max(snapshot_id) FROM lake.snapshots()) ORDER BY 1",
        {"age": age},
    ).fetchall()
    return [int(row[0]) for row in rows]


def expire(con: duckdb.DuckDBPyConnection, snapshots: Sequence[int]) -> None:
    """Forget these snapshots: what only they showed can be removed."""
    if snapshots:
        con.execute("CALL ducklake_expire_snapshots('lake', versions => $versions)", {"versions": list(snapshots)})


def remove_files(con: duckdb.DuckDBPyConnection, age: timedelta) -> int:
    """Delete files that no snapshot shows, if they are older than ``age``: a younger one may be about to be registered."""
    cut = f"now() - INTERVAL '{int(age.total_seconds())} seconds'"
    removed = con.execute(f"CALL ducklake_cleanup_old_files('lake', older_than => {cut})").fetchall()
    orphans = con.execute(f"CALL ducklake_delete_orphaned_files('lake', older_than => {cut})").fetchall()
    return len(removed) + len(orphans)
