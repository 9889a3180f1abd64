"""The jobs over assets: import what was delivered, analyse months. The op job ``alert_transition`` is in ``alerts``."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from ledgerwatch_pipeline.defs.loads import GROUP as LOADS

IMPORT_FILES = "import_files"
ANALYZE_MONTHS = "analyze_months"


def import_files() -> UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        IMPORT_FILES,
        dg.AssetSelection.groups(LOADS),
        description="Take in files (config of raw_loads), then check and import everything that waits.",
    )


def analyze_months() -> UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        ANALYZE_MONTHS,
        dg.AssetSelection.groups("ledger", "findings", "alerts"),
        description="Reconcile the ledger of a month or a range, run every analyzer, bring the alerts in line.",
    )
