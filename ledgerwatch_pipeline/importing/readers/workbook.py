"""Excel workbooks, ``.xlsx`` and ``.xls``: one sheet, its cells as the exact texts of what they hold.

A number is the shortest decimal text of what Excel stores (1.1; a sum may be 0.30000000000000004, and the rules judge that), a
date or moment is its day, a formula its stored value, an error of Excel nothing. Merged cells hold their value in the first.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import TypeAlias

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ledgerwatch_pipeline.importing.limits import LOOKED_THROUGH, MAX_CELLS, MAX_WORKBOOK, MAX_WORKBOOK_MEMORY
from ledgerwatch_pipeline.importing.readers.records import Records, RecordWriter, require_columns
from ledgerwatch_pipeline.importing.readers.rows_of_people import has_columns, is_footer, numbered_columns
from ledgerwatch_pipeline.importing.readers.source import (
    Delivered,
    FooterLine,
    Notation,
    layout_of_sheets,
    notation_of_sheets,
)
from ledgerwatch_pipeline.importing.readers.unpacking import checked_zip
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.profile import FIND, FIRST, NONE

FORMAT = "Excel (.xlsx, .xls)"
_READER = "workbook 1"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FAR_ROW = re.compile(rb"\sr\s{0,9}=\s{0,9}[\"'][A-Za-z]{0,9}([0-9]{6,12})")
_FAR_COLUMN = re.compile(rb"\sr\s{0,9}=\s{0,9}[\"']([A-Za-z]{2,9})[0-9]")
_NEAR_ROWS, _NEAR_COLUMNS = 99_999, 26
_NO_MEMORY = 3
_TRIAL = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from python_calamine import CalamineWorkbook
try:
    with open(sys.argv[2], "rb") as file:
        CalamineWorkbook.from_filelike(file)
except MemoryError:
    sys.exit({_NO_MEMORY})
"""
Cell: TypeAlias = object
options = notation_of_sheets
layout = layout_of_sheets


def sniff(head: bytes, name: str) -> float:
    """A ZIP archive, or the container of old Office files."""
    if head.startswith(_OLE):
        return 0.9
    if not head.startswith(_ZIP):
        return 0
    return 0.9 if b"xl/" in head or b"[Content_Types].xml" in head or name.endswith((".xlsx", ".xlsm")) else 0.5


def inspect(file: Delivered, options: Notation) -> Records:
    """Read the sheet; raises FileRejectedError for a file that is damaged, locked or too large, or has no such sheet."""
    with _opened(file) as workbook:
        return _records(file, _sheet(workbook, options.sheet), options)


def first_rows(file: Delivered, count: int) -> tuple[tuple[str, ...], str, list[tuple[int, list[str]]]]:
    """The names of all sheets, that of the first which is not hidden, and its first rows by their numbers."""
    with _opened(file) as workbook:
        sheet = _sheet(workbook, "")
        return tuple(workbook.sheet_names), sheet.name, list(islice(_rows(sheet, Notation()), count))


@contextmanager
def _opened(file: Delivered) -> Iterator[CalamineWorkbook]:
    """The workbook; what the library says against it becomes a FileRejectedError."""
    _require_fit(file)
    content = file.path.read_bytes()
    if content.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in content:
        raise _locked()
    try:
        with CalamineWorkbook.from_filelike(BytesIO(content)) as workbook:
            yield workbook
    except PasswordError as error:
        raise _locked() from error
    except CalamineError as error:
        raise _damaged(error) from error
    except BaseException as error:  # a panic of the library's Rust is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(error) from error


def _require_fit(file: Delivered) -> None:
    size = file.path.stat().st_size
    if size > MAX_WORKBOOK:
        raise FileRejectedError("file_size", f"the workbook has {size:,} bytes; at most {MAX_WORKBOOK:,} are read")
    if file.head(8) == _OLE:
        _require_small(file.path)
    if file.head(4) == _ZIP:
        extent = _Extent()
        names = checked_zip(file.path, extent.look)
        if not any(name.startswith("xl/") for name in names):
            raise FileRejectedError("format", "the file is a ZIP archive and no Excel workbook; deliver what is in it")
        if "xl/workbook.bin" in names:
            raise FileRejectedError("format", "the workbook is binary (.xlsb), which is not read; save it as .xlsx")


