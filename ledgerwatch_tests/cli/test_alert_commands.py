"""``ledgerwatch alerts``: what people do to one alert or to all that match, raise by hand, count and filter. Alerts are raised by hand."""

import getpass
import json
import os
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation

Run = Callable[..., Answer]
SAID = ("--title", "Invoice without order", "--message", "INV-88 names no order.", "--severity", "high")


@pytest.fixture(scope="module")
def slug(place: Installation) -> str:
    """An organization of its own."""
    place.add_organization("by-hand", "GBP")
    return "by-hand"


@pytest.fixture
def alert(ledgerwatch: Run, slug: str) -> str:
    return str(raised(ledgerwatch, slug)["number"])


def raised(ledgerwatch: Run, slug: str, *options: str) -> Any:
    code, out, err = ledgerwatch("alerts", "raise", "--org", slug, *SAID, *options, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)["alert"]


def document(ledgerwatch: Run, *arguments: str) -> Any:
    code, out, err = ledgerwatch(*arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_an_alert_is_raised_by_hand(ledgerwatch: Run, slug: str) -> None:
    document = raised(ledgerwatch, slug, "--amount", "1200", "--month", "2025-06", "--vendor", "City Rail")
    assert document == {
        "number": document["number"],
        "id": document["id"],
        "organization": slug,
        "analyzer": "manual",
        "severity": "HIGH",
        "status": "OPEN",
        "title": "Invoice without order",
        "message": "INV-88 names no order.",
        "subject": "City Rail",
        "amount": "1200.00",
        "month": "2025-06",
        "transactions": [],
        "evidence": {"vendor": "City Rail"},
        "muted": False,
        "assignee": None,
        "outcome": None,
    }
    code, out, _ = ledgerwatch("alerts", "raise", "--org", slug, *SAID)
    number = f"{slug}-{int(document['number'].split('-')[-1]) + 1}"
    assert (code, out) == (0, f"alert {number} is OPEN: Invoice without order\n")
    out = ledgerwatch("alerts", "show", number)[1]
    assert "Evidence" not in out
    assert "ALERT_RAISED" in out
    assert "was raised by hand" in ledgerwatch("explain", number)[2]


@pytest.mark.usefixtures("slug")
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("raise --org by-hand --title a --message b --severity HIGH --amount 1e3", "--amount is an amount such as"),
        ("raise --org by-hand --title a --message b --severity HIGH --amount 1.005", "currency has 2 decimals"),
        ("raise --org by-hand --title a --message b --severity HIGH --month June", "'June' is not a month"),
        ("raise --org by-hand --title a --message b --severity HIGH --vendor a --subject b", "--vendor or --subject"),
        ("raise --org nobody --title a --message b --severity HIGH", "unknown organization 'nobody'"),
        ("raise --org by-hand --title a --message b --severity URGENT", "'URGENT' is not one of"),
        ("list --month 2025-06 --from 2025-01", "give --month, or --from and --to, not both"),
        ("list --from 2025-06 --to 2025-01", "the months run backwards"),
        ("list --min-amount ten", "--min-amount is an amount such as 1000.00, not 'ten'"),
        ("list --min-amount 5 --max-amount 4", "no amount is at least 5 and at most 4"),
        ("list --status OPEN --outcome fixed", "only what is RESOLVED has an outcome"),
        ("list --analyzer duplicates", "unknown analyzer 'duplicates'; known: duplicate"),
        ("list --vendor ''", "a vendor has a name"),
        ("list --assignee ''", "a person has a name; none is nobody"),
        ("ack", "give the alert's number, or say which alerts are meant"),
        ("ack by-hand-1 --org by-hand", "not both"),
        ("ack by-hand-1 --yes", "not both"),
        ("ack --org nobody --yes", "unknown organization 'nobody'"),
        ("resolve by-hand-1", "Missing option '--outcome'"),
        ("assign by-hand-1", "give the alert's number and the person's name; 1 word was given"),
        ("assign by-hand-1 eve --nobody", "give the alert's number; 2 words were given"),
        ("assign by-hand-1 none", "'none' is nobody's name"),
        ("assign --org by-hand by-hand-1 eve", "give the person's name; 2 words were given"),
        ("comment by-hand-1", "give the alert's number and the text of the comment"),
        ("comment by-hand-1 ' '", "a comment says something"),
        ("summary --csv --json", "give --csv or --json, not both"),
    ],
)
def test_what_cannot_be_meant_is_named_and_is_no_traceback(ledgerwatch: Run, arguments: str, complaint: str) -> None:
    code, out, err = ledgerwatch("alerts", *shlex.split(arguments))
    assert (code, out) == (2, "")
    assert complaint in err
    assert "Traceback" not in err


