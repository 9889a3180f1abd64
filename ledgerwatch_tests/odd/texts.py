"""Delimited text: encodings, line ends, quotes, headers, what people put above and below, and what is no text at all."""

import bz2
import gzip
import io
import lzma
import random
import zipfile

from ledgerwatch_tests.odd.case import ACME, COLUMNS, HEADER, ONE, ROW, TAKEN, Odd, reading

_CAFE = HEADER + "2024-03-01,Café Zoë,12.50\n"
_TAKEN_CAFE = "taken 1: 'Café Zoë' expense 12.50"
_NOISE = random.Random(5).randbytes(5_000)
_FAR = "".join(f"2024-03-01,Acme {number},1.00\n" for number in range(20_600))
"""More rows than DuckDB's sniffer looks at (20,480)."""


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, ONE)
    return out.getvalue()


ENCODINGS = (
    Odd("no bytes", b"", "refused empty: the file is empty: it has not even a header"),
    Odd("white space only", " \n\t\r\n", "refused empty: nothing but white space"),
    Odd("a byte-order mark only", b"\xef\xbb\xbf", "refused empty: nothing but white space"),
    Odd("a header only", HEADER, "refused empty: a header and no rows"),
    Odd("a header without a line end", HEADER.strip(), "refused empty: a header and no rows"),
    Odd("UTF-8", _CAFE, _TAKEN_CAFE),
    Odd("UTF-8 with a byte-order mark", "\ufeff" + _CAFE, _TAKEN_CAFE),
    Odd("a byte-order mark before a quoted header", "\ufeff" + _CAFE.replace("date", '"date"', 1), _TAKEN_CAFE),
    Odd("cp1252", _CAFE.encode("cp1252"), _TAKEN_CAFE),
    Odd("cp1252 with its own signs", _CAFE.replace("Café", "\u20ac\u2019").encode("cp1252"), "taken 1: \u20ac\u2019 Zoë"),
    Odd("UTF-16, little-endian", _CAFE.encode("utf-16"), _TAKEN_CAFE),
    Odd("UTF-16, big-endian", b"\xfe\xff" + _CAFE.encode("utf-16-be"), _TAKEN_CAFE),
    Odd("UTF-16 cut in half a character", _CAFE.encode("utf-16")[:-1], "refused encoding: says it is utf-16 and is not"),
    Odd("UTF-16 without its mark", _CAFE.encode("utf-16-le"), "refused nul_byte: line 1 has a NUL byte"),
    Odd("UTF-32", _CAFE.encode("utf-32"), "refused nul_byte: NUL"),
    Odd("UTF-16 with a NUL character", _CAFE.replace("Zoë", "\0").encode("utf-16"), "refused nul_byte: line 2 has a NUL"),
    Odd("a NUL byte", ONE.replace("Acme", "Ac\0me"), "refused nul_byte: line 2 has a NUL byte: the file is binary or damaged"),
    Odd("a NUL byte after a megabyte", HEADER + "2024-03-01,Acme,1.00\n" * 60_000 + "\0", "refused nul_byte: line 60002 has"),
    Odd("neither UTF-8 nor cp1252", ONE.encode().replace(b"Acme", b"Ac\x81me"), "refused encoding: line 2 has the byte 0x81"),
    Odd("a UTF-8 and a cp1252 line", _CAFE.encode() + "2024-03-02,Ärger,1\n".encode("cp1252"), "refused encoding: line 2 is UTF-8 and line 3 is not"),
    Odd("a cp1252 and a UTF-8 line", _CAFE.encode("cp1252") + "2024-03-02,Ärger,1\n".encode(), "refused encoding: line 3 is UTF-8 and line 2 is not"),
    Odd("both, read line by line", _CAFE.encode() + "2024-03-02,Ärger,1\n".encode("cp1252"), "taken 2: 'Ärger' expense 1.00", reading('encoding = "mixed"')),
    Odd("both, said to be cp1252", _CAFE.encode() + "2024-03-02,Ärger,1\n".encode("cp1252"), "taken 2: 'CafÃ© ZoÃ«'", reading('encoding = "cp1252"')),
    Odd("cp1252 said to be UTF-8", _CAFE.encode("cp1252"), "refused encoding: line 2 is not UTF-8, as the profile says", reading('encoding = "utf-8"')),
    Odd("half a UTF-8 character at the end", ONE.encode() + b"2024-03-02,Caf\xc3", ("3 amount amount_required", "3 row fields_missing")),
    Odd("UTF-8 written twice", _CAFE.encode().decode("cp1252"), "taken 1: 'CafÃ© ZoÃ«'"),
    Odd("half of a surrogate pair", ONE.encode().replace(b"Acme", b"A\xed\xa0\x80"), "taken 1: 'A\u00ed\\xa0\u20ac'"),
)  # fmt: skip

