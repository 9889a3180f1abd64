"""Workbooks: what Excel stores and what it shows, sheets, merged cells, both calendars, and what is damaged or too large."""

import io
import zipfile
from datetime import date, datetime, time
from typing import Any

import openpyxl

from ledgerwatch_tests.odd.case import ACME, COLUMNS, TAKEN, Odd, reading
from ledgerwatch_tests.readers.test_workbook import HEADER, ROW, saved, with_sheet, xls, xlsx, zipped

_PAYER = COLUMNS + '[amounts]\nnegative = "refund"\nthousands = ","\nstrip = ["$"]\n'


def _amount(what: str, value: Any, expected: str, profile: str = "") -> Odd:
    return Odd(f"Excel, {what}", xlsx(HEADER, [*ROW[:2], value]), expected, profile, "a.xlsx")


def _stored(what: str, cell: str, expected: str, profile: str = "") -> Odd:
    """The amount's cell as Excel would write it, by hand: openpyxl writes no values of formulas."""
    content = with_sheet(xlsx(HEADER, [*ROW[:2], 12345]), lambda xml: xml.replace("<v>12345</v>", cell))
    return Odd(f"Excel, {what}", content, expected, profile, "a.xlsx")


def _day(what: str, value: Any, expected: str, epoch: int = 1900, profile: str = "") -> Odd:
    return Odd(f"Excel, {what}", xlsx(HEADER, [value, *ROW[1:]], epoch=epoch), expected, profile, "a.xlsx")


def _merged() -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(["Payments", None, None], HEADER, ROW, [None, "Acme", 1])))
    book.active.merge_cells("A1:C1")
    book.active.merge_cells("A3:A4")
    return saved(book)


