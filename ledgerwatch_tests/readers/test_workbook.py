"""Excel workbooks: real numbers and days, sheets and headers as people lay them out, and what is broken is named."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
import xlwt

from ledgerwatch_pipeline.importing.readers import unpacking, workbook
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_tests.reading import COLUMNS, profile_of, read, staged

HEADER: list[Any] = ["date", "vendor", "amount"]
ROW: list[Any] = [date(2024, 3, 1), "Acme", 12.5]


def xlsx(*rows: Sequence[Any], title: str = "Data", hidden: Sequence[str] = (), epoch: int = 1900) -> bytes:
    book = openpyxl.Workbook()
    if epoch == 1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.remove(book.active)
    for name in hidden:
        book.create_sheet(name).sheet_state = "hidden"
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(list(row))
    return saved(book)


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(*rows: Sequence[Any]) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Old")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            sheet.write(number, place, value, *([day] if isinstance(value, date) else []))
    return saved(book)


@pytest.mark.parametrize("make", [xlsx, xls])
def test_both_formats_are_read_by_their_content(make: Any) -> None:
    found = read(make(HEADER, ROW), name="a.csv")
    assert found.header == tuple(HEADER)
    assert found.rows == {2: {"date": "2024-03-01", "vendor": "Acme", "amount": "12.5"}}
    assert [str(row[2]) for row in staged(make(HEADER, ROW)).good] == ["12.5000"]


def test_a_row_is_named_by_sheet_and_row_and_empty_ones_count_as_excel_counts() -> None:
    found = read(xlsx([], HEADER, ROW, [], ROW, title="Q1"))
    assert found.places == {3: "sheet 'Q1', row 3", 5: "sheet 'Q1', row 5"}


def test_days_of_both_calendars_and_moments_are_days() -> None:
    rows = [[datetime(2024, 2, 29, 23, 59), "A", 1], [date(2024, 2, 29), "A", 1]]  # noqa: DTZ001 - Excel has no zones
    for epoch in (1900, 1904):
        found = read(xlsx(HEADER, *rows, epoch=epoch))
        assert [row["date"] for row in found.rows.values()] == ["2024-02-29", "2024-02-29"]


def test_numbers_are_the_shortest_text_of_what_excel_stores() -> None:
    values = [0.1, 1.1, 5, 1234567.89, 999999999999.99, -3.5, 1e22]
    found = read(xlsx(HEADER, *([ROW[0], "A", value] for value in values)))
    assert [row["amount"] for row in found.rows.values()] == [
        "0.1",
        "1.1",
        "5",
        "1234567.89",
        "999999999999.99",
        "-3.5",
        "1e+22",
    ]


def test_the_tail_of_a_sum_is_kept_and_judged() -> None:
    content = with_sheet(xlsx(HEADER, [*ROW[:2], 1]), lambda xml: xml.replace("<v>1</v>", "<v>0.30000000000000004</v>"))
    assert staged(content).bad == {2: ["amount_decimals"]}
    rounding = profile_of(COLUMNS + '[amounts]\nextra_decimals = "round"\n')
    assert [str(row[2]) for row in staged(content, profile=rounding).good] == ["0.3000"]


def test_texts_are_as_the_profile_writes_and_numbers_are_numbers() -> None:
    profile = profile_of(COLUMNS + '[dates]\nformats = ["%d.%m.%Y"]\n[amounts]\ndecimal = ","\nthousands = "."\n')
    rows: list[list[Any]] = [[date(2024, 3, 1), "A", 1234.5], ["01.03.2024", "A", "1.234,50"]]
    found = staged(xlsx(HEADER, *rows), profile=profile)
    assert [(row[0], str(row[2])) for row in found.good] == [("2024-03-01", "1234.5000")] * 2


def test_other_cells() -> None:
    found = read(xlsx([*HEADER, "note"], [*ROW, True], [*ROW, time(1, 2)], [*ROW, "#N/A"], [*ROW, 7]))
    assert [row.get("note") for row in found.rows.values()] == ["true", "01:02:00", None, "7"]


def test_a_formula_is_its_stored_value() -> None:
    """As Excel writes it; openpyxl stores no values, so the sheet is changed by hand."""
    content = with_sheet(xlsx(HEADER, [*ROW[:2], 1]), lambda xml: xml.replace("<v>1</v>", "<f>SUM(1,2)</f><v>3</v>"))
    assert read(content).rows[2]["amount"] == "3"


def with_sheet(content: bytes, change: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data.decode()) if name == "xl/worksheets/sheet1.xml" else data)
    return out.getvalue()


def test_the_first_sheet_that_is_seen_or_the_one_that_is_named() -> None:
    content = xlsx(HEADER, ROW, title="Seen", hidden=("Secret",))
    assert read(content).places == {2: "sheet 'Seen', row 2"}
    named = profile_of(COLUMNS + '[reading]\nsheet = "Other"\n')
    with pytest.raises(FileRejectedError, match="no sheet 'Other'; it has: 'Secret', 'Seen'"):
        read(content, profile=named)


def test_titles_above_and_totals_below() -> None:
    rows: list[list[Any]] = [
        ["Payments"],
        [],
        ["for March", None, None],
        HEADER,
        ROW,
        ["Total"],
        ROW,
        [],
        ["Total", None, 25.0],
        ["total of all"],
    ]
    book = openpyxl.load_workbook(io.BytesIO(xlsx(*rows)))
    book.active.merge_cells("A1:C1")
    content = saved(book)
    for header in ('"find"', "4"):
        profile = profile_of(COLUMNS + f'[reading]\nheader = {header}\nfooter = ["total"]\n')
        found = read(content, profile=profile)
        assert list(found.rows) == [5, 6, 7]
        assert found.rows[6] == {"date": "Total"}
    with pytest.raises(FileRejectedError, match="nothing in row 2"):
        read(content, profile=profile_of(COLUMNS + "[reading]\nheader = 2\n"))
    with pytest.raises(FileRejectedError, match="none of the first 50 rows of sheet 'Data' is a header with 'date'"):
        read(xlsx(["a"], ROW), profile=profile_of(COLUMNS + '[reading]\nheader = "find"\n'))


def test_no_header() -> None:
    profile = profile_of('[columns]\ndate = 1\nvendor = 2\namount = 3\n[reading]\nheader = "none"\n')
    found = read(xlsx(ROW, ROW), profile=profile)
    assert (found.header, list(found.rows)) == (("column 1", "column 2", "column 3"), [1, 2])


def test_cells_beyond_the_header_are_told() -> None:
    found = read(xlsx(HEADER, [*ROW, None], [*ROW, None, "x"]))
    assert found.rules == {3: ("fields_extra", "5 cells, the header has 3; beyond it stands 'x'")}


def test_damaged_files_are_named() -> None:
    whole = xlsx(HEADER, ROW)
    broken = {
        "ZIP or Excel file does, and is truncated": whole[:-100],
        "truncated or damaged": whole[:40],
        "no Excel workbook": zipped("a.csv", b"date,vendor,amount\n"),
        "damaged": with_sheet(whole, lambda xml: xml[: len(xml) // 2]),
        "Excel file is damaged": xls(HEADER, ROW)[:700],
        "is binary": zipped("xl/workbook.bin", b""),
        "is empty": xlsx(),
        "password": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") * 40,
    }
    for reason, content in broken.items():
        with pytest.raises(FileRejectedError, match=reason):
            read(content, name="a.xlsx")


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def test_bombs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    far = with_sheet(
        xlsx(HEADER, ROW), lambda xml: xml.replace('r="C2"', 'r="XFD1048576"').replace('r="2"', 'r="1048576"')
    )
    with pytest.raises(FileRejectedError, match="row 1,048,576 and column 16,384"):
        read(far)
    cell = "<row r = '200000'><c r = 'AAA200000'><v>1</v></c></row></sheetData>"
    with pytest.raises(FileRejectedError, match="row 200,000 and column 703"):
        read(with_sheet(xlsx(HEADER, ROW), lambda xml: xml.replace("</sheetData>", cell)))
    monkeypatch.setattr(unpacking, "FREE_EXPANSION", 10_000)
    with pytest.raises(FileRejectedError, match="workbook unpacks to more than"):
        read(zipped("xl/worksheets/sheet1.xml", b"0" * 5_000_000))
    monkeypatch.setattr(workbook, "MAX_WORKBOOK", 100)
    with pytest.raises(FileRejectedError, match="at most 100 are read"):
        read(xlsx(HEADER, ROW))


@pytest.mark.parametrize("make", [xlsx, xls])
def test_no_damage_makes_a_traceback(make: Any) -> None:
    whole = make(HEADER, *[ROW] * 5)
    for place in range(8, len(whole), max(1, len(whole) // 30)):
        content = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        staged(content)
        staged(whole[:place])
