"""Bank statements: OFX, QIF, MT940 and CAMT, read with the built-in profiles; what does not add up or is damaged is named."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerwatch_pipeline.importing.readers import mt940, statement
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_tests.reading import BUILT_IN, read, staged


def signed(content: bytes | str, profile: str, currency: str = "EUR") -> list[tuple[str, str, str]]:
    """Date, vendor, and amount with its type, of each good row; no row may be bad."""
    found = staged(content, profile=BUILT_IN[profile], currency=currency)
    assert (found.failure, found.bad) == (None, {})
    return [(day, vendor, f"{kind} {amount.normalize():f}") for day, vendor, amount, kind in found.good]


SGML = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20240401<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STMTRS><CURDEF>EUR
<BANKACCTFROM><BANKID>1<ACCTID>DE12 3<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20240301<DTEND>20240331
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20240301120000.000[-5:EST]<TRNAMT>-12.50<FITID>F1<NAME>Caf&amp; Co<MEMO>coffee</STMTTRN>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20240302<TRNAMT>+1000,00<FITID>F2<CHECKNUM>77<NAME>
<PAYEE><NAME>Bolt Ltd<CITY>X</PAYEE></STMTTRN>
<STMTTRN><TRNTYPE>FEE<DTPOSTED>20240303<TRNAMT>-.50<FITID>F3<MEMO></STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>987.00<DTASOF>20240331</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
XML = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>
<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>EUR</CURDEF><CCACCTFROM><ACCTID>4111</ACCTID></CCACCTFROM>
<BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20240301</DTPOSTED><TRNAMT>-5.00</TRNAMT><FITID>1</FITID>
<NAME>Zo\u00eb</NAME></STMTTRN></BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"""


def test_ofx_of_both_versions() -> None:
    assert signed(SGML, "ofx") == [
        ("2024-03-01", "Caf& Co", "expense 12.5"),
        ("2024-03-02", "Bolt Ltd", "income 1000"),
        ("2024-03-03", "FEE", "expense 0.5"),
    ]
    assert signed(XML, "ofx") == [("2024-03-01", "Zoë", "expense 5")]
    assert signed(XML.replace('encoding="UTF-8"', "").encode("cp1252"), "ofx") == [("2024-03-01", "Zoë", "expense 5")]
    found = read(SGML, name="a.csv")
    assert found.profile == "ofx"
    assert found.rows[1]["ACCTID"] == "DE12 3"
    assert found.rows[2]["CHECKNUM"] == "77"
    assert found.places[3] == "STMTTRN 3"


def test_an_ampersand_of_ofx_is_one_unless_an_entity_ends() -> None:
    found = read(SGML.replace("Caf&amp; Co", "A&LTD&REGAL &lt;&#233;&eacute;&nbsp;&;"))
    assert found.rows[1]["payee"] == "A&LTD&REGAL <éé &;"


def test_ofx_with_missing_end_tags_and_two_statements() -> None:
    assert signed(SGML.replace("</STMTTRN>", ""), "ofx") == signed(SGML, "ofx")
    second = (
        SGML[SGML.index("<STMTTRNRS>") : SGML.index("</BANKMSGSRSV1>")].replace("DE12 3", "DE9").replace("F1", "G1")
    )
    found = read(SGML.replace("</BANKMSGSRSV1>", second + "</BANKMSGSRSV1>"))
    assert [row["ACCTID"] for row in found.rows.values()] == ["DE12 3"] * 3 + ["DE9"] * 3


def test_ofx_of_another_currency_is_a_bad_row() -> None:
    assert staged(XML, currency="USD").bad == {1: ["currency_differs"]}
    own = XML.replace("</NAME>", "</NAME><CURRENCY><CURRATE>1</CURRATE><CURSYM>USD</CURSYM></CURRENCY>")
    assert staged(own, currency="EUR").bad == {1: ["currency_differs"]}


