"""``ledgerwatch thresholds`` as people and programs see it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation

Ledgerwatch = Callable[..., Answer]


@pytest.fixture(scope="module")
def limited(place: Installation) -> str:
    """An organization with a ledger of three months, and no threshold yet."""
    place.add_organization("limited")
    file = place.home.settings.home / "limited.csv"
    file.write_text(
        "date,vendor,amount,category\n2024-01-05,Rail,60.00,Travel\n2024-01-09,Rail,60.00,travel\n2024-03-09,Acme,90.00,Food\n"
    )
    place.deliver("limited", file)
    return "limited"


def as_json(answer: Answer) -> dict[str, Any]:
    code, out, err = answer
    assert (code, err) == (0, "")
    document: dict[str, Any] = json.loads(out)
    return document


def test_one_is_added_shown_changed_and_removed(ledgerwatch: Ledgerwatch, limited: str) -> None:
    options = ("--period", "month", "--amount", "100", "--scope", "category:TRAVEL", "--name", "Travel", "--json")
    added = as_json(ledgerwatch("thresholds", "add", "travel", "--org", limited, *options))
    assert (added["before"], added["months_due"]) == (None, 3)
    threshold = added["threshold"]
    assert added["after"] == threshold
    assert {key: value for key, value in threshold.items() if key != "id"} == {
        "organization": limited,
        "slug": "travel",
        "name": "Travel",
        "period": "month",
        "scope": "category:TRAVEL",
        "type": "expense",
        "operator": ">",
        "amount": "100.00",
        "warn_at": "80",
        "severity": "MEDIUM",
        "valid_from": None,
        "valid_to": None,
        "version": 1,
    }
    assert as_json(ledgerwatch("thresholds", "show", "travel", "--org", limited, "--json")) == {"threshold": threshold}
    listed = as_json(ledgerwatch("thresholds", "list", "--org", limited, "--json"))
    assert listed == {"thresholds": [threshold]}

    command = ("thresholds", "set", "travel", "--org", limited, "--severity", "high", "--valid-to", "2024-02-15")
    changed = as_json(ledgerwatch(*command, "--json"))
    assert changed["before"] == threshold
    assert changed["after"] == threshold | {"severity": "HIGH", "valid_to": "2024-02-15", "version": 2}
    code, out, _ = ledgerwatch(*command)
    assert (code, out) == (0, "it is so already; nothing was changed\n")

    code, out, _ = ledgerwatch("thresholds", "show", "travel", "--org", limited)
    assert code == 0
    assert "expense per month > 100.00 USD" in out
    assert "..2024-02-15" in out

    code, out, _ = ledgerwatch("thresholds", "remove", "travel", "--org", limited)
    assert code == 0
    assert out.startswith("removed travel of limited: expense per month > 100.00 USD, category:TRAVEL\n")
    assert as_json(ledgerwatch("thresholds", "list", "--org", limited, "--json")) == {"thresholds": []}


def test_a_preview_shows_what_it_would_have_found(ledgerwatch: Ledgerwatch, limited: str) -> None:
    command = ("thresholds", "preview", "--org", limited, "--period", "month", "--amount", "100")
    code, out, err = ledgerwatch(*command)
    assert (code, err) == (0, "")
    assert "2023-04..2024-03" in out.replace("\n", " ")
    (january,) = (line.split() for line in out.splitlines() if line.startswith("  2024-01-01"))
    assert january == ["2024-01-01", "120.00", "100.00", "exceeded", "2024-01-09", "Rail"]
    found = as_json(ledgerwatch(*command, "--json"))
    assert found["months"] == ["2023-04", "2024-03"]
    assert [(each["month"], each["level"], each["total"]) for each in found["buckets"]] == [
        ("2024-01", "exceeded", "120.00"),
        ("2024-03", "approached", "90.00"),
    ]
    assert as_json(ledgerwatch("thresholds", "list", "--org", limited, "--json")) == {"thresholds": []}


def test_a_preview_of_a_threshold_takes_options_instead_of_its_own(ledgerwatch: Ledgerwatch, limited: str) -> None:
    fields = ("--period", "month", "--amount", "1000")
    as_json(ledgerwatch("thresholds", "add", "much", "--org", limited, *fields, "--json"))
    code, out, _ = ledgerwatch("thresholds", "preview", "much", "--org", limited)
    assert code == 0
    assert out.endswith("nothing\n")
    tried = as_json(ledgerwatch("thresholds", "preview", "much", "--org", limited, "--amount", "110", "--json"))
    assert [each["month"] for each in tried["buckets"]] == ["2024-01", "2024-03"]
    assert as_json(ledgerwatch("thresholds", "remove", "much", "--org", limited, "--json"))["after"] is None


WRONG = {
    "an organization that there is not": (("list", "--org", "limitd"), 2, "unknown organization 'limitd'; known:"),
    "a threshold that there is not": (
        ("show", "travle", "--org", "limited"),
        2,
        "unknown threshold of limited 'travle'",
    ),
    "no period": (("add", "x", "--org", "limited", "--amount", "1"), 2, "x needs a period and an amount"),
    "an amount with separators": (
        ("add", "x", "--org", "limited", "--period", "month", "--amount", "1,000"),
        2,
        "'1,000' is not an amount above 0; write 50000.00",
    ),
    "a day that is none": (
        ("add", "x", "--org", "limited", "--period", "day", "--amount", "1", "--valid-from", "2024-02-30"),
        2,
        "'2024-02-30' is not a day",
    ),
    "a scope that is none": (
        ("preview", "--org", "limited", "--period", "day", "--amount", "1", "--scope", "Travel"),
        2,
        "'Travel' is not a scope; write all, category:NAME or vendor:NAME",
    ),
    "a warning with <": (
        ("add", "x", "--org", "limited", "--period", "day", "--amount", "1", "--operator", "<", "--warn-at", "50"),
        2,
        "warn-at goes with > and >= only",
    ),
    "a slug that is none": (
        ("add", "X", "--org", "limited", "--period", "day", "--amount", "1"),
        2,
        "'X' is not a slug",
    ),
    "nothing to change": (("set", "x", "--org", "limited"), 2, "nothing to change"),
}


@pytest.mark.parametrize("title", WRONG)
def test_what_is_wrong_is_said_and_changes_nothing(ledgerwatch: Ledgerwatch, limited: str, title: str) -> None:
    arguments, exit_code, message = WRONG[title]
    code, out, err = ledgerwatch("thresholds", *arguments)
    assert (code, out) == (exit_code, "")
    assert message in err
    assert "Traceback" not in err
    assert as_json(ledgerwatch("thresholds", "list", "--org", limited, "--json")) == {"thresholds": []}


def test_a_slug_in_use_is_a_conflict(ledgerwatch: Ledgerwatch, limited: str) -> None:
    command = ("thresholds", "add", "twice", "--org", limited, "--period", "day", "--amount", "1")
    assert ledgerwatch(*command)[0] == 0
    code, out, err = ledgerwatch(*command)
    assert (code, out) == (4, "")
    assert "there is a threshold 'twice' already" in err
    assert ledgerwatch("thresholds", "remove", "twice", "--org", limited)[0] == 0


def test_a_change_is_in_the_audit_log_under_the_thresholds_slug(ledgerwatch: Ledgerwatch, limited: str) -> None:
    assert ledgerwatch("thresholds", "add", "seen", "--org", limited, "--period", "day", "--amount", "1")[0] == 0
    assert ledgerwatch("thresholds", "remove", "seen", "--org", limited)[0] == 0
    listed = as_json(ledgerwatch("audit", "list", "--org", limited, "--limit", "2", "--json"))["events"]
    assert [(each["event_type"], each["subject"]) for each in listed] == [
        ("THRESHOLD_DELETED", "seen"),
        ("THRESHOLD_CREATED", "seen"),
    ]
