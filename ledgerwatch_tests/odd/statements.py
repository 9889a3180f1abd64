"""Bank statements: OFX, QIF, MT940 and CAMT, what does not add up, what is cut, reversed or in a batch, and bombs of XML."""

from ledgerwatch_tests.odd.case import Odd
from ledgerwatch_tests.readers.test_statements import (
    MT940,
    QIF,
    SGML,
    XML,
    balance,
    camt,
    details,
    entry,
    transaction,
)

_SECOND = SGML[SGML.index("<STMTTRNRS>") : SGML.index("</BANKMSGSRSV1>")].replace("DE12 3", "DE9")
_LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a0 'lol'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"
)


def _euro(
    what: str, content: bytes | str, expected: str | tuple[str, ...], profile: str = "", name: str = "a.txt"
) -> Odd:
    return Odd(what, content, expected, profile, name, currency="EUR")


OFX = (
    _euro("OFX 1", SGML, "taken 3: 2024-03-01 'Caf& Co' expense 12.50; 2024-03-02 'Bolt Ltd' income 1000.00"),
    _euro("OFX 2", XML, "taken 1: 'Zoë' expense 5.00"),
    _euro("OFX called CSV", XML, "taken 1", name="a.csv"),
    _euro("OFX in cp1252", XML.replace('encoding="UTF-8"', "").encode("cp1252"), "taken 1: 'Zoë' expense 5.00"),
    _euro("OFX with missing end tags", SGML.replace("</STMTTRN>", ""), "taken 3"),
    _euro("OFX on one line", SGML.replace("\n", " ").replace("OFXHEADER:100 ", "OFXHEADER:100\n"), "taken 3"),
    _euro("OFX with CR", SGML.replace("\n", "\r"), "taken 3"),
    _euro("OFX with two statements", SGML.replace("</BANKMSGSRSV1>", _SECOND + "</BANKMSGSRSV1>"), "taken 6"),
    _euro("OFX with an id twice, equal", SGML.replace("</BANKTRANLIST>", SGML[SGML.index("<STMTTRN>") : SGML.index("<STMTTRN><TRNTYPE>CREDIT")] + "</BANKTRANLIST>"), "taken 3, skipped 1"),
    _euro("OFX with an id twice, different", SGML.replace("F2", "F1"), "2 FITID external_id_differs: STMTTRN 2"),
    _euro("OFX of another currency", XML.replace("<CURDEF>EUR", "<CURDEF>USD"), "1 CURDEF currency_differs: STMTTRN 1: 'USD'"),
    _euro("OFX with a day that is none", XML.replace("20240301<", "20240231<"), "1 DTPOSTED date_format: '20240231'"),
    _euro("OFX without a day", XML.replace("<DTPOSTED>20240301</DTPOSTED>", ""), "1 DTPOSTED date_required"),
    _euro("OFX with 1e400", XML.replace("-5.00", "1e400"), "1 TRNAMT amount_exponent: STMTTRN 1: '1e400'"),
    _euro("OFX with an amount of words", XML.replace("-5.00", "five"), "1 TRNAMT amount_format"),
    _euro("OFX with two points in an amount", XML.replace("-5.00", "-1.234,50"), "1 TRNAMT amount_thousands"),
    _euro("OFX with zero", XML.replace("-5.00", "0.00"), "1 TRNAMT amount_zero"),
    _euro("OFX without an amount", XML.replace("<TRNAMT>-5.00</TRNAMT>", ""), "1 TRNAMT amount_required"),
    _euro("OFX truncated", SGML[:700], "refused ofx: the file is truncated"),
    _euro("OFX with a header only", "OFXHEADER:100\nDATA:OFXSGML\n", "refused ofx: no <OFX>: it is truncated"),
    _euro("OFX without a statement", "OFXHEADER:100\n<OFX><SIGNONMSGSRSV1></SIGNONMSGSRSV1></OFX>", "refused ofx: no statement"),
    _euro("OFX without transactions", SGML[: SGML.index("<STMTTRN>")] + SGML[SGML.index("</BANKTRANLIST>") :], "refused empty: a header and no rows"),
    _euro("OFX with a bomb", XML.replace("<OFX>", _LAUGHS + "<OFX>"), "refused xml_entities: defines a document type or entities"),
    _euro("OFX 100,000 deep", "OFXHEADER:100\n<OFX>" + "<A>" * 100_000, "refused ofx: more than 40 deep"),
    _euro("OFX with a loan", SGML.replace("<STMTTRN><TRNTYPE>FEE", "<LOANSTMTTRN><TRNTYPE>FEE"), "refused ofx: a transaction of a loan"),
    _euro("OFX with a < in a text", SGML.replace("Caf&amp; Co", "a < b"), "refused ofx: has a '<' that begins no tag"),
    _euro("OFX with a NUL byte", SGML.replace("Caf", "C\0f"), "refused nul_byte: NUL byte"),
)  # fmt: skip

