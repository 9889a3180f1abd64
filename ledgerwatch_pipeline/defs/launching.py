"""Runs the pipeline for the command line. For now it calls the use cases in order, without a Dagster run.

What is missing here, and why, is in docs/architecture.md ("Not built yet").
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from ledgerwatch_pipeline.alerting.raising import raise_alerts
from ledgerwatch_pipeline.analyzers import ANALYZERS, running
from ledgerwatch_pipeline.analyzers.analyzer import Analyzer
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import importer
from ledgerwatch_pipeline.model.errors import LedgerWatchError

Progress = Callable[[str, int, int], None]


class AnalysisFailedError(LedgerWatchError):
    """One or more analyzers failed; the others' findings and alerts are there."""


def import_loads(home: Home, load_ids: Sequence[UUID], *, actor: str, on_progress: Progress) -> importer.ImportOutcome:
    """Import these received loads, and any that an interrupted import left behind."""
    return importer.import_these(home, load_ids, actor, on_progress)


def analyze_due(home: Home, *, on_progress: Progress) -> int:
    """Analyse the months whose ledger changed, and later ones they reach; return how many ranges that were."""
    requests, seqs = running.plan(home, ANALYZERS)
    for request in requests:
        analyze(home, request, ANALYZERS, on_progress=on_progress)
    running.finish_plan(home, seqs)
    return len(requests)


def analyze(
    home: Home, request: running.AnalysisRequest, analyzers: Sequence[Analyzer], *, on_progress: Progress
) -> None:
    """Reconcile the months, run each analyzer, raise its alerts; one that fails does not stop the others."""
    steps = 1 + len(analyzers)
    on_progress(f"reconciling {request.months}", 0, steps)
    running.reconcile_ledger(home, request)
    failures = []
    for done, analyzer in enumerate(analyzers, start=1):
        on_progress(f"analysing {request.months}: {analyzer.name}", done, steps)
        try:
            running.run_analyzer(home, analyzer, request)
            raise_alerts(home, analyzer, request)
        except LedgerWatchError:
            raise
        except Exception as error:
            failures.append(f"{analyzer.name}: {type(error).__name__}: {error}")
    on_progress(f"analysing {request.months}", steps, steps)
    if failures:
        raise AnalysisFailedError("; ".join(failures) + " (see: ledgerwatch runs list --status FAILED)")
