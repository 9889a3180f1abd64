"""Delimited text as people export it: titles, footers, surplus fields, odd encodings, and what a profile must say for each."""

import gzip

import pytest

from ledgerwatch_pipeline.importing.readers import unpacking
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_tests.reading import COLUMNS, profile_of, read, staged

ROWS = "date,vendor,amount\n2024-03-01,Acme,1.00\n2024-03-02,Bolt,2.00\n"
TWO = [
    {"date": "2024-03-01", "vendor": "Acme", "amount": "1.00"},
    {"date": "2024-03-02", "vendor": "Bolt", "amount": "2.00"},
]


def reading(text: str, columns: str = COLUMNS) -> str:
    return f"{columns}[reading]\n{text}\n"


LAYOUTS = {
    "a title and an empty line, header by its number": ("Payments,,\n\n" + ROWS, "header = 3", 4),
    "SQL above, header found": ("SELECT a, b\nFROM t;\n\n" + ROWS, 'header = "find"', 5),
    "a title with a stray quote": ('5" pipes\n' + ROWS, "header = 2", 3),
    "comments": ("# a\n#b\n" + ROWS, 'comment = "#"', 4),
    "sep=": ("sep=;\n" + ROWS.replace(",", ";"), 'surplus = "reject"', 3),
    "sep= with a delimiter nobody guesses": (
        "sep=^\r\n" + ROWS.replace(",", "^").replace("\n", "\r\n"),
        'surplus = "reject"',
        3,
    ),
    "a delimiter that is named": (ROWS.replace(",", "~"), 'delimiter = "~"', 2),
    "a footer": (ROWS + "\nTotal,,3.00\nEnd of report\n", 'footer = ["total", "end of"]', 2),
    "a footer without a line end": (ROWS + "Total,,3.00", 'footer = ["Total"]', 2),
    "a byte-order mark, a title": ("\ufeffTitle\n" + ROWS, "header = 2", 3),
    "CR": (("Title\n" + ROWS).replace("\n", "\r"), "header = 2", 3),
}


@pytest.mark.parametrize("what", LAYOUTS)
def test_layouts_that_a_profile_describes(what: str) -> None:
    content, text, first = LAYOUTS[what]
    found = read(content, profile=profile_of(reading(text)), name="a.csv")
    assert list(found.rows.values()) == TWO
    assert list(found.rows) == [first, first + 1]
    assert found.rules == {}


def test_no_header_and_columns_by_their_numbers() -> None:
    columns = "[columns]\ndate = 1\nvendor = 2\namount = 3\n"
    found = staged(ROWS.split("\n", 1)[1], name="a.csv", profile=profile_of(reading('header = "none"', columns)))
    assert [row[:2] for row in found.good] == [("2024-03-01", "Acme"), ("2024-03-02", "Bolt")]
    assert [row["row_number"] for row in found.rows] == [1, 2]


def test_of_two_equal_headers_the_number_says_which() -> None:
    content = "date,vendor,amount,amount\n2024-03-01,Acme,1.00,9.00\n"
    failure = staged(content, profile=profile_of(COLUMNS)).failure
    assert failure is not None
    assert "2 times, as columns 3, 4" in str(failure)
    chosen = profile_of('[columns]\ndate = "date"\nvendor = "vendor"\namount = 4\n')
    assert [str(row[2]) for row in staged(content, profile=chosen).good] == ["9.0000"]


def test_a_row_that_begins_like_a_footer_and_is_none_is_kept() -> None:
    content = "vendor,date,amount\nTotal Energies,2024-03-01,1.00\nAcme,2024-03-01,1.00\nTotal,,2.00\n"
    found = staged(content, profile=profile_of(reading('footer = ["Total"]')))
    assert [row[1] for row in found.good] == ["Total Energies", "Acme"]
    assert found.bad == {}


def test_empty_surplus_fields_are_nothing_and_others_are_told() -> None:
    content = ROWS + '2024-03-03,Cog,3.00,,,\n2024-03-04,Dot,4.00, ,"x, y",\n'
    found = read(content)
    assert [row["amount"] for row in found.rows.values()] == ["1.00", "2.00", "3.00", "4.00"]
    assert found.rules == {5: ("fields_extra", "6 fields, the header has 3; beyond it stands 'x, y'")}
    assert staged(content).bad == {5: ["fields_extra"]}
    assert len(staged(content, profile=profile_of(reading('surplus = "ignore"'))).good) == 4


