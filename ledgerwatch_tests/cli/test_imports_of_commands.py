"""Which packages a command loads: what only shows something must answer at once, so nothing slow is imported for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ledgerwatch_tests.processes import Installation

pytestmark = pytest.mark.slow

SLOW = {
    "dagster",
    "great_expectations",
    "pandas",
    "numpy",
    "scipy",
    "alembic",
    "duckdb",
    "apprise",
    "boto3",
    "botocore",
}
FAST_COMMANDS = [
    ("--help",),
    ("alerts", "list"),
    ("alerts", "ack", "acme-1"),
    ("orgs", "list"),
    ("loads", "list"),
    ("status",),
    ("runs", "list"),
    ("audit", "list"),
    ("audit", "verify"),
    ("audit", "head"),
    ("analyzers", "list"),
    ("report", "--list"),
    ("thresholds", "list"),
    ("notify",),
    ("thresholds", "add", "lightly", "--org", "acme", "--period", "month", "--amount", "1"),
    ("analyzers", "show", "duplicate", "--org", "acme"),
]
LOOK_INTO_THE_LAKE = [
    ("loads", "totals"),
    ("transactions", "list"),
    ("sql", "SELECT count(*) FROM ledger JOIN alerts ON true"),
    ("alerts", "show", "acme-1"),
    ("report", "rsf"),
]
COMMAND_AND_ITS_MODULES = """
import json, pathlib, sys
from ledgerwatch_pipeline.cli.main import run

code = run(sys.argv[2:])
loaded = [name for name, module in sys.modules.items() if module is not None]
lazily = [name for name in loaded if type(sys.modules[name]).__name__ == "_LazyModule"]
pathlib.Path(sys.argv[1]).write_text(json.dumps([loaded, lazily]))
sys.exit(code)
"""


@pytest.mark.parametrize("command", FAST_COMMANDS, ids=" ".join)
def test_commands_that_run_no_pipeline_import_nothing_slow(
    place: Installation, tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert not packages_of(place, tmp_path, *command) & SLOW


@pytest.mark.parametrize("command", LOOK_INTO_THE_LAKE, ids=" ".join)
def test_commands_that_look_into_the_lake_import_duckdb_and_nothing_slower(
    place: Installation, tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert packages_of(place, tmp_path, *command) & SLOW == {"duckdb"}


def test_status_names_an_inbox_in_an_object_store_without_the_stores_client(
    place: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(place.environment, "LEDGERWATCH_INBOX", "s3://drop/in")
    assert packages_of(place, tmp_path, "status") & SLOW == {"duckdb"}


def test_an_import_checks_its_rows_without_scipys_statistics(place: Installation, tmp_path: Path) -> None:
    place.add_organization("lightly")
    file = tmp_path / "bad.csv"
    file.write_text("date,vendor,amount\n2024-03-01,Acme,1.00\n2024-03-01,,1.00\n")
    command = ("import", file, "--org", "lightly", "--on-invalid", "quarantine", "--no-analyze")
    loaded, not_yet = modules_of(place, tmp_path, *command)
    assert "great_expectations.validator.validator" in loaded
    assert not_yet == {"scipy.stats"}


def packages_of(place: Installation, folder: Path, *command: str | Path) -> set[str]:
    return {name.partition(".")[0] for name in modules_of(place, folder, *command)[0]}


def modules_of(place: Installation, folder: Path, *command: str | Path) -> tuple[set[str], set[str]]:
    """The modules in a process of its own after the command, and those of them that nobody looked into yet."""
    told = folder / "modules.json"
    result = subprocess.run(
        [sys.executable, "-c", COMMAND_AND_ITS_MODULES, told, *command],
        env=place.environment,
        capture_output=True,
        encoding="utf-8",
    )
    assert (result.returncode, result.stderr) == (0, "")
    loaded, not_yet = json.loads(told.read_text())
    assert "ledgerwatch_pipeline" in loaded
    return set(loaded), set(not_yet)
