"""``ledgerwatch status``: what it tells, and what it does not."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ledgerwatch_pipeline.importing.receive.folder import FolderInbox
from ledgerwatch_pipeline.importing.receive.watch import look
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
        "inbox",
    }
    assert counts["loads"]["ACCEPTED"] >= 1
    assert counts["ledger_rows"] >= 2
    assert counts["findings"] >= 1
    health = document["health"]
    assert health.keys() == {
        "revision",
        "lake",
        "audit_heads",
        "failures",
        "refused_analyzers",
        "inbox_since",
        "remarks",
    }
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


def test_what_the_inbox_holds_is_said_with_what_to_do(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    inbox = place.home.settings.inbox
    (inbox / "nobody").mkdir(parents=True)
    (inbox / "stray.csv").touch()
    (inbox / "nobody" / "a.csv").touch()
    place.add_organization("inboxed")
    (inbox / "inboxed").mkdir()
    (inbox / "inboxed" / "a.csv").touch()
    seen = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for later in (0, 10):
        look(place.home, FolderInbox(inbox), seen + timedelta(seconds=later), timedelta(seconds=5))
    said = ledgerwatch("status")[1]
    assert (
        "1 files of the inbox wait since 2026-03-01 12:00 UTC; the sensor inbox of `ledgerwatch dev` takes them" in said
    )
    assert "2 files of the inbox can be no load where they lie, or as they are called" in said
    document = json.loads(ledgerwatch("status", "--json")[1])
    assert document["counts"]["inbox"] == {"SETTLED": 1, "MISPLACED": 2}
    assert document["health"]["inbox_since"]["SETTLED"] == "2026-03-01T12:00:10.000000Z"
    shutil.rmtree(inbox)
    inbox.mkdir()
    look(place.home, FolderInbox(inbox), seen, timedelta(seconds=5))
    assert json.loads(ledgerwatch("status", "--json")[1])["counts"]["inbox"] == {}


def test_a_password_is_hidden() -> None:
    shown = shown_address("postgresql://me:secret@db.example:5433/ledger?sslmode=require&sslpassword=hidden")
    assert shown == "postgresql://me:***@db.example:5433/ledger"
