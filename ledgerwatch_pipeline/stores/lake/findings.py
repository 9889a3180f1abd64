"""Findings in the lake: a generation a run. Which run holds for which month is PostgreSQL's to say (``current_runs``)."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.run import CurrentRun, ScopeRow
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.rows import only_row
from ledgerwatch_pipeline.stores.lake.scope import create_scope


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
    if current:
        for day, rank, count in con.execute(
            sql_text("lake/findings_by_severity"), {"analyzer": analyzer, **_holding(current)}
        ).fetchall():
            found.setdefault(Month.of(day), Counter())[Severity.of_rank(rank)] = count
    return found


def _holding(current: Sequence[CurrentRun]) -> dict[str, Any]:
    """Which run holds for which month, as three lists of the same length."""
    return {
        "ids": [str(each.organization_id) for each in current],
        "months": [each.month.first_day for each in current],
        "runs": [str(each.run_id) for each in current],
    }


def export_for_alerts(
    con: duckdb.DuckDBPyConnection,
    analyzer: str,
    scope: Sequence[ScopeRow],
    current: Sequence[CurrentRun],
    open_alerts: Sequence[tuple[UUID, str]],
    file: Path,
) -> None:
    """Write the findings that hold, one an alert, to ``file`` as PostgreSQL's COPY reads them (``sql/postgres/raised.sql``).

    current: the runs that hold for the organizations in scope. open_alerts: organization and fingerprint of alerts that
    stand in the scope, whose latest finding is wanted whatever its month.
    """
    create_scope(con, scope)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE current AS SELECT CAST(unnest($ids) AS UUID) AS organization_id,"
        " unnest(CAST($months AS DATE[])) AS month, CAST(unnest($runs) AS UUID) AS run_id",
        _holding(current),
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE open_alerts AS SELECT CAST(unnest(CAST($ids AS VARCHAR[])) AS UUID) AS organization_id,"
        " unnest(CAST($fingerprints AS VARCHAR[])) AS fingerprint",
        {
            "ids": [str(organization_id) for organization_id, _ in open_alerts],
            "fingerprints": [fingerprint for _, fingerprint in open_alerts],
        },
    )
    con.execute(sql_text("lake/current_findings"), {"analyzer": analyzer})
    con.execute(f"COPY current_findings TO '{file}' (FORMAT postgres_binary)")
    for table in ("current_findings", "current", "open_alerts", "scope"):
        con.execute(f"DROP TABLE temp.{table}")
