"""Importing, on a real database and lake: what is accepted, what is refused and why, and that it happens once."""

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import fragments
from ledgerwatch_pipeline.importing.characters import BLANKS
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.receive.options import import_options
from ledgerwatch_pipeline.model.load import BankStatement, OnInvalid
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.steps import import_these

AMOUNTS = {
    "": "amount_required",
    "1,000.00": "amount_thousands",
    "NaN": "amount_not_finite",
    "1e400": "amount_exponent",
    "12.345": "amount_decimals",
    "0": "amount_zero",
    "-5": "amount_negative",
    "1234567890123": "amount_digits",
    "twelve": "amount_format",
    "1.2.3": "amount_format",
}


@pytest.mark.parametrize("value", AMOUNTS)
def test_wrong_amounts_are_told_apart(tenant: Tenant, value: str) -> None:
    load = tenant.deliver(
        f'date,vendor,amount\n2024-03-01,Acme,"{value}"\n2024-03-02,Acme,1\n', on_invalid="quarantine"
    )
    assert load.status == "ACCEPTED"
    assert (load.rows, load.accepted, load.rejected) == (2, 1, 1)
    assert tenant.bad_rows(load) == [(2, "amount", AMOUNTS[value])]


DATES = {
    "": "date_required",
    "01/02/2024": "date_format",
    "2024-02-30": "date_calendar",
    "2009-12-31": "date_too_early",
    "2999-01-01": "date_in_future",
    "2024-1-5": "date_format",
}


@pytest.mark.parametrize("value", DATES)
def test_wrong_dates_are_told_apart(tenant: Tenant, value: str) -> None:
    load = tenant.deliver(rows(f"{value},Acme,1.00,Office,x"))
    assert load.status == "REJECTED"
    assert tenant.bad_rows(load) == [(2, "date", DATES[value])]


def test_one_bad_row_rejects_the_file_and_nothing_reaches_the_ledger(tenant: Tenant) -> None:
    load = tenant.deliver(rows("2024-03-01,Acme,1.00,Office,x", "2024-03-02,,2.00,Office,x", ",,,,"))
    assert (load.status, load.accepted, load.rejected, load.blank) == ("REJECTED", 0, 1, 1)
    assert tenant.bad_rows(load) == [(3, "vendor", "vendor_required")]
    count = tenant.home.lake.con.execute("SELECT count(*) FROM lake.transactions WHERE load_id = $1", [load.id])
    assert count.fetchone() == (0,)


def test_a_rejected_file_may_be_delivered_again(tenant: Tenant) -> None:
    content = rows("2024-03-01,Acme,1.00,Office,x", "2024-03-02,,2.00,Office,x")
    assert tenant.deliver(content).status == "REJECTED"
    again = tenant.deliver(content, on_invalid="quarantine")
    assert (again.status, again.accepted, again.rejected) == ("ACCEPTED", 1, 1)


def test_the_same_bytes_are_imported_once(tenant: Tenant) -> None:
    content = rows("2024-03-01,Acme,1.00,Office,x", "2024-03-01,Acme,1.00,Office,x")
    assert tenant.deliver_file(tenant.write(content))[1]
    again, new = tenant.deliver_file(tenant.write(content, "renamed.csv"))
    assert not new
    count = tenant.home.lake.con.execute("SELECT count(*) FROM lake.transactions WHERE load_id = $1", [again.id])
    assert count.fetchone() == (2,)


def test_types_follow_sign_category_and_column(tenant: Tenant) -> None:
    load = tenant.deliver(
        "Date, VENDOR ,Amount,type,category\n2024-03-01,A,1.10,,revenue\n2024-03-01,A,2.20,,Office\n"
        "2024-03-01,A,4.40,credit,\n2024-03-01,A,8.80,Refund,\n"
    )
    assert (load.income, load.expense, load.refund) == (Decimal("5.50"), Decimal("2.20"), Decimal("8.80"))


def test_rounding_is_half_even_and_exact(tenant: Tenant) -> None:
    profile = tenant.folder / "round.toml"
    profile.write_text(
        '[columns]\ndate = ["date"]\nvendor = ["vendor"]\namount = ["amount"]\n'
        '[amounts]\nextra_decimals = "round"\nnegative = "refund"\nthousands = ","\n'
    )
    amounts = ["1424.0000000000002", "0.125", "0.135", "0.12500000000000000000000000001", "3.64E-12", '"-1,000.005"']
    tenant.deliver(
        "date,vendor,amount\n" + "".join(f"2024-03-01,A,{amount}\n" for amount in amounts), profile=str(profile)
    )
    found = tenant.home.lake.con.execute(
        "SELECT CAST(t.amount AS VARCHAR), t.type FROM lake.transactions AS t WHERE organization_id = $1 ORDER BY row_number",
        [tenant.id],
    ).fetchall()
    assert [amount for amount, _ in found] == [
        "1424.0000",
        "0.1200",
        "0.1400",
        "0.1300",
        "0.0000",
        "1000.0000",
    ]
    assert found[-1][1] == "refund"


