"""``ledgerwatch backtest``: what people, programs and spreadsheets see of a trial."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation

pytestmark = pytest.mark.slow  # processes are started, or there are very many

TRY = ("backtest", "duplicate", "--org", "acme", "--set")


def test_a_trial_as_people_see_it(ledgerwatch: Callable[..., Answer]) -> None:
    code, out, err = ledgerwatch(*TRY, "window_hours=0")
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[:2] == ["duplicate, version 1: 2024-03, 1 organization(s)", "window_hours in force: 48"]
    assert "LOW 1 0 0 1 0 0" in lines
    assert "all 1 0 0 1 0 0" in lines
    assert "2024-03 1 0 0 1 0 0" in lines
    assert any("2 equal payments: Acme, 50.00 each" in line for line in lines)
    assert "no month has a difference" in ledgerwatch(*TRY, "window_hours=24")[1]


def test_several_values_are_a_table(ledgerwatch: Callable[..., Answer]) -> None:
    out = ledgerwatch(*TRY, "window_hours=0, 24,48")[1]
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "in force 0 0 1 1" in lines
    assert "window_hours=0 0 0 0 0 0 1 0 0" in lines
    assert "window_hours=24 0 0 1 1 0 0 1 0" in lines


def test_a_trial_in_json(ledgerwatch: Callable[..., Answer]) -> None:
    document = json.loads(ledgerwatch(*TRY, "window_hours=0", "--json")[1])["backtest"]
    counts = {"before": 1, "after": 0, "new": 0, "gone": 1, "same": 0, "changed": 0}
    nothing = dict.fromkeys(counts, 0)
    assert document == {
        "analyzer": "duplicate",
        "version": 1,
        "organizations": ["acme"],
        "first_month": "2024-03",
        "last_month": "2024-03",
        "in_force": {"window_hours": {"48": 1}},
        "trials": [
            {
                "parameters": {"window_hours": "0"},
                "total": counts,
                "severities": {"HIGH": nothing, "MEDIUM": nothing, "LOW": counts},
                "months": {"2024-03": counts},
                "examples": {
                    "new": [],
                    "gone": [
                        {
                            "organization": "acme",
                            "month": "2024-03",
                            "before": "LOW",
                            "after": None,
                            "title": "2 equal payments: Acme, 50.00 each",
                            "amount": "50.00",
                        }
                    ],
                    "changed": [],
                },
            }
        ],
    }


def test_a_trial_as_csv_and_as_a_plot(ledgerwatch: Callable[..., Answer], tmp_path: Path) -> None:
    plot = tmp_path / "trials.svg"
    out = ledgerwatch(*TRY, "window_hours=0,72", "--csv", "--plot", plot)[1]
    assert list(csv.reader(StringIO(out)))[1:] == [
        ["0", "gone", "acme", "2024-03", "LOW", "", "2 equal payments: Acme, 50.00 each", "50.00", "USD"]
    ]
    drawn = plot.read_text(encoding="utf-8")
    assert "<svg" in drawn
    assert "window_hours=72" in drawn
    assert "Findings of duplicate" in drawn
    code, _, err = ledgerwatch(*TRY, "window_hours=0", "--plot", tmp_path / "nowhere" / "trials.svg")
    assert (code, "there is no folder" in err) == (2, True)


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("window_hours", "'window_hours' is not PARAMETER=VALUE, for example window_hours=2"),
        ("window_hours=many", "window_hours is a number such as 48, not 'many'"),
        ("window_hours=1.5", "window_hours is a whole number, not 1.5"),
        ("window_hours=0,9999", "window_hours lies between 0 and 672, not at 9999"),
        ("window_hours=", "window_hours is a number such as 48, not ''"),
        ("window=3", "unknown parameter of duplicate 'window'"),
    ],
)
def test_a_value_that_cannot_be_is_named(ledgerwatch: Callable[..., Answer], setting: str, complaint: str) -> None:
    code, out, err = ledgerwatch("backtest", "duplicate", "--set", setting)
    assert (code, out) == (2, "")
    assert complaint in err


def test_nothing_to_try(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    place.add_organization("without-rows")
    asked = ("backtest", "duplicate", "--org", "without-rows", "--set", "window_hours=0")
    assert ledgerwatch(*asked)[:2] == (0, "there are no transactions in these months\n")
    assert json.loads(ledgerwatch(*asked, "--json")[1])["backtest"]["trials"] == []
    assert ledgerwatch("backtest", "duplicate")[0] == 2
    assert (
        "unknown organization" in ledgerwatch("backtest", "duplicate", "--org", "nobody", "--set", "window_hours=0")[2]
    )
