"""``kill -9`` of an import at any point, then the same command again: everything is as if it had never been killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerwatch_demo.generator import generate
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_tests.processes import Installation, everything, installation

ORG = "harbor-foods"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Half a year of one organization, a file with a bad row, and one with external ids, one of them twice."""
    folder = tmp_path / "data"
    generate(folder, rows=2400, orgs=1, months=6, seed=3)
    (folder / "broken.csv").write_text("date,vendor,amount\n2024-02-01,Acme,1.00\n2024-02-01,,2.00\n")
    row = "2024-03-01,Acme,10.00,A1\n"
    (folder / "identified.csv").write_text(f"date,vendor,amount,external_id\n{row}{row}2024-03-02,Acme,10.00,A2\n")
    return sorted(folder.rglob("*.csv"))


@pytest.fixture
def victim() -> Iterator[Installation]:
    with installation() as fresh:
        fresh.add_organization(ORG)
        fresh.home.lake.snapshot()  # the test's own connection is there before a lock is held
        yield fresh


@pytest.mark.slow
def test_killed_again_and_again_it_ends_as_if_never_killed(victim: Installation, files: list[Path]) -> None:
    command: tuple[str | Path, ...] = ("import", *files, "--org", ORG, "--on-invalid", "quarantine")
    with installation() as undisturbed:
        undisturbed.add_organization(ORG)
        assert undisturbed.run(*command).returncode == 0
        expected = everything(undisturbed.home)
    assert expected["findings"]
    assert expected["alerts"]
    assert expected["row_issues"]

    claiming, audit = victim.hold(Lock.CLAIM), victim.hold(Lock.AUDIT, ORG)
    victim.kill_at(claiming, *command)
    received = everything(victim.home)
    assert {load[2] for load in received["loads"]} == {"RECEIVED"}
    assert len(received["loads"]) == len(files)

    victim.kill_between(victim.hold(Lock.CLAIM), victim.hold_rows("loads"), *command)  # written, not committed
    assert everything(victim.home) == received

    victim.kill_between(victim.hold(Lock.CLAIM), audit, *command)  # committed in the lake, not in the registry
    written = everything(victim.home)
    assert written["transactions"] == expected["transactions"]
    assert written["loads"] == received["loads"]

    victim.kill_at(victim.hold_table("analysis_runs"), *command)  # imported, nothing analysed
    imported = everything(victim.home)
    assert imported["transactions"] == expected["transactions"]
    assert imported["loads"] == expected["loads"]
    assert imported["due"]
    assert not imported["running"]

    runs, current = victim.hold_table("analysis_runs"), victim.hold_table("current_runs")
    victim.kill_between(runs, current, *command)  # findings in the lake, and nobody knows of them
    assert everything(victim.home)["running"]
    assert not everything(victim.home)["findings"]

    victim.kill_at(victim.hold(Lock.ALERTS, ORG), *command)
    found = everything(victim.home)
    assert found["findings"]
    assert not found["alerts"]
    assert found["due"]

    again = victim.run(*command)
    assert (again.returncode, len(again.stderr.splitlines())) == (3, len(files))
    assert everything(victim.home) == expected


@pytest.mark.slow
def test_killed_between_the_two_commits_it_is_completed_and_nothing_is_twice(
    victim: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "pair.csv"
    file.write_text("date,vendor,amount\n2024-03-01,Acme,10.00\n2024-03-02,Acme,10.00\n")
    command: tuple[str | Path, ...] = ("import", file, "--org", ORG)
    victim.kill_between(victim.hold(Lock.CLAIM), victim.hold(Lock.AUDIT, ORG), *command)
    killed = everything(victim.home)
    assert len(killed["transactions"]) == 2  # in the lake, and the registry knows nothing of it
    assert [load[2] for load in killed["loads"]] == ["RECEIVED"]

    assert victim.run(*command).returncode == 0
    completed = everything(victim.home)
    assert completed["transactions"] == killed["transactions"]
    assert [load[2] for load in completed["loads"]] == ["ACCEPTED"]
    assert len(completed["alerts"]) == 1
    assert not completed["due"]
    assert not completed["running"]
