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
    ("mutes", "list"),
    ("analyzers", "precision"),
    ("orgs", "list"),
    ("profiles", "list"),
    ("profiles", "show", "ofx"),
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
lazily = [name for name in loaded if type(sys.modules[name]).__name__ in ("_LazyModule", "_Package")]
pathlib.Path(sys.argv[1]).write_text(json.dumps([loaded, lazily]))
sys.exit(code)
"""
NOT_RUN = {
    "scipy.stats",
    "great_expectations",
    "great_expectations.core",
    "great_expectations.data_context",
    "great_expectations.data_context.data_context",
    "great_expectations.expectations",
    "great_expectations.expectations.core",
    "great_expectations.expectations.metrics",
    "great_expectations.expectations.metrics.column_map_metrics",
}
"""Modules of which only what was asked for is there."""
NOT_LOADED = {
    "altair",
    "great_expectations.checkpoint",
    "great_expectations.data_context.data_context.abstract_data_context",
    "great_expectations.datasource.fluent",
    "great_expectations.expectations.core.expect_column_kl_divergence_to_be_less_than",
    "great_expectations.expectations.metrics.column_aggregate_metrics",
}
"""What takes longest to load of all that Great Expectations has."""
ALL_OF_GREAT_EXPECTATIONS = """
import json, pathlib, sys
from ledgerwatch_pipeline.importing.check import lazily
lazily.great_expectations_by_parts()
from ledgerwatch_pipeline.importing.check import suite
import great_expectations as gx
import pandas as pd

context = gx.get_context(mode="ephemeral")
asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("frame")
batch = asset.add_batch_definition_whole_dataframe("whole")
frame = {"dataframe": pd.DataFrame({"n": [1, 2, 3]})}
found = [
    batch.get_batch(frame).validate(gx.expectations.ExpectColumnMeanToBeBetween(column="n", min_value=low)).success
    for low in (2, 3)
]
names = [name for name in ("checkpoint", "ResultFormat") if hasattr(gx, name)]
everything = gx.core.RESULT_FORMATS, gx.expectations.metrics.ColumnMean, gx.expectations.ExpectColumnKLDivergenceToBeLessThan
told = [all(everything), gx.ExpectationSuite is gx.core.ExpectationSuite, found, gx.__version__, names]
pathlib.Path(sys.argv[1]).write_text(json.dumps(told))
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
    assert not packages_of(place, tmp_path, "status") & SLOW


def test_an_import_checks_its_rows_with_those_parts_of_great_expectations_that_do_it(
    place: Installation, tmp_path: Path
) -> None:
    """Where an upgrade of Great Expectations loads more again, this names it; nothing else depends on it."""
    place.add_organization("lightly")
    file = tmp_path / "bad.csv"
    file.write_text("date,vendor,amount\n2024-03-01,Acme,1.00\n2024-03-01,,1.00\n")
    command = ("import", file, "--org", "lightly", "--on-invalid", "quarantine")
    loaded, not_yet = modules_of(place, tmp_path, *command)
    assert "great_expectations.validator.validator" in loaded
    assert not_yet == NOT_RUN
    assert {name for name in NOT_LOADED if name in loaded} == set()


def test_who_needs_another_part_of_great_expectations_finds_it(tmp_path: Path) -> None:
    """Somebody's own code in the same process, say."""
    told = tmp_path / "told.json"
    subprocess.run([sys.executable, "-c", ALL_OF_GREAT_EXPECTATIONS, told], check=True)
    assert json.loads(told.read_text()) == [True, True, [True, False], "1.24.1", ["checkpoint", "ResultFormat"]]


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
    assert result.returncode == 0, result.stderr
    assert "\r" not in result.stderr  # no progress in a pipe
    loaded, not_yet = json.loads(told.read_text())
    assert "ledgerwatch_pipeline" in loaded
    return set(loaded), set(not_yet)
