"""``kill -9`` while a load is held, and while a held one is released: the next command finishes it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_tests.processes import Installation, everything, installation

ORG = "twice"


def file(folder: Path, name: str, first: int) -> Path:
    rows = "".join(f"2024-03-{n % 28 + 1:02},Acme {n},{n + 1}.50\n" for n in range(first, first + 40))
    (folder / name).write_text("date,vendor,amount\n" + rows)
    return folder / name


@pytest.fixture
def places() -> Iterator[list[Installation]]:
    with installation() as one, installation() as other:
        for each in (one, other):
            each.add_organization(ORG)
            each.home.lake.snapshot()  # the test's own connection is there before a lock is held
        yield [one, other]


@pytest.mark.slow
def test_killed_before_and_after_the_decision_it_ends_as_if_never_killed(
    places: list[Installation], tmp_path: Path
) -> None:
    undisturbed, victim = places
    first, again = file(tmp_path, "first.csv", 0), file(tmp_path, "again.csv", 20)
    deliver, hold = ("import", first, "--org", ORG), ("import", again, "--org", ORG)

    def release(load: str) -> tuple[str, ...]:
        return ("loads", "release", load, "--with", "skip", "--reason", "its second half is new")

    def loads(place: Installation) -> dict[str, tuple[str, str]]:
        return {each["file"]: (each["load_id"], each["status"]) for each in place.json("loads", "list")["loads"]}

    assert undisturbed.run(*deliver).returncode == 0
    assert undisturbed.run(*hold).returncode == 3
    load, status = loads(undisturbed)["again.csv"]
    assert status == "HELD"
    held = everything(undisturbed.home)
    assert undisturbed.run(*release(load)).returncode == 0
    expected = everything(undisturbed.home)
    assert len(expected["transactions"]) == 60
    assert expected["row_issues"]

    assert victim.run(*deliver).returncode == 0
    victim.kill_between(victim.hold(Lock.CLAIM), victim.hold(Lock.AUDIT, ORG), *hold)  # judged, and not said
    assert loads(victim)["again.csv"] == (load, "RECEIVED")
    assert victim.run(*deliver).returncode == 3  # finishes what was left
    assert everything(victim.home) == held

    victim.kill_at(victim.hold(Lock.AUDIT, ORG), *release(load))
    assert loads(victim)["again.csv"] == (load, "HELD")
    victim.kill_at(victim.hold(Lock.CLAIM), *release(load))
    assert loads(victim)["again.csv"] == (load, "RECEIVED")
    assert victim.run(*release(load)).returncode == 4
    audit = victim.hold(Lock.AUDIT, ORG)
    victim.kill_between(victim.hold(Lock.CLAIM), audit, *deliver)  # in the lake, not in the registry
    assert everything(victim.home)["transactions"] == expected["transactions"]
    assert loads(victim)["again.csv"] == (load, "RECEIVED")
    assert victim.run(*deliver).returncode == 3
    assert everything(victim.home) == expected
    assert "whole" in victim.run("audit", "verify").stdout
