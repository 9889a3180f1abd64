"""What starts by itself, edge by edge: ticks of the sensors and schedules on a real instance, and the runs they ask for."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.sensor_definition import SensorExecutionData

from ledgerwatch_pipeline.analysis.analyzers.duplicate import DUPLICATE
from ledgerwatch_pipeline.dagster_runtime.instance import _must_be_alive, alive, instance_of
from ledgerwatch_pipeline.dagster_runtime.launching import _origins
from ledgerwatch_pipeline.defs import sensors
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.defs.schedules import SCHEDULED, schedules
from ledgerwatch_pipeline.defs.sensors import due_work_sensor, inbox_sensor, notifications_sensor, pause
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import AlertFilter
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import LoadFilter
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.progress import no_progress
from ledgerwatch_pipeline.model.work import Cause, NewWork
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.settings import CRONS, Settings
from ledgerwatch_pipeline.stores.postgres import alerts, leases, loads, work
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.receivers import webhook
from ledgerwatch_tests.template import make_home

TWICE = rows("2025-02-03,Print,640.00,,", "2025-02-04,Print,640.00,,")

pytestmark = pytest.mark.slow


class Watched:
    """A home of its own whose files settle at once, and its instance."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.instance = instance_of(home)
        self.definitions = build_definitions(home=home, progress=no_progress)
        self.acme, self.beta = Tenant(home, folder), Tenant(home, folder)
        (home.settings.inbox / self.acme.slug).mkdir(parents=True)

    def put(self, path: str, content: str = TWICE) -> Path:
        file = self.home.settings.inbox / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, encoding="utf-8")
        return file

    def tick(self, sensor: dg.SensorDefinition) -> SensorExecutionData:
        with dg.build_sensor_context(
            instance=self.instance, resources={"home": self.home}, definitions=self.definitions
        ) as context:
            return sensor.evaluate_tick(context)

    def settled(self) -> SensorExecutionData:
        """The tick after the one that saw the files first."""
        self.tick(inbox_sensor)
        time.sleep(1.1)  # files settle after a second here
        return self.tick(inbox_sensor)

    def execute(self, request: dg.RunRequest, job: str) -> dg.ExecuteInProcessResult:
        return self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            run_config=request.run_config,
            tags=dict(request.tags),
            asset_selection=list(request.asset_selection) if request.asset_selection else None,
            raise_on_error=False,
        )

    def begin_run(self, job: str) -> dg.DagsterRun:
        """A run that Dagster has begun, and whose process nobody sees."""
        return self.instance.create_run_for_job(
            job_def=self.definitions.resolve_job_def(job), run_id=str(uuid4()), status=dg.DagsterRunStatus.STARTED
        )

    def loads(self) -> dict[str, str]:
        with self.home.database.transaction() as connection:
            return {
                each.file: each.status.value for each in loads.list_recent(connection, LoadFilter(), TESTER, limit=50)
            }

    def alerts(self) -> int:
        with self.home.database.transaction() as connection:
            return len(list(alerts.ranked(connection, AlertFilter(), TESTER, limit=50, after=None)))


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    make_home(tmp_path / "h")
    home = Home(Settings(home=tmp_path / "h", inbox_settle_seconds=1))
    yield Watched(home, tmp_path)
    home.close()


def skipped(result: SensorExecutionData) -> str:
    assert not result.run_requests
    return result.skip_message or ""


def months_of(request: dg.RunRequest) -> str:
    tags = request.tags
    if "dagster/partition" in tags:
        return tags["dagster/partition"]
    return f"{tags['dagster/asset_partition_range_start']}..{tags['dagster/asset_partition_range_end']}"


def test_files_become_alerts_with_no_other_act(watched: Watched) -> None:
    watched.put(f"{watched.acme.slug}/a.csv")
    watched.put(f"{watched.beta.slug}/b.csv", TWICE.replace("640", "650"))
    watched.put(f"{watched.acme.slug}/bad.csv", rows("2025-02-03,,1.00,,"))
    assert skipped(watched.tick(inbox_sensor)) == "no file waits; 3 may still be written to"
    (request,) = watched.settled().run_requests or ()
    assert watched.execute(request, "import_files").success
    assert watched.loads() == {"a.csv": "ACCEPTED", "b.csv": "ACCEPTED", "bad.csv": "REJECTED"}
    assert "no file waits" in skipped(watched.settled())

    (analysis,) = watched.tick(due_work_sensor).run_requests or ()
    assert months_of(analysis) == "2025-02"
    assert watched.execute(analysis, "analyze_months").success
    assert watched.alerts() > 0
    assert analyses.due(watched.home) == []
    assert skipped(watched.tick(due_work_sensor)) == "nothing is due"