LINES = (
    Odd("CRLF", ONE.replace("\n", "\r\n"), TAKEN),
    Odd("CR only", ONE.replace("\n", "\r"), TAKEN),
    Odd("CR only, two rows", (ONE + ROW).replace("\n", "\r"), "taken 2"),
    Odd("LF and CRLF", HEADER + ROW + ROW.replace("\n", "\r\n"), "taken 2"),
    Odd("LF and CR", HEADER + ROW.replace("\n", "\r") + ROW, "taken 2"),
    Odd("no line end at the end", ONE.strip(), TAKEN),
    Odd("empty lines between", HEADER + "\n" + ROW + "\n\n" + ROW + "\n", "taken 2"),
    Odd("empty lines at the end", ONE + "\n\r\n\n", TAKEN),
    Odd("an empty line at the beginning", "\n" + ONE, TAKEN),
    Odd("a line separator in a vendor", ONE.replace("Acme", "Ac\u2028me"), "taken 1: 'Ac\\u2028me'"),
    Odd("a form feed in a vendor", ONE.replace("Acme", "Ac\x0cme"), "taken 1: 'Ac\\x0cme'"),
    Odd("a DOS end of file", ONE + "\x1a", "taken 1, blank 1"),
    Odd("a truncated row", ONE + "2024-03-01,Ac", ("3 amount amount_required", "3 row fields_missing: fewer fields than the header")),
    Odd("a quoted line end", ONE.replace("Acme", '"Ac\nme"'), "taken 1: 'Ac\\nme'"),
    Odd("a quoted CRLF in a CRLF file", ONE.replace("Acme", '"Ac\nme"').replace("\n", "\r\n"), "taken 1: 'Ac\\r\\nme'"),
    Odd("a quoted delimiter", ONE.replace("Acme", '"Acme, Inc."'), "taken 1: 'Acme, Inc.'"),
    Odd("doubled quotes", ONE.replace("Acme", '"The ""A"" Co"'), "taken 1: 'The \"A\" Co'"),
    Odd("a quoted empty field", ONE.replace("Acme", '""'), "2 vendor vendor_required"),
    Odd("a quote inside a field", ONE.replace("Acme", '5" pipes'), "taken 1: '5\" pipes'"),
    Odd("a backslash before a quote", ONE.replace("Acme", '"A\\"'), "taken 1: 'A\\\\'"),
    Odd("text behind a quote", ONE.replace("Acme", '"Ac"me'), "refused quoting: line 2 is not well-formed"),
    Odd("a quote that is not closed", ONE.replace("Acme", '"Acme'), "refused quoting: line 2 is not well-formed: unexpected end of data"),
    Odd("a quote in the header that is not closed", '"' + ONE, "refused header: a quote is not closed"),
    Odd("a space before a quote", ONE.replace("Acme", ' "Acme"'), "taken 1: '\"Acme\"'"),
    Odd("single quotes are text", ONE.replace("Acme", "'Acme'"), "taken 1: \"'Acme'\""),
    Odd("quotes first after row 20,480", HEADER + _FAR + '2024-03-01,"Late, Inc.",1.00\n', "taken 20601"),
    Odd("bytes of cp1252 first after row 20,480", (HEADER + _FAR + "2024-03-01,Café,1.00\n").encode("cp1252"), "taken 20601"),
    Odd("a bad amount after row 20,480", HEADER + _FAR + "2024-03-01,Late,x\n", "20602 amount amount_format"),
    Odd("a surplus field after row 20,480", HEADER + _FAR + "2024-03-01,Late,1.00,x\n", "20602 row fields_extra"),
    Odd("control characters that mark nothing", ONE.replace("Acme", "A\x01N\x02"), "taken 1: 'A\\x01N\\x02'"),
    Odd("what marks a missing field", ONE.replace("Acme", "\x01N"), "taken 1: '\\x01N'"),
    Odd("the word NULL", ONE.replace("Acme", "NULL"), "taken 1: 'NULL'"),
    Odd("a formula", ONE.replace("Acme", '"=HYPERLINK(""http://x"")"'), "taken 1: '=HYPERLINK(\"http://x\")'"),
    Odd("a terminal escape", ONE.replace("Acme", "\x1b]0;x\x07\x1b[31mAcme"), "taken 1: '\\x1b]0;x\\x07\\x1b[31mAcme'"),
    Odd("a terminal escape where an amount belongs", ONE.replace("12.50", "\x1b[2J"), "2 amount amount_format"),
    Odd("turned text", ONE.replace("Acme", "\u202eemcA"), "taken 1: '\\u202eemcA'"),
)  # fmt: skip

