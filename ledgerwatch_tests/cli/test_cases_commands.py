"""``ledgerwatch cases``, on what an import by the command line left there."""

import json
from collections.abc import Callable

import pytest

from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation

KEYS = set(
    "number id organization month rank score score_version priority subject subject_key lead kinds status stake currency reasons"
    " transactions alerts listed assignee outcome note snoozed_until muted version".split()
)

pytestmark = pytest.mark.usefixtures("listed")


@pytest.fixture(scope="module")
def listed(place: Installation) -> None:
    """An organization of its own, as what is done to a case is done to its alerts."""
    place.alert_of("listed")


def test_an_import_leaves_a_ranked_list_with_reasons(ledgerwatch: Callable[..., Answer]) -> None:
    code, out, err = ledgerwatch("cases", "list", "--org", "listed", "--all", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document.keys() == {"cases", "next"}
    (case,) = document["cases"]
    assert case.keys() == KEYS
    assert (case["number"], case["rank"], case["subject"], case["lead"]) == ("listed-c1", 1, "Acme", "repeat")
    assert (case["month"], case["stake"], case["currency"]) == ("2024-03", "50.00", "USD")
    assert case["reasons"][0].startswith("2 payments of 50.00, 1 day apart.")
    assert case["alerts"] == ["listed-1"]
    assert len(case["transactions"]) == 2


def test_show_says_why_where_from_and_what_was_done(ledgerwatch: Callable[..., Answer]) -> None:
    assert ledgerwatch("cases", "comment", "listed-c1", "asked for the invoice", "--actor", "eve")[0] == 0
    code, out, err = ledgerwatch("cases", "show", "listed-c1")
    assert (code, err) == (0, "")
    for part in (
        "Case listed-c1  rank 1  HIGH",
        "repeat: 2 payments of 50.00, 1 day apart.",
        "listed-1  LOW",
        "listed.csv, row 2",
        "2024-03",
        "CASE_COMMENTED",
        "asked for the invoice",
    ):
        assert part in out
    document = json.loads(ledgerwatch("cases", "show", "listed-c1", "--json")[1])
    assert document.keys() == {"case", "signals", "alerts", "earlier", "history", "analysis_run", "parameters"}
    assert document["parameters"]["budget"] == "30"


def test_a_conflict_is_exit_code_4_and_an_unknown_case_2(ledgerwatch: Callable[..., Answer]) -> None:
    assert ledgerwatch("cases", "snooze", "listed-c1", "--until", "2099-01-01")[0] == 0
    assert "listed-c1" not in ledgerwatch("cases", "list", "--org", "listed")[1]
    assert ledgerwatch("cases", "reopen", "listed-c1")[0] == 0
    code, _, err = ledgerwatch("cases", "reopen", "listed-c1")
    assert code == 4
    assert "to reopen it, it must be RESOLVED or snoozed. Nothing was changed." in err
    assert ledgerwatch("cases", "show", "listed-c99")[0] == 2
    code, _, err = ledgerwatch("cases", "show", "listed-1")
    assert code == 2
    assert "'listed-1' is no case's number" in err
    assert ledgerwatch("cases", "list", "--kind", "repaet")[0] == 2


def test_parameters_are_shown_and_set(ledgerwatch: Callable[..., Answer]) -> None:
    assert "budget = 30 (the default)" in ledgerwatch("cases", "set", "--org", "listed")[1]
    code, out, _ = ledgerwatch("cases", "set", "--org", "listed", "limits=2000,7500", "--json")
    assert code == 0
    assert json.loads(out) == {
        "organization": "listed",
        "parameters": json.loads(out)["parameters"],
        "set": {"limits": "2000,7500"},
        "months_due": 1,
    }
    assert ledgerwatch("cases", "set", "--org", "listed", "--reset")[0] == 0
    code, _, err = ledgerwatch("cases", "set", "--org", "listed", "colour=red")
    assert code == 2
    assert "unknown parameter of cases 'colour'" in err
