"""The jobs: import what was delivered, analyse months, make the forensic reports, tidy the lake, verify the audit log. The job
``alert_transition`` is in ``alerts``; what starts jobs by itself in ``sensors`` and ``schedules``.
"""

import dagster as dg

from ledgerwatch_pipeline.access.principal import SYSTEM
from ledgerwatch_pipeline.defs.loads import GROUP as LOADS
from ledgerwatch_pipeline.defs.reports import FORENSIC_REPORTS
from ledgerwatch_pipeline.defs.reports import GROUP as REPORTS
from ledgerwatch_pipeline.defs.resources import as_dagster_failure
from ledgerwatch_pipeline.pipeline.maintain import maintain
from ledgerwatch_pipeline.pipeline.verify_chains import verify_chains

IMPORT_FILES = "import_files"
ANALYZE_MONTHS = "analyze_months"


import_files = dg.define_asset_job(
    IMPORT_FILES,
    dg.AssetSelection.groups(LOADS),
    description="Take in files (config of raw_loads), then check and import everything that waits.",
)
"""Files to rows."""

analyze_months = dg.define_asset_job(
    ANALYZE_MONTHS,
    dg.AssetSelection.groups("ledger", "findings", "alerts"),
    description="Reconcile the ledger of a month or a range, run every analyzer, bring the alerts in line.",
)
"""Months to alerts."""

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


@dg.op(required_resource_keys={"home"}, tags={"kind": "postgres"})
def walk_chains(context: dg.OpExecutionContext) -> None:
    """Hold every event of the audit log against its chain."""
    with as_dagster_failure():
        counts = verify_chains(context.resources.home, SYSTEM)
    context.add_output_metadata({"events": sum(counts.values()), "chains": len(counts)})


@dg.job(description="Walk every hash chain of the audit log; the run fails with the first event that does not fit.")
def verify_audit_log() -> None:
    """The job of verification."""
    walk_chains()