HEADERS = (
    Odd("semicolons", ONE.replace(",", ";"), TAKEN),
    Odd("tabs", ONE.replace(",", "\t"), TAKEN, name="a.tsv"),
    Odd("bars", ONE.replace(",", "|"), TAKEN),
    Odd("spaces", ONE.replace(",", " "), "refused profile: no profile fits the header ('date vendor amount')"),
    Odd("a line sep=", "sep=;\n" + ONE.replace(",", ";"), TAKEN),
    Odd("a line sep= that is wrong", "sep=;\n" + ONE, "refused profile: no profile fits"),
    Odd("case and white space", " DATE ,\tVendor,AMOUNT\n" + ROW, TAKEN),
    Odd("a no-break space in the header", "date,vendor,\u00a0amount\u00a0\n" + ROW, TAKEN),
    Odd("quoted names", '"date","vendor","amount"\n' + ROW, TAKEN),
    Odd("columns in another order", "amount,date,vendor\n12.50,2024-03-01,Acme\n", TAKEN),
    Odd("columns nobody knows", "x,date,y,vendor,amount,z\n1,2024-03-01,2,Acme,12.50,3\n", TAKEN),
    Odd("two empty names", "date,vendor,amount,,\n2024-03-01,Acme,12.50,1,2\n", TAKEN),
    Odd("a column missing", "date,amount\n2024-03-01,12.50\n", "refused header: lacks what profile 'ledgerwatch' needs (vendor: 'vendor'); it has: 'date', 'amount'", "ledgerwatch"),
    Odd("a column missing and no profile named", "date,amount\n2024-03-01,12.50\n", "refused profile: no profile fits the header ('date', 'amount'); known: "),
    Odd("equal names that are mapped", "date,vendor,amount,amount\n2024-03-01,Acme,12.50,1\n", "refused header: the column 'amount' 2 times, as columns 3, 4", "ledgerwatch"),
    Odd("equal names, one by its number", "date,vendor,amount,amount\n2024-03-01,Acme,1,12.50\n", TAKEN, '[columns]\ndate = "date"\nvendor = "vendor"\namount = 4\n'),
    Odd("equal names that nobody wants", "date,vendor,amount,x,x\n2024-03-01,Acme,12.50,1,2\n", TAKEN),
    Odd("1,000 columns", f"{HEADER.strip()},{','.join(f'x{place}' for place in range(997))}\n{ROW.strip()}{',' * 997}\n", TAKEN),
    Odd("1,001 columns", f"{HEADER.strip()},{','.join(f'x{place}' for place in range(998))}\n{ROW.strip()}{',' * 998}\n", "refused header: has 1,001 columns; at most 1,000 are read"),
    Odd("rows of values and no header", ROW + ROW, "refused profile: no profile fits the header ('2024-03-01', 'Acme', '12.50')"),
    Odd("no header, columns by number", ROW + ROW, "taken 2", reading('header = "none"', "[columns]\ndate = 1\nvendor = 2\namount = 3\n")),
    Odd("a column number beyond the header", ONE, "refused header: lacks what", '[columns]\ndate = "date"\nvendor = "vendor"\namount = 7\n'),
    Odd("a missing field", ONE + "2024-03-01,Acme\n", ("3 amount amount_required", "3 row fields_missing")),
    Odd("a surplus field", ONE + "2024-03-01,Acme,1.00,x\n", "3 row fields_extra: 4 fields, the header has 3; beyond it stands 'x'"),
    Odd("an amount cut at its comma", ONE + "2024-03-01,Acme,1,234.50\n", "3 row fields_extra: beyond it stands '234.50'"),
    Odd("empty surplus fields", ONE + "2024-03-01,Acme,1.00,,,\n", "taken 2"),
    Odd("surplus fields that are let be", ONE + "2024-03-01,Acme,1.00,x\n", "taken 2", reading('surplus = "ignore"')),
    Odd("a title, header found", "Report of March\n\n" + ONE, TAKEN, reading('header = "find"')),
    Odd("a title, name without a suffix", "Report of March\n\n" + ONE, TAKEN, reading('header = "find"'), "export"),
    Odd("a title, name with an unknown suffix", "Report of March\n\n" + ONE, TAKEN, reading('header = "find"'), "export.dat"),
    Odd("a title, header by number", "Report\n" + ONE, TAKEN, reading("header = 2")),
    Odd("a header behind the end", ONE, "refused header: has 2 lines and no header in line 9", reading("header = 9")),
    Odd("a header that is not found", "a,b\n" * 60, "refused header: none of the first 50 lines is a header with 'date'", reading('header = "find"')),
    Odd("comments above", "# a, b\n# c\n" + ONE, TAKEN, reading('comment = "#"')),
    Odd("comments only", "# a, b\n# c\n", "refused header: has 2 lines and no header", reading('comment = "#"')),
    Odd("a footer", ONE + "Total,,12.50\n", (f"taken 1, skipped 1: {ACME}"), reading('footer = ["Total"]')),
    Odd("a footer that may be a payment is told", HEADER.replace("date,vendor", "vendor,date") + "Acme,2024-03-01,1\nTotal Energies,2024-03-01,12.50\n", "taken 1, skipped 1", reading('footer = ["Total"]')),
    Odd("a footer of several lines", ONE + "\nTotal,,12.50\nPrinted by x\n", "taken 1, skipped 2", reading('footer = ["Total", "Printed"]')),
    Odd("what looks like a footer in the middle", HEADER + "Total,,1\n" + ROW, ("2 date date_format", "2 vendor vendor_required"), reading('footer = ["Total"]')),
    Odd("a footer and nothing else", HEADER + "Total,,0\n", "refused empty: a header and no rows but 1 that the profile calls a footer", reading('footer = ["Total"]')),
    Odd("a delimiter that is named", ONE.replace(",", "~"), TAKEN, reading('delimiter = "~"')),
    Odd("one column", "amount\n1\n", "refused profile: no profile fits the header ('amount')"),
    Odd("a name with a quote and a line end", 'date,vendor,amount,"a ""b""\nc"\n2024-03-01,Acme,12.50,1\n', TAKEN),
    Odd("SQL in a column's name", 'date,vendor,amount,"x""; DROP TABLE staged"\n2024-03-01,Acme,12.50,1\n', TAKEN),
    Odd("a very long name", f"date,vendor,amount,{'x' * 100_000}\n2024-03-01,Acme,12.50,1\n", TAKEN),
    Odd("a profile of another bank", ONE, "refused header: the header lacks", COLUMNS.replace('"vendor"', '"payee"')),
)  # fmt: skip

