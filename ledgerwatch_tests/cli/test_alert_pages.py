"""What people see of alerts: a list that fits their terminal, page by page, and one alert in full."""

import json
from collections.abc import Callable

import pytest

from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation, installation


def test_an_alert_in_full_has_its_figures_and_its_transactions(ledgerwatch: Callable[..., Answer]) -> None:
    code, out, _ = ledgerwatch("alerts", "show", "acme-1")
    lines = [line.strip() for line in out.splitlines()]
    assert code == 0
    assert lines[0] == "Alert acme-1  LOW  OPEN"
    assert lines[1] == "2 equal payments: Acme, 50.00 each"
    assert "2 payments (expense) of 50.00 with Acme, 2024-03-01 to 2024-03-02; 0 refunded; 50.00 at stake." in lines
    assert "at stake      50.00 USD" in lines
    assert "dates    2024-03-01, 2024-03-02" in lines
    ids = json.loads(ledgerwatch("alerts", "show", "acme-1", "--json")[1])["alert"]["transactions"]
    place = lines.index("Transactions (2)") + 1
    assert lines[place : lines.index("", place)] == [
        "2024-03-01  50.00 USD  expense  Acme",
        f"good.csv, row 2; {ids[0]}",
        "2024-03-02  50.00 USD  expense  Acme",
        f"good.csv, row 3; {ids[1]}",
    ]
    assert not [line for line in lines if "UUID(" in line or "{" in line or "None" in line]


