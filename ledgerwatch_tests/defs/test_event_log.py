"""The event log of a run that a command executes: written step by step, and for whoever reads it the same as one by one."""

from collections.abc import Sequence
from contextlib import suppress

import dagster as dg
import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.dagster_runtime import launching
from ledgerwatch_pipeline.dagster_runtime.instance import events_gathered, instance_of
from ledgerwatch_pipeline.dagster_runtime.storage import BulkEventLogStorage
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.load import ImportOptions, OnInvalid
from ledgerwatch_pipeline.model.progress import no_progress
from ledgerwatch_tests.conftest import Tenant, rows

pytestmark = pytest.mark.slow


def stored(home: Home, run_id: str) -> list[str]:
    """Messages of the run, as another process sees them."""
    with home.database.transaction() as connection:
        messages = connection.scalars(
            text(
                "SELECT event::json -> 'dagster_event' ->> 'message' FROM dagster.event_logs WHERE run_id = :run ORDER BY id"
            ),
            {"run": run_id},
        )
        return list(messages)


def told(instance: dg.DagsterInstance, run_id: str) -> Sequence[tuple[str, str | None]]:
    """Type and step of each event of the run, in order; not how long something took or which process did it."""
    return [
        (entry.dagster_event.event_type_value, entry.dagster_event.step_key)
        for entry in instance.all_logs(run_id)
        if entry.dagster_event is not None and entry.dagster_event.step_key is not None
    ]


def checks_of(home: Home, run_id: str) -> set[tuple[str, str]]:
    """The checks of the run, as Dagster's page of checks finds them."""
    with home.database.transaction() as connection:
        found = connection.execute(
            text("SELECT check_name, execution_status FROM dagster.asset_check_executions WHERE run_id = :run"),
            {"run": run_id},
        )
        return {(name, status) for name, status in found}


def test_what_is_gathered_is_written_before_anything_is_read(home: Home) -> None:
    instance = instance_of(home)
    run_id = "00000000-0000-4000-8000-00000000000a"
    with events_gathered(instance):
        instance.report_engine_event("first", run_id=run_id, job_name="gathered")
        instance.report_engine_event("second", run_id=run_id, job_name="gathered")
        assert stored(home, run_id) == []
        assert [entry.message for entry in instance.all_logs(run_id)] == ["first", "second"]
        assert stored(home, run_id) == ["first", "second"]
        instance.report_engine_event("third", run_id=run_id, job_name="gathered")
    assert stored(home, run_id) == ["first", "second", "third"]
    instance.report_engine_event("fourth", run_id=run_id, job_name="gathered")
    assert stored(home, run_id) == ["first", "second", "third", "fourth"]


def test_what_is_gathered_is_written_when_the_run_breaks_off(home: Home) -> None:
    instance = instance_of(home)
    run_id = "00000000-0000-4000-8000-00000000000b"
    with suppress(RuntimeError), events_gathered(instance):
        instance.report_engine_event("the last that is known", run_id=run_id, job_name="gathered")
        raise RuntimeError("broken off")
    assert stored(home, run_id) == ["the last that is known"]


def test_what_is_gathered_outlives_the_connection(home: Home) -> None:
    instance = instance_of(home)
    run_id = "00000000-0000-4000-8000-00000000000c"
    log = instance.event_log_storage
    assert isinstance(log, BulkEventLogStorage)
    with log._connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    with events_gathered(instance):
        instance.report_engine_event("told before", run_id=run_id, job_name="gathered")
        with home.database.transaction() as connection:
            assert connection.scalar(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
        instance.report_engine_event("told after", run_id=run_id, job_name="gathered")
    assert stored(home, run_id) == ["told before", "told after"]


def test_a_commands_run_tells_what_the_same_run_of_the_ui_tells(home: Home, tenant: Tenant) -> None:
    paula = local_operator("paula")
    instance = instance_of(home)
    (receipt,) = receive(
        home,
        [tenant.write(rows("2025-01-07,Paper,100.00,,", "2025-01-08,,1.00,,"))],
        tenant.slug,
        ImportOptions(OnInvalid.QUARANTINE),
        paula,
    )
    launching.import_loads(home, [receipt.load_id], principal=paula, on_progress=no_progress)
    (by_command,) = instance.get_runs(dg.RunsFilter(job_name="import_files"), limit=1)
    made = instance.get_latest_materialization_event(dg.AssetKey("validated_transactions"))
    assert made is not None
    assert made.run_id == by_command.run_id
    job = build_definitions(home=home, progress=no_progress).resolve_job_def("import_files")
    by_ui = job.execute_in_process(instance=instance, raise_on_error=False)
    assert told(instance, by_command.run_id) == told(instance, by_ui.run_id)
    assert {status for _, status in checks_of(home, by_command.run_id)} == {"SUCCEEDED", "FAILED"}
    assert ("vendor_present", "FAILED") in checks_of(home, by_command.run_id)
    assert {name for name, _ in checks_of(home, by_command.run_id)} == {n for n, _ in checks_of(home, by_ui.run_id)}