def _sheets(*sheets: tuple[str, str, list[list[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, state, rows in sheets:
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        for row in rows:
            sheet.append(row)
    return saved(book)


def _hidden_parts() -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(HEADER, ROW, ROW)))
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["C"].hidden = True
    return saved(book)


def _without(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(HEADER, ROW))) as old, zipfile.ZipFile(out, "w") as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
    return out.getvalue()


def _changed(old: str, new: str) -> bytes:
    return with_sheet(xlsx(HEADER, ROW), lambda xml: xml.replace(old, new))


def _far_apart() -> bytes:
    """An old workbook whose last cell says that it is in the last row and column that its two bytes can say."""
    content = xls(HEADER, ROW)
    start = max(content.rfind(b"\x7e\x02\x0a\x00"), content.rfind(b"\x03\x02\x0e\x00"))
    return content[: start + 4] + b"\xff\xff\xff\xff" + content[start + 8 :]


def _pointing_before_itself() -> bytes:
    """The end of a ZIP archive names where its directory begins; here before the file."""
    content = xlsx(HEADER, ROW)
    end = content.rfind(b"PK\x05\x06") + 16
    return content[:end] + b"\x00\xff\xff\x7f" + content[end + 4 :]


def workbooks() -> tuple[Odd, ...]:
    """Made when they are asked for: it takes a second."""
    whole = xlsx(HEADER, ROW)
    entities = (
        "<!DOCTYPE x ["
        + '<!ENTITY a0 "lol">'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
        + "]>"
    )
    seen, other = [HEADER, ROW], [HEADER, [*ROW[:2], 99]]
    return (
        Odd("Excel", whole, TAKEN, name="a.xlsx"),
        Odd("Excel called CSV", whole, TAKEN),
        Odd("old Excel", xls(HEADER, ROW), TAKEN, name="a.xls"),
        Odd("old Excel called new", xls(HEADER, ROW), TAKEN, name="a.xlsx"),
        _amount("1.1 is exactly 1.10", 1.1, "taken 1: expense 1.10"),
        _amount("a large sum of cents", 999999999999.99, "taken 1: expense 999999999999.99"),
        _amount("thirteen digits", 1234567890123.0, "2 amount amount_digits: sheet 'Data', row 2: '1234567890123'"),
        _amount("1e22", 1e22, "2 amount amount_exponent: '1e+22'"),
        _amount("1e-7", 1e-7, "2 amount amount_exponent: '1e-07'"),
        _amount("zero", 0, "2 amount amount_zero"),
        _amount("a negative number", -12.5, "2 amount amount_negative: sheet 'Data', row 2: '-12.5' is negative"),
        _amount("a negative number that is a refund", -12.5, "taken 1: refund 12.50", _PAYER),
        _amount("an amount as a text", "12.50", TAKEN),
        _amount("an amount as a text with a sign", "$1,234.50", "taken 1: expense 1234.50", _PAYER),
        _amount("an amount as a text in brackets", "(12.50)", "taken 1: refund 12.50", _PAYER),
        _amount("an amount that is true", True, "2 amount amount_format: 'true'"),
        _amount("an amount that is a day", date(2024, 3, 1), "2 amount amount_format: '2024-03-01' is not an amount"),
        _amount("an amount that is an error", "#N/A", "2 amount amount_required"),
        _amount("an amount with a NUL", "1", "taken 1: expense 1.00"),
        _stored("a formula is its stored value", "<f>SUM(1,2)</f><v>12.5</v>", TAKEN),
        _stored("a formula without a stored value", "<f>SUM(1,2)</f>", "2 amount amount_required"),
        _stored("a formula that is an error", "<f>1/0</f><v>#DIV/0!</v>", "refused format: damaged"),
        _stored("the tail of a sum", "<v>0.30000000000000004</v>", "2 amount amount_decimals: '0.30000000000000004'"),
        _stored("the tail of a sum, rounded", "<v>0.30000000000000004</v>", "taken 1: expense 0.30", COLUMNS + '[amounts]\nextra_decimals = "round"\n'),
        _stored("a number with seventeen digits", "<v>1.1000000000000001</v>", "taken 1: expense 1.10"),
        _stored("a value that is no number", "<v>abc</v>", "refused format: damaged"),
        _stored("NaN", "<v>NaN</v>", "2 amount amount_not_finite"),
        _stored("1e400", "<v>1e400</v>", "2 amount amount_not_finite"),
        _day("a day of the calendar of 1900", date(2024, 2, 29), "taken 1: 2024-02-29 'Acme'"),
        _day("a day of the calendar of 1904", date(2024, 2, 29), "taken 1: 2024-02-29 'Acme'", 1904),
        _day("a moment", datetime(2024, 2, 29, 23, 59, 59), "taken 1: 2024-02-29 'Acme'"),  # noqa: DTZ001 - Excel has no zones
        _day("a day as a text", "2024-03-01", TAKEN),
        _day("a day as a text of the profile", "01.03.2024", TAKEN, profile=COLUMNS + '[dates]\nformats = ["%d.%m.%Y"]\n'),
        _day("a real day whatever the profile", date(2024, 3, 1), TAKEN, profile=COLUMNS + '[dates]\nformats = ["%d.%m.%Y"]\n'),
        _day("a number that means a day", 45352, "2 date date_format: '45352' is not a date"),
        _day("a time of day", time(1, 2), "2 date date_format"),
        _day("the first day of 1900", date(1900, 1, 1), "2 date date_too_early"),
        _day("an empty day", None, "2 date date_required"),
        Odd("merged cells", _merged(), "4 date date_required: sheet 'Data', row 4", reading("header = 2"), "a.xlsx"),
        Odd("a hidden sheet before", _sheets(("Secret", "hidden", other), ("Seen", "visible", seen)), TAKEN, name="a.xlsx"),
        Odd("a very hidden sheet before", _sheets(("Secret", "veryHidden", other), ("Seen", "visible", seen)), TAKEN, name="a.xlsx"),
        Odd("a sheet that is named", _sheets(("First", "visible", other), ("Second", "visible", seen)), TAKEN, reading('sheet = "Second"'), "a.xlsx"),
        Odd("a hidden sheet that is named", _sheets(("Secret", "hidden", seen), ("Seen", "visible", other)), TAKEN, reading('sheet = "Secret"'), "a.xlsx"),
        Odd("a sheet that is not there", whole, "refused sheet: has no sheet 'Other'; it has: 'Data'", reading('sheet = "Other"'), "a.xlsx"),
        Odd("the first sheet is a cover", _sheets(("Cover", "visible", [["Report"]]), ("Data", "visible", seen)), "refused profile: no profile fits the header ('Report')", name="a.xlsx"),
        Odd("hidden rows and columns count", _hidden_parts(), "taken 2", name="a.xlsx"),
        Odd("no cell", xlsx(), "refused empty: sheet 'Data' is empty", name="a.xlsx"),
        Odd("a sheet with a header only", xlsx(HEADER), "refused empty: a header and no rows", name="a.xlsx"),
        Odd("empty rows between", xlsx(HEADER, [], ROW, [], ROW), "taken 2", name="a.xlsx"),
        Odd("a bad row behind empty ones", xlsx(HEADER, [], ROW, [], [*ROW[:2], 0]), "5 amount amount_zero: sheet 'Data', row 5", name="a.xlsx"),
        Odd("a title above", xlsx(["Report"], [], HEADER, ROW), TAKEN, reading('header = "find"'), "a.xlsx"),
        Odd("a total below", xlsx(HEADER, ROW, ["Total", None, 12.5]), f"taken 1, skipped 1: {ACME}", reading('footer = ["total"]'), "a.xlsx"),
        Odd("a payment to Total in the middle", xlsx(HEADER, ["Total", "x", 1], ROW), "2 date date_format", reading('footer = ["total"]'), "a.xlsx"),
        Odd("a cell beyond the header", xlsx(HEADER, [*ROW, None, "x"]), "2 row fields_extra: 5 cells, the header has 3; beyond it stands 'x'", name="a.xlsx"),
        Odd("equal headers", xlsx([*HEADER, "amount"], [*ROW, 1]), "refused header: the column 'amount' 2 times", "ledgerwatch", "a.xlsx"),
        Odd("the first column is empty", xlsx([None, *HEADER], [None, *ROW]), TAKEN, name="a.xlsx"),
        Odd("a number in the header", xlsx([*HEADER, 7], [*ROW, 1]), TAKEN, name="a.xlsx"),
        Odd("a vendor that is a number", xlsx(HEADER, [ROW[0], 4711, 12.5]), "taken 1: '4711' expense 12.50", name="a.xlsx"),
        Odd("a vendor that is a formula's text", xlsx(HEADER, [ROW[0], "'=1+1", 12.5]), "taken 1: \"'=1+1\"", name="a.xlsx"),
        Odd("a truncated workbook", whole[:-100], "refused format: truncated or damaged", name="a.xlsx"),
        Odd("the beginning of a workbook", whole[:40], "refused format: truncated or damaged", name="a.xlsx"),
        Odd("a truncated old workbook", xls(HEADER, ROW)[:700], "refused format: Excel file is damaged", name="a.xls"),
        Odd("an old workbook's first bytes", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "refused format: damaged", name="a.xls"),
        Odd("a sheet cut in the middle", with_sheet(whole, lambda xml: xml[: len(xml) // 2]), "refused format: damaged", name="a.xlsx"),
        Odd("a workbook without its sheet", _without("xl/worksheets/sheet1.xml"), "refused format: damaged", name="a.xlsx"),
        Odd("an old workbook whose cells lie far apart", _far_apart(), "refused cells: its cells lie so far apart", name="a.xls"),
        Odd("a workbook that points before itself", _pointing_before_itself(), "refused format: damaged", name="a.xlsx"),
        Odd("a row far down without places of cells", _changed("</sheetData>", '<row r="4000000000"><c><v>1</v></c></row></sheetData>'), "refused cells: row 4,000,000,000", name="a.xlsx"),
        Odd("a workbook without its list of sheets", _without("xl/workbook.xml"), "refused sheet: has no sheet", name="a.xlsx"),
        Odd("a binary workbook", zipped("xl/workbook.bin", b""), "refused format: binary (.xlsb)", name="a.xlsb"),
        Odd("a document of OpenOffice", zipped("content.xml", b"<x/>"), "refused format: no Excel workbook", name="a.ods"),
        Odd("a locked workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") * 40, "refused encrypted: locked with a password", name="a.xlsx"),
        Odd("a workbook with entities", _changed("<worksheet", entities + "<worksheet"), TAKEN, name="a.xlsx"),
        Odd("a cell far down", _changed("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'), "refused cells: row 1,048,576 and column 16,384", name="a.xlsx"),
        Odd("a cell far down with other quotes", _changed("</sheetData>", "<row r = '900000'><c r = 'AAA900000'><v>1</v></c></row></sheetData>"), "refused cells: row 900,000 and column 703", name="a.xlsx"),
    )  # fmt: skip
