"""Imports and an analysis at the same time, as processes: all succeed, and give what they give one after the other."""

from pathlib import Path

import pytest

from ledgerwatch_demo.generator import generate
from ledgerwatch_tests.processes import Installation, everything, installation


def commands(folder: Path) -> list[tuple[str | Path, ...]]:
    """Two imports for one organization, and an analysis of another whose files are there."""
    first, second = (path for path in sorted(folder.iterdir()) if path.is_dir())
    months = sorted(first.glob("*.csv"))
    return [
        ("import", *months[::2], "--org", first.name),
        ("import", *months[1::2], "--org", first.name),
        ("analyze", "--from", "2024-01", "--to", "2024-04", "--org", second.name),
    ]


def prepared(fresh: Installation, folder: Path) -> Installation:
    first, second = (path for path in sorted(folder.iterdir()) if path.is_dir())
    fresh.add_organization(first.name)
    fresh.add_organization(second.name)
    fresh.deliver(second.name, *sorted(second.glob("*.csv")))
    return fresh


@pytest.mark.slow
def test_two_imports_and_an_analysis_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    generate(folder, rows=2400, orgs=2, months=4, seed=5)
    with installation() as at_once:
        prepared(at_once, folder)
        processes = [at_once.start(*command) for command in commands(folder)]
        outputs = [process.communicate() for process in processes]
        assert [(process.returncode, error) for process, (_, error) in zip(processes, outputs, strict=True)] == [
            (0, "")
        ] * 3
        together = everything(at_once.home)
    with installation() as one_by_one:
        prepared(one_by_one, folder)
        assert [one_by_one.run(*command).returncode for command in commands(folder)] == [0, 0, 0]
        assert together == everything(one_by_one.home)
    assert together["findings"]
    assert together["alerts"]
    assert not together["due"]


@pytest.mark.slow
def test_two_small_imports_of_one_organization_at_once(tmp_path: Path) -> None:
    """Each has one of two equal payments: the alert needs both, whoever is first."""
    files = [tmp_path / f"{day}.csv" for day in (1, 2)]
    for day, file in enumerate(files, start=1):
        file.write_text(f"date,vendor,amount\n2024-03-0{day},Acme,10.00\n")
    with installation() as place:
        place.add_organization("acme")
        processes = [place.start("import", file, "--org", "acme") for file in files]
        outputs = [process.communicate() for process in processes]
        assert [(process.returncode, error) for process, (_, error) in zip(processes, outputs, strict=True)] == [
            (0, "")
        ] * 2
        together = everything(place.home)
    assert len(together["transactions"]) == 2
    assert len(together["alerts"]) == 1
    assert not together["due"]
