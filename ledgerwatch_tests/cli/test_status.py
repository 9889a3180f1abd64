"""``ledgerwatch status``: what it tells, and what it does not."""

import json
from collections.abc import Callable

from ledgerwatch_pipeline.stores.postgres.overview import shown_address
from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation
from ledgerwatch_tests.steps import analyse_due


def test_status_says_where_everything_is_and_how_much(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    code, out, err = ledgerwatch("status", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document.keys() == {"places", "versions", "counts", "health"}
    assert document["places"]["home"] == place.environment["LEDGERWATCH_HOME"]
    assert document["places"]["database"] == "embedded"
    assert document["versions"].keys() == {"ledgerwatch", "python", "postgresql", "duckdb", "dagster"}
    counts = document["counts"]
    assert counts.keys() == {
        "organizations",
        "loads",
        "open_alerts",
        "audit_events",
        "analyses_due",
        "analyses_failed",
        "ledger_rows",
        "findings",
    }
    assert counts["loads"]["ACCEPTED"] >= 1
    assert counts["ledger_rows"] >= 2
    assert counts["findings"] >= 1
    health = document["health"]
    assert health.keys() == {"revision", "lake", "audit_heads", "failures", "refused_analyzers", "remarks"}
    assert sum(head["seq"] for head in health["audit_heads"]) == counts["audit_events"]
    assert health["revision"]["current"] == health["revision"]["needed"]
    assert health["lake"]["current"] == health["lake"]["needed"]
    assert (health["failures"], health["refused_analyzers"]) == ([], [])
    assert "schema        current" in ledgerwatch("status")[1]


def test_what_waits_is_said_with_what_to_do(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    place.alert_of("waiting")
    ledgerwatch("analyzers", "set", "duplicate", "--org", "waiting", "window_hours=24")
    assert "1 analyses of organizations are due; do them: ledgerwatch analyze" in ledgerwatch("status")[1]
    analyse_due(place.home)
    assert "to do         nothing" in ledgerwatch("status")[1]


def test_a_password_is_hidden() -> None:
    shown = shown_address("postgresql://me:secret@db.example:5433/ledger?sslmode=require&sslpassword=hidden")
    assert shown == "postgresql://me:***@db.example:5433/ledger"
