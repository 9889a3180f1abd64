"""The jobs: import what was delivered, analyse months, make the forensic reports, verify the audit log, look at all
organizations for an operator, tidy the lake, tell people what is new. The job ``alert_transition`` is in ``alerts``; what starts jobs by itself in ``sensors`` and ``schedules``.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from ledgerwatch_pipeline.defs.alerts import GROUP as ALERTS
from ledgerwatch_pipeline.defs.alerts import raised_alerts_key
from ledgerwatch_pipeline.defs.audit import chains_whole
from ledgerwatch_pipeline.defs.cases import analysis_keys
from ledgerwatch_pipeline.defs.findings import findings_key
from ledgerwatch_pipeline.defs.ledger import GROUP as LEDGER
from ledgerwatch_pipeline.defs.loads import GROUP as LOADS
from ledgerwatch_pipeline.defs.loads import raw_loads, raw_loads_standing, validated_transactions
from ledgerwatch_pipeline.defs.metadata import records_table
from ledgerwatch_pipeline.defs.operations import GROUP as OPERATIONS
from ledgerwatch_pipeline.defs.reports import FORENSIC_REPORTS
from ledgerwatch_pipeline.defs.reports import GROUP as REPORTS
from ledgerwatch_pipeline.defs.resources import as_dagster_failure
from ledgerwatch_pipeline.pipeline.maintain import maintain
from ledgerwatch_pipeline.pipeline.notify import Outcome, notify

IMPORT_FILES = "import_files"
ANALYZE_MONTHS = "analyze_months"
NOTIFY_PEOPLE = "notify_people"
VERIFY_AUDIT = "verify_audit"
OPERATIONS_REPORT = "operations_report"


import_files = dg.define_asset_job(
    IMPORT_FILES,
    dg.AssetSelection.groups(LOADS),
    description="Take in files (config of raw_loads), then check and import everything that waits.",
)
"""Files to rows."""

analyze_months = dg.define_asset_job(
    ANALYZE_MONTHS,
    dg.AssetSelection.groups("ledger", "findings", "alerts", "cases"),
    description="Reconcile the ledger of a month or a range, run every analyzer, bring the alerts in line, rank the cases.",
)
"""Months to alerts and cases."""


def analysis_of(analyzers: Iterable[str], scope: Mapping[str, Any]) -> tuple[dict[str, Any], list[dg.AssetKey]]:
    """Of a run of ``analyze_months`` for these analyzers only: its configuration, and its assets, ``alerts``, ``signals`` and
    ``cases`` behind them."""
    steps = [dg.AssetKey(LEDGER)]
    for name in analyzers:
        steps += [findings_key(name), raised_alerts_key(name)]
    steps += analysis_keys()
    config = {"ops": {key.to_python_identifier(): {"config": dict(scope)} for key in steps}}
    return config, [*steps, dg.AssetKey(ALERTS)]


def import_of(actor: str, *, inbox: bool) -> dict[str, Any]:
    """The configuration of a run of ``import_files``; inbox: one that takes in what has settled there first."""
    return {
        "ops": {
            raw_loads.op.name: {"config": {"inbox": inbox, "actor": actor}},
            validated_transactions.op.name: {"config": {"actor": actor}},
        }
    }


verify_audit = dg.define_asset_job(
    VERIFY_AUDIT,
    dg.AssetSelection.checks(chains_whole),
    description="Hash every event of every audit chain anew, and record the ends of the chains.",
)
"""The audit log as a whole."""

operations_report = dg.define_asset_job(
    OPERATIONS_REPORT,
    dg.AssetSelection.groups(OPERATIONS) | dg.AssetSelection.checks(raw_loads_standing),
    description="An operator's look at all organizations, and the checks of what was delivered, also when nothing is.",
)
"""The day of an operator."""

forensic_reports = dg.define_asset_job(
    FORENSIC_REPORTS,
    dg.AssetSelection.groups(REPORTS),
    description="Digits, duplicated and round amounts, relative sizes over the whole ledger, for auditors.",
)
"""The ledger as a whole."""


@dg.op(required_resource_keys={"home"}, tags={"kind": "ducklake"})
def tidy_lake(context: dg.OpExecutionContext) -> None:
    """Flush, merge, expire what nothing names, remove what is left over."""
    with as_dagster_failure():
        report = maintain(context.resources.home)
    context.add_output_metadata(report.figures())


@dg.job(description="Tidy the lake: small inserts become files, small files one, what nothing names any more goes.")
def maintain_lake() -> None:
    """The job of maintenance."""
    tidy_lake()


@dg.op(required_resource_keys={"home"}, tags={"kind": "notification"})
def tell_destinations(context: dg.OpExecutionContext) -> None:
    """Send what is new to every destination; fails if one could not be told, which is tried again by the next run."""
    with as_dagster_failure():
        report = notify(context.resources.home)
    context.add_output_metadata(
        {
            "messages": sum(len(each.messages) for each in report.destinations),
            "destinations": records_table(
                [
                    {"name": e.name, "outcome": e.outcome.value, "messages": len(e.messages), "reason": e.reason}
                    for e in report.destinations
                ],
                ("name", "outcome", "messages", "reason"),
            ),
        }
    )
    failed = [f"{each.name}: {each.reason}" for each in report.destinations if each.outcome is Outcome.FAILED]
    if failed:
        raise dg.Failure("; ".join(failed), allow_retries=False)


@dg.job(name=NOTIFY_PEOPLE, description="Tell the destinations of notifications.toml what they were not told yet.")
def notify_people() -> None:
    """The job of notifications."""
    tell_destinations()