_CARD = "!Type:CCard\nD3/1/2024\nT-5.00\nPAcme\n^\n"
QIF_FILES = (
    _euro("QIF", QIF, "taken 2: 2024-03-31 'Acme' expense 1234.50; 2024-04-01 'interest' income 5.00", "qif"),
    _euro("QIF of which nobody says the order of days", QIF, "refused profile: several profiles fit the header: qif, qif-day-first; name one"),
    _euro("QIF with the day first", _CARD.replace("3/1/", "31/1/"), "taken 1: 2024-01-31", "qif-day-first"),
    _euro("QIF with days padded with blanks", _CARD.replace("D3/1/2024", "D 3/ 1/2024"), "taken 1: 2024-03-01 'Acme' expense 5.00", "qif"),
    _euro("QIF with an apostrophe and a blank", _CARD.replace("D3/1/2024", "D 3/ 1'24"), "taken 1", "qif"),
    _euro("QIF with a year behind an apostrophe", _CARD.replace("3/1/2024", "3/1'24"), "taken 1: 2024-03-01", "qif"),
    _euro("QIF with a year of two digits", _CARD.replace("3/1/2024", "3/1/24"), "taken 1: 2024-03-01", "qif"),
    _euro("QIF with a thirteenth month", _CARD.replace("3/1/", "13/1/"), "1 D date_format: record 1, line 2: '13/1/2024' is not a date written as %m/%d/%Y", "qif"),
    _euro("QIF with CR", _CARD.replace("\n", "\r"), "taken 1", "qif"),
    _euro("QIF with CRLF", _CARD.replace("\n", "\r\n"), "taken 1", "qif"),
    _euro("QIF with blanks before a field", _CARD.replace("PAcme", " PAcme"), "refused qif: line 4 begins with ' '", "qif"),
    _euro("QIF in cp1252", _CARD.replace("Acme", "Café").encode("cp1252"), "taken 1: 'Café'", "qif"),
    _euro("QIF without an amount", _CARD.replace("T-5.00\n", ""), "1 T amount_required: record 1, line 2", "qif"),
    _euro("QIF truncated", _CARD.removesuffix("^\n"), "refused qif: has no end ('^'): the file is truncated", "qif"),
    _euro("QIF without a ^ between records", _CARD.replace("^\n", "") + "D3/2/2024\nT1\n^\n", "refused qif: the field D twice; a '^' may be missing", "qif"),
    _euro("QIF with a section nobody knows", _CARD + "!Type:Credit Card\nD3/2/2024\n^\n", "refused qif: '!Type:Credit Card' begins what is not read", "qif"),
    _euro("QIF of investments", "!Type:Invst\nD1\n^\n", "refused qif: investments", "qif"),
    _euro("QIF of categories only", "!Type:Cat\nNOffice\nE\n^\n", "refused empty: a header and no rows", "qif"),
    _euro("QIF with a field nobody knows", "!Type:Bank\nzz\n^\n", "refused qif: no field of QIF", "qif"),
    _euro("QIF with a NUL byte", _CARD.replace("Acme", "A\0"), "refused nul_byte: NUL", "qif"),
)  # fmt: skip