def test_one_alert_is_worked_on_and_its_page_tells_all(ledgerwatch: Run, slug: str) -> None:
    settled = raised(ledgerwatch, slug, "--vendor", "Acme Rail", "--month", "2025-05")["number"]
    ledgerwatch("alerts", "resolve", settled, "--outcome", "accepted", "--note", "paid twice a year", "--actor", "ann")
    alert = raised(ledgerwatch, slug, "--vendor", "ACME rail", "--month", "2025-06")["number"]
    for arguments, said in (
        (("assign", alert, "eve"), f"alert {alert} is OPEN (eve's)"),
        (("comment", alert, "asked the school"), f"alert {alert} is OPEN (eve's)"),
        (("resolve", alert, "--outcome", "fixed"), f"alert {alert} is RESOLVED (fixed, eve's)"),
        (("reopen", alert, "--note", "it bounced"), f"alert {alert} is OPEN (eve's)"),
        (("assign", alert, "--nobody"), f"alert {alert} is OPEN"),
    ):
        code, out, err = ledgerwatch("alerts", *arguments, "--actor", "ann")
        assert (code, out, err) == (0, f"{said}\n", "")
    lines = [line.strip() for line in ledgerwatch("alerts", "show", alert)[1].splitlines()]
    assert lines[: lines.index("")] == [f"Alert {alert}  HIGH  OPEN", "Invoice without order"]
    assert "note          it bounced" in lines
    earlier = lines[lines.index("Decided before about the same subject") + 1]
    assert earlier.startswith(f"{settled}  2025-05  manual  accepted by ann, 20")
    assert earlier.endswith(": paid twice a year")
    assert [line.split("UTC  ")[1] for line in lines[lines.index("History") + 2 :]] == [
        "ann  ALERT_ASSIGNED  eve",
        "ann  ALERT_COMMENTED  asked the school",
        "ann  ALERT_RESOLVED  fixed",
        "ann  ALERT_REOPENED  it bounced",
        "ann  ALERT_ASSIGNED  nobody",
    ]
    shown = document(ledgerwatch, "alerts", "show", alert)
    assert shown.keys() == {"alert", "analysis_run", "parameters", "case", "earlier", "history"}
    assert [(each["number"], each["outcome"], each["by"]) for each in shown["earlier"]] == [
        (settled, "accepted", "ann")
    ]
    assert (shown["case"], shown["analysis_run"], len(shown["history"])) == (None, None, 6)
    code, out, err = ledgerwatch("alerts", "reopen", alert)
    assert (code, out) == (4, "")
    assert f"alert {alert} is OPEN; to reopen it, it must be RESOLVED. Nothing was changed." in err


def test_a_page_shows_what_the_vendor_was_paid_since_the_first_time_and_the_case(
    ledgerwatch: Run, place: Installation
) -> None:
    place.add_organization("paid")
    file = place.home.settings.home / "paid.csv"
    file.write_text("date,vendor,amount\n2024-01-09,Acme,20.00\n2024-03-01,ACME,50.00\n2024-03-02,Acme,50.00\n")
    place.deliver("paid", file)
    meant = ("alerts", "list", "--org", "paid", "--analyzer", "duplicate")
    (number,) = (each["number"] for each in document(ledgerwatch, *meant)["alerts"])
    ledgerwatch("alerts", "assign", number, "eve")
    assert "[eve]" in ledgerwatch(*meant)[1]
    lines = [line.strip() for line in ledgerwatch("alerts", "show", number)[1].splitlines()]
    begin = lines.index("Paid by month (to 2024-03; refunds taken off)")
    assert [line.split() for line in lines[begin + 1 : lines.index("", begin)]] == [
        ["2024-01", "20.00", "1", "█" * 8],
        ["2024-02", "0.00", "0"],
        ["2024-03", "100.00", "2", "█" * 40],
    ]
    case = document(ledgerwatch, "alerts", "show", number)["case"]
    assert f"case          {case} (OPEN)" in lines
    assert number in document(ledgerwatch, "cases", "show", case)["case"]["alerts"]