def test_ragged_rows_are_bad_rows(tenant: Tenant) -> None:
    load = tenant.deliver(
        rows("2024-03-01,Acme,1.00,Office,x", "2024-03-01,Acme,1.00", "2024-03-01,Acme,1.00,a,b,c"),
        on_invalid="quarantine",
    )
    assert (load.accepted, load.rejected) == (1, 2)
    assert tenant.bad_rows(load) == [(3, "row", "fields_missing"), (4, "row", "fields_extra")]


def test_the_short_way_of_trimming_gives_what_trim_gives(tenant: Tenant) -> None:
    con = tenant.home.lake.con
    con.execute(fragments.staged())
    texts = [
        None,
        "",
        "a",
        "a b",
        "é",
        "a\x7f",
        "\x01a",
        *(t for b in BLANKS for t in (b, b + b, b + "a", "a" + b, f"a{b}a")),
    ]
    differing = con.execute(
        "SELECT field FROM (SELECT unnest($texts) AS field) WHERE trimmed(field, $blanks) IS DISTINCT FROM trim(field, $blanks)",
        {"texts": texts, "blanks": BLANKS},
    ).fetchall()
    assert differing == []


BROKEN = {
    "an empty file": (b"", "a.csv", "empty"),
    "a header alone": (b"date,vendor,amount\n", "a.csv", "no rows"),
    "a NUL byte": (b"date,vendor,amount\n2024-03-01,A\0B,1\n", "a.csv", "NUL byte"),
    "a ZIP called csv": (b"PK\x03\x04rest", "a.csv", "ZIP or Excel"),
    "a truncated gzip": (gzip.compress(b"date,vendor,amount\n2024-03-01,A,1\n" * 99)[:-12], "a.csv.gz", "truncated"),
    "an open quote": (b'date,vendor,amount\n2024-03-01,"A,1\n', "a.csv", "not well-formed"),
    "no such column": (b"date,payee,amount\n2024-03-01,A,1\n", "a.csv", "no profile fits"),
    "an unknown format": (b"x", "a.docx", "no known format"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_files_are_rejected_with_a_reason(tenant: Tenant, what: str) -> None:
    content, name, reason = BROKEN[what]
    load = tenant.deliver(content, name=name)
    assert load.status == "REJECTED"
    assert load.reason is not None
    assert reason in load.reason


READABLE = {
    "byte-order mark": b"\xef\xbb\xbfdate,vendor,amount\n2024-03-01,Caf\xc3\xa9,1.00\n",
    "cp1252": b"date,vendor,amount\n2024-03-01,Caf\xe9,1.00\n",
    "UTF-16": "date,vendor,amount\n2024-03-01,Café,1.00\n".encode("utf-16"),
    "semicolons, CRLF": "date;vendor;amount\r\n2024-03-01;Café;1.00\r\n".encode(),
    "CR alone": "date,vendor,amount\r2024-03-01,Café,1.00\r".encode(),
    "quotes, an empty line": 'date,vendor,amount\n\n"2024-03-01","Café","1.00"\n\n'.encode(),
}


@pytest.mark.parametrize("what", READABLE)
def test_dialects_and_encodings(tenant: Tenant, what: str) -> None:
    assert tenant.deliver(READABLE[what]).status == "ACCEPTED"
    row = tenant.home.lake.con.execute(
        "SELECT vendor, vendor_key, row_number FROM lake.transactions WHERE organization_id = $1", [tenant.id]
    ).fetchall()
    assert row == [("Café", "café", 2)]


CURRENCIES = {
    "JPY": (0, "12", "12.3"),
    "USD": (2, "12.34", "12.345"),
    "KWD": (3, "1.234", "1.2345"),
    "CLF": (4, "1.2345", "1.23456"),
}


@pytest.mark.parametrize("code", CURRENCIES)
def test_an_amount_has_at_most_the_decimals_of_its_currency(home: Home, tmp_path: Path, code: str) -> None:
    decimals, right, wrong = CURRENCIES[code]
    tenant = Tenant(home, tmp_path, code, decimals)
    load = tenant.deliver(
        f"date,vendor,amount\n2024-03-01,Acme,{right}\n2024-03-01,Acme,{wrong}\n2024-03-01,Acme,7\n",
        on_invalid="quarantine",
    )
    assert (load.accepted, load.rules, load.expense) == (2, {"amount_decimals": 1}, Decimal(right) + 7)


def test_amounts_are_rounded_half_even_at_the_decimals_of_the_currency(home: Home, tmp_path: Path) -> None:
    """Files of currencies with different decimals in one batch, as whole and thousandths."""
    profile = tmp_path / "round.toml"
    profile.write_text(
        '[columns]\ndate = ["date"]\nvendor = ["vendor"]\namount = ["amount"]\n[amounts]\nextra_decimals = "round"\n'
    )
    amounts = ["0.5", "1.5", "2.50000001", "12", "0.0005", "0.0015", "7.1234999", ".25"]
    content = "date,vendor,amount\n" + "".join(f"2024-03-01,A,{amount}\n" for amount in amounts)
    tenants = [Tenant(home, tmp_path, code, decimals) for code, decimals in (("JPY", 0), ("KWD", 3))]
    options = import_options(home.settings.profiles, str(profile), OnInvalid.REJECT)
    ids = [receive(home, [tenant.write(content)], tenant.slug, options, TESTER)[0].load_id for tenant in tenants]
    import_these(home, TESTER, ids)
    found = [
        [
            str(amount.normalize())
            for (amount,) in home.lake.con.execute(
                "SELECT amount FROM lake.transactions WHERE load_id = $1 ORDER BY row_number", [load_id]
            ).fetchall()
        ]
        for load_id in ids
    ]
    assert found == [
        ["0", "2", "3", "12", "0", "0", "7", "0"],
        ["0.5", "1.5", "2.5", "12", "0", "0.002", "7.123", "0.25"],
    ]


def test_the_largest_amount_fits_and_one_that_rounding_makes_larger_does_not(tenant: Tenant) -> None:
    profile = tenant.write(
        '[columns]\ndate = "date"\nvendor = "vendor"\namount = "amount"\n[amounts]\nextra_decimals = "round"\n',
        "r.toml",
    )
    load = tenant.deliver(
        "date,vendor,amount\n2024-03-01,A,999999999999.99\n2024-03-01,A,999999999999.995\n2024-03-01,A,0000000000000001.10\n",
        profile=str(profile),
        on_invalid="quarantine",
    )
    assert (load.accepted, load.rules) == (2, {"amount_digits": 1})
    assert load.expense == Decimal("1000000000001.09")


def test_a_reference_is_kept_and_may_repeat(tenant: Tenant) -> None:
    load = tenant.deliver(
        "date,vendor,amount,Reference\n2024-03-01,Acme,1.00, INV-7 \n2024-03-01,Acme,2.00,INV-7\n2024-03-01,Acme,3.00,\n"
        f"2024-03-01,Acme,4.00,{'x' * 256}\n",
        on_invalid="quarantine",
    )
    assert (load.accepted, load.rules) == (3, {"reference_length": 1})
    found = tenant.home.lake.con.execute(
        "SELECT reference FROM lake.transactions WHERE load_id = $1 ORDER BY row_number", [load.id]
    ).fetchall()
    assert found == [("INV-7",), ("INV-7",), (None,)]


def test_a_file_name_with_control_characters_is_kept_as_it_is(tenant: Tenant) -> None:
    name = "a\x1b[31m\nb\t\x7f.csv"
    assert tenant.deliver(rows("2024-03-01,Acme,1.00,Office,x"), name=name).file == name


def test_a_bad_row_of_any_format_is_named_in_words(tenant: Tenant) -> None:
    content = (
        '[{"date": "2024-03-01", "vendor": "A", "amount": 1.5}, {"date": "2024-03-01", "vendor": "A", "amount": 1.234}]'
    )
    load = tenant.deliver(content, name="a.json", on_invalid="quarantine")
    assert (load.status, load.accepted, load.expense) == ("ACCEPTED", 1, Decimal("1.5"))
    assert load.decided_with is not None
    assert load.decided_with.reader == "json 1"
    (issue,) = tenant.issues(load)
    assert (issue.row, issue.column, issue.value) == (2, "amount", "1.234")
    assert issue.message.startswith("transaction 2: '1.234' has more decimals")


def test_surplus_content_is_told_with_both_counts(tenant: Tenant) -> None:
    load = tenant.deliver("date,vendor,amount\n2024-03-01,A,1,,\n2024-03-01,A,1,x\n", on_invalid="quarantine")
    (issue,) = tenant.issues(load)
    assert issue.message == "the row has more fields than the header: 4 fields, the header has 3; beyond it stands 'x'"


def test_a_bank_statement_is_kept_with_its_load(tenant: Tenant) -> None:
    content = (
        ":20:R\n:25:1/2\n:28C:1\n:60F:C240229USD1000,00\n:61:240301D12,50NTRFX\n:86:Acme\n:62F:C240302USD987,50\n-\n"
    )
    load = tenant.deliver(content, name="a.sta")
    assert (load.status, load.expense) == ("ACCEPTED", Decimal("12.50"))
    assert load.decided_with is not None
    assert load.decided_with.statements == (
        BankStatement(
            "1/2", "USD", date(2024, 2, 29), date(2024, 3, 2), Decimal(1000), Decimal("987.50"), 1, Decimal("-12.50")
        ),
    )
    (shown,) = views.statements(load)
    assert (shown["account"], shown["first"], shown["closing"]) == ("1/2", "2024-02-29", "987.50")
    wrong = tenant.deliver(content.replace("987", "988"), name="b.sta")
    assert (wrong.status, wrong.rules) == ("REJECTED", {"balance": 1})
    assert wrong.reason is not None
    assert "does not add up" in wrong.reason
