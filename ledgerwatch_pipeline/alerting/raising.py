"""Findings → alerts, as one bulk operation an analyzer: detect what is there, update what stands, resolve what is gone.

Only what was analysed is touched: an alert of another month, organization or analyzer stays as it is.
"""

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.scope import AnalysisRequest, set_scope
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_pipeline.stores.postgres import runs


@dataclass(frozen=True)
class RaisingOutcome:
    """How many alerts were new, changed, regressed, reopened because they hold again, or resolved by the system."""

    raised: int
    updated: int
    regressed: int
    reopened: int
    gone: int
    raised_by_month: dict[Month, int]


_COUNTS = ("raised", "updated", "regressed", "reopened", "gone")
_EVENTS = {"regressed": "ALERT_REGRESSED", "reopened": "ALERT_REOPENED", "gone": "ALERT_AUTO_RESOLVED"}


def raise_alerts(home: Home, analyzer: Analyzer, request: AnalysisRequest) -> RaisingOutcome:
    """Bring the alerts of ``analyzer`` in line with its current findings, for the request's months and organizations.

    Reads the findings under the lock it writes under, so the last one to raise has seen the newest findings. Alerts and
    audit rows commit together.
    """
    con = home.lake.con
    scope = set_scope(home, request)
    bounds = request.bounds
    home.settings.scratch.mkdir(parents=True, exist_ok=True)
    with home.database.lock("alerts"), tempfile.TemporaryDirectory(dir=home.settings.scratch) as folder:
        with home.database.transaction() as cursor:
            cursor.execute(
                "SELECT fingerprint FROM alerts WHERE analyzer = %(analyzer)s AND month BETWEEN %(first)s AND %(last)s"
                " AND organization_id = ANY(%(scope)s) AND status <> 'RESOLVED'",
                {"analyzer": analyzer.name, "scope": scope, **bounds},
            )
            standing = [row["fingerprint"] for row in cursor.fetchall()]
            target = Path(folder) / "findings.csv"
            con.execute(
                f"CREATE OR REPLACE TEMP TABLE current_findings AS {sql_text('lake/current_findings')}",
                {"analyzer": analyzer.name, "fingerprints": standing, **bounds},
            )
            con.table("current_findings").to_csv(str(target), header=False)
            cursor.execute(
                """
                CREATE TEMP TABLE raised (organization_id uuid, analyzer text, fingerprint text, severity smallint, title text,
                    message text, subject text, amount numeric(24, 2), month date, evidence jsonb, transactions uuid[],
                    analysis_run_id uuid, ledger_snapshot bigint) ON COMMIT DROP
                """
            )
            with target.open("rb") as file:
                cursor.copy_expert("COPY raised FROM STDIN (FORMAT csv)", file)
            cursor.execute("ANALYZE raised")
            cursor.execute(sql_text("postgres/raise_alerts"), {"analyzer": analyzer.name, "scope": scope, **bounds})
            rows = cursor.fetchall()
            outcome, changes = _outcome(rows)
            runs.count_raised(cursor, _raised(rows, "analysis_run_id"))
            if outcome.raised:  # the embedded server seldom lives until autovacuum does it: lists would sort everything
                cursor.execute("ANALYZE alerts")
            slugs = dict(con.execute("SELECT organization_id, slug FROM scope").fetchall())
            audit_log.append(cursor, _events(analyzer, request, outcome, changes, slugs))
    return outcome


def _outcome(rows: list[dict[str, Any]]) -> tuple[RaisingOutcome, list[dict[str, Any]]]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["what"]] += row["n"]
    by_month = {Month.of(month): n for month, n in _raised(rows, "month").items()}
    outcome = RaisingOutcome(
        raised=counts["raised"],
        updated=counts["updated"],
        regressed=counts["regressed"],
        reopened=counts["reopened"],
        gone=counts["gone"],
        raised_by_month=by_month,
    )
    return outcome, [row for row in rows if row["what"] in _EVENTS]


def _raised(rows: list[dict[str, Any]], column: str) -> Counter[Any]:
    """How many alerts are new, by ``month`` or by ``analysis_run_id``."""
    counts: Counter[Any] = Counter()
    for row in rows:
        if row["what"] == "raised":
            counts[row[column]] += row["n"]
    return counts


def _events(
    analyzer: Analyzer,
    request: AnalysisRequest,
    outcome: RaisingOutcome,
    changes: list[dict[str, Any]],
    slugs: dict[UUID, str],
) -> list[AuditEvent]:
    counts = {name: getattr(outcome, name) for name in _COUNTS}
    if not any(counts.values()):
        return []
    summary = AuditEvent("ALERTS_GENERATED", "system", analyzer.name, None, {"months": str(request.months), **counts})
    each = [
        AuditEvent(_EVENTS[change["what"]], "system", f"alert {change['number']}", slugs[change["organization_id"]])
        for change in sorted(changes, key=lambda change: change["number"])
    ]
    return [summary, *each]
