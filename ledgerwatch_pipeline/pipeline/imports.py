"""The step that imports what waits: leases loads in bounded portions, has them accepted, and isolates what fails.

How a batch of loads is read, judged and written: ``importing``. Taking files in is not here: ``importing.receive``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.analysis import plan
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.accept import accept_batch
from ledgerwatch_pipeline.importing.check.outcome import CheckOutcome, merged
from ledgerwatch_pipeline.importing.judge import warm_up
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.load import LoadRow, LoadStatus
from ledgerwatch_pipeline.model.progress import Progress, no_progress
from ledgerwatch_pipeline.model.work import Failure, LedgerChange
from ledgerwatch_pipeline.pipeline import corrections
from ledgerwatch_pipeline.pipeline.isolate import in_halves, retrying, words
from ledgerwatch_pipeline.stores.lake.interrupting import interruptible
from ledgerwatch_pipeline.stores.postgres import audit, leases, loads, work
from ledgerwatch_pipeline.stores.postgres.loads import Lane


@dataclass(slots=True)
class ImportReport:
    """What an import did. finished: loads it accepted or rejected. checks: the suite's, over all rows it staged."""

    finished: list[LoadRow] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    checks: dict[str, CheckOutcome] = field(default_factory=dict)


def import_waiting(
    home: Home,
    principal: Principal,
    *,
    lanes: Sequence[Lane] = (Lane.SMALL, Lane.LARGE),
    on_progress: Progress = no_progress,
) -> ImportReport:
    """Finish every load of these lanes that is RECEIVED and that no living worker has, a portion of each lane in turn; and what
    corrections wait."""
    report = ImportReport(failures=corrections.finish_waiting(home))
    with leases.worker(home.database) as worker:
        try:
            with home.database.transaction() as connection:
                total, done = loads.waiting(connection).files, 0
            while True:
                leased = 0
                for lane in lanes:
                    with home.database.transaction() as connection:
                        rows = loads.claim(connection, worker, lane, home.settings.batch_bytes)
                    if not rows:
                        continue
                    if not done:
                        warm_up()
                    on_progress("importing", done, max(total, done + len(rows)))
                    _import(home, principal, rows, worker, report)
                    leased += len(rows)
                    done += len(rows)
                if not leased:
                    break
            on_progress("importing", done, done)
        finally:
            with home.database.transaction() as connection:
                loads.release(connection, worker)
    return report


def _import(home: Home, principal: Principal, rows: Sequence[LoadRow], worker: int, report: ImportReport) -> None:
    """Accept a portion; what fails alone is marked FAILED."""
    analyzers = load_registry(home.settings).analyzers

    def enqueue(connection: Connection, changes: Sequence[LedgerChange]) -> None:
        items = plan.work_for_changes(connection, analyzers, home.settings.monitored, changes)
        work.enqueue(connection, items, principal.name)

    def accept(part: Sequence[LoadRow]) -> None:
        with interruptible(home.lake.con):
            accepted = retrying(lambda: accept_batch(home, part, worker, principal, enqueue))
        merged(report.checks, accepted.checks)

    def on_failure(row: LoadRow, error: Exception) -> None:
        _mark_failed(home, principal, row, worker, words(error))

    in_halves(rows, accept, on_failure)
    with home.database.transaction() as connection:
        finished = loads.by_ids(connection, [row.id for row in rows])
    for row in rows:
        now = finished[row.id]
        report.finished.append(now)
        if now.status is LoadStatus.FAILED:
            report.failures.append(Failure("load", now.organization, now.file, now.error or ""))


def _mark_failed(home: Home, principal: Principal, row: LoadRow, worker: int, error: str) -> None:
    subject = Subject(SubjectType.LOAD, str(row.id))
    event = AuditEvent(
        "LOAD_FAILED", principal.name, subject, row.organization_id, {"file": row.file, "error": error[:500]}
    )
    with home.database.transaction() as connection:
        loads.fail(connection, worker, {row.id: error})
        audit.append(connection, [event])