BROKEN_OFX = {
    "truncated": SGML[:700],
    "no <OFX>: it is truncated": "OFXHEADER:100\nDATA:OFXSGML\n",
    "no statement": "OFXHEADER:100\n<OFX><SIGNONMSGSRSV1></SIGNONMSGSRSV1></OFX>",
    "entities": XML.replace("<OFX>", '<!DOCTYPE x [<!ENTITY a "b">]><OFX>'),
    "<LOANSTMTTRN>, a transaction of a loan": SGML.replace("<STMTTRN><TRNTYPE>FEE", "<LOANSTMTTRN><TRNTYPE>FEE"),
    "begins no tag": SGML.replace("Caf&amp; Co", "a < b"),
    "deep": "OFXHEADER:100\n<OFX>" + "<A>" * 100_000,
}


@pytest.mark.parametrize("reason", BROKEN_OFX)
def test_broken_ofx_is_named(reason: str) -> None:
    with pytest.raises(FileRejectedError, match=reason):
        read(BROKEN_OFX[reason])


def test_wrong_days_and_amounts_of_ofx_are_bad_rows() -> None:
    assert staged(XML.replace("20240301<", "20240231<"), currency="EUR").bad == {1: ["date_format"]}
    assert staged(XML.replace("-5.00", "1e400"), currency="EUR").bad == {1: ["amount_exponent"]}


QIF = """!Option:AutoSwitch
!Account
NCurrent
TBank
^
!Clear:AutoSwitch
!Type:Bank
D03/31'24
T1,000.00
POpening Balance
L[Current]
^
D3/31/2024
U-1,234.50
T-1,234.50
PAcme
MInvoice 7
N101
LOffice:Paper
SOffice:Paper
$-1,234.50
^
D4/1/2024
T5.00

Minterest
^
!Type:Cat
NOffice
E
^
"""


def test_qif_and_which_day_it_means_is_never_guessed() -> None:
    assert signed(QIF, "qif") == [("2024-03-31", "Acme", "expense 1234.5"), ("2024-04-01", "interest", "income 5")]
    found = read(QIF, profile="qif")
    assert found.rows[1]["account"] == "Current"
    assert found.rows[1]["L"] == "Office:Paper"
    assert found.places == {1: "record 1, line 13", 2: "record 2, line 23"}
    day_first = QIF.replace("3/31/2024", "31/3/2024").replace("4/1/2024", "1.4.2024")
    assert [row[0] for row in signed(day_first, "qif-day-first")] == ["2024-03-31", "2024-04-01"]
    with pytest.raises(FileRejectedError, match="several profiles fit the header: qif, qif-day-first"):
        read(QIF)


@pytest.mark.parametrize("sign", ["\f", "\x1c", "\u0085", "\u2028"])
def test_only_a_line_end_ends_a_line(sign: str) -> None:
    """Python knows more of them: a payee cannot become the field of an amount, nor a text an entry."""
    qif = QIF.replace("PAcme\n", f"PAc{sign}LOther\n")
    assert read(qif, profile="qif").rows[1]["L"] == "Office:Paper"
    mt940 = MT940.replace("Plain text", f"Plain{sign}:61:240302D5,00NTRFX")
    assert len(read(mt940).rows) == 4


BROKEN_QIF = {
    "has no end \\('\\^'\\): the file is truncated": QIF[: QIF.index("T5.00")],
    "twice; a '\\^' may be missing": QIF.replace("$-1,234.50\n^\n", ""),
    "line 6: '!Type:Credit Card' begins what is not read; transactions are: !Type:bank": (
        "!Type:Bank\nD3/1/2024\nT-5.00\nPAcme\n^\n!Type:Credit Card\nD3/2/2024\nT-6.00\nPBolt\n^\n"
    ),
    "investments": "!Type:Invst\nD1\n^\n",
    "before any !Type": "!Clear:x\nD1\n^\n",
    "no field of QIF": "!Type:Bank\nzz\n^\n",
}


@pytest.mark.parametrize("reason", BROKEN_QIF)
def test_broken_qif_is_named(reason: str) -> None:
    with pytest.raises(FileRejectedError, match=reason):
        read(BROKEN_QIF[reason], profile="qif")


