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
from ledgerwatch_pipeline.model.work import LedgerChange
from ledgerwatch_pipeline.pipeline.isolate import in_halves, retrying, words
from ledgerwatch_pipeline.stores.postgres import corrections, work


def finish_waiting(home: Home) -> int:
    """Put every correction that waits and brings no row into the ledger, in the order in which they were asked for; how many
    there were. One that fails is REJECTED with its error, and the others go on."""
    with home.database.transaction() as connection:
        waiting = corrections.waiting(connection)

    for correction in waiting:
        in_halves(
            [correction],
            lambda part: _apply(home, part[0]),
            lambda each, error: correct.reject(home, each, words(error)),
        )
    return len(waiting)


def _apply(home: Home, correction: CorrectionRow) -> None:
    analyzers = load_registry(home.settings).analyzers

    def enqueue(connection: Connection, changes: Sequence[LedgerChange]) -> None:
        items = plan.work_for_changes(connection, analyzers, home.settings.monitored, changes)
        work.enqueue(connection, items, correction.actor)

    retrying(lambda: correct.apply(home, correction, enqueue))
