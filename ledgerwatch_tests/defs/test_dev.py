"""``ledgerwatch dev`` as a person meets it: the UI shows what commands did, and Ctrl-C leaves no process behind."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import text
from urllib3.util import Retry

from ledgerwatch_pipeline.dagster_runtime.instance import environment
from ledgerwatch_pipeline.packaged import packaged
from ledgerwatch_tests.conftest import rows
from ledgerwatch_tests.ports import free_port
from ledgerwatch_tests.processes import Installation, everything, installation

FORGED = "UPDATE alerts SET title = 'forged', message = 'forged', amount = amount + 1, content = NULL"
"""Also the hash by which an alert that says the same is left alone."""


def ask(port: int, query: str) -> dict[str, Any]:
    """Asks Dagster's GraphQL; the webserver says that it serves a moment before it does, hence the retries."""
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=Retry(connect=20, backoff_factor=0.1, backoff_max=2)))
        answer = session.post(f"http://127.0.0.1:{port}/graphql", json={"query": query}, timeout=60).json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


@pytest.fixture
def imported(tmp_path: Path) -> Iterator[Installation]:
    file = tmp_path / "february.csv"
    file.write_text(rows("2025-02-03,Print,640.00,,", "2025-02-04,Print,640.00,,"), encoding="utf-8")
    with installation() as fresh:
        fresh.add_organization("acme")
        done = fresh.run("import", file, "--org", "acme")
        assert (done.returncode, done.stderr) == (0, "")
        yield fresh


@contextmanager
def serving(place: Installation) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """``dev`` once its UI is served, and the port; ended by Ctrl-C unless it has ended."""
    port = free_port()
    with (place.home.settings.home / "dev.log").open("wb") as log:
        dev = subprocess.Popen(
            [sys.executable, "-m", "ledgerwatch_pipeline.cli.main", "dev", "--port", str(port)],
            env=place.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: "Serving dagster-webserver" in said(place), dev, place)
        yield dev, port
    finally:
        if dev.poll() is None:
            dev.send_signal(signal.SIGINT)
        dev.wait(timeout=120)


def said(place: Installation) -> str:
    return (place.home.settings.home / "dev.log").read_text(encoding="utf-8", errors="replace")


def wait_for(condition: Callable[[], bool], dev: "subprocess.Popen[bytes]", place: Installation) -> None:
    """Until it holds, for some minutes: the machine may be busy."""
    for _ in range(600):
        if condition():
            return
        assert dev.poll() is None, said(place)[-4_000:]
        time.sleep(0.5)
    pytest.fail(said(place)[-4_000:])


def alerts_of(place: Installation) -> list[str]:
    listed = json.loads(place.run("alerts", "list", "--json").stdout)["alerts"]
    return [each["title"] for each in listed]


@pytest.mark.slow
def test_a_file_in_the_inbox_becomes_alerts() -> None:
    with installation() as place:
        place.add_organization("acme")
        inbox = place.home.settings.inbox / "acme"
        inbox.mkdir(parents=True)
        with serving(place) as (dev, _):
            (inbox / "february.csv").write_text(rows("2025-02-03,Print,640.00,,", "2025-02-04,Print,640.00,,"))
            wait_for(lambda: bool(alerts_of(place)), dev, place)
        assert dev.returncode == 0
        assert "imported 1 file in" in said(place)  # by the worker


@pytest.mark.slow
@pytest.mark.parametrize(("part", "told"), [("dagster._daemon", "Dagster"), ("worker", "the worker")])
def test_it_says_so_when_a_part_of_it_dies(part: str, told: str) -> None:
    with installation() as place:
        with serving(place) as (dev, _):
            (victim,) = [each for each in psutil.Process(dev.pid).children(recursive=True) if part in each.cmdline()]
            victim.kill()
            dev.wait(timeout=120)
        assert dev.returncode == 1, said(place)[-2_000:]
        assert f"{told} ended by itself" in said(place)


@pytest.mark.slow
def test_the_ui_opens_on_the_state_of_the_commands_and_ends_as_a_whole(imported: Installation) -> None:
    with serving(imported) as (dev, port):
        family = [psutil.Process(dev.pid), *psutil.Process(dev.pid).children(recursive=True)]
        seen = ask(
            port,
            "{runsOrError{... on Runs{results{jobName status repositoryOrigin{repositoryLocationName}}}}"
            " workspaceOrError{... on Workspace{locationEntries{name locationOrLoadError{__typename}}}}"
            ' assetNodeOrError(assetKey:{path:["alerts"]}){... on AssetNode{partitionStats{numMaterialized}}}}',
        )
        assert seen["workspaceOrError"]["locationEntries"] == [
            {"name": "ledgerwatch", "locationOrLoadError": {"__typename": "RepositoryLocation"}}
        ]
        assert [(run["jobName"], run["status"]) for run in seen["runsOrError"]["results"]] == [
            ("analyze_months", "SUCCESS"),
            ("import_files", "SUCCESS"),
        ]
        assert seen["assetNodeOrError"]["partitionStats"]["numMaterialized"] == 1
    assert dev.returncode == 0
    _, alive = psutil.wait_procs([each for each in family if "postgres" not in _name(each)], timeout=60)
    assert not alive