MT940 = """:20:STARTUMS
:25:10020030/1234567
:28C:00001/001
:60F:C240229EUR1000,00
:61:2403010301D12,5NMSCNONREF//BANKREF
SUPPLEMENT
:86:105?00LASTSCHRIFT?20SVWZ+Invoice 7?21 continued?32ACME
 GMBH?33CO
:61:2403020302RC5,00NTRFREF2
:86:Plain text details
second line
:61:2312310102RD0,50NTRFREF3
:61:2403020302CR234567,NTRFREF4
:86:/EREF/abc/NAME/Bolt/REMI/x
:62F:C240302EUR235550,00
:64:C240302EUR1,00
:86:of the account
-
"""


def test_mt940() -> None:
    assert signed(MT940, "mt940") == [
        ("2024-03-01", "ACME GMBHCO", "expense 12.5"),
        ("2024-03-02", "Plain text details second line", "expense 5"),
        ("2024-01-02", "NTRF", "refund 0.5"),
        ("2024-03-02", "Bolt", "income 234567"),
    ]
    found = read(MT940, name="a.txt")
    assert found.profile == "mt940"
    assert found.rows[1][":86:"] == "SVWZ+Invoice 7 continued"
    assert found.rows[1][":25:"] == "10020030/1234567"
    assert found.rows[1][":61: bank reference"] == "BANKREF"
    assert found.places[2] == "line 9, :61: 2"


def test_mt940_in_its_envelope_two_in_one_file_and_mt942() -> None:
    body = MT940.replace("\n-\n", "\n-}")
    wrapped = "{1:F01AAAABB99BSMK3513951576}{2:O9400934081223BBBBAA33XXXX03592332770812230834N}{4:\n" + body + "\n"
    assert len(read(wrapped + wrapped).rows) == 8
    assert len(read(MT940.replace("\n", "\r\n")).rows) == 4
    assert len(read(MT940.removesuffix("-\n") + MT940).rows) == 8
    mt942 = (
        ":20:R\n:25:1\n:28C:1\n:34F:EUR0,\n:13D:2403011200+0100\n:61:240301C1,00NTRFX\n:86:Acme\n"
        ":90D:0EUR0,\n:90C:1EUR1,00\n-\n"
    )
    assert signed(mt942, "mt940") == [("2024-03-01", "Acme", "income 1")]


@pytest.mark.parametrize("above", ["ABNANL2A\n940\nABNANL2A\n", "0000 01INGBNL2AXXXX00001\r\n940 00\r\n", ":940:\n"])
def test_lines_above_a_message_of_mt940(above: str) -> None:
    assert len(read(above + MT940 + above + MT940).rows) == 8


def test_nothing_but_blanks_is_looked_at_quickly() -> None:
    """A pattern that tries every place with every length would take hours."""
    assert [mt940.sniff(start * 65_000, "a.csv") for start in (b" ", b"A ", b"A", b"AAA \n", b"\n")] == [0] * 5


BROKEN_MT940 = {
    "opening 1000.00 and 4 movements of 234550.00 come to 235550.00, and its closing balance is 235551.00": MT940.replace(
        "EUR235550", "EUR235551"
    ),
    "line 5, :61: .* is not an entry": MT940.replace("0301D12,5", "0301X12,5"),
    "line 4 is no field": MT940.replace(":60F:", "garbage:60F:"),
    "field :99:": MT940.replace(":60F:", ":99:x\n:60F:"),
    "is not a balance": MT940.replace("EUR1000,00", "EUR1000.00"),
    "no opening balance": MT940.replace(":60F:C240229EUR1000,00\n", ""),
    "statement 2 .* has no entry and no balance: it is truncated": MT940 + ":20:X\n:25:1\n",
    "line 19 is no field": MT940 + "61:240301C1,00NTRFX\n",
    "no closing balance": MT940[: MT940.index(":62F")],
    "comes before :20:": "{4:\n" + MT940.replace(":20:STARTUMS\n", ""),
    "another in EUR": MT940.replace(":62F:C240302EUR", ":62F:C240302USD"),
}


@pytest.mark.parametrize("reason", BROKEN_MT940)
def test_broken_mt940_is_named(reason: str) -> None:
    with pytest.raises(FileRejectedError, match=reason):
        read(BROKEN_MT940[reason])


