"""``profiles``: which there are, what one says, how a file would be read, and a first one for an unknown file."""

import json
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.importing.draft import words
from ledgerwatch_pipeline.importing.draft.drafting import draft_profile
from ledgerwatch_pipeline.importing.draft.numbers import numbers_of
from ledgerwatch_pipeline.importing.profile import profile_files, read_profile
from ledgerwatch_pipeline.importing.profile_text import formats_text, profile_text
from ledgerwatch_pipeline.importing.readers import camt, mt940, ofx, qif
from ledgerwatch_pipeline.model.errors import FileRejectedError, UsageError
from ledgerwatch_tests.cli.conftest import GOOD, Answer
from ledgerwatch_tests.docs.test_readme import PROJECT
from ledgerwatch_tests.processes import Installation, everything
from ledgerwatch_tests.readers.test_example_profiles import BANK, GERMAN
from ledgerwatch_tests.readers.test_workbook import xlsx
from ledgerwatch_tests.reading import BUILT_IN, profile_of, staged

BAD = "date,vendor,amount\n2024-03-01,Acme,1.00\n2024-02-30,Acme,x\n\n2024-03-02,,5\n"
DEVON = (
    "Date,Supplier Name,Amount,Expense Type,Transaction Number,Invoice Number\n"
    '01/03/2024,Acme Ltd,"1,234.50",Office,1001,INV1\n05/03/2024,Bolt,-7.25,Travel,1001,INV2\n'
)
SWISS = "Datum;Empfänger;Betrag;Saldo;Währung\n15.02.2024;Käse AG;-1’234.50;5’000.00;CHF\n28.02.2024;Bolt;7.25;5’007.25;CHF\n"
FRENCH = "sep=;\nDate;Libellé;Débit;Crédit\n31/01/2024;Société Un;1\u202f234,50;\n15/01/2024;Deux;;7,25\n"
SCOTTSDALE = "# exported\n# twice\nPaymentDate,VendorName,PaymentAmount,AccountName\n03/31/2024 00:00,Acme,$1234.5,Office\n04/01/2024 10:20,Bolt,$7.25,Travel\n"
PRIVATE = "id,when,who,how much,note\n1,2024-03-01,Acme,1234.50,x\n2,2024-03-02,Bolt,7.25,y\n"
TWICE = "Date,Supplier,Amount,Amount\n31/03/2024,Acme,1234.50,9.00\n30/03/2024,Bolt,7.25,8.00\n"
JSON_LINES = (
    '{"Buchungsdatum":"01.03.2024","Lieferant":"A","Betrag":"1.234,50"}\n'
    '{"Buchungsdatum":"02.03.2024","Lieferant":"B","Betrag":7.25}\n'
)
MIXED_BOOK = xlsx(
    ["Datum", "Kreditor", "Betrag"],
    [date(2024, 3, 1), "A", 1234.5],
    [date(2024, 3, 2), "B", "7,25"],
    ["Summe", None, 1241.75],
)
DRAFTED: dict[str, tuple[str | bytes, str, list[str]]] = {
    "bank.csv": (BANK, "USD", ["expense", "income"]),
    "german.csv": (GERMAN.encode("cp1252"), "EUR", ["expense", "income"]),
    "devon.csv": (DEVON, "GBP", ["expense", "refund"]),
    "swiss.csv": (SWISS, "CHF", ["expense", "income"]),
    "french.csv": (FRENCH, "EUR", ["expense", "income"]),
    "scottsdale.csv": (SCOTTSDALE, "USD", ["expense", "expense"]),
    "payments-2024-03.csv": ("Acme,1 234.50,note\nBolt,7.25,\n", "USD", ["expense", "expense"]),
    "private.csv": (PRIVATE, "USD", ["expense", "expense"]),
    "twice.csv": (TWICE, "USD", ["expense", "expense"]),
    "lines.jsonl": (JSON_LINES, "EUR", ["expense", "expense"]),
    "mixed.xlsx": (MIXED_BOOK, "EUR", ["expense", "expense"]),
}


@pytest.fixture
def own(place: Installation) -> Iterator[Path]:
    """The folder of the home's own profiles, empty again afterwards."""
    folder = place.home.settings.profiles
    folder.mkdir(exist_ok=True)
    yield folder
    for each in folder.glob("*.toml"):
        each.unlink()


