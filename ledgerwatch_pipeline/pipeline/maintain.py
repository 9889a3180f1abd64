"""The step that keeps the lake tidy: flush, merge, remove what nothing names, expire old snapshots, delete their files; and writes
down which mutes have ended by themselves.

It may run at any time beside everything else. What it deletes rows of conflicts with whoever writes there at that moment; then
that table is left for the next time, and the writer repeats its commit.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from ledgerwatch_pipeline.alerting.mutes import end_due
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.stores.lake import maintenance
from ledgerwatch_pipeline.stores.postgres import alerts, loads, runs
from ledgerwatch_pipeline.stores.postgres.locks import Lock

SNAPSHOT_AGE = timedelta(days=7)
"""How long the lake can be read as it was, beside what alerts name, which is kept as long as they are open."""
FILE_AGE = timedelta(days=1)
"""How old a file must be before it is deleted: a younger one may be of a transaction that is still under way."""


@dataclass(frozen=True, slots=True)
class MaintenanceReport:
    """What was done. left_for_later: deletions that a writer got in the way of."""

    tables_flushed: int
    tables_merged: int
    findings_removed: int
    rankings_removed: int
    row_issues_removed: int
    snapshots_expired: int
    files_deleted: int
    mutes_ended: int
    left_for_later: int

    def figures(self) -> dict[str, int]:
        """The figures by name."""
        return asdict(self)


def maintain(
    home: Home, *, snapshot_age: timedelta = SNAPSHOT_AGE, file_age: timedelta = FILE_AGE, now: datetime | None = None
) -> MaintenanceReport:
    """Tidy the lake, one process at a time. now: the moment that mutes are judged by."""
    with home.database.lock(Lock.MAINTENANCE):
        mutes_ended = end_due(home, (now or datetime.now(UTC)).astimezone(UTC).date())
        con = home.lake.con
        with home.database.transaction() as connection:
            superseded = runs.superseded(connection)  # those that no month names any more
        findings = _unless_conflict(lambda: maintenance.remove_findings(con, superseded))
        rankings = _unless_conflict(lambda: maintenance.remove_rankings(con, superseded))
        issues = _unless_conflict(lambda: _remove_row_issues(home))
        flushed = _unless_conflict(lambda: maintenance.flush(con))
        merged = _unless_conflict(lambda: maintenance.merge(con))
        named = _named_snapshots(home)
        expired = [each for each in maintenance.snapshots_before(con, snapshot_age) if each not in named]
        maintenance.expire(con, expired)
        deleted = maintenance.remove_files(con, file_age)
    steps = (flushed, merged, findings, rankings, issues)
    return MaintenanceReport(
        tables_flushed=flushed or 0,
        tables_merged=merged or 0,
        findings_removed=findings or 0,
        rankings_removed=rankings or 0,
        row_issues_removed=issues or 0,
        snapshots_expired=len(expired),
        files_deleted=deleted,
        mutes_ended=mutes_ended,
        left_for_later=sum(step is None for step in steps),
    )


def _unless_conflict(step: Callable[[], int]) -> int | None:
    try:
        return step()
    except duckdb.TransactionException:
        return None


def _remove_row_issues(home: Home) -> int:
    with home.database.transaction() as connection:
        attempts = loads.finished_attempts(connection)
    return maintenance.remove_row_issues(home.lake.con, attempts)


def _named_snapshots(home: Home) -> set[int]:
    """The snapshots that an open alert, or a run whose findings hold, was made from."""
    with home.database.transaction() as connection:
        return alerts.open_snapshots(connection) | runs.current_snapshots(connection)
