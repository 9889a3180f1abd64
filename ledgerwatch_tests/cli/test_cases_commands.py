"""``ledgerwatch cases``, on what an import by the command line left there."""

import json
from collections.abc import Callable

from ledgerwatch_tests.cli.conftest import Answer

KEYS = set(
    "number id organization month rank score score_version priority subject subject_key lead kinds status stake currency reasons"
    " transactions alerts listed assignee outcome note snoozed_until version".split()
)


def test_an_import_leaves_a_ranked_list_with_reasons(ledgerwatch: Callable[..., Answer]) -> None:
    code, out, err = ledgerwatch("cases", "list", "--org", "acme", "--all", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document.keys() == {"cases", "next"}
    (case,) = document["cases"]
    assert case.keys() == KEYS
    assert (case["number"], case["rank"], case["subject"], case["lead"]) == ("acme-c1", 1, "Acme", "repeat")
    assert (case["month"], case["stake"], case["currency"]) == ("2024-03", "50.00", "USD")
    assert case["reasons"][0].startswith("2 payments of 50.00, 1 day apart.")
    assert case["alerts"] == ["acme-1"]
    assert len(case["transactions"]) == 2


def test_show_says_why_where_from_and_what_was_done(ledgerwatch: Callable[..., Answer]) -> None:
    assert ledgerwatch("cases", "comment", "acme-c1", "asked for the invoice", "--actor", "eve")[0] == 0
    code, out, err = ledgerwatch("cases", "show", "acme-c1")
    assert (code, err) == (0, "")
    for part in (
        "Case acme-c1  rank 1  HIGH",
        "repeat: 2 payments of 50.00, 1 day apart.",
        "acme-1  LOW",
        "good.csv, row 2",
        "2024-03",
        "CASE_COMMENTED",
        "asked for the invoice",
    ):
        assert part in out
    document = json.loads(ledgerwatch("cases", "show", "acme-c1", "--json")[1])
    assert document.keys() == {"case", "signals", "alerts", "earlier", "history", "analysis_run", "parameters"}
    assert document["parameters"]["budget"] == "30"


def test_a_conflict_is_exit_code_4_and_an_unknown_case_2(ledgerwatch: Callable[..., Answer]) -> None:
    assert ledgerwatch("cases", "snooze", "acme-c1", "--until", "2099-01-01")[0] == 0
    assert "acme-c1" not in ledgerwatch("cases", "list", "--org", "acme")[1]
    assert ledgerwatch("cases", "reopen", "acme-c1")[0] == 0
    code, _, err = ledgerwatch("cases", "reopen", "acme-c1")
    assert code == 4
    assert "to reopen it, it must be RESOLVED or snoozed. Nothing was changed." in err
    assert ledgerwatch("cases", "show", "acme-c99")[0] == 2
    code, _, err = ledgerwatch("cases", "show", "acme-1")
    assert code == 2
    assert "'acme-1' is no case's number" in err
    assert ledgerwatch("cases", "list", "--kind", "repaet")[0] == 2


def test_parameters_are_shown_and_set(ledgerwatch: Callable[..., Answer]) -> None:
    assert "budget = 30 (the default)" in ledgerwatch("cases", "set", "--org", "acme")[1]
    code, out, _ = ledgerwatch("cases", "set", "--org", "acme", "limits=2000,7500", "--json")
    assert code == 0
    assert json.loads(out) == {
        "organization": "acme",
        "parameters": json.loads(out)["parameters"],
        "set": {"limits": "2000,7500"},
        "months_due": 1,
    }
    assert ledgerwatch("cases", "set", "--org", "acme", "--reset")[0] == 0
    code, _, err = ledgerwatch("cases", "set", "--org", "acme", "colour=red")
    assert code == 2
    assert "unknown parameter of cases 'colour'" in err
