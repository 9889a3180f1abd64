"""Findings in the lake: a generation a run. Which run holds for which month is PostgreSQL's to say (``current_runs``)."""

from uuid import UUID

import duckdb


def count_duplicate_findings(con: duckdb.DuckDBPyConnection, run_id: UUID) -> int:
    """How many findings of a run are there more than once: 0, or its generation was written twice."""
    row = con.execute(
        "SELECT count(*) - count(DISTINCT (organization_id, month, fingerprint)) FROM lake.findings"
        " WHERE analysis_run_id = $1",
        [run_id],
    ).fetchone()
    assert row is not None
    return int(row[0])