def test_the_list_has_the_built_in_and_the_homes_profiles_and_says_which_are_invalid(
    ledgerwatch: Callable[..., Answer], own: Path
) -> None:
    (own / "devon.toml").write_text((PROJECT / "examples" / "profiles" / "devon.toml").read_text(encoding="utf-8"))
    (own / "broken.toml").write_text("columns = 1")
    (own / "second.toml").write_text('name = "devon"\n[columns]\ndate = 1\nvendor = 2\namount = 3\n')
    code, out, err = ledgerwatch("profiles", "list", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)["profiles"]
    assert [each["name"] for each in found if each["built_in"]] == sorted(BUILT_IN)
    broken, devon, second = [each for each in found if not each["built_in"]]
    assert (devon["name"], devon["file"], devon["error"]) == ("devon", str(own / "devon.toml"), None)
    assert "has columns = 1" in broken["error"]
    assert "is called 'devon' too" in second["error"]
    code, out, _ = ledgerwatch("profiles", "list")
    assert code == 0
    assert "invalid: broken.toml: " in out
    assert "Devon County Council" in out


def test_the_formats_of_built_in_profiles_are_those_of_the_reader_whose_columns_they_have() -> None:
    for reader in (ofx, qif, mt940, camt):
        for each in profile_files(PROJECT / "none"):
            assert each.profile is not None
            fits = each.profile.fits(reader.HEADER)
            assert formats_text(each.profile, built_in=True).startswith(reader.FORMAT) == fits


@pytest.mark.parametrize("each", profile_files(PROJECT / "examples" / "profiles"), ids=lambda each: each.path.stem)
def test_a_shown_profile_is_read_as_an_equal_one(each: object, tmp_path: Path) -> None:
    profile = each.profile  # type: ignore[attr-defined]
    assert profile_of(profile_text(profile), tmp_path) == profile


def test_show_writes_every_default(ledgerwatch: Callable[..., Answer]) -> None:
    code, out, _ = ledgerwatch("profiles", "show", "ledgerwatch")
    assert code == 0
    assert 'negative = "reject"  # default' in out
    assert tomllib.loads(out)["columns"]["vendor"] == ["vendor"]
    code, out, _ = ledgerwatch("profiles", "show", "ofx", "--json")
    assert json.loads(out)["profile"]["negative"] == "expense"
    assert ledgerwatch("profiles", "show", "of")[0] == 2