_MT942 = (
    ":20:R\n:25:1\n:28C:1\n:34F:EUR0,\n:13D:2403011200+0100\n:61:240301C12,50NTRFX\n:86:Acme\n:61:240301D2,00NTRFY\n:86:Bolt\n"
    ":90D:1EUR2,00\n:90C:1EUR12,50\n-\n"
)
MT = (
    _euro("MT940", MT940, "taken 4: 2024-03-01 'ACME GMBHCO' expense 12.50"),
    _euro("MT940 called CSV", MT940, "taken 4", name="a.csv"),
    _euro("MT940 with CRLF", MT940.replace("\n", "\r\n"), "taken 4"),
    _euro("MT940 with CR", MT940.replace("\n", "\r"), "taken 4"),
    _euro("MT940 in cp1252", MT940.replace("Plain text", "Café").encode("cp1252"), "taken 4: 'Café details second line'"),
    _euro("MT940 with an :86: that goes on", MT940, "taken 4: 'Plain text details second line' expense 5.00"),
    _euro("MT940 with a credit reversed", MT940, "taken 4: 'Plain text details second line' expense 5.00"),
    _euro("MT940 with a debit reversed", MT940, "taken 4: 2024-01-02 'NTRF' refund 0.50"),
    _euro("two statements of MT940", MT940 + MT940, "taken 8"),
    _euro("two statements, one does not add up", MT940 + MT940.replace("EUR235550", "EUR235551"), "refused balance: statement 2 (:20:STARTUMS) of account 10020030/1234567 does not add up"),
    _euro("MT940 that does not add up", MT940.replace("EUR235550", "EUR235551"), "refused balance: opening 1000.00 and 4 movements of 234550.00 come to 235550.00, and its closing balance is 235551.00 (difference 1.00)"),
    _euro("MT940 with a cent too few", MT940.replace("235550,00", "235549,99"), "refused balance: (difference -0.01)"),
    _euro("MT940 of another currency", MT940.replace("EUR", "USD"), tuple(f"{n} currency currency_differs: 'USD'" for n in range(1, 5))),
    _euro("MT940 with balances of two currencies", MT940.replace(":62F:C240302EUR", ":62F:C240302USD"), "refused mt940: the balance is in USD and another in EUR"),
    _euro("MT940 without an opening balance", MT940.replace(":60F:C240229EUR1000,00\n", ""), "refused mt940: no opening balance"),
    _euro("MT940 without a closing balance", MT940[: MT940.index(":62F")], "refused mt940: no closing balance (:62F:): it is truncated"),
    _euro("MT940 cut in an entry", MT940[: MT940.index("NMSC")], "refused mt940: is not an entry"),
    _euro("MT940 with a field nobody knows", MT940.replace(":60F:", ":99:x\n:60F:"), "refused mt940: the field :99:, which no MT940 has"),
    _euro("MT940 with a line that is no field", MT940.replace(":60F:", "garbage:60F:"), "refused mt940: line 4 is no field and goes on with none"),
    _euro("MT940 with a day that is none", MT940.replace(":61:2403010301", ":61:2402300230"), "1 :61: date date_format: line 5, :61: 1"),
    _euro("MT940 with an amount with a point", MT940.replace("D12,5N", "D12.5N"), "refused mt940: is not an entry"),
    _euro("MT940 without movements", ":20:X\n:25:1\n:28C:1\n:60F:C240229EUR1,00\n:62F:C240302EUR1,00\n-\n", "refused empty: a header and no rows"),
    _euro("the beginning of MT940", ":20:X\n:25:1\n", "refused mt940: no entry and no balance: it is truncated"),
    _euro("MT942", _MT942, "taken 2: 'Acme' income 12.50; 2024-03-01 'Bolt' expense 2.00"),
    _euro("MT942 with another sum of credits", _MT942.replace("1EUR12,50", "1EUR13,50"), "refused balance: its :90C: says 1 entries of 13.50, and it has 1 of 12.50"),
    _euro("MT942 with another number of debits", _MT942.replace(":90D:1EUR", ":90D:2EUR"), "refused balance: its :90D: says 2 entries of 2.00, and it has 1 of 2.00"),
    _euro("MT942 with a sum that is none", _MT942.replace(":90D:1EUR2,00", ":90D:x"), "refused mt940: :90D: 'x' is not a number of entries and their sum"),
    _euro("MT942 cut before its sums", _MT942[: _MT942.index(":61:240301D")], "taken 1"),
)  # fmt: skip

