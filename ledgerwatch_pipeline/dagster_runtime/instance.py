"""The Dagster instance of a home: its folder, and runs left behind by a killed process."""

import os
import time
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from uuid import UUID

import dagster as dg
from dagster._core.instance.ref import InstanceRef

from ledgerwatch_pipeline.dagster_runtime.storage import BulkEventLogStorage
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.packaged import packaged
from ledgerwatch_pipeline.stores.postgres import leases
from ledgerwatch_pipeline.stores.postgres.engine import Database

IN_PROCESS_TAG = "ledgerwatch/in_process"
"""Tag of a run that a command executes itself; its value is the run's own id, as re-executions copy tags."""
LOCATION = "ledgerwatch"
"""What workspace.yaml calls the code location: other locations' runs on the same instance are none of ours."""
_GRACE = 60.0
"""Seconds from the start of a run that Dagster launched until its process must hold the lock of ``alive``."""

_UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_NO_COMPUTE_LOGS = {
    "module": "dagster._core.storage.noop_compute_log_manager",
    "class": "NoOpComputeLogManager",
    "config": {},
}


def environment(home: Home) -> dict[str, str]:
    """The variables that make Dagster's own processes work on this home; makes the folder they name."""
    variables = {
        "DAGSTER_HOME": str(_prepared_folder(home.settings.home)),
        "LEDGERWATCH_HOME": str(home.settings.home),
    }
    if home.settings.database_url is not None:
        variables["LEDGERWATCH_DATABASE_URL"] = home.settings.database_url
    if home.settings.inbox_elsewhere is not None:
        variables["LEDGERWATCH_INBOX"] = home.settings.inbox_elsewhere
    return variables


@cache
def instance_of(home: Home) -> dg.DagsterInstance:
    """The home's instance, opened once a process; runs of processes that were killed are marked as failed first."""
    variables = environment(home)
    os.environ.update(variables)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Output of a command belongs to its terminal, not into Dagster's files.
        reference = InstanceRef.from_dir(variables["DAGSTER_HOME"], overrides={"compute_logs": _NO_COMPUTE_LOGS})
        instance = dg.DagsterInstance.from_ref(reference)
    fail_abandoned_runs(home.database, instance)
    return instance


def migrate_dagster(home: Home) -> None:
    """Make Dagster's tables, and bring those that an earlier version of Dagster made up to date."""
    instance_of(home).upgrade()


def events_gathered(instance: dg.DagsterInstance) -> AbstractContextManager[None]:
    """Within the block, which executes a run here, its events are written step by step and not one by one."""
    log = instance.event_log_storage
    if not isinstance(log, BulkEventLogStorage):
        raise TypeError(f"the instance of a home has LedgerWatch's storage, not {type(log).__name__}")
    return log.gathering()


@contextmanager
def alive(database: Database, run_id: str) -> Iterator[None]:
    """Show that this process executes the run: a worker's lock, which PostgreSQL frees when the process dies."""
    with leases.worker(database, _key(run_id)):
        yield


def fail_abandoned_runs(database: Database, instance: dg.DagsterInstance) -> list[str]:
    """Mark the runs whose process was killed as failed; return their ids. Their work is repeated by whoever asks again."""
    abandoned = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=_UNFINISHED)):
        run = record.dagster_run
        if not _must_be_alive(run, record.start_time):
            continue
        with database.transaction() as connection:
            if not leases.dead(connection, [_key(run.run_id)]):
                continue
            current = instance.get_run_by_id(run.run_id)  # it may have finished since it was listed
            if current is not None and not current.is_finished:
                instance.report_run_failed(current, "The process that executed this run was killed; run it again.")
                instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
                abandoned.append(run.run_id)
    return abandoned


def _must_be_alive(run: dg.DagsterRun, start_time: float | None) -> bool:
    """Whether a process must be executing the run: a command from the run's beginning on, one that Dagster launched once it
    has started. What waits to be launched is watched by Dagster's own run monitoring."""
    if run.tags.get(IN_PROCESS_TAG) == run.run_id:
        return True
    origin = run.remote_job_origin
    ours = origin is not None and origin.location_name == LOCATION
    return ours and start_time is not None and time.time() - start_time > _GRACE


def _key(run_id: str) -> int:
    """A number of its own beside that of the run's lease."""
    return (UUID(run_id).int >> 64) & 0x7FFFFFFF


def _prepared_folder(home: Path) -> Path:
    """``<home>/dagster`` with this version's dagster.yaml, and a note that spares people Dagster's newsletter dialog."""
    folder = home / "dagster"
    (folder / ".nux").mkdir(parents=True, exist_ok=True)
    for path, text in (
        (folder / "dagster.yaml", packaged("dagster.yaml").read_text(encoding="utf-8")),
        (folder / ".nux" / "nux.yaml", "seen: 1\n"),
    ):
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return folder