def test_a_file_of_two_encodings_is_refused_or_read_line_by_line() -> None:
    content = ROWS.replace("Acme", "Café").encode() + "2024-03-03,Zoë,3.00\n".encode("cp1252")
    with pytest.raises(FileRejectedError, match="line 2 is UTF-8 and line 4 is not"):
        read(content)
    mixed = read(content, profile=profile_of(reading('encoding = "mixed"')))
    assert [row["vendor"] for row in mixed.rows.values()] == ["Café", "Bolt", "Zoë"]
    whole = read(content, profile=profile_of(reading('encoding = "cp1252"')))
    assert [row["vendor"] for row in whole.rows.values()] == ["CafÃ©", "Bolt", "Zoë"]
    with pytest.raises(FileRejectedError, match="line 4 is not UTF-8, as the profile says"):
        read(content, profile=profile_of(reading('encoding = "utf-8"')))


def test_gzip_is_recognised_and_a_bomb_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(read(gzip.compress(ROWS.encode()), name="a").rows.values()) == TWO
    assert list(read(gzip.compress(b"[" + b'{"date": 1, "vendor": 2, "amount": 3}' + b"]"), name="a").rows) == [1]
    with pytest.raises(FileRejectedError, match="gzip file within a gzip file"):
        read(gzip.compress(gzip.compress(ROWS.encode())))
    monkeypatch.setattr(unpacking, "FREE_EXPANSION", 10_000)
    with pytest.raises(FileRejectedError, match="unpacks to more than"):
        read(gzip.compress(b"0" * 20_000_000))


def test_a_line_that_is_too_long_is_named_by_its_number_and_beginning() -> None:
    content = ROWS + '2024-03-03,"' + "x\n" * 10_000_000 + '",1.00\n'
    failure = str(staged(content).failure)
    assert failure.startswith(
        "the file cannot be parsed: Invalid Input Error: CSV Error on Line: 4: Maximum line size of 16000000 bytes"
    )
    assert "In: '2024-03-03," in failure


AMOUNTS = {
    "(123.45)": "-123.45",
    "( 1,234.50 )": "-1234.5",
    "($5.00)": "-5",
    "$(5.00)": "-5",
    "123.45-": "-123.45",
    "\u22125.00": "-5",
    "5.00 CR": "-5",
    "5.00DR": "5",
    "cr 5.00": "-5",
    "1,234,567.00": "1234567",
    "(5.00": "amount_format",
    "(-5.00)": "amount_format",
    "-5.00-": "amount_format",
    "-5.00 CR": "amount_signed_twice",
    "(5.00) CR": "amount_signed_twice",
    "5.00 XX": "amount_format",
    "5.00 CR CR": "amount_format",
    "()": "amount_format",
    "-": "amount_format",
    "CR": "amount_format",
}


def test_negatives_as_people_write_them() -> None:
    profile = profile_of(
        COLUMNS
        + '[amounts]\nnegative = "refund"\nthousands = ","\nstrip = ["$"]\nnegative_marks = ["CR"]\npositive_marks = ["DR"]\n'
    )
    content = "date,vendor,amount\n" + "".join(f'2024-03-01,A,"{each}"\n' for each in AMOUNTS)
    found = staged(content, profile=profile)
    told = {
        row["row_number"]: row["amount_rule"]
        or f"{-row['amount'].normalize() if row['type'] == 'refund' else row['amount'].normalize():f}"
        for row in found.rows
    }
    assert dict(zip(AMOUNTS, told.values(), strict=True)) == AMOUNTS


def test_without_a_word_of_the_profile_a_negative_is_an_error_however_it_is_written() -> None:
    for text in ("(5.00)", "5.00-", "\u22125.00", "-5.00"):
        assert staged(f'date,vendor,amount\n2024-03-01,A,"{text}"\n').bad == {2: ["amount_negative"]}
    assert staged("date,vendor,amount\n2024-03-01,A,5.00 CR\n").bad == {2: ["amount_format"]}


def test_spaces_and_apostrophes_as_thousands() -> None:
    for named, texts in {
        " ": ["1 234.50", "1\u00a0234.50", "1\u202f234.50", "1\u2009234.50"],
        "\u202f": ["1 234.50", "1\u202f234.50"],
        "'": ["1'234.50", "1\u2019234.50"],
        "\u2019": ["1'234.50", "1\u2019234.50"],
    }.items():
        profile = profile_of(COLUMNS + f'[amounts]\nthousands = "{named}"\n')
        content = "date,vendor,amount\n" + "".join(f"2024-03-01,A,{text}\n" for text in [*texts, "12 34.50"])
        found = staged(content, profile=profile)
        assert [str(row[2]) for row in found.good] == ["1234.5000"] * len(texts)
        assert list(found.bad) == [len(texts) + 2]