_BATCH = details(transaction("A", "10.00"), transaction("B", "20.00"))
_PROPRIETARY = entry("5.00").replace("<Sts>BOOK</Sts>", "<Sts><Prtry>VORGEMERKT</Prtry></Sts>")
CAMT = (
    _euro("CAMT.053", camt(entry("100.00", more=details(transaction("Acme")))), "taken 1: 2024-03-01 'Acme' expense 100.00", name="a.xml"),
    _euro("CAMT.052", camt(entry("5.00", "CRDT", more=details(transaction("Acme"))), version="052.001.06"), "taken 1: 'me Acme' income 5.00"),
    _euro("CAMT.054", camt(entry("5.00"), version="054.001.08"), "taken 1: '?' expense 5.00"),
    _euro("CAMT called CSV", camt(entry("100.00")), "taken 1", name="a.csv"),
    _euro("CAMT in UTF-16", camt(entry("100.00")).replace("UTF-8", "UTF-16").encode("utf-16"), "taken 1"),
    _euro("CAMT with a byte-order mark", "\ufeff" + camt(entry("100.00")), "taken 1"),
    _euro("CAMT without a declaration", camt(entry("100.00")).partition("\n")[2], "taken 1"),
    _euro("CAMT with reversed entries", camt(entry("6.00", "CRDT", reverses=True), entry("6.00", reverses=True), closing="100.00"), "taken 2: refund 6.00"),
    _euro("CAMT with a batch", camt(entry("30.00", more=_BATCH), closing="70.00"), "taken 2: 'A' expense 10.00; 2024-03-01 'B' expense 20.00"),
    _euro("CAMT with a batch that does not come to its entry", camt(entry("31.00", more=_BATCH), closing="69.00"), "taken 1: expense 31.00"),
    _euro("CAMT with a batch without amounts", camt(entry("30.00", more=details(transaction("A"), transaction("B"))), closing="70.00"), "taken 1: expense 30.00"),
    _euro("CAMT that is announced", camt(entry("5.00", status="PDNG"), entry("100.00")), "taken 1, skipped 1"),
    _euro("CAMT that is announced in a code", camt(entry("5.00").replace("<Sts>BOOK</Sts>", "<Sts><Cd>PDNG</Cd></Sts>"), entry("100.00")), "taken 1, skipped 1"),
    _euro("CAMT with a status of the bank's own", camt(_PROPRIETARY, entry("100.00")), "taken 1, skipped 1"),
    _euro("CAMT without a status", camt(entry("100.00").replace("<Sts>BOOK</Sts>", "")), "taken 1"),
    _euro("CAMT that does not add up", camt(entry("1.00")), "refused balance: opening 100.00 and 1 movements of -1.00 come to 99.00, and its closing balance is 0 (difference -99.00)"),
    _euro("CAMT with a closing balance alone", camt(entry("100.00")).replace(balance("OPBD", "100.00"), ""), "refused balance: says a closing balance of 0 and no opening one"),
    _euro("CAMT with an opening balance alone", camt(entry("100.00")).replace(balance("CLBD", "0"), ""), "refused balance: says an opening balance of 100.00 and no closing one"),
    _euro("CAMT without balances", camt(entry("100.00")).replace(balance("CLBD", "0"), "").replace(balance("OPBD", "100.00"), ""), "taken 1"),
    _euro("CAMT of another currency", camt(entry("100.00").replace('Ccy="EUR"', 'Ccy="USD"')), "1 Ccy currency_differs: Ntry 1: 'USD'"),
    _euro("CAMT with a mark that is none", camt(entry("100.00", "DEBT")), "refused camt: Ntry 1 has CdtDbtInd 'DEBT'; it must be CRDT or DBIT"),
    _euro("CAMT with an amount that is none", camt(entry("1e400")), "refused amount: Ntry 1: '1e400' is not an amount"),
    _euro("CAMT with a negative amount", camt(entry("-5.00")), "refused amount: '-5.00' is not an amount"),
    _euro("CAMT with NaN", camt(entry("NaN")), "refused amount: 'NaN'"),
    _euro("CAMT with a day that is none", camt(entry("100.00").replace("<BookgDt><Dt>2024-03-01", "<BookgDt><Dt>2024-02-30")), "1 BookgDt date_format"),
    _euro("CAMT without a day", camt(entry("100.00").replace("<BookgDt><Dt>2024-03-01</Dt></BookgDt><ValDt><Dt>2024-03-01</Dt></ValDt>", "")), "1 BookgDt date_required"),
    _euro("CAMT with two statements", camt(entry("100.00")).replace("</BkToCstmrStmt>", camt(entry("100.00")).partition("</GrpHdr>")[2].partition("</BkToCstmrStmt>")[0] + "</BkToCstmrStmt>"), "taken 2"),
    _euro("CAMT without entries", camt(closing="100.00"), "refused empty: a header and no rows"),
    _euro("CAMT without a statement", camt().replace("<Stmt>", "<X>").replace("</Stmt>", "</X>"), "refused camt: no statement"),
    _euro("CAMT truncated", camt(entry("100.00"))[:-40], "refused xml: not well-formed XML at line 2"),
    _euro("CAMT with a stray &", camt(entry("100.00", more="<AddtlNtryInf>a & b</AddtlNtryInf>")), "refused xml: not well-formed XML"),
    _euro("CAMT with a document type", camt(entry("100.00"), head="<!DOCTYPE Document>"), "refused xml_entities: a document type or entities"),
    _euro("CAMT with a billion laughs", camt(entry("100.00", more="<AddtlNtryInf>&a9;</AddtlNtryInf>"), head=_LAUGHS), "refused xml_entities: nothing of it is read"),
    _euro("CAMT with an entity from a file", camt(entry("100.00"), head="<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"), "refused xml_entities"),
    _euro("CAMT with an entity from the network", camt(entry("100.00"), head="<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>"), "refused xml_entities"),
    _euro("CAMT 100,000 deep", camt(entry("100.00", more="<x>" * 100_000)), "refused xml_depth: more than 60 deep"),
    _euro("CAMT in an encoding nobody knows", camt(entry("100.00")).replace("UTF-8", "KLINGON"), "refused "),
    _euro("CAMT with a formula", camt(entry("100.00", more=details(transaction("=1+1")))), "taken 1: '=1+1'"),
)  # fmt: skip