def test_who_did_what_to_an_alert_is_on_its_page(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    number = place.alert_of("worked-on")
    ledgerwatch("alerts", "ack", number, "--actor", "ann")
    ledgerwatch("alerts", "resolve", number, "--actor", "bob", "--outcome", "fixed", "--note", "paid back")
    out = ledgerwatch("alerts", "show", number)[1]
    assert "LOW  RESOLVED" in out
    assert "acknowledged  by ann, 20" in out
    assert " UTC" in out
    assert "resolved      by bob, 20" in out
    assert " UTC, fixed" in out
    assert "note          paid back" in out
    history = out[out.index("History\n") :].splitlines()[1:]
    assert [line.split("UTC  ")[1] for line in history] == [
        "ann  ALERT_ACKNOWLEDGED",
        "bob  ALERT_RESOLVED  fixed, paid back",
    ]
    document = json.loads(ledgerwatch("alerts", "show", number, "--json")[1])
    assert [(each["actor"], each["subject"]) for each in document["history"]] == [("ann", number), ("bob", number)]


def test_what_is_done_to_an_alert_is_printed_as_json(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    number = place.alert_of("in-json")
    acknowledged = json.loads(ledgerwatch("alerts", "ack", number, "--json")[1])
    assert (acknowledged["alert"]["number"], acknowledged["alert"]["status"]) == (number, "ACKNOWLEDGED")
    resolved = json.loads(ledgerwatch("alerts", "resolve", number, "--outcome", "accepted", "--json")[1])
    assert resolved["alert"] == json.loads(ledgerwatch("alerts", "show", number, "--json")[1])["alert"]
    assert (resolved["alert"]["status"], resolved["alert"]["outcome"]) == ("RESOLVED", "accepted")


@pytest.mark.slow
def test_amounts_have_the_decimals_of_the_currency(ledgerwatch: Callable[..., Answer]) -> None:
    with installation() as place:  # its own: what SQL shows has the decimals of the finest currency there is
        there = place.environment["LEDGERWATCH_HOME"]
        for currency, decimals, shown, plain in (("JPY", 0, "1,234", "1234"), ("KWD", 3, "1,234.000", "1234.000")):
            slug = currency.lower()
            place.add_organization(slug, currency, decimals)
            file = place.home.settings.home / f"{slug}.csv"
            file.write_text("date,vendor,amount\n" + "2024-03-01,Acme,1234\n" * 2)
            place.deliver(slug, file)
            out = ledgerwatch("alerts", "show", f"{slug}-1", LEDGERWATCH_HOME=there)[1]
            assert f"at stake      {shown} {currency}" in out
            assert f"  amount   {shown}\n" in out
            assert f"  2024-03-01  {shown} {currency}  expense  Acme" in out
            for command, key in ((("alerts", "list"), "alerts"), (("transactions", "list"), "transactions")):
                document = json.loads(ledgerwatch(*command, "--org", slug, "--json", LEDGERWATCH_HOME=there)[1])
                assert document[key][0]["amount"] == plain
            (load,) = json.loads(ledgerwatch("loads", "list", "--org", slug, "--json", LEDGERWATCH_HOME=there)[1])[
                "loads"
            ]
            assert load["amount"]["income"] == plain.replace("1234", "0")


def test_pages_of_alerts_follow_each_other_and_all_is_all_of_them(
    ledgerwatch: Callable[..., Answer], place: Installation
) -> None:
    place.alert_of("paged", groups=3)
    whole = json.loads(ledgerwatch("alerts", "list", "--org", "paged", "--all", "--json")[1])
    assert (len(whole["alerts"]), whole["next"]) == (3, None)
    seen: list[object] = []
    after: list[str] = []
    for is_last in (False, False, True):
        page = json.loads(ledgerwatch("alerts", "list", "--org", "paged", "--limit", "1", *after, "--json")[1])
        seen += page["alerts"]
        assert (page["next"] is None) == is_last
        after = ["--after", page["next"]]
    assert seen == whole["alerts"]


def test_a_list_of_alerts_fits_80_columns(place: Installation) -> None:
    place.alert_of("an-organization-with-a-long-name")
    out = place.on_terminal(80, "alerts", "list", "--org", "an-organization-with-a-long-name")
    lines = [line.rstrip() for line in out.splitlines()]
    assert max(map(len, lines)) <= 80
    (row,) = [line for line in lines if "LOW" in line]
    assert row.endswith(" 50.00 USD")  # figures stay whole, the text beside them goes on below
    assert row.split()[1:3] == ["LOW", "2024-03"]


def test_an_alert_is_explained(ledgerwatch: Callable[..., Answer]) -> None:
    code, out, err = ledgerwatch("explain", "acme-1")
    assert (code, err) == (0, "")
    lines = [line.strip() for line in out.splitlines()]
    assert lines[:2] == ["Alert acme-1  LOW  OPEN", "2 equal payments: Acme, 50.00 each"]
    assert "window_hours  48 (the default)" in lines
    assert "at stake = 50.00 × (2 - 1) = 50.00" in lines
    assert "2024-03-01  50.00 USD  expense  Acme" in lines
    assert lines[-1] == "Would it be found today? Yes, with the same figures."
    document = json.loads(ledgerwatch("explain", "acme-1", "--json")[1])["explanation"]
    assert list(document) == [
        "alert",
        "run",
        "rule",
        "parameters",
        "thresholds",
        "arithmetic",
        "unavailable",
        "differences",
        "transactions",
        "today",
    ]
    assert document["parameters"] == [{"name": "window_hours", "value": "48", "default": "48"}]
    assert [(each["row_number"], each["file"]) for each in document["transactions"]] == [
        (2, "good.csv"),
        (3, "good.csv"),
    ]
    assert document["today"]["verdict"] == "same"
    assert document["run"]["id"] == json.loads(ledgerwatch("alerts", "show", "acme-1", "--json")[1])["analysis_run"]


@pytest.mark.slow
def test_an_explanation_says_what_changed_since(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    number = place.alert_of("since-then")
    ledgerwatch("analyzers", "set", "duplicate", "--org", "since-then", "window_hours=24")
    assert "window_hours  24 (set; default 48)" in ledgerwatch("explain", number)[1]
    file = place.home.settings.home / "third.csv"
    file.write_text("date,vendor,amount\n2024-03-03,Acme,50.00\n")
    ledgerwatch("import", file, "--org", "since-then", "--no-analyze")
    out = ledgerwatch("explain", number)[1]
    assert "Would it be found today? Yes, with other figures:" in out
    assert "at stake      50.00 -> 100.00" in out
    assert "transactions  2 -> 3" in out
    ledgerwatch("analyzers", "set", "duplicate", "--org", "since-then", "window_hours=0")
    assert "Would it be found today? No." in ledgerwatch("explain", number)[1]


def test_what_is_no_alert_is_not_explained(ledgerwatch: Callable[..., Answer]) -> None:
    assert ledgerwatch("explain", "acme-99")[0] == 2
    assert "unknown alert 'acme-99'" in ledgerwatch("explain", "acme-99")[2]
    assert ledgerwatch("explain", "acme")[0] == 2


def test_an_alerts_page_says_the_parameters_of_its_run(ledgerwatch: Callable[..., Answer]) -> None:
    assert "parameters    window_hours=48" in ledgerwatch("alerts", "show", "acme-1")[1]
    assert json.loads(ledgerwatch("alerts", "show", "acme-1", "--json")[1])["parameters"] == {"window_hours": "48"}