@pytest.mark.slow
def test_check_says_how_rows_are_read_and_what_is_refused_and_keeps_nothing(
    ledgerwatch: Callable[..., Answer], place: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(BAD)
    before = everything(place.home)
    code, out, err = ledgerwatch("profiles", "check", file, "--org", "acme", "--json")
    assert (code, err) == (5, "")
    found = json.loads(out)
    assert (found["format"], found["profile"], found["organization"]) == ("delimited text", "ledgerwatch", "acme")
    assert found["columns"] == {"date": "date", "vendor": "vendor", "amount": "amount"}
    assert [each["fate"] for each in found["first_rows"]] == ["taken", "refused", "refused"]
    assert found["first_rows"][0]["amount"] == "1.00"
    assert found["rules"] == {"amount_format": 1, "date_calendar": 1, "vendor_required": 1}
    assert (found["rows"], found["taken"], found["refused"], len(found["errors"])) == (3, 1, 2, 3)
    code, out, _ = ledgerwatch("profiles", "check", file)
    assert code == 5
    assert "profile ledgerwatch: the only known one" in out
    assert "3 rows: 1 would be taken, 2 refused" in out
    assert "row 3, date: .2024-02-30. is not" in out.replace(chr(39), ".")
    assert everything(place.home) == before


@pytest.mark.slow
def test_check_of_a_good_file_is_0_though_it_is_in_the_ledger(
    ledgerwatch: Callable[..., Answer], tmp_path: Path
) -> None:
    file = tmp_path / "good.csv"
    file.write_text(GOOD)
    code, out, _ = ledgerwatch("profiles", "check", file, "--org", "acme")
    assert (code, "2 rows: 2 would be taken" in out) == (0, True)


@pytest.mark.slow
def test_check_says_what_each_profile_lacks_where_none_fits(ledgerwatch: Callable[..., Answer], tmp_path: Path) -> None:
    file = tmp_path / "devon.csv"
    file.write_text(DEVON)
    code, out, _ = ledgerwatch("profiles", "check", file, "--json")
    found = json.loads(out)
    assert (code, found["profile"], {each["fits"] for each in found["profiles"]}) == (5, None, {False})
    (lacking,) = (each["reason"] for each in found["profiles"] if "'ledgerwatch'" in each["reason"])
    assert "lacks what profile 'ledgerwatch' needs (vendor: 'vendor')" in lacking
    assert "no profile fits the header" in found["reason"]
    named = PROJECT / "examples" / "profiles" / "devon.toml"
    assert ledgerwatch("profiles", "check", file, "--profile", named)[0] == 0
    (tmp_path / "picture").write_bytes(b"\x89PNG\0\0")
    assert ledgerwatch("profiles", "check", tmp_path / "picture")[0] == 5


@pytest.mark.slow
def test_wrong_usage_is_2(ledgerwatch: Callable[..., Answer], tmp_path: Path) -> None:
    file = tmp_path / "good.csv"
    file.write_text(GOOD)
    assert ledgerwatch("profiles", "check", tmp_path / "none.csv")[0] == 2
    assert ledgerwatch("profiles", "check", file, "--profile", "none")[0] == 2
    assert ledgerwatch("profiles", "check", file, "--org", "nobody")[0] == 2
    assert ledgerwatch("profiles", "draft", tmp_path)[0] == 2
    code, _, err = ledgerwatch("profiles", "draft", file, "--name", "Big Name")
    assert (code, "--name is 'Big Name'" in err) == (2, True)


@pytest.mark.parametrize("name", DRAFTED)
def test_a_drafted_profile_reads_the_file_it_was_drafted_from(name: str, tmp_path: Path) -> None:
    content, currency, kinds = DRAFTED[name]
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    draft = draft_profile(path, None, local_operator("test"))
    assert profile_of(draft.text, tmp_path) == draft.profile
    assert ": 2 rows taken, none refused" in draft.text.splitlines()[0]
    found = staged(path.read_bytes(), name=name, profile=draft.profile, currency=currency)
    assert (found.failure, found.bad) == (None, {})
    assert [(f"{amount:.2f}", kind) for _, _, amount, kind in found.good] == list(
        zip(("1234.50", "7.25"), kinds, strict=True)
    )


def drafted(content: str | bytes, folder: Path, name: str = "file.csv") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return draft_profile(path, None, local_operator("test")).text


def test_a_draft_says_what_it_cannot_know_and_takes_the_strict_choice(tmp_path: Path) -> None:
    text = drafted("Date,Payee,Amount\n01/02/2024,Acme,-5\n02/03/2024,Bolt,0\n03/04/2024,Cog,1.005\n", tmp_path)
    document = tomllib.loads(text)
    assert document["amounts"] == {"decimal": ".", "negative": "reject", "zero": "reject", "extra_decimals": "reject"}
    assert "# %m/%d/%Y would take the same rows for other days" in text
    assert "negative: 1 amounts are negative" in text
    assert "zero: 1 rows are zero and refused" in text
    assert "extra_decimals: 1 rows have more than two" in text
    assert "refused by amount_negative" in text.splitlines()[0]


def test_days_that_lie_close_together_tell_the_day_from_the_month(tmp_path: Path) -> None:
    american = drafted("Date,Payee,Amount\n03/01/2024,A,1\n03/02/2024,B,2\n03/12/2024,C,3\n", tmp_path)
    assert tomllib.loads(american)["dates"]["formats"] == ["%m/%d/%Y"]
    british = drafted("Date,Payee,Amount\n01/03/2024,A,1\n02/03/2024,B,2\n12/03/2024,C,3\n", tmp_path)
    assert tomllib.loads(british)["dates"]["formats"] == ["%d/%m/%Y"]
    assert "so all days lie within 11 days of each other" in british


def test_a_vendors_number_is_the_vendor_where_there_is_no_name(tmp_path: Path) -> None:
    text = drafted("VendorNum,Date,InvNum,Amount\n2001,1/31/2010,1,5.00\n2002,2/28/2010,2,7.25\n", tmp_path)
    assert tomllib.loads(text)["columns"]["vendor"] == "VendorNum"


def test_a_file_of_two_encodings_is_drafted_line_by_line(tmp_path: Path) -> None:
    content = GERMAN.encode("cp1252").replace(b"Bolt", "Größe".encode())
    assert tomllib.loads(drafted(content, tmp_path))["reading"]["encoding"] == "mixed"


def test_nothing_of_a_file_becomes_a_line_of_the_draft(tmp_path: Path) -> None:
    content = 'Date,Payee,Amount,"x\nnegative = ""refund"""\n2024-03-01,"A\n[amounts]",1,\u202e\n2024-03-02,B,2,y\n'
    assert tomllib.loads(drafted(content, tmp_path))["amounts"]["negative"] == "reject"


@pytest.mark.parametrize(
    ("values", "decimal", "thousands"),
    [
        (["1234.50", "7"], ".", ""),
        (["1,234.50", "7"], ".", ","),
        (["1.234,50", "(7,1)"], ",", "."),
        (["1 234,50-", "€7,10"], ",", " "),
        (["1\u00a0234.50", "\u22127.1"], ".", " "),
        (["1’234’567.50"], ".", "'"),
        ([f"1.{number}" for number in range(100, 120)], ",", "."),
    ],
)
def test_separators(values: list[str], decimal: str, thousands: str) -> None:
    found = numbers_of(dict.fromkeys(values, 1))
    assert (found.decimal, found.thousands, found.fits) == (decimal, thousands, len(values))


def test_a_few_numbers_such_as_1_234_are_not_taken_for_thousands(tmp_path: Path) -> None:
    assert numbers_of({"1.234": 1, "7": 3}).also == (",", ".")
    text = drafted('Date,Payee,Amount\n2024-03-01,A,"1,234"\n2024-03-02,B,7\n', tmp_path)
    assert "# decimal '.', thousands ',' would take them too, for other amounts: ASK" in text
    assert "thousands" not in tomllib.loads(text)["amounts"]
    assert "1 rows taken, 1 refused by amount_thousands" in text


def test_header_words() -> None:
    assert words.score("Buchungsdatum", "date") > words.score("Rechnungsdatum", "date") > 0
    assert words.score("Zahlungsempfänger", "vendor") > 0
    assert words.score("PaymentAmount", "amount") > 0
    assert words.score("Bénéficiaire", "vendor") > 0
    assert words.score("Warehouse", "vendor") == 0


@pytest.mark.parametrize(
    ("content", "lacks"),
    [
        ("a,b\nx,y\n", "no column holds dates"),
        ("date,vendor\n2024-03-01,Acme\n", "no column holds numbers"),
        ("date,amount\n2024-03-01,5\n", "no column holds names"),
        ("abc\ndef\n", "no comma, semicolon, tab or bar"),
        ("date,vendor,amount\n", "no rows"),
    ],
)
def test_what_no_profile_can_read_is_said(content: str, lacks: str, tmp_path: Path) -> None:
    with pytest.raises(FileRejectedError, match=lacks):
        drafted(content, tmp_path)


def test_a_bank_statement_needs_no_draft(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the built-in profile qif or qif-day-first reads it"):
        drafted("!Type:Bank\nD3/31/2024\nT-5.00\nPAcme\n^\n", tmp_path, "a.qif")


@pytest.mark.slow
def test_a_draft_is_written_once_and_then_found_by_its_header(
    ledgerwatch: Callable[..., Answer], own: Path, tmp_path: Path
) -> None:
    file = tmp_path / "devon-2024.csv"
    file.write_text(DEVON)
    code, out, err = ledgerwatch("profiles", "draft", file)
    assert (code, err, tomllib.loads(out)["name"]) == (0, "", "devon")
    code, out, _ = ledgerwatch("profiles", "draft", file, "--write", "--json")
    assert (code, json.loads(out)["file"]) == (0, str(own / "devon.toml"))
    assert read_profile(own / "devon.toml").negative == "refund"
    assert ledgerwatch("profiles", "draft", file, "--write")[0] == 4
    assert ledgerwatch("profiles", "draft", file, "--write", "--name", "ofx")[0] == 4
    code, out, _ = ledgerwatch("profiles", "check", file)
    assert (code, "profile devon: the only known one" in out) == (0, True)