def test_while_there_is_a_worker_what_has_just_come_is_left_to_it(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.put(f"{watched.acme.slug}/a.csv")
    with leases.present(watched.home.database):
        assert skipped(watched.settled()) == "1 file waiting: left to 1 worker for the first 30 seconds"
        monkeypatch.setattr(sensors, "_LEFT_TO_WORKERS", timedelta())  # it has its hands full
        (request,) = watched.tick(inbox_sensor).run_requests or ()
        assert watched.execute(request, "import_files").success
        (_,) = watched.tick(due_work_sensor).run_requests or ()
        monkeypatch.undo()
        assert skipped(watched.tick(due_work_sensor)) == "left to 1 worker for the first 30 seconds"
    deadline = time.monotonic() + 60
    while not (requests := watched.tick(due_work_sensor).run_requests) and time.monotonic() < deadline:
        time.sleep(0.2)  # PostgreSQL has to notice that it is gone
    assert len(requests or ()) == 1


def test_months_apart_are_runs_of_their_own_and_contiguous_ones_are_one(watched: Watched) -> None:
    watched.put(f"{watched.acme.slug}/a.csv", rows("2025-02-03,Print,640.00,,", "2025-09-03,Print,640.00,,"))
    (request,) = watched.settled().run_requests or ()
    assert watched.execute(request, "import_files").success
    (everything,) = watched.tick(due_work_sensor).run_requests or ()
    assert months_of(everything) == "2025-02..2025-09"
    assert watched.execute(everything, "analyze_months").success
    for months in (MonthRange(Month(2025, 2), Month(2025, 3)), MonthRange(Month(2025, 7), Month(2025, 7))):
        analyses.request(watched.home, TESTER, months, analyzers=[DUPLICATE])
    requests = watched.tick(due_work_sensor).run_requests or []
    assert [months_of(each) for each in requests] == ["2025-02..2025-03", "2025-07"]
    for each in requests:
        assert {key.to_user_string() for key in each.asset_selection or ()} == {
            "ledger",
            "findings/duplicate",
            "alerts/duplicate",
            "alerts",
            "signals",
            "cases",
        }
        assert watched.execute(each, "analyze_months").success
    assert skipped(watched.tick(due_work_sensor)) == "nothing is due"


def test_what_is_due_for_an_analyzer_that_came_since_is_left_to_a_process_that_knows_it(watched: Watched) -> None:
    with watched.home.database.transaction() as connection:
        month = MonthRange(Month(2025, 2), Month(2025, 2))
        work.enqueue(connection, [NewWork(watched.acme.id, "dropped_in", month, Cause.NEW)], "test")
    assert skipped(watched.tick(due_work_sensor)) == "nothing is due"
    with watched.home.database.transaction() as connection:
        assert [item.analyzer for item in work.pending(connection)] == ["dropped_in"]
        assert work.failed(connection) == []


def test_what_lies_where_it_can_be_no_load_is_told_once_on_the_page_of_raw_loads(watched: Watched) -> None:
    watched.put("nobody/a.csv")
    first, second = watched.tick(inbox_sensor), watched.tick(inbox_sensor)
    (told,) = first.asset_events
    assert told.asset_key == dg.AssetKey("raw_loads")
    assert told.metadata["misplaced"].value == 1
    assert not second.asset_events


def test_nothing_starts_while_a_run_goes_on_and_one_that_was_killed_does_not_count(watched: Watched) -> None:
    watched.put(f"{watched.acme.slug}/a.csv")
    run = watched.begin_run("import_files")
    with alive(watched.home.database, run.run_id):
        assert skipped(watched.settled()) == "1 file waiting: a run of import_files goes on"
        assert skipped(watched.tick(due_work_sensor)) == "an import goes on, and may make more due"


def test_a_run_that_dagster_launched_must_have_a_living_process_after_a_while(watched: Watched) -> None:
    remote, python = _origins("import_files")
    run = watched.instance.create_run_for_job(
        job_def=watched.definitions.resolve_job_def("import_files"), remote_job_origin=remote, job_code_origin=python
    )
    now = time.time()
    assert (_must_be_alive(run, now - 61), _must_be_alive(run, now), _must_be_alive(run, None)) == (True, False, False)
    elsewhere = watched.begin_run("import_files")  # of no code location of ours
    assert not _must_be_alive(elsewhere, now - 61)


def test_after_a_failure_there_is_a_pause_that_doubles(watched: Watched) -> None:
    watched.put(f"{watched.acme.slug}/a.csv")
    for failures in (1, 2, 3):
        watched.instance.report_run_failed(watched.begin_run("import_files"))
        newest = watched.instance.get_run_records(dg.RunsFilter(job_name="import_files"), limit=8)
        ended = newest[0].end_time or newest[0].update_timestamp.timestamp()
        assert pause(newest, ended) == 30 * 2 ** (failures - 1)
        assert pause(newest, ended + 30 * 2 ** (failures - 1)) is None
    assert "the last run of import_files failed; the next is in" in skipped(watched.settled())
    assert pause([*newest, *newest, *newest], ended) == 3_600
    assert pause([], ended) is None


def test_people_are_told_once_and_nothing_without_a_file(watched: Watched) -> None:
    assert "notifications are off" in skipped(watched.tick(notifications_sensor))
    watched.acme.deliver(TWICE)
    watched.acme.analyze()
    with webhook() as received:
        file = watched.home.settings.notifications
        file.write_text("[[destinations]]\nname = 'wrong'\n")
        assert str(file) in skipped(watched.tick(notifications_sensor))
        file.write_text(f"[[destinations]]\nname = 'hook'\nurl = '{received.url}'\norganizations = 'all'\n")
        (request,) = watched.tick(notifications_sensor).run_requests or ()
        assert watched.execute(request, "notify_people").success
        assert len(received.titles) == 1
        assert skipped(watched.tick(notifications_sensor)) == "nothing new, or quiet hours"
        assert len(received.titles) == 1


@pytest.mark.parametrize(
    ("name", "when", "month"),
    [
        ("monthly_close", datetime(2026, 1, 2, 5, 15, tzinfo=UTC), "2025-12"),
        ("monthly_close", datetime(2026, 3, 2, 5, 15, tzinfo=UTC), "2026-02"),
        ("nightly", datetime(2026, 2, 28, 2, 15, tzinfo=UTC), "2026-02"),
        ("nightly", datetime(2026, 3, 1, 2, 15, tzinfo=UTC), "2026-03"),
        ("nightly", datetime(2026, 3, 1, 2, 15, tzinfo=ZoneInfo("Pacific/Auckland")), "2026-03"),  # February in UTC
    ],
)
def test_a_close_is_of_the_month_before_and_a_night_of_the_current_one(name: str, when: datetime, month: str) -> None:
    (schedule,) = (each for each in SCHEDULED if each.name == name)
    request = schedule.request(dg.build_schedule_context(scheduled_execution_time=when))
    assert request.partition_key == month
    later = schedule.request(dg.build_schedule_context(scheduled_execution_time=when + timedelta(days=400)))
    assert later.run_key != request.run_key


def test_sensors_and_schedules_are_on_from_the_beginning(watched: Watched) -> None:
    repository = watched.definitions.get_repository_def()
    assert {each.name: each.default_status.value for each in repository.sensor_defs} == {
        "inbox": "RUNNING",
        "due_work": "RUNNING",
        "notifications": "RUNNING",
    }
    assert {each.name: each.default_status.value for each in repository.schedule_defs} == dict.fromkeys(
        CRONS, "RUNNING"
    )
    assert all(each.execution_timezone == "UTC" for each in repository.schedule_defs)


def test_times_and_zone_of_the_schedules_are_settings() -> None:
    set_otherwise = {"LEDGERWATCH_TIMEZONE": "Europe/Zurich", "LEDGERWATCH_CRON_NIGHTLY": "30 23 * * 1-5"}
    found = {each.name: each for each in schedules(Settings.from_environment(set_otherwise))}
    assert found["nightly"].cron_schedule == ["30 23 * * 1-5"]
    assert found["maintenance"].cron_schedule == [CRONS["maintenance"]]
    assert found["operations_look"].cron_schedule == ["45 2 * * *", "30 5 * * *"]
    assert {each.execution_timezone for each in found.values()} == {"Europe/Zurich"}


@pytest.mark.parametrize("times", ["at noon", "61 2 * * *", "15 2 * *", "15 2 * * * *"])
def test_a_schedule_at_no_time_is_refused_by_the_name_of_its_setting(times: str) -> None:
    with pytest.raises(UsageError, match=f"LEDGERWATCH_CRON_NIGHTLY must be .* not {re.escape(repr(times))}"):
        schedules(Settings.from_environment({"LEDGERWATCH_CRON_NIGHTLY": times}))