def entry(amount: str, mark: str = "DBIT", more: str = "", status: str = "BOOK", reverses: bool = False) -> str:
    return (
        f'<Ntry><NtryRef>1</NtryRef><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'
        f"{'<RvslInd>true</RvslInd>' if reverses else ''}<Sts>{status}</Sts><BookgDt><Dt>2024-03-01</Dt></BookgDt>"
        f"<ValDt><Dt>2024-03-01</Dt></ValDt>{more}</Ntry>"
    )


def transaction(name: str, amount: str = "") -> str:
    parties = f"<RltdPties><Dbtr><Nm>me {name}</Nm></Dbtr><Cdtr><Nm>{name}</Nm></Cdtr></RltdPties>"
    value = f'<AmtDtls><TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt></AmtDtls>' if amount else ""
    return (
        f"<TxDtls><Refs><EndToEndId>E-{name}</EndToEndId></Refs>{value}{parties}"
        f"<RmtInf><Ustrd>Invoice</Ustrd><Ustrd>of {name}</Ustrd></RmtInf></TxDtls>"
    )


KINDS = {
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


def balance(kind: str, amount: str) -> str:
    mark = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount.lstrip('-')}</Amt>"
        f"<CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>2024-03-01</Dt></Dt></Bal>"
    )


def camt(
    *entries: str, opening: str = "100.00", closing: str = "0", version: str = "053.001.02", head: str = ""
) -> str:
    outer, inner = KINDS[version[:3]]
    balances = balance("OPBD", opening) + balance("CLBD", closing) if version.startswith("053") else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{version}"><{outer}>'
        f"<GrpHdr><MsgId>1</MsgId></GrpHdr><{inner}><Id>1</Id><Acct><Id><IBAN>DE1</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{balances}{''.join(entries)}</{inner}></{outer}></Document>"
    )


def details(*transactions: str) -> str:
    return f"<NtryDtls>{''.join(transactions)}</NtryDtls>"


def test_camt() -> None:
    content = camt(
        entry("12.50", more=details(transaction("Acme"))),
        entry("20.00", "CRDT", more=details(transaction("Bolt"))),
        entry("7.50", more="<AddtlNtryInf>Fee</AddtlNtryInf>"),
        closing="100.00",
    )
    assert signed(content, "camt") == [
        ("2024-03-01", "Acme", "expense 12.5"),
        ("2024-03-01", "me Bolt", "income 20"),
        ("2024-03-01", "Fee", "expense 7.5"),
    ]
    found = read(content, name="x.csv")
    assert found.profile == "camt"
    assert found.rows[1]["EndToEndId"] == "E-Acme"
    assert found.rows[1]["RmtInf"] == "Invoice of Acme"
    assert found.rows[1]["Acct"] == "DE1"
    assert found.places[3] == "Ntry 3"


def test_camt_reversed_entries_and_batches() -> None:
    content = camt(
        entry("5.00", "CRDT", reverses=True),
        entry("6.00", "DBIT", reverses=True),
        entry("30.00", more=details(transaction("A", "10.00"), transaction("B", "20.00"))),
        entry("30.00", more=details(transaction("A", "10.00"), transaction("B", "19.00"))),
        opening="-1.00",
        closing="-62.00",
    )
    assert [row[1:] for row in signed(content, "camt")] == [
        ("?", "refund 5"),
        ("?", "expense 6"),
        ("A", "expense 10"),
        ("B", "expense 20"),
        ("?", "expense 30"),
    ]
    assert read(content).places[4] == "Ntry 3, TxDtls 2"


def test_camt_entries_that_are_not_booked_are_skipped_and_move_nothing() -> None:
    content = camt(entry("5.00"), entry("7.00", status="PDNG"), entry("8.00", status="<Cd>INFO</Cd>"), closing="95.00")
    assert [row[2] for row in signed(content, "camt")] == ["expense 5"]
    assert read(content).rules == {2: ("not_booked", None), 3: ("not_booked", None)}


