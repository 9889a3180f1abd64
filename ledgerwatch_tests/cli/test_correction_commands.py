"""``transactions void | replace | restore | add`` and ``loads withdraw``: what they say, their exit codes, what is shown afterwards."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ledgerwatch_pipeline.model.load import LoadRow
from ledgerwatch_tests.cli.conftest import HEADER, Answer
from ledgerwatch_tests.processes import Installation

FILE = HEADER + "2024-05-01,Acme,10.00,Office,x\n2024-05-02,Beta,20.00,Office,y\n"


@pytest.fixture(scope="module")
def load(place: Installation) -> LoadRow:
    place.add_organization("mender")
    file = place.home.settings.home / "mender.csv"
    file.write_text(FILE)
    return place.deliver("mender", file)[0]


@pytest.fixture
def correct(ledgerwatch: Callable[..., Answer]) -> Callable[..., Answer]:
    """A command that corrects, without the analysis after it."""
    return lambda *arguments: ledgerwatch(*arguments, "--reason", "a test", "--actor", "ann", "--no-analyze")


def test_the_way_of_a_transaction(
    ledgerwatch: Callable[..., Answer], correct: Callable[..., Answer], load: LoadRow
) -> None:
    short = f"{str(load.id)[:13]}:2"
    code, out, err = correct("transactions", "void", short)
    identity = json.loads(ledgerwatch("transactions", "show", short, "--json")[1])["transaction"]["id"]
    assert (code, out, err) == (0, f"voided mender: transaction {identity} (a test)\n", "")
    code, out, err = correct("transactions", "void", identity)
    assert (code, out) == (4, "")
    assert "was voided already, by ann: a test. Nothing was changed." in err

    listed = json.loads(ledgerwatch("transactions", "list", "--org", "mender", "--json")[1])["transactions"]
    assert [each["vendor"] for each in listed] == ["Beta"]
    gone = json.loads(ledgerwatch("transactions", "list", "--org", "mender", "--voided", "--json")[1])["transactions"]
    assert [(each["id"], each["correction"]["actor"]) for each in gone] == [(identity, "ann")]
    assert "void by ann: a test" in ledgerwatch("transactions", "list", "--org", "mender", "--voided")[1]
    shown = json.loads(ledgerwatch("transactions", "show", identity, "--json")[1])
    assert shown["transaction"]["in_ledger"] is False
    assert [(each["kind"], each["status"]) for each in shown["corrections"]] == [("void", "APPLIED")]
    assert "not in the ledger any more" in ledgerwatch("transactions", "show", identity)[1]
    asked = ledgerwatch("sql", "SELECT count(*) FROM ledger WHERE organization = 'mender'", "--json")[1]
    assert json.loads(asked)["rows"] == [[1]]

    assert correct("transactions", "restore", identity)[0] == 0
    code, out, _ = correct("transactions", "replace", identity, "--amount", "11.00", "--json")
    done = json.loads(out)["correction"]
    assert (code, done["kind"], done["transaction"], done["actor"]) == (0, "replace", identity, "ann")
    newer = json.loads(ledgerwatch("transactions", "show", done["new_transaction"], "--json")[1])
    assert (newer["transaction"]["amount"], newer["transaction"]["vendor"]) == ("11.00", "Acme")
    assert newer["corrections"][0]["transaction"] == identity


def test_a_row_that_breaks_a_rule_is_told_in_the_words_of_an_import(
    correct: Callable[..., Answer], load: LoadRow
) -> None:
    assert load.accepted == 2
    row = ("transactions", "add", "--org", "mender", "--date", "2024-05-03", "--vendor", "C", "--amount")
    code, out, err = correct(*row, "1e3")
    assert (code, out) == (5, "")
    assert "'1e3' is written with an exponent" in err
    code, out, err = correct(*row, "12.345", "--json")
    assert code == 5
    assert [each["rule"] for each in json.loads(out)["errors"]] == ["amount_decimals"]


def test_a_repeated_command_with_a_key_does_nothing(
    ledgerwatch: Callable[..., Answer], correct: Callable[..., Answer], load: LoadRow
) -> None:
    assert load.accepted == 2
    row = ("transactions", "add", "--org", "mender", "--date", "2024-06-03", "--vendor", "Rail", "--amount", "5")
    first = correct(*row, "--key", "r-1", "--json")
    again = correct(*row, "--key", "r-1", "--json")
    assert (first[0], again[0]) == (0, 3)
    assert json.loads(first[1])["correction"]["id"] == json.loads(again[1])["correction"]["id"]
    assert "done before: added mender" in correct(*row, "--key", "r-1")[1]
    code, _, err = correct(*row[:-1], "6", "--key", "r-1")
    assert code == 4
    assert "the key 'r-1' was used for another correction" in err
    listed = json.loads(ledgerwatch("transactions", "list", "--vendor", "Rail", "--json")[1])["transactions"]
    assert len(listed) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("transactions", "void", "nonsense"), 2, "is no transaction's id"),
        (("transactions", "void", "00000000-0000-8000-8000-000000000001"), 2, "unknown transaction"),
        (("loads", "withdraw", "ffffffff"), 2, "unknown load"),
        (("transactions", "add", "--org", "menda", "--date", "x", "--vendor", "x", "--amount", "1"), 2, "mender"),
    ],
)
def test_unknown_things(
    correct: Callable[..., Answer], load: LoadRow, arguments: tuple[str, ...], code: int, told: str
) -> None:
    assert load.accepted == 2
    answer = correct(*arguments)
    assert answer[0] == code
    assert told in answer[2]


def test_a_reason_must_be_given(ledgerwatch: Callable[..., Answer], load: LoadRow) -> None:
    code, _, err = ledgerwatch("transactions", "void", str(load.id)[:-1] + "2")
    assert code == 2
    assert "--reason" in err


def test_a_file_is_withdrawn_and_imported_again(
    place: Installation, ledgerwatch: Callable[..., Answer], correct: Callable[..., Answer], tmp_path: Path
) -> None:
    place.add_organization("returner")
    inbox = tmp_path / "inbox" / "returner"
    inbox.mkdir(parents=True)
    file = inbox / "may.csv"
    file.write_text(FILE)
    imported = ("import", file, "--org", "returner", "--no-analyze", "--json")
    first = json.loads(ledgerwatch(*imported)[1])["loads"][0]
    code, out, _ = ledgerwatch(*imported)
    assert code == 3
    assert f"ledgerwatch loads withdraw {first['load_id'][:18]}" in json.loads(out)["loads"][0]["next"]
    code, out, _ = correct("loads", "withdraw", first["load_id"])
    assert code == 0
    assert out.startswith(f"withdrawn returner: load {first['load_id']} (a test)\n")
    assert correct("loads", "withdraw", first["load_id"])[0] == 4
    shown = json.loads(ledgerwatch("loads", "show", first["load_id"], "--json")[1])["load"]
    assert (shown["status"], shown["withdrawn_by"], shown["withdrawn_reason"]) == ("WITHDRAWN", "ann", "a test")
    assert "withdrawn by ann: a test" in ledgerwatch("loads", "list", "--org", "returner")[1]

    code, out, _ = ledgerwatch("import", "--inbox", tmp_path / "inbox", "--no-analyze", "--json")  # lies there still
    assert (code, json.loads(out)["loads"][0]["status"]) == (3, "ALREADY_WITHDRAWN")
    would = json.loads(ledgerwatch("import", file, "--org", "returner", "--dry-run", "--json")[1])["loads"][0]
    again = json.loads(ledgerwatch(*imported)[1])["loads"][0]
    assert (would["status"], again["status"]) == ("WOULD_BE_ACCEPTED", "ACCEPTED")
    assert would["load_id"] == again["load_id"] != first["load_id"]
