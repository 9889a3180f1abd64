"""Limits: what is too large is refused with its number, just below it is read, and docs/formats.md says the numbers that hold."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import limits
from ledgerwatch_pipeline.importing.decide import decision
from ledgerwatch_pipeline.importing.readers import json_body, statement, unpacking, workbook
from ledgerwatch_pipeline.importing.receive import files as receiving
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.receive.folder import FileSource
from ledgerwatch_pipeline.model.errors import FileRejectedError, UsageError
from ledgerwatch_pipeline.model.load import ImportOptions
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_tests.conftest import TESTER, Tenant
from ledgerwatch_tests.docs.test_readme import PROJECT
from ledgerwatch_tests.odd.case import HEADER, ONE, ROW
from ledgerwatch_tests.odd.texts import zipped
from ledgerwatch_tests.readers.test_statements import MT940
from ledgerwatch_tests.readers.test_workbook import HEADER as CELLS
from ledgerwatch_tests.readers.test_workbook import ROW as CELL_ROW
from ledgerwatch_tests.readers.test_workbook import xlsx
from ledgerwatch_tests.reading import read, staged

MIB = limits.MIB


def test_the_page_says_the_numbers_that_hold() -> None:
    page = (PROJECT / "docs" / "formats.md").read_text(encoding="utf-8")
    section = page[page.index("## Limits") : page.index("## Delimited text")]
    for said in (
        f"{Settings.max_file_bytes // MIB // 1024} GiB (`LEDGERWATCH_MAX_FILE_BYTES`)",
        f"{limits.FREE_EXPANSION // MIB} MiB, or {limits.MAX_EXPANSION} times",
        f"never more than {limits.MAX_UNPACKED // MIB // 1024} GiB",
        f"| rows of one load | {limits.MAX_ROWS:,} |",
        f"{limits.MAX_ROW:,} bytes, or characters",
        f"within the first {limits.MAX_HEADER:,} bytes",
        f"| columns, or different keys | {limits.MAX_COLUMNS:,} |",
        f"{limits.MAX_JSON // MIB} MiB (JSON Lines: none); lists and objects {limits.MAX_JSON_DEPTH} deep",
        f"{limits.MAX_WORKBOOK // MIB} MiB; {limits.MAX_CELLS:,} cells",
        f"an `.xls` {limits.MAX_WORKBOOK_MEMORY // MIB // 1024} GiB of memory",
        f"{limits.MAX_STATEMENT // MIB} MiB; XML {limits.MAX_XML_DEPTH} deep, OFX {limits.MAX_OFX_DEPTH}",
    ):
        assert said in section, said


def test_a_file_that_is_too_large_is_not_even_archived(
    tenant: Tenant, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tenant.write(ONE)
    before = {*home.settings.archive.rglob("*")}
    monkeypatch.setattr(Settings, "max_file_bytes", len(ONE))
    object.__setattr__(home.settings, "max_file_bytes", len(ONE) - 1)
    try:
        with pytest.raises(
            UsageError, match=f"has {len(ONE)} bytes; at most {len(ONE) - 1} are taken in .LEDGERWATCH_MAX"
        ):
            receive(home, [path], tenant.slug, ImportOptions(), TESTER)
        (delivery,) = [receiving.Delivery(FileSource(path), path.name, _organization(tenant), len(ONE))]
        (outcome,) = receiving.archive(home, [delivery])
        assert isinstance(outcome, receiving.UnreadableFile)
        assert "LEDGERWATCH_MAX_FILE_BYTES" in outcome.reason
        assert {*home.settings.archive.rglob("*")} == before
        object.__setattr__(home.settings, "max_file_bytes", len(ONE))
        assert receive(home, [path], tenant.slug, ImportOptions(), TESTER)[0].new
    finally:
        object.__setattr__(home.settings, "max_file_bytes", 16 * 1024 * MIB)


def _organization(tenant: Tenant) -> Organization:
    return Organization(tenant.id, tenant.slug, tenant.slug, "USD", 2)


def test_a_bomb_is_refused_by_its_ratio_and_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(b"0" * 300_000)
    monkeypatch.setattr(unpacking, "FREE_EXPANSION", 10_000)
    with pytest.raises(FileRejectedError, match="unpacks to more than"):
        read(packed)
    monkeypatch.setattr(unpacking, "MAX_EXPANSION", 10_000)
    monkeypatch.setattr(unpacking, "MAX_UNPACKED", 200_000)
    with pytest.raises(FileRejectedError, match="unpacks to more than 200,000 bytes"):
        read(packed)


def test_no_more_of_a_bomb_is_written_than_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "FREE_EXPANSION", 1_000)
    monkeypatch.setattr(unpacking, "_CHUNK", 1_000)
    bomb = tmp_path / "bomb"
    bomb.write_bytes(gzip.compress(b"0" * 5_000_000))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(FileRejectedError, match="unpacks to more than"):
        unpacking.gunzipped(bomb, scratch)
    limit = limits.MAX_EXPANSION * bomb.stat().st_size
    assert sum(each.stat().st_size for each in scratch.iterdir()) <= limit < 5_000_000


def test_a_load_of_too_many_rows_is_refused(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision, "MAX_ROWS", 2)
    assert tenant.deliver(HEADER + ROW * 2).status == "ACCEPTED"
    load = tenant.deliver(HEADER + ROW * 3)
    assert (load.status, load.accepted) == ("REJECTED", 0)
    assert load.reason == "the file has 3 rows; at most 2 are taken in one load: deliver it in parts"


def test_bytes_of_json_workbooks_and_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_body, "MAX_JSON", 10)
    monkeypatch.setattr(workbook, "MAX_WORKBOOK", 10)
    monkeypatch.setattr(statement, "MAX_STATEMENT", 10)
    for content, said in (
        ('[{"date": "2024-03-01"}]', "JSON is read up to 10: deliver it as JSON Lines"),
        (xlsx(CELLS, CELL_ROW), "at most 10 are read"),
        (MT940, "statements are read up to 10"),
    ):
        with pytest.raises(FileRejectedError, match=said):
            read(content)


def test_cells_are_counted_sheet_by_sheet() -> None:
    """One long sheet beside one wide sheet is no long and wide one."""
    long = b'<c r="A400000"/>'
    wide = b'<c r="ET1"/>'
    extent = workbook._Extent()
    extent.look("xl/worksheets/sheet1.xml", long)
    extent.look("xl/worksheets/sheet2.xml", wide)
    with pytest.raises(FileRejectedError, match="row 400,000 and column 150"):
        extent.look("xl/worksheets/sheet2.xml", long)


@pytest.mark.slow
def test_a_line_of_ten_megabytes_is_read_and_one_of_seventeen_is_refused() -> None:
    wide = HEADER.strip() + ",x\n"
    long = staged(f"{wide}2024-03-01,Acme,12.50,{'x' * 10_000_000}\n", "a.csv")
    assert [row[1] for row in long.good] == ["Acme"]
    for text in (
        f"{wide}2024-03-01,Acme,12.50,{'x' * 17_000_000}\n",
        f'{wide}2024-03-01,Acme,12.50,"{"x" * 17_000_000}"\n',
        f"{wide}2024-03-01,Acme,12.50,{'x,' * 8_500_000}\n",
    ):
        failure = staged(text, "a.csv").failure
        assert failure is not None
        assert len(str(failure)) < 2_000
    description = staged(f"date,vendor,amount,description\n2024-03-01,Acme,1,{'x' * 10_000_000}\n", "a.csv")
    assert description.bad == {2: ["description_length"]}
    with pytest.raises(FileRejectedError, match="line 1 does not end within the first 1,000,000 bytes: no header is"):
        read("date,vendor,amount," + "x" * 10_000_000, name="a.csv")
    with pytest.raises(FileRejectedError, match="more than 16,000,000 characters"):
        read('{"date": "2024-03-01", "vendor": "\\u0041", "amount": 1, "x": "' + "x" * 17_000_000 + '"}\n', "a.jsonl")


@pytest.mark.slow
def test_bombs_of_the_real_size_are_refused() -> None:
    with pytest.raises(FileRejectedError, match="the gzip unpacks to more than 104,857,600 bytes"):
        read(gzip.compress(b"0" * 200 * MIB, 9), name="a.csv.gz")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 200 * MIB)
    with pytest.raises(FileRejectedError, match="the workbook unpacks to more than 104,857,600 bytes"):
        read(out.getvalue(), name="a.xlsx")
    with pytest.raises(FileRejectedError, match="no Excel workbook"):
        read(zipped("a.csv", "b.csv"), name="a.zip")
