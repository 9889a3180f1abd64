"""The shape of a file: encoding, delimiter, sheet, where its header is. What its columns hold: ``columns``."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ledgerwatch_pipeline.importing.draft import words
from ledgerwatch_pipeline.importing.limits import LOOKED_THROUGH
from ledgerwatch_pipeline.importing.readers import delimited, workbook
from ledgerwatch_pipeline.importing.readers.source import Delivered
from ledgerwatch_pipeline.importing.readers.text import UTF16, as_utf8, is_utf8
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.profile import FIRST, NONE

_START = 1_000_000
_LINES = 200
_NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
_SEP = re.compile(r"\"?sep=(?P<delimiter>[^\"])\"?$", re.IGNORECASE)
_LIKE_DATA = re.compile(r"[^\w]*[A-Za-z$€£]{0,3}\s?[-+(]?[0-9][0-9\s.,/:'\-T]*[)A-Za-z%€£$]{0,3}")
"""A number or a date, roughly: what a header has none of."""
_FIELDS = ("date", "vendor", "amount", "debit", "credit", "category", "description", "reference", "type", "account")
Row = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Shape:
    """header: as in Profile. notes: why. comment: what the lines above it begin with."""

    header: str
    notes: tuple[str, ...]
    delimiter: str = ""
    encoding: str = "auto"
    comment: str = ""


def shape_of_text(file: Delivered) -> Shape:
    """Of delimited text; raises FileRejectedError where no delimiter makes columns of it."""
    encoding, lines, notes = _lines(file)
    named = _SEP.match(lines[0]) if lines else None
    delimiter = named["delimiter"] if named else _delimiter(lines)
    how = "the line sep= says so" if named else "the one that cuts the most lines into equally many fields"
    notes.append(f"delimiter: {_NAMES.get(delimiter, 'another one')}: {how}")
    rows = [row for row in _records(lines, delimiter) if not (row[0] == 1 and named)]
    place = _header_place(rows)
    if place is None:
        notes.append("header: none is seen, the columns go by their number")
        return Shape(NONE, tuple(notes), delimiter, encoding)
    above = [line.strip() for line in lines[: rows[place][0] - 1] if line.strip()]
    if above and not named and all(line.startswith("#") for line in above):
        notes.append("header: below lines that begin with #")
        return Shape(FIRST, tuple(notes), delimiter, encoding, "#")
    return Shape(_header(rows, place, notes), tuple(notes), delimiter, encoding)


def shape_of_workbook(file: Delivered) -> Shape:
    """Of the first sheet that is not hidden."""
    sheets, sheet, rows = workbook.first_rows(file, _LINES)
    notes = [f"sheet: the first that is not hidden, {sheet!r}"]
    if len(sheets) > 1:
        notes.append(f"the workbook has other sheets: {', '.join(repr(each) for each in sheets if each != sheet)}")
    place = _header_place([row for row in rows if any(cell.strip() for cell in row[1])])
    if place is None:
        notes.append("header: none is seen, the columns go by their number")
        return Shape(NONE, tuple(notes))
    return Shape(_header(rows, place, notes), tuple(notes))


def _header(rows: Sequence[Row], place: int, notes: list[str]) -> str:
    number, cells = rows[place]
    if place == 0:
        notes.append(f"header: the first row, {len(cells)} columns")
        return FIRST
    notes.append(f'header: row {number} looks like one; "find" looks for it where files differ in the rows above')
    return str(number)


def _lines(file: Delivered) -> tuple[str, list[str], list[str]]:
    encoding, notes = "auto", []
    try:
        text = as_utf8(file.path, file.scratch)
        if file.head(4).startswith(UTF16):
            notes.append("encoding: UTF-16, as its first bytes say")
        elif text == file.path:
            notes.append("encoding: every byte is UTF-8")
        else:
            notes.append("encoding: not UTF-8, so cp1252")
    except FileRejectedError as error:
        if error.rule != "encoding" or is_utf8(file.path):
            raise
        text = as_utf8(file.path, file.scratch, "mixed")
        encoding = "mixed"
        notes.append("encoding: some lines are UTF-8 and some cp1252")
    with text.open("rb") as opened:
        start = opened.read(_START).removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="ignore")
    return encoding, re.split(r"\r\n|\r|\n", start)[:_LINES], notes


def _records(lines: Sequence[str], delimiter: str) -> list[Row]:
    """Records that are not empty, by the number of the line they begin in; line by line where the text is not well-formed."""
    rows: list[Row] = []
    reader = csv.reader([f"{line}\n" for line in lines], delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error:
        if len(rows) < 2:
            numbered = ((number, _cells(line, delimiter)) for number, line in enumerate(lines, start=1))
            return [(number, cells) for number, cells in numbered if any(cell.strip() for cell in cells)]
    return rows


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:  # a record of several lines: the others show the shape
        return []


def _delimiter(lines: Sequence[str]) -> str:
    found: dict[str, int] = {}
    for delimiter in delimited.DELIMITERS:
        widths = Counter(len(_cells(line, delimiter)) for line in lines if line.strip())
        found[delimiter] = max(((width - 1) * count for width, count in widths.items() if width > 1), default=0)
    best = max(found, key=lambda each: found[each])
    if not found[best]:
        raise FileRejectedError(
            "header", "no comma, semicolon, tab or bar makes columns of the file: a transaction needs three at least"
        )
    return best


def _header_place(rows: Sequence[Row]) -> int | None:
    """Which of the rows is the header; None: there is none."""
    filled = [[cell.strip() for cell in cells if cell.strip()] for _, cells in rows]
    width = Counter(len(cells) for _, cells in rows).most_common(1)[0][0] if rows else 0
    for place, cells in enumerate(filled[:LOOKED_THROUGH]):
        if len(cells) < 2 or len(cells) * 2 < width or any(_LIKE_DATA.fullmatch(cell) for cell in cells):
            continue
        said = sum(any(words.score(cell, field) for field in _FIELDS) for cell in cells)
        if said >= 2:
            return place
    for place, cells in enumerate(filled[:LOOKED_THROUGH]):
        if len(cells) * 10 >= width * 6 and len(cells) >= 2:
            texts = not any(_LIKE_DATA.fullmatch(cell) for cell in cells)
            return place if texts and place + 1 < len(filled) else None
    return None