def _name(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except psutil.NoSuchProcess:
        return "gone"


def test_a_port_in_use_is_said_before_anything_starts() -> None:
    with socket.socket() as taken, installation() as fresh:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = fresh.run("dev", "--port", str(port))
    assert refused.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in refused.stderr
    assert "--port" in refused.stderr
    assert "Traceback" not in refused.stderr


MONTHS = ("2025-01", "2025-02", "2025-03")


def analyze(place: Installation) -> None:
    """The months by LedgerWatch's command."""
    done = place.run("analyze", "--from", MONTHS[0], "--to", MONTHS[-1])
    assert (done.returncode, done.stderr) == (0, "")


def backfill_in_the_ui(place: Installation) -> None:
    """The months by the dialog of Dagster's UI, over all assets of the job; GraphQL is what the dialog asks."""
    with serving(place) as (dev, port):
        assets = ask(port, "{assetNodes{assetKey{path} jobNames}}")["assetNodes"]
        selected = [each["assetKey"]["path"] for each in assets if "analyze_months" in each["jobNames"]]
        keys = ",".join(f"{{path:{json.dumps(path)}}}" for path in selected)
        launched = ask(
            port,
            f"mutation{{launchPartitionBackfill(backfillParams:{{assetSelection:[{keys}],partitionNames:{json.dumps(MONTHS)}}})"
            "{__typename}}",
        )
        assert launched["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess"
        wait_for(lambda: backfills(port) == ["COMPLETED_SUCCESS"] and rests(place, port), dev, place)


def backfill_by_dagsters_command(place: Installation) -> None:
    """The months by ``dagster job backfill``, whose runs Dagster's daemon launches."""
    with serving(place) as (dev, port):
        submitted = subprocess.run(
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "dagster",
                "job",
                "backfill",
                "--noprompt",
                "--job",
                "analyze_months",
            ]
            + ["--workspace", str(packaged("workspace.yaml")), "--partitions", ",".join(MONTHS)],
            env={**place.environment, **environment(place.home)},
            capture_output=True,
            encoding="utf-8",
        )
        assert submitted.returncode == 0, submitted.stderr
        wait_for(lambda: runs_of(port).count("SUCCESS") > len(MONTHS) and rests(place, port), dev, place)


def rests(place: Installation, port: int) -> bool:
    """Nothing is due and no run goes on. What a run of assets has asked for and not yet taken, the sensor `due_work` may take."""
    going_on = "{runsOrError(filter:{statuses:[QUEUED,NOT_STARTED,STARTING,STARTED]}){... on Runs{results{status}}}}"
    return not ask(port, going_on)["runsOrError"]["results"] and not place.json("status")["counts"]["analyses_due"]


def backfills(port: int) -> list[str]:
    found = ask(port, "{partitionBackfillsOrError{... on PartitionBackfills{results{status}}}}")
    return [each["status"] for each in found["partitionBackfillsOrError"]["results"]]


def runs_of(port: int) -> list[str]:
    found = ask(port, '{runsOrError(filter:{pipelineName:"analyze_months"}){... on Runs{results{status}}}}')
    return [each["status"] for each in found["runsOrError"]["results"]]


@pytest.mark.slow
@pytest.mark.parametrize("way", [analyze, backfill_in_the_ui, backfill_by_dagsters_command])
def test_months_analysed_again_are_the_same_by_command_by_backfill_and_by_dagsters_command(
    tmp_path: Path, way: Callable[[Installation], None]
) -> None:
    """What alerts say is made wrong, and nothing is due: the way alone writes it anew, and leaves all as the import had made it."""
    for slug in ("acme", "zeta"):
        (tmp_path / slug).mkdir()
        (tmp_path / slug / "quarter.csv").write_text(
            rows(
                *(f"2025-01-{day:02},Paper,100.00,," for day in range(1, 26, 5)),
                *("2025-02-03,Print,640.00,,", "2025-02-04,Print,640.00,,", "2025-03-10,Builder,10000.01,,"),
            ),
            encoding="utf-8",
        )
    with installation() as place:
        for slug in ("acme", "zeta"):
            place.add_organization(slug)
        assert place.run("import", "--inbox", tmp_path).returncode == 0
        before = everything(place.home)
        assert {analyzer for analyzer, *_ in before["findings"]} >= {"duplicate", "large_transaction", "vendor_spike"}
        with place.home.database.transaction() as connection:
            connection.execute(text(FORGED))
        assert everything(place.home) != before
        way(place)
        assert everything(place.home) == before
