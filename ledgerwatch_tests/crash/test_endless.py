"""An analyzer that does not end: its time ends, a signal ends the command, and a killed command's run is closed by the next one."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerwatch_pipeline.model.work import CASES
from ledgerwatch_pipeline.stores.postgres import work
from ledgerwatch_tests.analyzers_page import ROUND_SQL, ROUND_TOML, write
from ledgerwatch_tests.processes import Installation, installation

ENDLESS = (
    f"SELECT * FROM ({ROUND_SQL}) WHERE (SELECT count(*) FROM range(9000000) AS a, range(9000000) AS b"
    " WHERE a.range * b.range % 7 = 3) > 0"
)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    """Two organizations whose payments are imported and not analysed, and an endless analyzer."""
    with installation() as fresh:
        write(fresh.home.settings.analyzers, "endless", ROUND_TOML.replace("round_payment", "endless"), ENDLESS)
        file = tmp_path / "pair.csv"
        file.write_text("date,vendor,amount\n2024-03-01,Acme,1000.00\n2024-03-02,Acme,1000.00\n")
        for slug in ("first", "second"):
            fresh.add_organization(slug)
            assert fresh.run("import", file, "--org", slug, "--no-analyze").returncode == 0
        yield fresh


@pytest.mark.slow
def test_its_time_ends_and_everything_else_is_done(place: Installation) -> None:
    result = place.run("analyze", LEDGERWATCH_ANALYZER_SECONDS="5")
    assert result.returncode == 1
    for slug in ("first", "second"):
        assert f"failed: {slug}/analysis endless: endless took longer than the 5 seconds it had" in result.stderr
        assert len(place.json("alerts", "list", "--org", slug)["alerts"]) == 1
    with place.home.database.transaction() as connection:
        assert {each.analyzer for each in work.failed(connection)} == {"endless"}
        assert work.pending(connection) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_and_what_was_due_stays_due(place: Installation, number: signal.Signals) -> None:
    process = place.start("analyze", "--month", "2024-03")
    place.wait_for_run("endless", process)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "\n")
    (run,) = place.json("runs", "list", "--analyzer", "endless")["runs"]
    assert run["status"] == "FAILED"
    with place.home.database.transaction() as connection:
        assert {each.analyzer for each in work.pending(connection)} == {"endless", CASES}
        assert work.failed(connection) == []


@pytest.mark.slow
def test_the_run_of_a_killed_command_is_closed_when_its_work_is_freed(place: Installation) -> None:
    with place.killed("analyze") as process:
        place.wait_for_run("endless", process)
    file = place.home.settings.analyzers / "endless.toml"
    file.unlink()
    assert place.run("analyze").returncode == 1  # nothing is left to run: what waits is of an analyzer that is gone
    (run,) = (each for each in place.json("runs", "list")["runs"] if each["analyzer"] == "endless")
    assert (run["status"], run["error"]) == (
        "FAILED",
        "its process ended before it did: killed, or the machine stopped",
    )
