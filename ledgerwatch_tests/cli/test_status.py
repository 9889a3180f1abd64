"""``ledgerwatch status``: what it tells, and what it does not."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.importing.receive.folder import FolderInbox
from ledgerwatch_pipeline.importing.receive.watch import look
from ledgerwatch_pipeline.stores.postgres.overview import shown_address
from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation, installation
from ledgerwatch_tests.steps import analyse_due


def test_status_says_where_everything_is_and_how_much(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    code, out, err = ledgerwatch("status", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document.keys() == {"places", "versions", "counts", "health", "operations"}
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
    assert "1 analysis due; do what is due: ledgerwatch analyze" in ledgerwatch("status")[1]
    analyse_due(place.home)
    assert "analysis due" not in ledgerwatch("status")[1]


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
        "1 file of the inbox waiting since 2026-03-01 12:00 UTC; the sensor inbox of `ledgerwatch dev` takes in" in said
    )
    assert "2 files of the inbox can be no load in that place; ledgerwatch import --inbox names them" in said
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


@pytest.fixture
def quiet() -> Iterator[Installation]:
    """An installation of its own, in which nothing needs a person."""
    with installation() as fresh:
        yield fresh


def test_check_is_silent_when_all_is_well_and_names_what_needs_a_person(
    ledgerwatch: Callable[..., Answer], quiet: Installation, tmp_path: Path
) -> None:
    home = {"LEDGERWATCH_HOME": quiet.environment["LEDGERWATCH_HOME"]}
    assert ledgerwatch("orgs", "add", "late", "--name", "Late", "--delivers", "daily", **home)[0] == 0
    assert ledgerwatch("status", "--check", **home) == (0, "", "")
    with quiet.home.database.transaction() as connection:
        connection.execute(text("UPDATE organizations SET delivers_since = '2026-01-01'"))
    bad = tmp_path / "bad.csv"
    bad.write_text("date,vendor,amount\n2024-03-01,,1.00\n")
    assert ledgerwatch("import", bad, "--org", "late", **home)[0] == 5
    code, out, err = ledgerwatch("status", "--check", **home)
    assert (code, err) == (1, "")
    first, second = out.splitlines()
    assert first.startswith("1 organization delivered nothing by their day: late (due 2026-01-02); ask for the files")
    assert second == "1 file rejected and not closed; deliver better ones, then: ledgerwatch loads close LOAD"
    assert ledgerwatch("status", **home)[0] == 0  # without --check it is not about that
    document = json.loads(ledgerwatch("status", "--check", "--json", **home)[1])
    assert [each["concern"] for each in document["operations"]["attention"]] == ["deliveries", "rejected"]
    assert document["operations"]["deliveries"]["overdue"][0]["since"] == "2026-01-02"
    load = document["operations"]["rejected"]["loads"][0]["load_id"]
    assert [
        each["load_id"] for each in json.loads(ledgerwatch("loads", "list", "--open", "--json", **home)[1])["loads"]
    ] == [load]
    closed = ledgerwatch("loads", "close", load[:18], "--note", "sent anew", "--actor", "ann", "--json", **home)
    assert json.loads(closed[1])["loads"][0]["closed_by"] == "ann"
    assert json.loads(ledgerwatch("loads", "list", "--open", "--json", **home)[1])["loads"] == []
    assert ledgerwatch("orgs", "set", "late", "--delivers", "none", **home)[0] == 0
    assert ledgerwatch("status", "--check", **home) == (0, "", "")


def test_lists_are_bounded_and_all_shows_the_rest(ledgerwatch: Callable[..., Answer], quiet: Installation) -> None:
    home = {"LEDGERWATCH_HOME": quiet.environment["LEDGERWATCH_HOME"]}
    with quiet.home.database.transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO organizations (id, slug, name, currency, currency_decimals, revenue_categories, delivers,"
                " delivers_since) SELECT gen_random_uuid(), 'org-' || n, 'Org ' || n, 'USD', 2, ARRAY[]::text[], 'monthly 5',"
                " '2026-01-01' FROM generate_series(1, 47) AS n"
            )
        )
    said = ledgerwatch("status", **home)[1]
    assert "47 organizations say when they deliver; 47 delivered nothing by their day" in said
    assert "    and 37 more; all of them: ledgerwatch status --all" in said
    assert len([line for line in said.splitlines() if "monthly 5" in line]) == 10
    everything = ledgerwatch("status", "--all", **home)[1]
    assert len([line for line in everything.splitlines() if "monthly 5" in line]) == 47
    assert len(json.loads(ledgerwatch("status", "--json", **home)[1])["operations"]["deliveries"]["overdue"]) == 47


def test_operations_in_json_have_the_keys_that_programs_rely_on(ledgerwatch: Callable[..., Answer]) -> None:
    found = json.loads(ledgerwatch("status", "--json")[1])["operations"]
    assert found.keys() == {
        "at",
        "attention",
        "deliveries",
        "rejected",
        "held",
        "failed",
        "inbox",
        "queues",
        "alerts",
        "close",
        "months_without_data",
        "audit",
    }
    assert found["queues"].keys() == {"imports", "analyses", "oldest_wait", "keeps_up", "workers"}
    assert found["queues"]["imports"].keys() == {"waiting", "in_work", "since", "came_last_day", "done_last_day"}
    assert found["alerts"].keys() == {"unresolved", "new", "overdue", "overdue_after_days", "of_organizations"}
    assert found["close"].keys() == {"last_month", "last_closed"}
    assert found["alerts"]["overdue_after_days"] == {"HIGH": 7, "MEDIUM": 30}


def test_control_totals_come_as_a_page_as_csv_and_of_one_organization(
    ledgerwatch: Callable[..., Answer], place: Installation
) -> None:
    place.alert_of("totalled")
    code, out, err = ledgerwatch("loads", "totals", "--org", "totalled", "--csv")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "organization,month,currency,loads,rows,expense,income,refund,net",
        "totalled,2024-03,USD,1,2,100.00,0.00,0.00,-100.00",
    ]
    assert "totalled" in ledgerwatch("loads", "totals")[1]
    assert "totalled" not in ledgerwatch("loads", "totals", "--to", "2024-02")[1]
    code, _, err = ledgerwatch("loads", "totals", "--from", "2024-03", "--to", "2024-02")
    assert (code, "the months run backwards" in err) == (2, True)


def test_what_cannot_be_closed_is_named(ledgerwatch: Callable[..., Answer]) -> None:
    load = json.loads(ledgerwatch("loads", "list", "--org", "acme", "--status", "ACCEPTED", "--json")[1])["loads"][0]
    code, _, err = ledgerwatch("loads", "close", load["load_id"])
    assert (code, err) == (
        4,
        f"ledgerwatch: acme/{load['file']} is ACCEPTED; only what was rejected or FAILED can be closed. Nothing was changed.\n",
    )


def test_when_files_are_due_is_shown_and_refused_when_it_says_nothing(ledgerwatch: Callable[..., Answer]) -> None:
    assert ledgerwatch("orgs", "add", "weekly", "--name", "Weekly", "--delivers", "Weekly  Monday")[0] == 0
    found = json.loads(ledgerwatch("orgs", "show", "weekly", "--json")[1])["organization"]
    assert (found["delivers"], found["delivers_since"]) == ("weekly monday", datetime.now(UTC).date().isoformat())
    changed = json.loads(ledgerwatch("orgs", "set", "weekly", "--delivers", "monthly 31", "--json")[1])
    assert (changed["changed"], changed["organization"]["delivers"]) == (["delivers"], "monthly 31")
    code, out, err = ledgerwatch("orgs", "set", "weekly", "--delivers", "monthly 32")
    assert (code, out) == (2, "")
    assert err.startswith(
        "ledgerwatch: 'monthly 32' does not say when files are delivered; write daily, workdays, weekly"
    )
    json.loads(ledgerwatch("orgs", "set", "weekly", "--delivers", "none", "--json")[1])
    assert json.loads(ledgerwatch("orgs", "show", "weekly", "--json")[1])["organization"]["delivers"] is None
