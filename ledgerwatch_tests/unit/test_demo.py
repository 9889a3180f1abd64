"""``ledgerwatch demo``, as a person runs it: what was planted is found, and running it again changes nothing."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledgerwatch_demo.answer_key import AnswerKey
from ledgerwatch_demo.demonstration import prepare
from ledgerwatch_pipeline.analysis.registry import BUILT_IN
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import ConflictError
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.progress import no_progress
from ledgerwatch_pipeline.stores.postgres import organizations
from ledgerwatch_tests.processes import TESTER

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]
DEMO = "from ledgerwatch_pipeline.cli.main import cli; cli.main(['demo', '--json'], standalone_mode=False)"


@dataclass(frozen=True)
class Demo:
    """A home in which the demo ran once, and what that printed with --json."""

    environment: dict[str, str]
    folder: Path
    first: str

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return python(self.environment, "-m", "ledgerwatch_pipeline.cli.main", *arguments)


def python(environment: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=PROJECT, capture_output=True, encoding="utf-8", timeout=600
    )


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    # Not pytest's folder: a second pytest run of root would close that to the database's user.
    with tempfile.TemporaryDirectory(prefix="demo-") as home:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LEDGERWATCH_")}
        environment["LEDGERWATCH_HOME"] = home
        done = python(environment, "-m", "ledgerwatch_pipeline.cli.main", "demo", "--json")
        assert done.returncode == 0, done.stderr
        yield Demo(environment, Path(home) / "demo" / "seed-1", done.stdout)


def events(demo: Demo) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(demo.run("audit", "list", "--json").stdout)["events"]
    return listed


def test_every_analyzer_finds_exactly_what_was_planted_for_it(demo: Demo) -> None:
    result = json.loads(demo.first)
    assert result["perfect"]
    assert [each["analyzer"] for each in result["scores"]] == [analyzer.name for analyzer in BUILT_IN]
    for each in result["scores"]:
        assert each["found"] == each["planted"] > 0
        assert (each["missed"], each["unexpected"], each["wrong_severity"]) == ([], 0, [])


def test_everything_planted_is_looked_for(demo: Demo) -> None:
    result, key = json.loads(demo.first), AnswerKey.read(demo.folder / "answer_key.json")
    assert sum(each["planted"] for each in result["scores"]) == len(key.planted)


def test_the_alerts_come_ranked(demo: Demo) -> None:
    alerts = json.loads(demo.first)["alerts"]
    ranks = [(["HIGH", "MEDIUM", "LOW"].index(alert["severity"]), -float(alert["amount"])) for alert in alerts]
    assert ranks == sorted(ranks)
    assert {alert["severity"] for alert in alerts} == {"HIGH", "MEDIUM", "LOW"}


def test_on_screen_it_says_what_was_found_and_names_an_alert_that_exists(demo: Demo) -> None:
    done = demo.run("demo")
    assert done.returncode == 0
    assert ", and nothing else." in done.stdout
    number = json.loads(demo.first)["alerts"][0]["number"]
    assert f"ledgerwatch alerts show {number} " in done.stdout
    assert demo.run("alerts", "show", number).returncode == 0


def test_run_again_it_changes_nothing_and_shows_the_same(demo: Demo) -> None:
    before = events(demo)
    assert demo.run("demo", "--json").stdout == demo.first
    assert events(demo) == before


def test_run_again_it_needs_no_heavy_library(demo: Demo) -> None:
    done = python(demo.environment, "-c", f"import sys; {DEMO}; print(*sys.modules)")
    heavy = {"dagster", "great_expectations", "pandas", "duckdb"}
    assert heavy.isdisjoint(done.stdout.splitlines()[-1].split())


def without_key(folder: Path) -> None:
    (folder / "answer_key.json").unlink()


def with_half_a_key(folder: Path) -> None:
    path = folder / "answer_key.json"
    path.write_bytes(path.read_bytes()[:2000])


def without_a_file(folder: Path) -> None:
    (folder / "harbor-foods" / "2024-06.csv").unlink()


@pytest.mark.parametrize("damage", [without_key, with_half_a_key, without_a_file])
def test_an_unfinished_folder_is_written_anew(demo: Demo, damage: Callable[[Path], None]) -> None:
    key = (demo.folder / "answer_key.json").read_bytes()
    damage(demo.folder)
    assert demo.run("demo", "--json").stdout == demo.first
    assert (demo.folder / "answer_key.json").read_bytes() == key
    assert len(list(demo.folder.glob("*/*.csv"))) == 36


def test_an_organization_of_that_name_with_other_fields_is_a_conflict(home: Home) -> None:
    own = Organization(uuid4(), "northgate-clinic", "Northgate Clinic", "GBP")
    with home.database.transaction() as connection:
        organizations.add(connection, own, TESTER)
    with pytest.raises(
        ConflictError, match="'northgate-clinic' exists already with currency GBP and not USD"
    ) as raised:
        prepare(home, seed=1, principal=TESTER, on_progress=no_progress)
    assert raised.value.exit_code == 4
    with home.database.transaction() as connection:
        there = organizations.list_all(connection, TESTER)
    assert own in there
    assert "harbor-foods" not in {each.slug for each in there}


# Last, because it changes the demo's ledger for good.
def test_what_was_missed_and_what_was_not_expected_is_said_in_words(demo: Demo, tmp_path: Path) -> None:
    key = AnswerKey.read(demo.folder / "answer_key.json")
    missed = next(item for item in key.planted if (item.analyzer, item.kind) == ("duplicate", "pair"))
    refund = f"{missed.dates[-1]},{missed.subject},{missed.amount},refund\n"
    twice = f"{missed.dates[-1]},Nobody Planted This,77.77,expense\n" * 2
    more = tmp_path / "more.csv"
    more.write_text(f"date,vendor,amount,type\n{refund}{twice}")
    assert demo.run("import", more, "--org", missed.organization).returncode == 0
    done = demo.run("demo")
    assert done.returncode == 1
    assert f"MISSED by duplicate: LOW pair of {missed.organization} in {missed.month}: {missed.subject}" in done.stdout
    assert "UNEXPECTED from duplicate: 1 more than planted" in done.stdout
    assert "and nothing else" not in done.stdout