@pytest.mark.parametrize("version", ["052.001.08", "054.001.04"])
def test_camt_reports_and_notifications(version: str) -> None:
    assert signed(camt(entry("5.00"), version=version), "camt") == [("2024-03-01", "?", "expense 5")]


BROKEN_CAMT = {
    "come to 95.00, and its closing balance is 96.00 \\(difference 1.00\\)": camt(entry("5.00"), closing="96.00"),
    "not well-formed XML at line 2": camt(entry("5.00"))[:-40],
    "document type or entities": camt(entry("5.00"), head='<!DOCTYPE a [<!ENTITY b "c">]>'),
    "document type": camt(
        entry("5.00"), head='<!DOCTYPE a [<!ENTITY l "l"><!ENTITY m "&l;&l;&l;&l;&l;"><!ENTITY n "&m;&m;&m;&m;">]>'
    ),
    "CdtDbtInd 'X'": camt(entry("5.00", "X")),
    "'1e400' is not an amount": camt(entry("1e400")),
    "'-5' is not an amount": camt(entry("-5")),
    "no statement": '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt/></Document>',
    "deep": camt("<a>" * 200 + "</a>" * 200),
}


@pytest.mark.parametrize("reason", BROKEN_CAMT)
def test_broken_camt_is_named(reason: str) -> None:
    with pytest.raises(FileRejectedError, match=reason):
        read(BROKEN_CAMT[reason])


def test_statements_of_any_size_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement, "MAX_STATEMENT", 10)
    for content in (SGML, QIF, MT940, camt()):
        with pytest.raises(FileRejectedError, match="up to 10"):
            read(content)


cents = st.integers(0, 10**14)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(cents, st.booleans()), max_size=6), cents)
def test_a_statement_is_read_exactly_when_it_adds_up(movements: list[tuple[int, bool]], begin: int) -> None:
    total = begin + sum(-amount if debit else amount for amount, debit in movements)
    opening, closing = (f"{Decimal(each).scaleb(-2):f}" for each in (begin, total))
    entries = [entry(f"{Decimal(amount).scaleb(-2):f}", "DBIT" if debit else "CRDT") for amount, debit in movements]
    assert len(read(camt(*entries, opening=opening, closing=closing)).rows) == len(movements)
    with pytest.raises(FileRejectedError, match="does not add up"):
        read(camt(*entries, opening=opening, closing=f"{Decimal(total + 1).scaleb(-2):f}"))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([SGML, XML, QIF, MT940, camt(entry("5.00"), closing="95.00")]), st.data())
def test_no_damage_makes_a_traceback(content: str, data: st.DataObject) -> None:
    whole = content.encode()
    place = data.draw(st.integers(0, len(whole) - 1))
    noise = data.draw(st.binary(max_size=3))
    staged(whole[:place] + noise + whole[place + data.draw(st.integers(0, 9)) :], currency="EUR")


def test_what_statements_say_of_themselves() -> None:
    ofx = read(SGML).statements
    assert [(each.account, each.currency, str(each.first), str(each.last)) for each in ofx] == [
        ("DE12 3", "EUR", "2024-03-01", "2024-03-31")
    ]
    assert (ofx[0].opening, ofx[0].closing, ofx[0].entries, ofx[0].movements) == (None, Decimal(987), 3, Decimal(987))
    two = read(MT940.removesuffix("-\n") + MT940).statements
    assert [(str(each.opening), str(each.closing), each.entries) for each in two] == [("1000.00", "235550.00", 4)] * 2
    period = "<FrToDt><FrDtTm>2024-03-01T00:00:00</FrDtTm><ToDtTm>2024-03-31T00:00:00</ToDtTm></FrToDt>"
    content = camt(entry("5.00"), entry("7.00", status="PDNG"), closing="95.00").replace("<Acct>", period + "<Acct>", 1)
    (kept,) = read(content).statements
    assert (kept.account, str(kept.first), str(kept.last)) == ("DE1", "2024-03-01", "2024-03-31")
    assert (kept.entries, kept.movements, kept.closing) == (1, Decimal("-5.00"), Decimal("95.00"))
