"""LedgerWatch as services: the very commands and health checks of docker-compose.yml, as processes of this machine on a
PostgreSQL that is reached by TCP. Each is killed once, at a bad moment, and started again as a supervisor would.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from ledgerwatch_tests.conftest import rows
from ledgerwatch_tests.databases import tcp_server
from ledgerwatch_tests.ports import free_port
from ledgerwatch_tests.processes import PROJECT, Installation, everything, installation

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
STAYING = ("code", "webserver", "daemon", "worker")
FILES = {
    f"{month}.csv": rows(f"2025-{number:02}-03,{month},640.00,,", f"2025-{number:02}-04,{month},640.00,,")
    for number, month in enumerate(("february", "march", "april", "may", "june"), 2)
}


class Services:
    """The services of docker-compose.yml with the ports and folders of this machine."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._places = {
            "3000": str(free_port()),
            "4000": str(free_port()),
            "0.0.0.0": "127.0.0.1",  # noqa: S104 what the container listens on
            "/etc/ledgerwatch/workspace.yaml": str(folder / "workspace.yaml"),
            "/var/lib/ledgerwatch": str(folder / "h"),
            "/var/lib/ledgerwatch/dagster": str(folder / "h" / "dagster"),
        }
        workspace = yaml.safe_load((PROJECT / "docker" / "workspace.yaml").read_text(encoding="utf-8"))
        (server,) = (each["grpc_server"] for each in workspace["load_from"])
        assert (server["host"], str(server["port"])) == ("code", "4000")
        server |= {"host": "127.0.0.1", "port": int(self._places["4000"])}
        (folder / "workspace.yaml").write_text(yaml.safe_dump(workspace), encoding="utf-8")
        (folder / "h").mkdir()
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("LEDGERWATCH_")}
        self.environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(PROJECT)}
        given = COMPOSE["services"]["worker"]["environment"]
        assert given["LEDGERWATCH_DATABASE_URL"].startswith("postgresql://ledgerwatch:${POSTGRES_PASSWORD")
        self.environment |= {name: self._here(value) for name, value in given.items()}
        self.environment |= {"LEDGERWATCH_DATABASE_URL": database_url}

    def _here(self, word: str) -> str:
        return self._places.get(word, word)

    def _command(self, words: list[str]) -> list[str]:
        return [self._here(word).replace(":3000/", f":{self._places['3000']}/") for word in words]

    def run(self, name: str) -> None:
        """A service that ends."""
        command = self._command(COMPOSE["services"][name]["command"])
        subprocess.run(command, env=self.environment, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self._command(COMPOSE["services"][name]["command"]),
                env=self.environment,
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def healthy(self, name: str) -> bool:
        kind, *command = COMPOSE["services"][name]["healthcheck"]["test"]
        assert kind == "CMD"
        asked = subprocess.run(self._command(command), env=self.environment, cwd=self.folder, capture_output=True)
        return asked.returncode == 0

    def kill(self, name: str) -> None:
        """As the machine's memory killer does: the process, and not the runs it launched."""
        self.running[name].kill()
        self.running.pop(name).wait()

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0, self.said(name)

    def stop_all(self) -> None:
        for process in self.running.values():
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            for each in family:
                each.kill()
            process.wait()

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-4_000:]


@pytest.fixture
def services() -> Iterator[Services]:
    with tempfile.TemporaryDirectory(prefix="lw-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database server may be another user's process
        with tcp_server(folder / "postgres") as url:
            found = Services(folder, url)
            try:
                yield found
            finally:
                found.stop_all()


def wait_for(condition: Callable[[], bool], services: Services, what: str) -> None:
    """Until it holds, for some minutes: the machine may be busy."""
    for _ in range(1_200):
        if condition():
            return
        for name, process in services.running.items():
            assert process.poll() is None, f"{name} ended: {services.said(name)}"
        time.sleep(0.5)
    pytest.fail(f"{what} never came; " + "\n".join(f"{name}: {services.said(name)}" for name in services.running))


def found_in(place: Installation, vendor: str) -> bool:
    listed = json.loads(place.run("alerts", "list", "--all", "--json").stdout)["alerts"]
    return any(vendor in each["title"] for each in listed)


@pytest.mark.slow
def test_killed_one_after_the_other_they_end_as_if_never_killed(services: Services) -> None:
    services.run("migrate")
    with installation() as undisturbed:
        undisturbed.add_organization("acme")
        inbox = undisturbed.home.settings.inbox / "acme"
        inbox.mkdir(parents=True)
        for name, content in FILES.items():
            (inbox / name).write_text(content, encoding="utf-8")
            undisturbed.deliver("acme", inbox / name)
        expected = everything(undisturbed.home)
    assert len({alert[7] for alert in expected["alerts"]}) >= len(FILES)

    place = Installation(
        Path(services.environment["LEDGERWATCH_HOME"]),
        LEDGERWATCH_DATABASE_URL=services.environment["LEDGERWATCH_DATABASE_URL"],
    )
    place.add_organization("acme")
    place.home.lake.snapshot()  # the test's own connection is there before a lock is held
    inbox = place.home.settings.inbox / "acme"
    inbox.mkdir(parents=True)

    def put(month: str) -> None:
        (inbox / f"{month}.csv").write_text(FILES[f"{month}.csv"], encoding="utf-8")

    for name in STAYING:
        services.start(name)
    for name in STAYING:
        wait_for(lambda name=name: services.healthy(name), services, f"health of {name}")  # type: ignore[misc]

    put("february")
    wait_for(lambda: found_in(place, "february"), services, "february's alert")

    with place.hold_table("loads") as barrier:  # it has seen the file, and cannot register it
        put("march")
        wait_for(lambda: barrier.waiters() > 0, services, "the worker")
        services.kill("worker")
    services.start("worker")
    wait_for(lambda: found_in(place, "march"), services, "march's alert")
    services.stop("worker")  # from here on the sensors launch runs

    with place.hold_table("analysis_work") as barrier:
        put("april")
        wait_for(lambda: barrier.waiters() > 0, services, "an import")
        services.kill("daemon")
        services.kill("webserver")
    services.start("daemon")
    services.start("webserver")
    wait_for(lambda: found_in(place, "april"), services, "april's alert")

    with place.hold_table("analysis_runs") as barrier:
        put("may")
        wait_for(lambda: barrier.waiters() > 0, services, "an analysis")
        runs = psutil.Process(services.running["code"].pid).children(recursive=True)
        services.kill("code")
        for each in runs:
            each.kill()
    services.start("code")
    wait_for(lambda: found_in(place, "may"), services, "may's alert")

    services.start("worker")
    put("june")
    wait_for(lambda: found_in(place, "june"), services, "june's alert")
    for name in STAYING:
        wait_for(lambda name=name: services.healthy(name), services, f"health of {name}")  # type: ignore[misc]
    services.stop("worker")
    assert everything(place.home) == expected
    place.home.close()
