"""``ledgerwatch dev`` as a person meets it: the UI shows what commands did, and Ctrl-C leaves no process behind."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from ledgerwatch_tests.conftest import rows
from ledgerwatch_tests.processes import Installation, installation


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


@pytest.mark.slow
def test_the_ui_opens_on_the_state_of_the_commands_and_ends_as_a_whole(imported: Installation) -> None:
    port = free_port()
    dev = subprocess.Popen(
        [sys.executable, "-m", "ledgerwatch_pipeline.cli.main", "dev", "--port", str(port)],
        env=imported.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert dev.stdout is not None
    said = []
    try:
        for line in dev.stdout:  # ends when it serves, or when it dies
            said.append(line)
            if "Serving dagster-webserver" in line:
                break
        else:
            pytest.fail("".join(said))
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
    finally:
        family = [psutil.Process(dev.pid), *psutil.Process(dev.pid).children(recursive=True)]
        dev.send_signal(signal.SIGINT)
        rest, _ = dev.communicate(timeout=120)
    assert dev.returncode == 0, rest
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
