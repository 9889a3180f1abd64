"""The steps of ``pipeline`` called one after the other in this process, without Dagster: for tests of what the steps do.

The product's own runner is ``dagster_runtime.launching``.
"""

from collections.abc import Sequence
from uuid import UUID

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.check.outcome import merged
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.work import CASES
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.pipeline.analyses import StepReport
from ledgerwatch_pipeline.pipeline.imports import ImportReport, import_waiting
from ledgerwatch_pipeline.stores.postgres import leases, loads

EVER = MonthRange(Month(1900, 1), Month(2199, 12))


def import_these(home: Home, principal: Principal, load_ids: Sequence[UUID]) -> ImportReport:
    """Import until these loads are finished, by this process or by another that has them already."""
    report = import_waiting(home, principal)
    while loads.wait_for(home.database, load_ids):
        more = import_waiting(home, principal)
        report.finished += more.finished
        report.failures += more.failures
        merged(report.checks, more.checks.values())
    return report


def analyse_due(home: Home) -> StepReport:
    """Do all that is due; what another worker has is waited for."""
    report = StepReport()
    for each in analyses.until_done(home):
        with leases.worker(home.database) as worker:
            try:
                analyses.take(home, worker, each.months, [*each.analyzers, CASES])
                _run_steps(home, worker, each.months, report)
            finally:
                analyses.release(home, worker)
    return report


def analyse(home: Home, organization_id: UUID, names: Sequence[str]) -> None:
    """Do what is due for these analyzers and one organization; without names for all of them, and rank. What else is due stays so."""
    known = load_registry(home.settings).analyzers
    wanted = [each for each in known if each.name in names or not names]
    with leases.worker(home.database) as worker:
        analyses.take(home, worker, EVER, [each.name for each in wanted], organization_ids=[organization_id])
        done = [analyses.reconcile_leased(home, worker)]
        for analyzer in wanted:
            done += [analyses.analyse_leased(home, analyzer, worker), analyses.raise_leased(home, analyzer, worker)]
        if not names:
            analyses.take(home, worker, EVER, [CASES], organization_ids=[organization_id])
            done += [analyses.rank_leased(home, worker), analyses.list_leased(home, worker)]
        analyses.release(home, worker)
    assert [failure for report in done for failure in report.failures] == []


def _run_steps(home: Home, worker: int, months: MonthRange, report: StepReport) -> None:
    report.failures += analyses.reconcile_leased(home, worker).failures
    for analyzer in load_registry(home.settings).analyzers:
        analysed = analyses.analyse_leased(home, analyzer, worker)
        raised = analyses.raise_leased(home, analyzer, worker)
        report.runs += analysed.runs
        report.raised += raised.raised
        report.failures += analysed.failures + raised.failures
    analyses.take(home, worker, months, [CASES])
    ranked = analyses.rank_leased(home, worker)
    listed = analyses.list_leased(home, worker)
    report.rankings += ranked.rankings
    report.listed += listed.listed
    report.failures += ranked.failures + listed.failures