def _require_small(path: Path) -> None:
    """Raise FileRejectedError where an old workbook takes more memory than any takes that is whole. Its cells claim their places in
    bytes that no one but the library reads, which ends the process that has too little memory: so another process tries it."""
    tried = subprocess.run(
        [sys.executable, "-I", "-c", _TRIAL, str(MAX_WORKBOOK_MEMORY), str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if tried.returncode < 0 or tried.returncode == _NO_MEMORY:
        raise FileRejectedError(
            "cells",
            f"the old Excel file is damaged, or its cells lie so far apart that they take more than {MAX_WORKBOOK_MEMORY:,} bytes; save it "
            "as .xlsx, or as CSV",
        )


def _locked() -> FileRejectedError:
    return FileRejectedError("encrypted", "the workbook is locked with a password; deliver it without one")


def _damaged(error: BaseException) -> FileRejectedError:
    return FileRejectedError("format", f"the Excel file is damaged, or of a kind that is not read: {str(error)[:200]}")


class _Extent:
    """How far the cells of each sheet reach, from what it says of their places: no sheet is laid out before that. All entries are
    looked at: a sheet may have any name."""

    def __init__(self) -> None:
        self._entry, self._tail = "", b""
        self._rows, self._columns = _NEAR_ROWS, _NEAR_COLUMNS

    def look(self, name: str, chunk: bytes) -> None:
        """See a piece of an entry of the archive; raises FileRejectedError once an entry would have too many cells."""
        if name != self._entry:
            self._entry, self._tail = name, b""
            self._rows, self._columns = _NEAR_ROWS, _NEAR_COLUMNS
        piece = self._tail + chunk
        self._rows = max(self._rows, max(map(int, _FAR_ROW.findall(piece)), default=0))
        self._columns = max(self._columns, max(map(_column_number, set(_FAR_COLUMN.findall(piece))), default=0))
        self._tail = piece[-40:]
        if self._rows * self._columns > MAX_CELLS:
            raise FileRejectedError(
                "cells",
                f"a sheet reaches to row {self._rows:,} and column {self._columns:,}: more than {MAX_CELLS:,} cells; "
                "delete what is far out, or deliver it as CSV",
            )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _sheet(workbook: CalamineWorkbook, name: str) -> CalamineSheet:
    """The sheet of that name, else the first worksheet that is not hidden."""
    names = workbook.sheet_names
    if name:
        if name not in names:
            shown = ", ".join(repr(each[:40]) for each in names[:20])
            raise FileRejectedError("sheet", f"the workbook has no sheet {name!r}; it has: {shown}")
        return workbook.get_sheet_by_name(name)
    for each in workbook.sheets_metadata:
        if each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible:
            return workbook.get_sheet_by_name(each.name)
    raise FileRejectedError("sheet", "the workbook has no sheet that is not hidden; a profile can name one")


def _records(file: Delivered, sheet: CalamineSheet, options: Notation) -> Records:
    called = f"sheet {sheet.name!r}"
    rows = _rows(sheet, options)
    header, first = _header(rows, options, called)
    require_columns(header)
    width = len(header)
    held: list[tuple[int, list[str]]] = []  # rows that are a footer if nothing else follows
    with RecordWriter(file) as writer:
        for number, cells in chain(first, rows):
            if options.footer and is_footer(cells, options.footer):
                held.append((number, cells))
                continue
            for each, texts in (*held, (number, cells)):
                _add(writer, each, texts, width, f"{called}, row {each}")
            held = []
        footer = tuple(FooterLine(_shown(cells), each, f"{called}, row {each}") for each, cells in held)
        return replace(writer.records(header, _READER), footer=footer)


def _shown(cells: Sequence[str]) -> str:
    return " | ".join(cell.strip() for cell in cells if cell.strip())[:300]


def _add(writer: RecordWriter, number: int, cells: Sequence[str], width: int, place: str) -> None:
    beyond = [cell for cell in cells[width:] if cell.strip()]
    if beyond:
        told = ", ".join(repr(cell[:60]) for cell in beyond[:5])
        writer.add(
            number,
            cells[:width],
            rule="fields_extra",
            value=f"{len(cells)} cells, the header has {width}; beyond it stands {told}",
            place=place,
        )
    else:
        writer.add(number, cells[:width], place=place)


def _rows(sheet: CalamineSheet, options: Notation) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, by the numbers that Excel shows."""
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [_text(cell, options) for cell in cells]
        while texts and not texts[-1].strip():
            texts.pop()
        if texts:
            yield number, texts


def _text(cell: Cell, options: Notation) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        text = repr(cell).removesuffix(".0")
        return options.number(text)
    if isinstance(cell, datetime | date):
        return cell.strftime(options.day)
    return str(cell)


def _header(
    rows: Iterator[tuple[int, list[str]]], options: Notation, called: str
) -> tuple[tuple[str, ...], list[tuple[int, list[str]]]]:
    """The header where the profile says it is, and rows that were read and come after it."""
    if options.header == NONE:
        first = next(rows, None)
        if first is None:
            raise FileRejectedError("empty", f"{called} is empty")
        return numbered_columns(len(first[1])), [first]
    if options.header.isdecimal():
        for number, cells in rows:
            if number >= int(options.header):
                if number == int(options.header):
                    return tuple(cells), []
                break
        raise FileRejectedError(
            "header", f"{called} has nothing in row {options.header}, where the profile has its header"
        )
    for _, cells in islice(rows, LOOKED_THROUGH if options.header == FIND else 1):
        if options.header == FIRST or has_columns(cells, options.required):
            return tuple(cells), []
    if options.header == FIND:
        wanted = "; ".join(" or ".join(map(repr, each)) for each in options.required)
        raise FileRejectedError(
            "header", f"none of the first {LOOKED_THROUGH} rows of {called} is a header with {wanted}"
        )
    raise FileRejectedError("empty", f"{called} is empty")
