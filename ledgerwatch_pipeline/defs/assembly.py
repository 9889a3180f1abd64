"""Puts together everything Dagster is shown. The code location is ``definitions``; tests and commands ask for a fresh one."""

import warnings
from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.defs import audit
from ledgerwatch_pipeline.defs.alerts import alert_transition, alerts_asset, raised_alerts_asset
from ledgerwatch_pipeline.defs.audit import audit_log, chains_whole
from ledgerwatch_pipeline.defs.cases import cases_asset, signals_asset
from ledgerwatch_pipeline.defs.findings import findings_asset
from ledgerwatch_pipeline.defs.jobs import (
    analyze_months,
    import_files,
    maintain_lake,
    notify_people,
    operations_report,
    verify_audit,
)
from ledgerwatch_pipeline.defs.jobs import forensic_reports as forensic_reports_job
from ledgerwatch_pipeline.defs.ledger import ledger_asset
from ledgerwatch_pipeline.defs.loads import raw_loads, raw_loads_standing, validated_transactions
from ledgerwatch_pipeline.defs.metadata import code_reference
from ledgerwatch_pipeline.defs.operations import operations_asset
from ledgerwatch_pipeline.defs.partitions import months_from
from ledgerwatch_pipeline.defs.reports import forensic_reports
from ledgerwatch_pipeline.defs.resources import resources
from ledgerwatch_pipeline.defs.schedules import schedules
from ledgerwatch_pipeline.defs.sensors import due_work_sensor, inbox_sensor, notifications_sensor
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.progress import Progress
from ledgerwatch_pipeline.settings import Settings


def build_definitions(
    *, home: Home | None = None, progress: Progress | None = None, analyzers: Sequence[Analyzer] | None = None
) -> dg.Definitions:
    """All assets, checks and jobs; ``home`` and ``progress`` are what runs use instead of the environment's, ``analyzers``
    instead of those of the home's registry."""
    settings = home.settings if home else Settings.from_environment()
    chosen = load_registry(settings).analyzers if analyzers is None else tuple(analyzers)
    months = months_from(settings.first_month, datetime.now(UTC).date())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # backfill policies; pinned below the next minor version
        return _definitions(settings, months, chosen, home, progress)


def _definitions(
    settings: Settings,
    months: dg.PartitionsDefinition,
    analyzers: Sequence[Analyzer],
    home: Home | None,
    progress: Progress | None,
) -> dg.Definitions:
    return dg.Definitions(
        assets=[
            *dg.with_source_code_references(
                [
                    raw_loads,
                    validated_transactions,
                    ledger_asset(analyzers, months),
                    *(findings_asset(analyzer, months, order) for analyzer, order in in_order(analyzers)),
                    *(raised_alerts_asset(analyzer, months, order) for analyzer, order in in_order(analyzers)),
                    alerts_asset(analyzers, months),
                    signals_asset(months),
                    cases_asset(months),
                    forensic_reports,
                    operations_asset(analyzers),
                ]
            ),
            audit_log.merge_attributes(metadata=code_reference(audit.__file__, "audit.py")),
        ],
        asset_checks=[raw_loads_standing, chains_whole],
        jobs=[
            import_files,
            analyze_months,
            alert_transition,
            forensic_reports_job,
            verify_audit,
            operations_report,
            maintain_lake,
            notify_people,
        ],
        sensors=[inbox_sensor, due_work_sensor, notifications_sensor],
        schedules=schedules(settings),
        resources=resources(home, progress),
        executor=dg.in_process_executor,
    )


def in_order(analyzers: Sequence[Analyzer]) -> list[tuple[Analyzer, dict[str, str]]]:
    """Each analyzer with the tags that make Dagster run it in its place: alerts are numbered in that order."""
    return [(analyzer, {"dagster/priority": str(len(analyzers) - place)}) for place, analyzer in enumerate(analyzers)]
