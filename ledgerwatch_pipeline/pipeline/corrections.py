"""The step that finishes what corrections wait: those that were just asked for, and those of a process that was killed.

How one is asked for and put into the ledger: ``importing.correct`` and ``importing.withdraw``. Those that bring a row are finished
with the import of it.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from ledgerwatch_pipeline.analysis import plan
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import correct
from ledgerwatch_pipeline.model.correction import CorrectionRow
from ledgerwatch_pipeline.model.work import Failure, LedgerChange
from ledgerwatch_pipeline.pipeline.isolate import in_halves, retrying, words
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.postgres import corrections, work


def finish_waiting(home: Home) -> list[Failure]:
    """Put every correction that waits and brings no row into the ledger, in the order in which they were asked for. One that fails is
    REJECTED with its error, and the others go on; what is in the lake by then waits on, and is told."""
    with home.database.transaction() as connection:
        waiting = corrections.waiting(connection)
    failures: list[Failure] = []

    def on_failure(correction: CorrectionRow, error: Exception) -> None:
        theirs = ledger.corrections_of(home.lake.con, [correction.organization_id])
        if correction.id in theirs[correction.organization_id]:
            failures.append(Failure("correction", correction.organization, str(correction.kind), words(error)))
        else:
            correct.reject(home, correction, words(error))

    for correction in waiting:
        in_halves([correction], lambda part: _apply(home, part[0]), on_failure)
    return failures


def _apply(home: Home, correction: CorrectionRow) -> None:
    analyzers = load_registry(home.settings).analyzers

    def enqueue(connection: Connection, changes: Sequence[LedgerChange]) -> None:
        items = plan.work_for_changes(connection, analyzers, home.settings.monitored, changes)
        work.enqueue(connection, items, correction.actor)

    retrying(lambda: correct.apply(home, correction, enqueue))
