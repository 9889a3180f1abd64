"""Importing, on a real database and lake: what is accepted, what is refused and why, and that it happens once."""

import gzip
from decimal import Decimal

import pytest

from ledgerwatch_pipeline.importing import fragments
from ledgerwatch_pipeline.importing.stage import BLANKS
from ledgerwatch_tests.conftest import Tenant, rows

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
    assert load.reason is not None and reason in load.reason


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
