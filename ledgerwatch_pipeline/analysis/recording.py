"""How a run ends, of an analyzer or of the ranking: what it wrote becomes what holds, or its failure is recorded; audited either way.

What a run computes is ``run``'s here and in ``ranking``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.work import WorkItem
from ledgerwatch_pipeline.stores.lake.session import LakeTransaction
from ledgerwatch_pipeline.stores.postgres import audit, runs, work
from ledgerwatch_pipeline.stores.postgres.runs import RangeResult, StartedRun


@contextmanager
def failure_recorded(home: Home, run: StartedRun) -> Iterator[None]:
    """Record that the run failed when the block does, and why."""
    try:
        yield
    except BaseException as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        with home.database.transaction() as connection:
            runs.fail(connection, run.id, reason)
            audit.append(
                connection, [_ended(run, row, {"status": "FAILED", "error": reason[:500]}) for row in run.scope]
            )
        raise


def commit(
    home: Home,
    lake: LakeTransaction,
    run: StartedRun,
    items: Sequence[WorkItem],
    snapshot: int,
    results: Sequence[RangeResult],
    found: str,
) -> None:
    """Commit what the run wrote into the lake, and that it succeeded, in a moment. snapshot: what it read; found: what its results
    count. Raises LeaseLostError, with nothing written, if its worker has not leased ``items`` any more."""
    with home.database.transaction() as connection:
        work.require_lease(connection, run.worker, items)
        lake.commit()
        runs.succeed(connection, run, snapshot, results)
        audit.append(
            connection,
            [_ended(run, each.scope, {"status": "SUCCEEDED", found: sum(each.findings.values())}) for each in results],
        )


def _ended(run: StartedRun, row: ScopeRow, how: dict[str, JsonValue]) -> AuditEvent:
    what: dict[str, JsonValue] = {"analyzer": run.analyzer, "version": run.version, "months": str(row.months), **how}
    return AuditEvent("ANALYSIS_RUN", "system", Subject(SubjectType.RUN, str(run.id)), row.organization_id, what)
