"""``import --dry-run``: what an import would say, file by file, and nothing kept of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledgerwatch_pipeline.stores.postgres import audit
from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import TESTER, Installation, everything
from ledgerwatch_tests.samples import FILES

pytestmark = pytest.mark.slow


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return [tmp_path / name for name in FILES]


def kept(place: Installation) -> tuple[Any, ...]:
    """All that the home holds: its stores, and the files of its archive and lake."""
    home = place.home
    with home.database.transaction() as connection:
        log = audit.heads(connection, TESTER)
    folders = (home.settings.archive, Path(home.settings.lake_location))
    return everything(home), log, sorted(path for folder in folders for path in folder.rglob("*"))


def told(load: dict[str, Any]) -> dict[str, Any]:
    """All but what to do next: of a dry run there are no rows to be listed."""
    return {**load, "status": load["status"].removeprefix("WOULD_BE_"), "next": None}


@pytest.mark.parametrize("on_invalid", ["reject", "quarantine"])
def test_a_dry_run_says_what_the_import_then_does_and_keeps_nothing(
    ledgerwatch: Callable[..., Answer], place: Installation, files: list[Path], on_invalid: str
) -> None:
    place.add_organization(f"dry-{on_invalid}")
    command = (
        "import",
        *files,
        files[0],
        "--org",
        f"dry-{on_invalid}",
        "--on-invalid",
        on_invalid,
        "--no-analyze",
        "--json",
    )
    before = kept(place)
    code, out, err = ledgerwatch(*command, "--dry-run")
    assert kept(place) == before
    expected = json.loads(out)["loads"]
    assert (code, err) == (5, "")
    assert {load["status"] for load in expected} == {"WOULD_BE_ACCEPTED", "WOULD_BE_REJECTED", "ALREADY_IMPORTED"}
    done = ledgerwatch(*command)
    assert done[0] == code
    assert [told(load) for load in expected] == [told(load) for load in json.loads(done[1])["loads"]]

    code, out, _ = ledgerwatch("import", files[0], "--org", f"dry-{on_invalid}", "--dry-run")
    assert code == 3
    assert "files already imported" in out


def test_an_inbox_is_tried_as_it_is_imported(
    ledgerwatch: Callable[..., Answer], place: Installation, tmp_path: Path
) -> None:
    place.add_organization("dry-inbox")
    for folder, name in (("dry-inbox", "a-good.csv"), ("dry-inbox", "d-bad.csv"), ("nobody", "a-good.csv")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(FILES[name])

    def statuses(*options: str) -> list[str]:
        code, out, _ = ledgerwatch("import", "--inbox", tmp_path, "--no-analyze", "--json", *options)
        assert code == 5
        return [load["status"] for load in json.loads(out)["loads"]]

    assert statuses("--dry-run") == ["WOULD_BE_ACCEPTED", "WOULD_BE_REJECTED", "WOULD_BE_REJECTED"]
    assert statuses() == ["ACCEPTED", "REJECTED", "REJECTED"]
    assert statuses("--dry-run") == ["ALREADY_IMPORTED", "ALREADY_REJECTED", "WOULD_BE_REJECTED"]


def test_on_screen_it_says_that_nothing_was_kept(ledgerwatch: Callable[..., Answer], files: list[Path]) -> None:
    code, out, err = ledgerwatch("import", files[3], "--org", "acme", "--dry-run")
    assert code == 5
    assert "Nothing was imported, registered or kept." in out
    assert "would be rejected: acme/d-bad.csv: 2 of 3 rows break a rule" in err
    assert "row 2, date: '2024-02-30' is not a day of the calendar" in err


def test_what_an_import_refuses_to_begin_a_dry_run_refuses_too(
    ledgerwatch: Callable[..., Answer], tmp_path: Path
) -> None:
    assert ledgerwatch("import", tmp_path / "none.csv", "--org", "acme", "--dry-run")[0] == 2
    assert ledgerwatch("import", tmp_path, "--org", "acme", "--dry-run")[0] == 2
    assert ledgerwatch("import", "--inbox", tmp_path / "none", "--dry-run")[0] == 2
