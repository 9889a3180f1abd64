"""A worker: what it takes up, what it leaves to others, and how the sensors leave work to it."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.dagster_runtime.launching import RunFailedError
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.alert import AlertFilter
from ledgerwatch_pipeline.model.load import ImportOptions, LoadFilter
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.pipeline.analyses import DueRange
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres import alerts, leases, loads, work
from ledgerwatch_pipeline.worker import Worker
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.databases import owned
from ledgerwatch_tests.processes import installation
from ledgerwatch_tests.template import make_home

TWICE = rows("2025-02-03,Print,640.00,,", "2025-02-04,Print,640.00,,")

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    make_home(tmp_path / "h")
    opened = Home(Settings(home=tmp_path / "h", inbox_settle_seconds=1))
    yield opened
    opened.close()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def worker(home: Home, told: list[str]) -> Worker:
    return Worker(home, told.append)


def until(condition: Callable[[], bool]) -> None:
    """For some minutes at most, as the machine may be busy: files settle, PostgreSQL notices that a process is gone."""
    deadline = time.monotonic() + 600
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def statuses(home: Home) -> dict[str, str]:
    with home.database.transaction() as connection:
        return {each.file: each.status.value for each in loads.list_recent(connection, LoadFilter(), TESTER, limit=50)}


def open_alerts(home: Home) -> int:
    with home.database.transaction() as connection:
        return len(list(alerts.ranked(connection, AlertFilter(), TESTER, limit=50, after=None)))


def test_it_takes_in_what_lies_in_the_inbox_and_what_was_received(
    home: Home, worker: Worker, told: list[str], tmp_path: Path
) -> None:
    tenant = Tenant(home, tmp_path)
    folder = home.settings.inbox / tenant.slug
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text(TWICE)
    (folder / "bad.csv").write_text(rows("2025-02-03,,1.00,,"))
    receive(home, [tenant.write(TWICE.replace("640", "12"), "b.csv")], tenant.slug, ImportOptions(), TESTER)
    until(lambda: bool(worker.step()) and "a.csv" in statuses(home))
    worker.step()
    assert statuses(home) == {"a.csv": "ACCEPTED", "b.csv": "ACCEPTED", "bad.csv": "REJECTED"}
    assert open_alerts(home) >= 2
    assert not worker.step()
    assert any("imported" in each for each in told)
    assert any("analysed 2025-02" in each for each in told)


def test_what_another_worker_has_is_left_to_it(home: Home, worker: Worker, tmp_path: Path) -> None:
    tenant = Tenant(home, tmp_path)
    receive(home, [tenant.write(TWICE, "a.csv")], tenant.slug, ImportOptions(), TESTER)
    with leases.worker(home.database) as other:
        with home.database.transaction() as connection:
            assert loads.claim(connection, other, loads.Lane.SMALL, 1_000)
        assert not worker.step()
        assert statuses(home) == {"a.csv": "RECEIVED"}
    until(lambda: bool(worker.step()))  # the other is gone, once PostgreSQL has noticed
    assert statuses(home) == {"a.csv": "ACCEPTED"}


def test_an_analysis_in_another_worker_s_hands_is_not_waited_for(home: Home, worker: Worker, tmp_path: Path) -> None:
    acme, beta = Tenant(home, tmp_path), Tenant(home, tmp_path)
    for tenant in (acme, beta):
        receive(home, [tenant.write(TWICE, "a.csv")], tenant.slug, ImportOptions(), TESTER)
    months = MonthRange(Month(2025, 2), Month(2025, 2))
    worker._import()
    with leases.worker(home.database) as other:
        taken = analyses.take(home, other, months, ["duplicate"], organization_ids=[acme.id])
        assert taken
        worker.step()
        with home.database.transaction() as connection:
            left = {each.organization_id for each in work.pending(connection)}
        assert left == {acme.id}
        assert not worker.step()
    until(lambda: bool(worker.step()))
    with home.database.transaction() as connection:
        assert not work.pending(connection)


def test_what_a_run_leaves_as_it_was_is_a_failure_and_no_endless_loop(
    home: Home, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = Tenant(home, tmp_path)
    receive(home, [tenant.write(TWICE, "a.csv")], tenant.slug, ImportOptions(), TESTER)
    monkeypatch.setattr("ledgerwatch_pipeline.dagster_runtime.launching.import_waiting", lambda *_, **__: None)
    with pytest.raises(RunFailedError, match="^a run left what waits as it was: 1 load$"):
        worker.step()


def test_imports_that_fail_as_a_whole_keep_no_analysis_waiting(
    home: Home, worker: Worker, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = Tenant(home, tmp_path)
    receive(home, [tenant.write(TWICE, "a.csv")], tenant.slug, ImportOptions(), TESTER)
    worker._import()
    receive(home, [tenant.write(TWICE.replace("640", "12"), "b.csv")], tenant.slug, ImportOptions(), TESTER)
    monkeypatch.setattr("ledgerwatch_pipeline.dagster_runtime.launching.import_waiting", lambda *_, **__: None)
    stop = threading.Event()
    staying = threading.Thread(target=worker.work_until, args=(stop,))
    staying.start()
    until(lambda: any("analysed" in each for each in told))
    stop.set()
    staying.join(timeout=60)
    assert [each for each in told if each.startswith("failed")][0].endswith("1 load; again in 5 s")
    assert statuses(home) == {"a.csv": "ACCEPTED", "b.csv": "RECEIVED"}


def test_planning_for_many_organizations_makes_no_file_wait(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stop(threading.Event):
        waited = 0.0

        def wait(self, timeout: float | None = None) -> bool:
            self.waited = timeout or 0.0
            self.set()
            return True

    def slowly(*_: object, **__: object) -> list[DueRange]:
        time.sleep(2)
        return []

    monkeypatch.setattr(analyses, "due", slowly)
    stop = Stop()
    worker.work_until(stop)
    assert 0 < stop.waited < 20


def test_more_organizations_than_a_run_takes_up_are_done_one_run_after_the_other(
    home: Home, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyses, "PORTION", 1)
    for tenant in [Tenant(home, tmp_path) for _ in range(3)]:
        receive(home, [tenant.write(TWICE, "a.csv")], tenant.slug, ImportOptions(), TESTER)
    while worker.step():
        pass
    with home.database.transaction() as connection:
        assert not work.pending(connection)
    assert worker.done.analyses == 3


def test_who_stays_is_counted_and_ends_when_asked(home: Home, worker: Worker) -> None:
    def present() -> int:
        with home.database.transaction() as connection:
            return leases.count_present(connection)

    stop = threading.Event()
    staying = threading.Thread(target=worker.work_until, args=(stop,))
    assert present() == 0
    staying.start()
    until(lambda: present() == 1)
    stop.set()
    staying.join(timeout=60)
    assert not staying.is_alive()
    until(lambda: present() == 0)


def test_the_command_does_what_there_is_once() -> None:
    with installation() as place:
        place.add_organization("acme")
        file = place.home.settings.home / "a.csv"
        file.write_text(TWICE)
        receive(place.home, [file], "acme", ImportOptions(), TESTER)
        done = place.run("worker", "--once", "--json")
        assert (done.returncode, done.stdout) == (0, '{"imports": 1, "analyses": 1}\n')
        assert "imported 1 file in" in done.stderr
        assert place.json("alerts", "list")["alerts"]
        assert place.run("worker", "--once", "--json").stdout == '{"imports": 0, "analyses": 0}\n'
        inbox = place.home.settings.inbox / "acme"
        inbox.mkdir(parents=True)
        (inbox / "b.csv").write_text(TWICE.replace("640", "12"))  # no look has seen it before
        assert place.run("worker", "--once", "--json").stdout == '{"imports": 1, "analyses": 1}\n'


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_once_the_work_in_hand_is_done(number: signal.Signals) -> None:
    with installation() as place:
        place.add_organization("acme")
        file = place.home.settings.home / "a.csv"
        file.write_text(TWICE)
        place.home.lake.snapshot()
        process = place.start("worker")
        with place.hold_table("analysis_runs") as barrier:
            receive(place.home, [file], "acme", ImportOptions(), TESTER)
            barrier.wait_for_waiter(process)
            process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)
            assert process.poll() is None
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert "analysed 2025-02" in said
        assert place.json("alerts", "list")["alerts"]


def test_a_second_signal_ends_it_now_and_nothing_is_lost() -> None:
    with installation() as place:
        place.add_organization("acme")
        file = place.home.settings.home / "a.csv"
        file.write_text(TWICE)
        place.home.lake.snapshot()
        process = place.start("worker")
        with place.hold_table("analysis_runs") as barrier:
            receive(place.home, [file], "acme", ImportOptions(), TESTER)
            barrier.wait_for_waiter(process)
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 130
        assert place.run("worker", "--once").returncode == 0
        assert place.json("alerts", "list")["alerts"]


def test_it_begins_anew_when_its_connections_are_lost_and_ends_when_asked_meanwhile() -> None:
    with installation() as place:
        place.add_organization("acme")
        process = place.start("worker")

        def present() -> int:
            with place.home.database.transaction() as connection:
                return leases.count_present(connection)

        def lose() -> None:
            with owned(place.home) as database, database.transaction() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )

        until(lambda: present() == 1)
        lose()
        until(lambda: present() == 0)
        until(lambda: present() == 1)
        lose()
        assert process.stderr is not None
        said = ""
        while said.count("the connection to PostgreSQL was lost") < 2:
            said += process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
        assert said.count("beginning anew") == 1


def test_it_starts_the_embedded_server_again_when_that_was_killed() -> None:
    with installation() as place:
        process = place.start("worker")
        assert process.stderr is not None
        said = process.stderr.readline()
        assert "working on" in said
        postmaster = (place.home.settings.home / "postgres" / "postmaster.pid").read_text().splitlines()[0]
        os.kill(int(postmaster), signal.SIGKILL)
        while said.count("working on") < 2:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
        assert "beginning anew" in said