NO_TEXTS = (
    Odd("random bytes", _NOISE, "refused nul_byte: the file is binary or damaged"),
    Odd("random bytes without NUL", _NOISE.replace(b"\0", b"\1"), "refused encoding: neither UTF-8 nor cp1252"),
    Odd("a PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "refused format: not delimited text but a PDF"),
    Odd("a picture", b"\x89PNG\r\n\x1a\n" + _NOISE, "refused format: not delimited text but a picture"),
    Odd("a JPEG", b"\xff\xd8\xff\xe0\x00\x10JFIF" + _NOISE, "refused format: not delimited text but a picture"),
    Odd("a ZIP archive of CSV", zipped("a.csv"), "refused format: a ZIP archive and no Excel workbook; deliver what is in it"),
    Odd("the first bytes of a ZIP archive", b"PK\x03\x04", "refused format: truncated or damaged"),
    Odd("bzip2", bz2.compress(ONE.encode()), "refused format: compressed with bzip2; only gzip is unpacked"),
    Odd("xz", lzma.compress(ONE.encode()), "refused format: compressed with xz; only gzip is unpacked"),
    Odd("zstandard", b"\x28\xb5\x2f\xfd" + _NOISE, "refused format: compressed with zstandard; only gzip is unpacked"),
    Odd("7z", b"7z\xbc\xaf\x27\x1c" + _NOISE, "refused format: a 7z archive"),
    Odd("a RAR archive", b"Rar!\x1a\x07\x01\x00" + _NOISE, "refused format: a RAR archive"),
    Odd("a SQLite database", b"SQLite format 3\0" + _NOISE, "refused format: a SQLite database"),
    Odd("a program", b"\x7fELF\x02\x01\x01\x00" + _NOISE, "refused format: a program"),
    Odd("a page of HTML", "<!DOCTYPE html>\n<html><body>Please log in, now</body></html>\n", "refused format: a page of HTML: the bank may want a log-in"),
    Odd("XML of another kind", "<?xml version='1.0'?>\n<orders><o a='1,2'/></orders>\n", "refused format: XML of a kind that is not read"),
    Odd("a text in words", "Dear Sir or Madam\nplease find the list below\n", "refused format: no known format", name="letter"),
    Odd("a text in words, called CSV", "Dear Sir or Madam\nplease find\n", "refused profile: no profile fits"),
    Odd("an e-mail", "From: a@b.c\nSubject: list, of March\n\n" + ONE, "refused profile: no profile fits"),
    Odd("RTF", "{\\rtf1\\ansi a,b}", "refused profile: no profile fits"),
    Odd("gzip", gzip.compress(ONE.encode()), TAKEN, name="a.csv.gz"),
    Odd("gzip by content", gzip.compress(ONE.encode()), TAKEN),
    Odd("gzip in two parts", gzip.compress(HEADER.encode()) + gzip.compress(ROW.encode()), TAKEN),
    Odd("gzip of nothing", gzip.compress(b""), "refused empty: the file is empty"),
    Odd("gzip of cp1252", gzip.compress(_CAFE.encode("cp1252")), _TAKEN_CAFE),
    Odd("a truncated gzip", gzip.compress(ONE.encode() * 500)[:-12], "refused gzip: truncated or damaged"),
    Odd("a gzip of which only the header is there", gzip.compress(ONE.encode())[:8], "refused gzip: truncated or damaged"),
    Odd("a gzip with a wrong checksum", gzip.compress(ONE.encode())[:-8] + b"\0" * 8, "refused gzip: truncated or damaged"),
    Odd("a gzip with bytes behind it", gzip.compress(ONE.encode()) + b"garbage", "refused gzip: truncated or damaged"),
    Odd("a gzip with a damaged middle", gzip.compress(_NOISE)[:900] + b"\xff" * 40 + gzip.compress(_NOISE)[940:], "refused gzip: truncated or damaged"),
    Odd("a gzip in a gzip", gzip.compress(gzip.compress(ONE.encode())), "refused gzip: within a gzip file"),
    Odd("a plain file called gz", ONE, TAKEN, name="a.csv.gz"),
)  # fmt: skip
