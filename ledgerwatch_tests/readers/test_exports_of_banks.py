"""The built-in profiles of banks' and card systems' exports: each finds itself by its header, and reads a row as it is meant."""

import pytest

from ledgerwatch_tests.odd.case import written
from ledgerwatch_tests.reading import BUILT_IN, Staged, profile_of, read, staged

CHASE = "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
CARD = "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n"
MONZO = (
    "Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Local amount,Local currency,Notes and #tags,Address,"
    "Receipt,Description,Category split,Money Out,Money In\n"
)
N26 = (
    '"Booking Date","Value Date","Partner Name","Partner Iban",Type,"Payment Reference","Account Name","Amount (EUR)",'
    '"Original Amount","Original Currency","Exchange Rate"\n'
)
N26_BEFORE = (
    '"Date","Payee","Account number","Transaction type","Payment reference","Category","Amount (EUR)",'
    '"Amount (Foreign Currency)","Type Foreign Currency","Exchange Rate"\n'
)
SPARKASSE = (
    '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Glaeubiger ID";"Mandatsreferenz";'
    '"Kundenreferenz (End-to-End)";"Sammlerreferenz";"Lastschrift Ursprungsbetrag";"Auslagenersatz Ruecklastschrift";'
    '"Beguenstigter/Zahlungspflichtiger";"Kontonummer/IBAN";"BIC (SWIFT-Code)";"Betrag";"Waehrung";"Info"\n'
)
STRIPE = "balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id,description\n"
WISE = '"TransferWise ID",Date,Amount,Currency,Description,"Payment Reference","Running Balance","Payer Name","Payee Name"\n'


def _sparkasse(day: str, name: str, amount: str, info: str) -> str:
    return written(
        ("DE1", day, day, "LASTSCHRIFT", "Rechnung", "", "", "E2E", "", "", "", name, "DE2", "X", amount, "EUR", info),
        delimiter=";",
    )


EXPORTS: dict[str, tuple[str, str, str, list[str]]] = {
    "chase-checking": (
        "chase-checking",
        "USD",
        CHASE + 'DEBIT,01/15/2024,"ACME, INC",-42.50,ACH_DEBIT,1957.50,,\nCREDIT,01/16/2024,PAY,3200.00,ACH_CREDIT,5157.50,,\n',
        ["2024-01-15 ACME, INC expense 42.50", "2024-01-16 PAY income 3200.00"],
    ),
    "chase-card": (
        "chase-card",
        "USD",
        CARD + "10/15/2024,10/16/2024,ACME,Shopping,Sale,-29.99,\n10/15/2024,10/17/2024,Payment,,Payment,100.00,\n",
        ["2024-10-16 ACME expense 29.99", "2024-10-17 Payment income 100.00"],
    ),
    "monzo": (
        "monzo",
        "GBP",
        MONZO + "tx_1,15/10/2024,02:09,Card payment,Grab,,Eating out,-3.21,GBP,-61,IDR,,,,Grab,,-3.21,\n"
        "tx_2,16/10/2024,02:09,Card check,Shop,,General,0.00,GBP,0,GBP,,,,,,,\n",
        ["2024-10-15 Grab expense 3.21"],
    ),
    "n26": (
        "n26",
        "EUR",
        N26 + '2024-02-16,2024-02-16,"ACME",,Presentment,,Main,-3.99,3.99,EUR,1\n2024-02-17,2024-02-17,,,"Credit Transfer",x,Main,0.8,,,\n',
        ["2024-02-16 ACME expense 3.99", "2024-02-17 (no partner) income 0.80"],
    ),
    "n26 before 2024": (
        "n26",
        "EUR",
        N26_BEFORE + '"2018-09-20","Business Inc.","NL00","Income","Ping","Misc","0.01","","",""\n',
        ["2018-09-20 Business Inc. income 0.01"],
    ),
    "sparkasse": (
        "sparkasse",
        "EUR",
        SPARKASSE
        + _sparkasse("26.06.24", "Müller", "-4.446,08", "Umsatz gebucht")
        + _sparkasse("27.06.24", "", "1,00", "umsatz gebucht")
        + _sparkasse("28.06.24", "Later", "-5,00", "Umsatz vorgemerkt"),
        ["2024-06-26 Müller expense 4446.08", "2024-06-27 (bank) income 1.00"],
    ),
    "stripe": (
        "stripe",
        "USD",
        STRIPE + "txn_1,2024-05-01 12:00:00,2024-05-03 00:00:00,usd,10.00,0.59,9.41,charge,ch_1,Order\n"
        "txn_2,2024-05-02 08:30:00,2024-05-03 00:00:00,usd,-9.41,0.00,-9.41,payout,po_1,\n",
        ["2024-05-01 charge income 9.41", "2024-05-02 payout expense 9.41"],
    ),
    "wise": (
        "wise",
        "EUR",
        WISE + "CARD-1,15-07-2024,-10.00,EUR,Card transaction of 10.00 EUR issued by Acme,,90.00,,\n",
        ["2024-07-15 Card transaction of 10.00 EUR issued by Acme expense 10.00"],
    ),
}  # fmt: skip


def _told(found: Staged) -> list[str]:
    assert (found.failure, found.bad) == (None, {})
    return [f"{day} {vendor} {kind} {amount:.2f}" for day, vendor, amount, kind in found.good]


@pytest.mark.parametrize("what", EXPORTS)
def test_an_export_is_found_by_its_header_and_read(what: str) -> None:
    name, currency, content, rows = EXPORTS[what]
    assert read(content, name="export.csv").profile == name
    assert _told(staged(content, "export.csv", currency=currency)) == rows
    assert _told(staged(content.encode("cp1252"), "export.csv", currency=currency)) == rows


def test_what_is_only_announced_is_skipped_and_counted() -> None:
    found = staged(EXPORTS["sparkasse"][2], "export.csv", currency="EUR")
    assert len(found.good) == len(found.rows) == 2  # the third is no candidate


def test_no_header_is_that_of_two_built_in_profiles_but_qif() -> None:
    for name, _, content, _ in EXPORTS.values():
        header = read(content, name="export.csv").header
        assert [each.name for each in BUILT_IN.values() if each.found_by_header and each.fits(header)] == [name]


def test_a_header_of_two_profiles_is_an_error_that_lists_them() -> None:
    mine = profile_of(
        'name = "mine"\n[columns]\ndate = "Posting Date"\nvendor = "Description"\namount = "Amount"\n'
        '[dates]\nformats = ["%m/%d/%Y"]\n'
    )
    failure = staged(EXPORTS["chase-checking"][2], "a.csv", known={**BUILT_IN, "mine": mine}).failure
    assert "several profiles fit the header: chase-checking, mine; name one with --profile" in str(failure)


def test_columns_that_tell_a_source_must_be_there() -> None:
    content = WISE.replace(',"Running Balance"', "") + "C,15-07-2024,-1,EUR,x,,,\n"
    assert "lacks what profile 'wise' is told by ('Running Balance'); it has" in str(
        staged(content, "a.csv", BUILT_IN["wise"]).failure
    )