TWO_COLUMNS = {
    ("$0.00", "5.00"): ("5", "-5"),
    ("5.00", "\u00a0"): ("-5", "5"),
    ("5.00", "\u2013"): ("-5", "5"),
    ("(0.00)", "5.00"): ("5", "-5"),
    ("none", "5.00"): ("amount_both", "amount_both"),
    ("5.00", ""): ("-5", "5"),
    ("5.00", "0.00"): ("-5", "5"),
    ("", "5.00"): ("5", "-5"),
    ("0.00", "5.00"): ("5", "-5"),
    (" ", "7"): ("7", "-7"),
    ("1.00", "2.00"): ("amount_both", "amount_both"),
    ("-5.00", ""): ("amount_signed_twice", "amount_signed_twice"),
    ("0.00", "0.00"): ("amount_zero", "amount_zero"),
    ("", ""): ("amount_required", "amount_required"),
}


def test_debit_and_credit_in_two_columns() -> None:
    """A bank's debit is an expense and its credit an income; a payer's credit is a refund."""
    columns = '[columns]\ndate = "date"\nvendor = "vendor"\ndebit = "out"\ncredit = "in"\n'
    content = "date,vendor,out,in\n" + "".join(f"2024-03-01,A,{out},{into}\n" for out, into in TWO_COLUMNS)
    for place, (negative, plus, minus) in enumerate(
        (("expense", "income", "expense"), ("refund", "expense", "refund"))
    ):
        found = staged(content, profile=profile_of(columns + f'[amounts]\nnegative = "{negative}"\n'))
        told = []
        for row in found.rows:
            assert row["amount_rule"] or row["type"] in (plus, minus)
            sign = "-" if row["type"] == minus else ""
            told.append(row["amount_rule"] or f"{sign}{row['amount'].normalize():f}")
        assert told == [each[place] for each in TWO_COLUMNS.values()]


def test_the_sign_in_a_column_of_its_own() -> None:
    columns = (
        COLUMNS + 'sign = "D/C"\n[amounts]\nnegative = "expense"\nnegative_marks = ["D"]\npositive_marks = ["C", ""]\n'
    )
    content = "date,vendor,amount,D/C\n" + "".join(
        f"2024-03-01,A,{amount},{mark}\n"
        for amount, mark in [("5.00", "D"), ("5.00", "c "), ("5.00", ""), ("5.00", "X"), ("-5.00", "D")]
    )
    found = staged(content, profile=profile_of(columns))
    assert [row[3] for row in found.good] == ["expense", "income", "income"]
    assert found.bad == {5: ["amount_mark"], 6: ["amount_signed_twice"]}


def test_constants_defaults_and_the_date_of_the_name() -> None:
    columns = '[columns]\nvendor = "vendor"\namount = "amount"\ncategory = "category"\n'
    profile = profile_of(
        columns + '[dates]\nfrom_name = "spend-%Y-%m"\n[constants]\naccount = "main"\n[defaults]\ncategory = "Other"\n'
    )
    content = "vendor,amount,category\nA,1.00,Office\nB,2.00,\n,,\n"
    found = staged(content, name="x-spend-2024-03.csv", profile=profile)
    assert [(str(row["date"]), row["account"], row["category"]) for row in found.rows] == [
        ("2024-03-01", "main", "Office"),
        ("2024-03-01", "main", "Other"),
    ]
    failure = staged(content, name="spend.csv", profile=profile).failure
    assert failure is not None
    assert "has no date of the form 'spend-%Y-%m'" in str(failure)
    assert staged(content, name="spend-2024-13.csv", profile=profile).failure is not None


def test_known_profiles_that_read_differently_find_themselves() -> None:
    titled = profile_of(
        'name = "titled"\n' + reading("header = 2", '[columns]\ndate = "Day"\nvendor = "Payee"\namount = "Sum"\n')
    )
    content = "Report\nDay,Payee,Sum\n2024-03-01,Acme,1.00\n"
    assert staged(content, name="a.csv", known={"titled": titled}).good
    assert staged(ROWS, name="a.csv").good
