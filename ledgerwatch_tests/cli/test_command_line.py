"""The command line as people and scripts meet it: exit codes, what goes to which stream, JSON, and text from files."""

import csv
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ledgerwatch_tests.cli.conftest import GOOD, HEADER, Answer
from ledgerwatch_tests.processes import Installation

BYTES = os.fsdecode(b"\xe9")
"""An é of Latin-1, as it comes as an argument."""
SECOND_PROFILE = '[columns]\ndate = "day"\nvendor = "payee"\namount = "sum"\n'


@pytest.mark.slow
def test_every_exit_code(ledgerwatch: Callable[..., Answer], tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(HEADER + "2024-01-01,Acme,1.00,,\n")
    bad.write_text(HEADER + "2024-01-01,Acme,1.00,,\n2024-01-01,,2.00,,\n")
    assert ledgerwatch("orgs", "add", "codes", "--name", "Codes")[0] == 0
    assert ledgerwatch("orgs", "list", LEDGERWATCH_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")[0] == 1
    assert ledgerwatch("orgs", "show", "code")[0] == 2
    assert ledgerwatch("orgs", "add", "codes", "--name", "Other")[0] == 4
    assert ledgerwatch("import", good, bad, "--org", "codes", "--no-analyze")[0] == 5
    assert ledgerwatch("import", good, "--org", "codes", "--no-analyze")[0] == 3
    assert ledgerwatch("import", good, bad, "--org", "codes", "--no-analyze", "--on-invalid", "quarantine")[0] == 0


BAD_INPUT = {
    "unknown organization": (("import", "GOOD", "--org", "acm"), "unknown organization 'acm'; known: acme"),
    "unknown organization of a list": (("loads", "list", "--org", "acm"), "unknown organization 'acm'; known: acme"),
    "unknown organization of the log": (("audit", "list", "--org", "acm"), "unknown organization 'acm'; known: acme"),
    "unknown organization of alerts": (("alerts", "list", "--org", "acm"), "unknown organization 'acm'; known: acme"),
    "unknown organization to analyse": (
        ("analyze", "--org", "acm", "--month", "2024-01"),
        "unknown organization 'acm'",
    ),
    "no such file": (("import", "/no/such/file.csv", "--org", "acme"), "there is no file /no/such/file.csv"),
    "a folder": (("import", "FOLDER", "--org", "acme"), "is a folder"),
    "no file at all": (("import", "--org", "acme"), "nothing to import: give FILES and --org, or --inbox"),
    "unknown profile": (("import", "GOOD", "--org", "acme", "--profile", "nope"), "unknown profile 'nope'"),
    "no such profile": (("import", "GOOD", "--org", "acme", "--profile", "nope.toml"), "cannot be read"),
    "a broken profile": (("import", "GOOD", "--org", "acme", "--profile", "BROKEN"), "not valid TOML"),
    "no choice": (("import", "GOOD", "--org", "acme", "--on-invalid", "maybe"), "'maybe' is not one of"),
    "a bad month": (("analyze", "--month", "2024-13"), "'2024-13' is not a month; write YYYY-MM"),
    "the year zero": (("analyze", "--month", "0000-12"), "'0000-12' is not a month"),
    "months backwards": (("analyze", "--from", "2024-02", "--to", "2024-01"), "the months run backwards"),
    "half a range": (("analyze", "--from", "2024-02"), "give --month, or --from and --to"),
    "a bad month to list": (("alerts", "list", "--month", "March"), "'March' is not a month"),
    "unknown analyzer": (("analyze", "--analyzer", "magic", "--month", "2024-01"), "unknown analyzer 'magic'"),
    "unknown analyzer of alerts": (("alerts", "list", "--analyzer", "magic"), "unknown analyzer 'magic'"),
    "unknown analyzer of runs": (("runs", "list", "--analyzer", "magic"), "unknown analyzer 'magic'"),
    "unknown alert": (("alerts", "ack", "acme-4711"), "unknown alert 'acme-4711'"),
    "a vast alert": (
        ("alerts", "show", "acme-" + "9" * 30),
        "is no alert's number; write it as lists show it, for example acme-18",
    ),
    "no number": (("alerts", "ack", "first"), "'first' is no alert's number"),
    "a page nobody printed": (("alerts", "list", "--after", "1:NaN:1"), "is not what a page printed as next"),
    "a vast page": (("alerts", "list", "--after", "99999:1.00:1"), "is not what a page printed as next"),
    "an outcome that is the system's": (
        ("alerts", "resolve", "acme-1", "--outcome", "no_longer_holds"),
        "is not one of",
    ),
    "unknown load": (("loads", "show", "0123"), "unknown load '0123'"),
    "a pattern for a load": (("loads", "rows", "%"), "'%' is no id of a load: give at least its first 4 characters"),
    "nothing for a load": (("loads", "show", ""), "'' is no id of a load"),
    "nothing for a run": (("runs", "show", ""), "'' is no id of a run"),
    "nothing known to retry": (("retry", "--org", "acm"), "unknown organization 'acm'; known: acme"),
    "unknown analyzer to check": (("analyzers", "check", "magic"), "unknown analyzer 'magic'"),
    "a page of the log nobody printed": (("audit", "list", "--after", "17"), "is not what a page printed as next"),
    "a bad slug": (("orgs", "add", "Bad Slug", "--name", "x"), "is not a slug"),
    "a bad currency": (("orgs", "add", "x", "--name", "x", "--currency", "euros"), "unknown currency 'euros'"),
    "no currency": (("orgs", "add", "x", "--name", "x", "--currency", "XQZ"), "unknown currency 'XQZ'"),
    "half a yen": (
        (
            "orgs",
            "add",
            "x",
            "--name",
            "x",
            "--currency",
            "JPY",
            "--opening-balance",
            "0.5",
            "--opening-date",
            "2020-01-01",
        ),
        "has more decimals than JPY has",
    ),
    "an opening balance alone": (("orgs", "add", "x", "--name", "x", "--opening-balance", "1"), "opening date"),
    "a vast balance": (
        ("orgs", "add", "x", "--name", "x", "--opening-balance", "1e999", "--opening-date", "2020-01-01"),
        "is not an amount",
    ),
    "an alert of an unknown organization": (("alerts", "show", "acm-1"), "unknown organization 'acm'; known: acme"),
    "a page that is empty": (("alerts", "list", "--after", ""), "'' is not what a page printed as next"),
    "an empty page of loads": (("loads", "list", "--after", ""), "'' is no id of a load"),
    "an empty page of runs": (("runs", "list", "--after", ""), "'' is no id of a run"),
    "an empty page of transactions": (("transactions", "list", "--after", ""), "is not what a page printed as next"),
    "an empty page of the log": (("audit", "list", "--after", ""), "'' is not what a page printed as next"),
    "a vast limit": (("alerts", "list", "--limit", "9" * 20), "is not in the range 1<=x<=1000000"),
    "a head that is no hash": (("audit", "verify", "--head", "zz"), "--head 'zz' is no hash of an event"),
    "a head that is nothing": (("audit", "verify", "--head", ""), "--head '' is no hash of an event"),
    "a name that is not UTF-8": (
        ("orgs", "add", "a", "--name", BYTES),
        "argument 5 is not UTF-8, and no file of that name",
    ),
    "an option that is not UTF-8": (("alerts", "list", f"--org={BYTES}"), "argument 3 is not UTF-8"),
    "a question that is not UTF-8": (("sql", f"SELECT '{BYTES}'"), "argument 2 is not UTF-8"),
    "a file that is not there, nor UTF-8": (("import", BYTES, "--org", "acme"), "argument 2 is not UTF-8"),
    "a folder in use": (("generate", "--out", "FOLDER"), "exists and is not an empty folder"),
    "unknown command": (("frobnicate",), "No such command 'frobnicate'"),
    "a command misspelt": (("alert", "list"), "No such command 'alert'. Did you mean 'alerts'?"),
    "a command of a group misspelt": (("alerts", "lst"), "No such command 'lst'. Did you mean 'list'?"),
}


@pytest.mark.parametrize("what", BAD_INPUT)
def test_bad_input_is_exit_code_2_and_a_clear_line(
    ledgerwatch: Callable[..., Answer], tmp_path: Path, what: str
) -> None:
    (tmp_path / "good.csv").write_text(GOOD)
    (tmp_path / "broken.toml").write_text("name =")
    stand_for = {"GOOD": tmp_path / "good.csv", "BROKEN": tmp_path / "broken.toml", "FOLDER": tmp_path}
    arguments, message = BAD_INPUT[what]
    code, out, err = ledgerwatch(*(stand_for.get(argument, argument) for argument in arguments))
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


BAD_SETTINGS = {
    "LEDGERWATCH_THREADS": ("many", 2, "LEDGERWATCH_THREADS must be a whole number above 0, at most 1024, not 'many'"),
    "LEDGERWATCH_MEMORY_LIMIT": ("lots", 2, "LEDGERWATCH_MEMORY_LIMIT must be a size such as 2GB"),
    "LEDGERWATCH_FIRST_MONTH": ("2010", 2, "LEDGERWATCH_FIRST_MONTH: '2010' is not a month"),
    "LEDGERWATCH_HOEM": (
        "home",
        2,
        "unknown setting LEDGERWATCH_HOEM; known: LEDGERWATCH_ALERT_DAYS, LEDGERWATCH_ANALYZER_SECONDS",
    ),
    "LEDGERWATCH_ALERT_DAYS": (
        "HIGH=7,HIGH=8",
        2,
        "LEDGERWATCH_ALERT_DAYS says after how many days an unresolved alert",
    ),
    "LEDGERWATCH_HOME": ("/dev/null/home", 1, "(LEDGERWATCH_HOME) cannot be made"),
    "LEDGERWATCH_DATABASE_URL": ("host=x password=hidden", 2, "LEDGERWATCH_DATABASE_URL is no URL of a PostgreSQL"),
}

_ADDRESS = "LEDGERWATCH_DATABASE_URL is no address of a PostgreSQL"
OTHER_BAD_SETTINGS = [
    ("LEDGERWATCH_THREADS", "9" * 11, "must be a whole number above 0, at most 1024, not '99999999999'"),
    ("LEDGERWATCH_THREADS", "9" * 5_000, "must be a whole number above 0"),
    ("LEDGERWATCH_THREADS", "²", "must be a whole number above 0"),
    (
        "LEDGERWATCH_TIMEZONE",
        "Zurich",
        "must be a time zone of the IANA database such as Europe/Zurich or UTC, not 'Zurich'",
    ),
    ("LEDGERWATCH_TIMEZONE", "../etc", "must be a time zone"),
    ("LEDGERWATCH_MEMORY_LIMIT", "1KB", "must be a size such as 2GB or 512MB, at least 64MB, not '1KB'"),
    ("LEDGERWATCH_ANALYZER_SECONDS", "0", "LEDGERWATCH_ANALYZER_SECONDS must be a whole number above 0"),
    ("LEDGERWATCH_LAKE", BYTES, "LEDGERWATCH_LAKE is not UTF-8"),
    ("LEDGERWATCH_DATABASE_URL", f"postgresql://u:hidden@{BYTES}/db", "LEDGERWATCH_DATABASE_URL is not UTF-8"),
    ("LEDGERWATCH_DATABASE_URL", "postgresql://u:hidden@127.0.0.1:x/db", _ADDRESS),
    ("LEDGERWATCH_DATABASE_URL", "postgresql://u:hidden@[::1/db", _ADDRESS),
    ("LEDGERWATCH_DATABASE_URL", "postgresql://u:hidden@127.0.0.1/db?bogus=1", _ADDRESS),
]


@pytest.mark.parametrize(("name", "value", "message"), OTHER_BAD_SETTINGS)
@pytest.mark.parametrize("command", [("orgs", "list"), ("status",)], ids=" ".join)
def test_a_setting_that_cannot_be_meant_is_wrong_usage(
    ledgerwatch: Callable[..., Answer], command: tuple[str, ...], name: str, value: str, message: str
) -> None:
    code, out, err = ledgerwatch(*command, **{name: value})
    assert (code, out) == (2, "")
    assert message in err
    assert "unexpected" not in err
    assert "hidden" not in err


def test_a_hash_that_no_event_has_is_a_failure_and_of_no_chain(ledgerwatch: Callable[..., Answer]) -> None:
    code, out, err = ledgerwatch("audit", "verify", "--head", "AB" * 32)
    assert (code, out) == (1, "")
    assert err == f"ledgerwatch: no event has the hash {'ab' * 32}: it was never here, or a tail was cut off\n"


def test_a_path_may_be_of_any_bytes(ledgerwatch: Callable[..., Answer], place: Installation, tmp_path: Path) -> None:
    place.add_organization("latin")
    folder = tmp_path / f"caf{BYTES}"
    folder.mkdir()
    (folder / "good.csv").write_text(GOOD)
    (folder / f"good{BYTES}.csv").write_text(GOOD)
    assert ledgerwatch("import", folder / "good.csv", "--org", "latin", "--no-analyze")[0] == 0
    code, _, err = ledgerwatch("import", folder / f"good{BYTES}.csv", "--org", "latin", "--no-analyze")
    assert (code, "the file's name is not UTF-8" in err) == (2, True)


@pytest.mark.parametrize("name", BAD_SETTINGS)
def test_a_bad_setting_is_named(ledgerwatch: Callable[..., Answer], name: str) -> None:
    value, expected, message = BAD_SETTINGS[name]
    code, out, err = ledgerwatch("orgs", "list", **{name: value})
    assert (code, out) == (expected, "")
    assert message in err
    assert "Traceback" not in err
    assert "hidden" not in err


def test_a_process_prints_errors_on_standard_error_and_no_traceback(place: Installation) -> None:
    result = place.run("import", "/no/such.csv", "--org", "acme", "--json")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "ledgerwatch: there is no file /no/such.csv\n"


@pytest.mark.slow
def test_several_profiles_fit_and_are_listed(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    own = place.home.settings.profiles
    own.mkdir(exist_ok=True)
    (own / "bank-a.toml").write_text(SECOND_PROFILE)
    (own / "bank-b.toml").write_text(SECOND_PROFILE)
    file = own / "bank.csv"
    file.write_text("day,payee,sum\n2024-03-01,Acme,1.00\n")
    code, _, err = ledgerwatch("import", file, "--org", "acme")
    assert code == 5
    assert "several profiles fit the header: bank-a, bank-b; name one with --profile" in err
    assert ledgerwatch("import", file, "--org", "acme", "--profile", "bank-b", "--no-analyze")[0] == 0


def test_the_same_file_twice_in_one_command_is_imported_once(
    ledgerwatch: Callable[..., Answer], tmp_path: Path
) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    for path in (first, second):
        path.write_text(HEADER + "2024-03-09,Twice,1.00,,\n")
    code, out, _ = ledgerwatch("import", first, second, "--org", "acme", "--no-analyze", "--json")
    assert code == 0
    assert [load["status"] for load in json.loads(out)["loads"]] == ["ACCEPTED", "ALREADY_IMPORTED"]


LOAD = {
    "load_id",
    "organization",
    "file",
    "status",
    "rows",
    "accepted",
    "rejected",
    "skipped",
    "blank",
    "amount",
    "months",
    "reason",
}
ALERT = {
    "number",
    "id",
    "organization",
    "analyzer",
    "severity",
    "status",
    "title",
    "message",
    "subject",
    "amount",
    "month",
    "transactions",
    "evidence",
    "muted",
    "assignee",
    "outcome",
}
EVENT = {"seq", "event_type", "actor", "organization", "subject", "created_at", "metadata", "hash"}

DOCUMENTS = {
    "loads list": (
        ("loads", "list"),
        {"loads", "next"},
        LOAD
        | {"sha256", "rules", "error", "attempts", "received_at", "closed_by", "closed_at", "closed_note"}
        | {"on_overlap", "overlap", "released_by", "released_at", "released_note"}
        | {"origin", "delivery", "withdrawn_by", "withdrawn_at", "withdrawn_reason"},
    ),
    "alerts list": (("alerts", "list"), {"alerts", "next"}, ALERT),
    "loads totals": (
        ("loads", "totals"),
        {"totals"},
        {"organization", "month", "currency", "loads", "rows", "expense", "income", "refund", "net"},
    ),
    "audit list": (("audit", "list", "--limit", "3"), {"events", "next"}, EVENT),
    "audit head": (("audit", "head"), {"heads"}, {"organization", "chain", "seq", "hash"}),
    "orgs list": (("orgs", "list"), {"organizations"}, None),
    "orgs show": (("orgs", "show", "acme"), {"organization"}, None),
    "analyzers list": (
        ("analyzers", "list"),
        {"analyzers", "refused"},
        {"name", "version", "summary", "source", "parameters", "decisions"},
    ),
    "runs list": (("runs", "list"), {"runs", "next"}, None),
    "alerts show": (
        ("alerts", "show", "acme-1"),
        {"alert", "analysis_run", "parameters", "case", "earlier", "history"},
        None,
    ),
    "alerts summary": (
        ("alerts", "summary"),
        {"summary"},
        {"month", "analyzer", "severity", "currency", "open", "acknowledged", "resolved", "amount"},
    ),
    "explain": (("explain", "acme-1"), {"explanation"}, None),
    "backtest": (("backtest", "duplicate", "--set", "window_hours=24"), {"backtest"}, None),
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_json_is_one_object_with_stable_keys(ledgerwatch: Callable[..., Answer], what: str) -> None:
    arguments, keys, item_keys = DOCUMENTS[what]
    code, out, err = ledgerwatch(*arguments, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document.keys() == keys
    if item_keys is not None:
        items = next(iter(document.values()))
        assert items
        assert all(item.keys() == item_keys for item in items)


def test_import_json_has_the_keys_that_programs_rely_on(ledgerwatch: Callable[..., Answer], tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(HEADER + "2024-03-01,Acme,12.345,Office,x\n")
    code, out, err = ledgerwatch("import", file, "--org", "acme", "--json")
    assert (code, err) == (5, "")
    (load,) = json.loads(out)["loads"]
    assert load.keys() == LOAD | {
        *("rules", "errors", "skipped_rules", "skipped_rows", "not_listed", "overlap", "next")
    }
    assert load["amount"] == {"expense": "0.00", "income": "0.00", "refund": "0.00"}
    assert load["errors"] == [
        {
            "row": 2,
            "column": "amount",
            "value": "12.345",
            "rule": "amount_decimals",
            "message": "'12.345' has more decimals than the currency; the profile may round (extra_decimals)",
        }
    ]


def test_amounts_in_json_are_strings(ledgerwatch: Callable[..., Answer]) -> None:
    alert = json.loads(ledgerwatch("alerts", "show", "acme-1", "--json")[1])["alert"]
    assert alert["amount"] == "50.00"
    assert alert["evidence"]["amount"] == "50.00"


def test_skipped_rows_are_listed_with_the_bad_ones(ledgerwatch: Callable[..., Answer], tmp_path: Path) -> None:
    file = tmp_path / "ids.csv"
    row = "2024-03-01,Acme,{},S1\n"
    file.write_text("date,vendor,amount,external_id\n" + row.format("1.00") * 2 + row.format("2.00"))
    out = ledgerwatch("import", file, "--org", "acme", "--on-invalid", "quarantine", "--no-analyze", "--json")[1]
    (load,) = json.loads(out)["loads"]
    assert (load["accepted"], load["skipped"], load["rejected"], len(load["errors"])) == (1, 1, 1, 1)
    listed = json.loads(ledgerwatch("loads", "rows", load["load_id"], "--json")[1])
    assert listed.keys() == {"load_id", "rules", "errors", "skipped"}
    assert [(error["row"], error["rule"]) for error in listed["errors"]] == [(4, "external_id_differs")]
    assert [(row["row"], row["rule"]) for row in listed["skipped"]] == [(3, "external_id_known")]
    table = list(csv.DictReader(io.StringIO(ledgerwatch("loads", "rows", load["load_id"], "--csv")[1])))
    assert [(row["row"], row["rule"]) for row in table] == [("3", "external_id_known"), ("4", "external_id_differs")]
    assert "external_id_known" in ledgerwatch("loads", "rows", load["load_id"])[1]


NASTY = "\x1b]0;owned\x07\x1b[31m\x9b31m\u0085[bold]x[/bold]"


@pytest.mark.slow
def test_control_characters_of_a_file_do_not_reach_the_terminal(
    ledgerwatch: Callable[..., Answer], tmp_path: Path
) -> None:
    file = tmp_path / "nasty\x1b[2J.csv"
    file.write_text(f"date,vendor,amount\n2024-05-01,{NASTY},7.77\n2024-05-02,{NASTY},7.77\n2024-05-03,A,{NASTY}\n")
    commands: list[tuple[str | Path, ...]] = [("import", file, "--org", "acme", "--on-invalid", "quarantine")]
    code, out, err = ledgerwatch(*commands[0], "--json")
    assert code == 0
    load = json.loads(out)["loads"][0]
    assert load["errors"][0]["value"] == NASTY  # JSON has it all, escaped
    shown = [out, err]
    for command in (
        ("loads", "list"),
        ("loads", "show", load["load_id"]),
        ("loads", "rows", load["load_id"]),
        ("alerts", "list"),
        ("alerts", "list", "--json"),
        ("alerts", "show", "acme-2"),
        ("audit", "list"),
        ("import", file, "--org", "acme"),
        ("import", tmp_path / NASTY.replace("/", ""), "--org", "acme"),
    ):
        shown += ledgerwatch(*command)[1:]
    assert any("[bold]x" in text for text in shown)  # and no mark-up of a table's is obeyed
    assert [repr(text) for text in shown if re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)] == []


def test_a_csv_export_runs_no_formula(ledgerwatch: Callable[..., Answer], tmp_path: Path) -> None:
    file = tmp_path / "formulas.csv"
    formulas = ["=1+1", "+1+1", "-x", "@SUM(A1)", "=cmd|' /C calc'!A0"]
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([("date", "vendor", "amount"), *(("2024-03-01", "A", text) for text in formulas)])
    load = json.loads(ledgerwatch("import", file, "--org", "acme", "--json")[1])["loads"][0]
    table = list(csv.DictReader(io.StringIO(ledgerwatch("loads", "rows", load["load_id"], "--csv")[1])))
    assert [row["value"] for row in table] == [f"'{text}" for text in formulas]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in table for cell in row.values())


def test_numbers_and_times_of_an_answer_in_sql(ledgerwatch: Callable[..., Answer]) -> None:
    query = (
        "SELECT -5.00 AS amount, '-5.00' AS text, TIMESTAMPTZ '2026-11-24 15:00:00+02' AS moment,"
        " TIMESTAMP '2026-11-24 15:00:00' AS clock"
    )
    code, out, err = ledgerwatch("sql", query, "--csv")
    assert (code, err) == (0, "")
    assert out.splitlines()[1] == "-5.00,'-5.00,2026-11-24T13:00:00.000000Z,2026-11-24T15:00:00.000000"
    rows = json.loads(ledgerwatch("sql", query, "--json")[1])["rows"]
    assert rows == [["-5.00", "-5.00", "2026-11-24T13:00:00.000000Z", "2026-11-24T15:00:00.000000"]]


@pytest.mark.parametrize("what", [("runs", "list"), ("audit", "list"), ("loads", "list")], ids=" ".join)
def test_every_time_in_json_has_one_spelling(ledgerwatch: Callable[..., Answer], what: tuple[str, ...]) -> None:
    out = ledgerwatch(*what, "--json")[1]
    times = re.findall(r'"(20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][^"]*)"', out)
    assert times
    assert all(re.fullmatch(r"[-0-9]{10}T[:0-9]{8}[.][0-9]{6}Z", time) for time in times)
