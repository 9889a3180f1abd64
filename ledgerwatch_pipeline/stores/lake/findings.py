"""Findings in the lake: a generation a run. Which run holds for which month is PostgreSQL's to say (``current_runs``)."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.run import CurrentRun, ScopeRow
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.rows import only_row
from ledgerwatch_pipeline.stores.lake.scope import create_current, create_scope
from ledgerwatch_pipeline.stores.lake.vendors import insert_odd_keys


def count_duplicate_findings(con: duckdb.DuckDBPyConnection, run_id: UUID) -> int:
    """How many findings of a run are there more than once: 0, or its generation was written twice."""
    found = con.execute(
        "SELECT count(*) - count(DISTINCT (organization_id, month, fingerprint)) FROM lake.findings"
        " WHERE analysis_run_id = $1",
        [run_id],
    )
    return int(only_row(found)[0])


def by_severity(
    con: duckdb.DuckDBPyConnection, analyzer: str, current: Sequence[CurrentRun]
) -> dict[Month, Counter[Severity]]:
    """How many findings of these runs, which hold, each month has of each severity; a month without any is absent."""
    found: dict[Month, Counter[Severity]] = {}
    if not current:
        return found
    create_current(con, current)
    rows = con.execute(sql_text("lake/findings_by_severity"), {"analyzer": analyzer}).fetchall()
    con.execute("DROP TABLE temp.current")
    for day, rank, count in rows:
        found.setdefault(Month.of(day), Counter())[Severity.of_rank(rank)] = count
    return found


def export_for_alerts(
    con: duckdb.DuckDBPyConnection,
    analyzer: str,
    scope: Sequence[ScopeRow],
    current: Sequence[CurrentRun],
    told: Path,
    file: Path,
) -> list[tuple[UUID, int]]:
    """Write the findings that hold and that no alert tells of yet, one an alert, to ``file`` as PostgreSQL's COPY reads them
    (``sql/postgres/raised.sql``); return organization and number of the alerts in scope whose finding is gone.

    current: the runs that hold for the organizations in scope. told: the alerts that there are, as
    ``stores.postgres.alerts.copy_out`` writes them.
    """
    create_scope(con, scope)
    create_current(con, current)
    con.execute(sql_text("lake/told_alerts"), {"file": str(told)})
    con.execute(sql_text("lake/findings_to_tell"), {"analyzer": analyzer})
    con.execute(sql_text("lake/changed_findings"), {"analyzer": analyzer})
    con.execute("CREATE OR REPLACE TEMP TABLE odd_vendors (vendor VARCHAR NOT NULL, vendor_key VARCHAR NOT NULL)")
    insert_odd_keys(con, "changed_findings", "odd_vendors")
    con.execute(f"COPY ({sql_text('lake/written_findings')}) TO '{file}' (FORMAT postgres_binary)")
    unfounded = con.execute(sql_text("lake/unfounded_alerts")).fetchall()
    for table in ("changed_findings", "odd_vendors", "latest", "told", "current", "scope"):
        con.execute(f"DROP TABLE temp.{table}")
    return unfounded
