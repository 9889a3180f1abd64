"""Four processes importing and analysing forty organizations at the same time: the state is the one that one process gives.

How long they wait for locks is measured by ``benchmarks.workers``.
"""

from pathlib import Path

import pytest

from ledgerwatch_tests.processes import Installation, everything, installation

SLUGS = [f"org-{number:02d}" for number in range(40)]


def fill(inbox: Path) -> None:
    """Two files an organization, each with a pair of equal payments and a large one; one row in some is bad."""
    for place, slug in enumerate(SLUGS):
        (inbox / slug).mkdir(parents=True)
        for number in (1, 2):
            lines = [f"2024-{month:02d}-0{number},Vendor {slug},{place + 10}.00" for month in range(1, 13)]
            lines += [f"2024-0{number}-2{day},Twice,{place + 3}.50" for day in (1, 2)]
            lines += [f"2024-1{number}-15,Builder,{20_000 + place}.00"]
            lines += ["2024-02-30,Never,1.00"] if place % 10 == 3 and number == 2 else []
            (inbox / slug / f"{number}.csv").write_text("\n".join(["date,vendor,amount", *lines]) + "\n")


def place_with(inbox: Path, fresh: Installation, processes: int) -> dict[str, list[object]]:
    for slug in SLUGS:
        fresh.add_organization(slug)
    _ = fresh.home.lake.con
    running = [fresh.start("import", "--inbox", inbox, LEDGERWATCH_BATCH_BYTES="2000") for _ in range(processes)]
    for process in running:
        _, complaints = process.communicate()
        assert process.returncode in (0, 3, 5), complaints
        assert "Traceback" not in complaints
        assert "unexpected" not in complaints
    return everything(fresh.home)


@pytest.mark.slow
def test_four_processes_give_the_state_that_one_gives(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    fill(inbox)
    with installation() as alone:
        expected = place_with(inbox, alone, 1)
    with installation() as together:
        found = place_with(inbox, together, 4)
        numbers = together.json("alerts", "list", "--all")["alerts"]
    assert found == expected
    assert expected["alerts"]
    assert expected["row_issues"]
    assert not expected["due"]
    assert not expected["running"]
    by_organization = {
        slug: sorted(int(a["number"].rpartition("-")[2]) for a in numbers if a["organization"] == slug)
        for slug in SLUGS
    }
    assert all(each == list(range(1, len(each) + 1)) for each in by_organization.values())