def test_all_that_match_are_changed_where_the_number_is_as_expected(ledgerwatch: Run, place: Installation) -> None:
    place.add_organization("in-bulk", "GBP")
    numbers = [raised(ledgerwatch, "in-bulk", "--amount", str(each))["number"] for each in (10, 20, 30)]
    meant = ("--org", "in-bulk", "--analyzer", "manual", "--max-amount", "20")
    resolve = ("alerts", "resolve", *meant, "--outcome", "accepted", "--note", "too small")
    code, out, err = ledgerwatch(*resolve)
    assert (code, out) == (2, "")  # nobody to ask
    assert "the filter means 2 alerts; where nobody can be asked, say --yes to resolve all. Nothing was changed." in err
    for asking in (("--expect", "3"), ("--expect", "3", "--yes")):
        code, out, err = ledgerwatch(*resolve, *asking)
        assert (code, out) == (4, "")
        assert "the filter means 2 alerts, not 3. Nothing was changed." in err
    assert len(document(ledgerwatch, "alerts", "list", "--org", "in-bulk")["alerts"]) == 3
    done = document(ledgerwatch, *resolve, "--expect", "2", "--yes")
    assert done == {"action": "resolve", "done": numbers[:2], "unchanged": [], "conflicts": []}
    code, out, _ = ledgerwatch(*resolve, "--yes")
    assert (code, out) == (3, "no alert matches; nothing was changed\n")
    code, out, err = ledgerwatch("alerts", "ack", "--org", "in-bulk", "--status", "RESOLVED", "--yes")
    assert code == 4
    assert f"{numbers[0]} is RESOLVED, {numbers[1]} is RESOLVED; to acknowledge them, they must be OPEN" in err
    listed = document(ledgerwatch, "alerts", "list", "--org", "in-bulk", "--outcome", "accepted")["alerts"]
    assert {each["number"] for each in listed} == set(numbers[:2])
    assert ledgerwatch("alerts", "assign", "--org", "in-bulk", "eve", "--yes")[1] == "alerts assigned to eve: 1\n"
    assert ledgerwatch("alerts", "assign", "--org", "in-bulk", "eve", "--yes")[1] == (
        "alerts assigned to eve: 0\nwere so already: 1\n"
    )
    assert ledgerwatch("alerts", "comment", "--org", "in-bulk", "seen", "--yes")[1] == "alerts commented: 1\n"
    assert ledgerwatch("alerts", "reopen", "--org", "in-bulk", "--yes")[1] == "alerts reopened: 2\n"
    assert ledgerwatch("alerts", "ack", "--org", "in-bulk", "--assignee", "eve", "--yes")[0] == 0
    assert ledgerwatch("alerts", "ack", "--org", "in-bulk", "--assignee", "eve", "--status", "ACKNOWLEDGED", "--yes")[
        1
    ] == ("alerts acknowledged: 0\nwere so already: 1\n")


@pytest.mark.parametrize(("typed", "code", "left"), [("y\n", 0, 0), ("n\n", 130, 1)])
def test_a_person_at_a_terminal_is_asked(
    ledgerwatch: Run, place: Installation, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, left: int
) -> None:
    organization = f"asked-{left}"
    place.add_organization(organization)
    raised(ledgerwatch, organization)
    keyboard, terminal = os.openpty()
    os.write(keyboard, typed.encode())
    with os.fdopen(terminal, closefd=True) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        found, out, err = ledgerwatch("alerts", "ack", "--org", organization)
    os.close(keyboard)
    assert found == code
    assert "the filter means 1 alert. Go on and acknowledge all? [y/N]" in out + err
    assert len(document(ledgerwatch, "alerts", "list", "--org", organization)["alerts"]) == left


def test_alerts_are_counted_by_month_analyzer_and_severity(ledgerwatch: Run, place: Installation) -> None:
    place.add_organization("counted", "JPY", 0)
    for month, amount in (("2025-05", "1234"), ("2025-06", "10"), ("2025-06", "5")):
        number = raised(ledgerwatch, "counted", "--month", month, "--amount", amount)["number"]
    ledgerwatch("alerts", "resolve", number, "--outcome", "fixed")
    meant = ("alerts", "summary", "--org", "counted")
    may = {
        "month": "2025-05",
        "analyzer": "manual",
        "severity": "HIGH",
        "currency": "JPY",
        "open": 1,
        "acknowledged": 0,
        "resolved": 0,
        "amount": "1234",
    }
    june = {**may, "month": "2025-06", "resolved": 1, "amount": "10"}
    assert document(ledgerwatch, *meant) == {"summary": [june, may]}
    assert document(ledgerwatch, *meant, "--to", "2025-05") == {"summary": [may]}
    assert ledgerwatch(*meant, "--csv")[1].splitlines() == [
        "month,analyzer,severity,currency,open,acknowledged,resolved,amount",
        "2025-06,manual,HIGH,JPY,1,0,1,10",
        "2025-05,manual,HIGH,JPY,1,0,0,1234",
    ]
    lines = [line.split() for line in ledgerwatch(*meant)[1].splitlines()]
    assert ["2025-05", "manual", "HIGH", "1", "0", "0", "1,234", "JPY"] in lines


def test_lists_are_filtered_by_who_has_them(ledgerwatch: Run, place: Installation, alert: str) -> None:
    free = raised(ledgerwatch, "by-hand", "--vendor", "Free Rail")["number"]
    ledgerwatch("alerts", "assign", alert, getpass.getuser())
    for person, mine in ((getpass.getuser(), True), ("me", True), ("none", False)):
        listed = document(ledgerwatch, "alerts", "list", "--org", "by-hand", "--assignee", person, "--all")["alerts"]
        numbers = {each["number"] for each in listed}
        assert (alert in numbers, free in numbers) == (mine, not mine)
    listed = document(ledgerwatch, "alerts", "list", "--vendor-prefix", "free")["alerts"]
    assert {each["subject"] for each in listed} == {"Free Rail"}
    assert document(ledgerwatch, "cases", "list", "--assignee", "none", "--org", "by-hand") == {
        "cases": [],
        "next": None,
    }
    assert ledgerwatch("cases", "take", "by-hand-c1", "--org", "by-hand")[0] == 2
    assert ledgerwatch("cases", "list", "--status", "OPEN", "--outcome", "fixed")[0] == 2
    place.add_organization("unlisted")
    assert ledgerwatch("cases", "take", "--org", "unlisted")[0] == 4
