"""What people set for an organization: itself, and the parameters of its analyzers. Each change leaves an audit row."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ledgerwatch_pipeline.analysis.registry import BUILT_IN
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import TESTER, Installation
from ledgerwatch_tests.steps import analyse_due


def last_event(ledgerwatch: Callable[..., Answer], organization: str) -> dict[str, Any]:
    events = json.loads(ledgerwatch("audit", "list", "--org", organization, "--limit", "1", "--json")[1])["events"]
    return {key: events[0][key] for key in ("event_type", "subject", "metadata")}


def test_changing_an_organization_records_what_it_was_and_is(
    ledgerwatch: Callable[..., Answer], place: Installation
) -> None:
    place.add_organization("settled")
    code, out, _ = ledgerwatch(
        "orgs",
        "set",
        "settled",
        "--name",
        "Settled Ltd",
        "--currency",
        "gbp",
        "--opening-balance",
        "1000.50",
        "--opening-date",
        "2024-01-31",
        "--revenue-category",
        "Sales",
        "--revenue-category",
        "Grants",
    )
    assert code == 0
    assert "files imported from now on" in out
    assert (
        json.loads(ledgerwatch("orgs", "show", "settled", "--json")[1])["organization"].items()
        >= {
            "name": "Settled Ltd",
            "currency": "GBP",
            "opening_balance": "1000.50",
            "opening_date": "2024-01-31",
        }.items()
    )
    assert last_event(ledgerwatch, "settled") == {
        "event_type": "ORGANIZATION_UPDATED",
        "subject": "settled",
        "metadata": {
            "before": {
                "name": "Settled",
                "currency": "USD",
                "opening_balance": None,
                "opening_date": None,
                "revenue_categories": ["Revenue"],
            },
            "after": {
                "name": "Settled Ltd",
                "currency": "GBP",
                "opening_balance": "1000.50",
                "opening_date": "2024-01-31",
                "revenue_categories": ["Sales", "Grants"],
            },
        },
    }
    assert ledgerwatch("audit", "verify")[0] == 0


def test_what_is_so_already_is_no_change_and_no_event(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    place.add_organization("unmoved")
    before = last_event(ledgerwatch, "unmoved")
    code, out, _ = ledgerwatch("orgs", "set", "unmoved", "--name", "Unmoved")
    assert (code, out) == (0, "unmoved is so already; nothing was changed\n")
    assert last_event(ledgerwatch, "unmoved") == before


def test_the_currency_stays_once_a_file_was_accepted(ledgerwatch: Callable[..., Answer]) -> None:
    code, _, err = ledgerwatch("orgs", "set", "acme", "--currency", "GBP", "--name", "Acme in pounds")
    assert code == 4
    assert "the currency of acme stays USD" in err
    assert json.loads(ledgerwatch("orgs", "show", "acme", "--json")[1])["organization"]["name"] == "Acme"


WRONG = {
    "a balance without its date": (("orgs", "set", "acme", "--opening-balance", "1"), 2, "needs its opening date"),
    "a taken name": (
        ("orgs", "set", "rival", "--name", "Acme"),
        4,
        "an organization with the name 'Acme' exists already",
    ),
    "nothing": (("orgs", "set", "acme"), 2, "nothing to change"),
    "an unknown organization": (("orgs", "set", "acm", "--name", "x"), 2, "unknown organization 'acm'"),
    "an unknown parameter": (
        ("analyzers", "set", "duplicate", "--org", "acme", "window_hour=2"),
        2,
        "unknown parameter of duplicate 'window_hour'; known: window_hours",
    ),
    "an unknown analyzer": (("analyzers", "set", "magic", "--org", "acme", "x=2"), 2, "unknown analyzer 'magic'"),
    "a parameter below its bounds": (
        ("analyzers", "set", "large_transaction", "--org", "acme", "floor=-1"),
        2,
        "floor lies between 0 and 9999999999, not at -1",
    ),
    "half a month": (
        ("analyzers", "set", "large_transaction", "--org", "acme", "baseline_months=1.5"),
        2,
        "baseline_months is a whole number, not 1.5",
    ),
    "no number": (
        ("analyzers", "set", "duplicate", "--org", "acme", "window_hours=NaN"),
        2,
        "window_hours is a number such as 48, not 'NaN'",
    ),
    "too many decimals": (
        ("analyzers", "set", "large_transaction", "--org", "acme", "multiplier=1.00001"),
        2,
        "multiplier has at most 4 decimals",
    ),
    "no value": (("analyzers", "set", "duplicate", "--org", "acme", "window_hours"), 2, "is not PARAMETER=VALUE"),
    "values and a reset": (
        ("analyzers", "set", "duplicate", "--org", "acme", "--reset", "window_hours=1"),
        2,
        "or --reset",
    ),
}


@pytest.fixture(scope="module")
def rival(place: Installation) -> None:
    place.add_organization("rival")


@pytest.mark.usefixtures("rival")
@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_is_said_and_changes_nothing(ledgerwatch: Callable[..., Answer], what: str) -> None:
    arguments, expected, message = WRONG[what]
    code, out, err = ledgerwatch(*arguments)
    assert (code, out) == (expected, "")
    assert message in err
    assert ledgerwatch("analyzers", "set", "duplicate", "--org", "acme", "--reset")[1].startswith("that is set already")


def test_a_parameter_of_an_organization_decides_its_next_analysis(
    ledgerwatch: Callable[..., Answer], place: Installation
) -> None:
    place.alert_of("strict")
    shown = ledgerwatch("analyzers", "set", "duplicate", "--org", "strict", "window_hours=0")[1]
    assert "1 months of its ledger are due; re-analyse them: ledgerwatch analyze" in shown
    assert last_event(ledgerwatch, "strict") == {
        "event_type": "PARAMETERS_CHANGED",
        "subject": "duplicate",
        "metadata": {"before": {}, "after": {"window_hours": "0"}},
    }
    analyse_due(place.home)
    assert json.loads(ledgerwatch("alerts", "list", "--org", "strict", "--json")[1])["alerts"] == []
    run = json.loads(ledgerwatch("runs", "list", "--org", "strict", "--analyzer", "duplicate", "--json")[1])["runs"][0]
    shown = json.loads(ledgerwatch("runs", "show", run["id"], "--json")[1])["run"]
    (of_it,) = shown.pop("organizations")
    assert shown == run
    assert (of_it["organization"], of_it["parameters"]) == ("strict", {"window_hours": "0"})
    assert "window_hours=0" in ledgerwatch("runs", "show", run["id"][:8])[1]

    ledgerwatch("analyzers", "set", "duplicate", "--org", "strict", "--reset")
    analyse_due(place.home)
    assert len(json.loads(ledgerwatch("alerts", "list", "--org", "strict", "--json")[1])["alerts"]) == 1


def test_an_opening_balance_is_judged_by_in_every_month_those_without_transactions_too(
    ledgerwatch: Callable[..., Answer], place: Installation
) -> None:
    place.add_organization("burning")
    file = place.home.settings.home / "burning.csv"
    file.write_text("date,vendor,amount\n2024-01-10,Rent,100.00\n2024-03-10,Rent,100.00\n")
    place.deliver("burning", file)
    analyse_due(place.home)

    def burns() -> list[tuple[str, str, str]]:
        shown = json.loads(ledgerwatch("alerts", "list", "--org", "burning", "--json")[1])["alerts"]
        of_it = [each for each in shown if each["analyzer"] == "burn_rate"]
        return sorted((each["month"], each["severity"], each["evidence"]["cash"]) for each in of_it)

    assert burns() == []
    shown = ledgerwatch("orgs", "set", "burning", "--opening-balance", "350", "--opening-date", "2024-01-01")[1]
    assert "3 months of its ledger are due; re-analyse them: ledgerwatch analyze" in shown
    (due,) = analyses.due(place.home)
    assert (str(due.months), due.analyzers) == ("2024-01..2024-03", ("burn_rate",))
    analyse_due(place.home)
    assert burns() == [
        ("2024-01", "HIGH", "250.00"),
        ("2024-02", "MEDIUM", "250.00"),
        ("2024-03", "HIGH", "150.00"),
    ]
    ledgerwatch("orgs", "set", "burning", "--name", "Burning Ltd")
    assert analyses.due(place.home) == []


def test_an_analyzer_is_shown_with_what_an_organization_sets(
    ledgerwatch: Callable[..., Answer], place: Installation
) -> None:
    place.add_organization("showing")
    ledgerwatch("analyzers", "set", "large_transaction", "--org", "showing", "floor=25000.50")
    shown = ledgerwatch("analyzers", "show", "large_transaction", "--org", "showing")[1]
    assert "floor = 25000.50 (default 10000)" in shown
    assert "multiplier = 2 (the default)" in shown
    document = json.loads(ledgerwatch("analyzers", "show", "large_transaction", "--org", "showing", "--json")[1])
    parameters = {each["name"]: each for each in document["analyzer"]["parameters"]}
    assert (parameters["floor"]["value"], parameters["floor"]["overridden"]) == ("25000.50", True)
    assert (parameters["baseline_months"]["value"], parameters["baseline_months"]["decimals"]) == ("12", 0)


@pytest.mark.slow
def test_a_longer_baseline_is_reanalysed_further_on(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    place.add_organization("far")
    old, new = place.home.settings.home / "old.csv", place.home.settings.home / "new.csv"
    new.write_text("date,vendor,amount\n2024-03-01,Acme,1.00\n")
    old.write_text("date,vendor,amount\n2022-03-01,Acme,1.00\n")
    place.deliver("far", new)
    ledgerwatch("analyzers", "set", "large_transaction", "--org", "far", "baseline_months=0")
    analyse_due(place.home)
    assert ledgerwatch("import", old, "--org", "far", "--no-analyze")[0] == 0
    (due,) = analyses.due(place.home)
    assert (str(due.months), "large_transaction" in due.analyzers) == ("2022-03..2024-03", True)
    analyse_due(place.home)


def test_runs_are_listed_by_organization_status_and_month(
    ledgerwatch: Callable[..., Answer], place: Installation
) -> None:
    place.alert_of("filtered")

    def runs(*filters: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(ledgerwatch("runs", "list", *filters, "--json")[1])["runs"]
        return found

    of_it = runs("--org", "filtered")
    assert {run["analyzer"] for run in of_it} == {"cases", *(each.name for each in BUILT_IN)}
    assert runs("--org", "filtered", "--month", "2024-03") == of_it
    assert runs("--org", "filtered", "--month", "2024-04") == []
    assert runs("--org", "filtered", "--status", "FAILED") == []
    assert runs("--org", "filtered", "--limit", "1", "--after", of_it[0]["id"][:13]) == of_it[1:2]
    assert ledgerwatch("runs", "show", "0123")[2].startswith("ledgerwatch: unknown run '0123'")


def test_a_run_says_who_had_not_enough_data(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    place.add_organization("poor")
    analyses.request(place.home, TESTER, MonthRange(Month(2024, 3), Month(2024, 4)), slugs=["poor"])
    analyse_due(place.home)
    (run,) = json.loads(ledgerwatch("runs", "list", "--org", "poor", "--analyzer", "large_transaction", "--json")[1])[
        "runs"
    ]
    shown = ledgerwatch("runs", "show", run["id"])[1]
    assert "Not enough data\n  poor  2024-03..2024-04  no expense or income in the baseline" in shown
    assert "INSUFFICIENT_DATA" in shown


def test_the_log_is_listed_by_person_type_and_day(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    number = place.alert_of("logged")
    ledgerwatch("alerts", "ack", number, "--actor", "dora")

    def events(*filters: str) -> list[str]:
        found = json.loads(ledgerwatch("audit", "list", "--org", "logged", *filters, "--json")[1])["events"]
        return [event["event_type"] for event in found]

    assert events() == [
        "ALERT_ACKNOWLEDGED",
        "CASES_LISTED",
        "ANALYSIS_RUN",  # of the ranking
        "ANALYSIS_RUN",  # of budget_threshold, which found nothing
        "ALERTS_GENERATED",
        *["ANALYSIS_RUN"] * (len(BUILT_IN) - 1),
        "TRANSACTIONS_IMPORTED",
        "LOAD_RECEIVED",
        "ORGANIZATION_CREATED",
    ]
    assert events("--actor", "dora", "--since", "2020-01-01") == ["ALERT_ACKNOWLEDGED"]
    assert events("--type", "load_received") == ["LOAD_RECEIVED"]
    assert events("--until", "2020-01-01") == []
    heads = json.loads(ledgerwatch("audit", "head", "--json")[1])["heads"]
    (head,) = (each for each in heads if each["organization"] == "logged")
    assert head["seq"] == len(events())
    assert head["hash"] in ledgerwatch("audit", "head")[1]
    code, out, _ = ledgerwatch("audit", "verify", "--head", head["hash"])
    assert (code, out.endswith("every chain is whole\n")) == (0, True)
    assert ledgerwatch("audit", "verify", "--head", "0" * 63 + "1")[0] == 1


def test_an_event_is_about_what_people_call_it(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    number = place.alert_of("subject")
    ledgerwatch("alerts", "ack", number)
    found = json.loads(ledgerwatch("audit", "list", "--org", "subject", "--json")[1])["events"]
    (load,) = json.loads(ledgerwatch("loads", "list", "--org", "subject", "--json")[1])["loads"]
    subjects = {event["event_type"]: event["subject"] for event in found}
    assert subjects["ORGANIZATION_CREATED"] == "subject"
    assert subjects["LOAD_RECEIVED"] == subjects["TRANSACTIONS_IMPORTED"] == load["load_id"]
    assert subjects["ALERTS_GENERATED"] in ("duplicate", "large_transaction")
    assert subjects["ALERT_ACKNOWLEDGED"] == number


def test_pages_of_the_log_follow_each_other(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    place.alert_of("log-pages")
    whole = json.loads(ledgerwatch("audit", "list", "--org", "log-pages", "--all", "--json")[1])["events"]
    seen: list[Any] = []
    after: list[str] = []
    while True:
        page = json.loads(ledgerwatch("audit", "list", "--org", "log-pages", "--limit", "2", *after, "--json")[1])
        seen += page["events"]
        if page["next"] is None:
            break
        after = ["--after", page["next"]]
    assert seen == whole
    assert len(whole) > 4
