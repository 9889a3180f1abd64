"""Delimited text (CSV, TSV): finds out delimiter and header, and has DuckDB parse the records.

DuckDB's sniffer looks at the beginning only and its parser forgives what RFC 4180 does not, silently; so the dialect is
found here, and a file that is not plainly well-formed is written anew for DuckDB, by Python's strict parser where need be.
The measurements behind that are in docs/architecture.md. What stands above the header or below the rows is cut off before.
"""

import csv
import io
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import duckdb

from ledgerwatch_pipeline.importing.characters import BLANKS
from ledgerwatch_pipeline.importing.limits import LOOKED_THROUGH, MAX_HEADER
from ledgerwatch_pipeline.importing.limits import MAX_ROW as MAX_LINE
from ledgerwatch_pipeline.importing.readers.foreign import foreign
from ledgerwatch_pipeline.importing.readers.records import require_columns
from ledgerwatch_pipeline.importing.readers.rows_of_people import has_columns, is_footer, numbered_columns
from ledgerwatch_pipeline.importing.readers.source import Delivered, FooterLine, glob_literal, needed, scratch_file
from ledgerwatch_pipeline.importing.readers.text import CHUNK, UTF16, as_utf8, chunks
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.load import BankStatement
from ledgerwatch_pipeline.model.profile import FIND, FIRST, NONE, Profile
from ledgerwatch_pipeline.sql import sql_text

FORMAT = "delimited text"
_SUFFIXES = (".csv", ".tsv", ".txt", ".tab")
DELIMITERS = (",", ";", "\t", "|")
_READER = "delimited 2"
_BOM = b"\xef\xbb\xbf"
_SEP = re.compile(rb"(?:\xef\xbb\xbf)?\"?sep=(?P<delimiter>[^\r\n\"])\"?(?:\r\n|\r|\n)", re.IGNORECASE)
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

csv.field_size_limit(MAX_LINE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a profile says of the text; see Profile. required: what a header must have to be the one that is looked for."""

    header: str = FIRST
    required: tuple[tuple[str | int, ...], ...] = ()
    delimiter: str = ""
    encoding: str = "auto"
    comment: str = ""
    footer: tuple[str, ...] = ()
    surplus: str = "reject"


@dataclass(frozen=True)
class Delimited:
    """A plain UTF-8 file in one dialect, its header in the first line; ``path`` is the archived file itself, or a copy made
    readable. header_row: the number of the header's row as the delivered file counts, 0 if it had none. clean: every byte was seen
    to be ASCII, and none a quote or a blank that is trimmed beside spaces, delimiters and line ends: a field can only begin or end
    with a space.
    """

    path: Path
    header: tuple[str, ...]
    delimiter: str
    header_row: int
    surplus: str
    clean: bool
    scratch: Path = field(compare=False)
    footer: Sequence[FooterLine] = field(default=(), compare=False)

    @property
    def reader(self) -> str:
        """See Source.reader."""
        return _READER

    @property
    def group(self) -> tuple[tuple[str, ...], str, int, str, bool]:
        """See Source.group."""
        return self.header, self.delimiter, self.header_row, self.surplus, self.clean

    @property
    def refused(self) -> Mapping[str, str]:
        """See Source.refused."""
        return {}

    @property
    def statements(self) -> Sequence[BankStatement]:
        """See Source.statements."""
        return ()

    @property
    def width(self) -> int:
        """How many fields a record is read to have: those of the header, and two more, where surplus ones show."""
        return len(self.header) + 2

    @property
    def surplus_text(self) -> str:
        """SQL: what a row has beyond the header that it must not have; nothing where the profile ignores it."""
        return f"c{len(self.header)}" if self.surplus == "reject" else "CAST(NULL AS VARCHAR)"

    def read(self, con: duckdb.DuckDBPyConnection, table: str, sources: "Sequence[Delimited]") -> None:
        """See Source.read. Rows are counted from the header; empty lines are no rows and are not counted."""
        width = len(self.header)
        self._load(con, sources)
        if self.surplus == "reject":
            ragged = con.execute(
                f"SELECT DISTINCT file_index FROM delimited_records WHERE c{width} <> '' OR c{width + 1} IS NOT NULL"
            ).fetchall()
            if ragged:
                self._load(con, squared(sources, {index for (index,) in ragged}))
        con.execute(
            sql_text(
                "importing/delimited_rows",
                rows=table,
                surplus=self.surplus_text,
                last=f"c{width - 1}",
                first_row=str(self.header_row + 1),
            )
        )

    def _load(self, con: duckdb.DuckDBPyConnection, sources: "Sequence[Delimited]") -> None:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE delimited_records AS {sql_text('importing/delimited')}",
            self.bound(sources),
        )

    def bound(self, sources: "Sequence[Delimited]") -> dict[str, object]:
        """What ``importing/delimited`` is bound to, to read the sources; they are of one group."""
        return {
            "paths": [glob_literal(source.path) for source in sources],
            "columns": {f"c{place}": "VARCHAR" for place in range(self.width)},
            "delimiter": self.delimiter,
            "max_line": MAX_LINE,
        }


def squared(sources: Sequence[Delimited], ragged: Collection[int]) -> list[Delimited]:
    """The sources, in place of the ragged ones (by their places) copies in which a row has at most one field beyond the header,
    and that says what is wrong.
    """
    return [
        replace(source, path=_squared(source)) if place in ragged else source for place, source in enumerate(sources)
    ]


def sniff(head: bytes, name: str) -> float:
    """Never sure: any text may be meant. By its name, or a delimiter in its first line, or in one below a title."""
    if name.endswith(_SUFFIXES):
        return 0.3
    if head.startswith(UTF16):
        return 0.1
    if b"\0" in head or not head.strip():
        return 0
    lines = head.lstrip().splitlines()[:LOOKED_THROUGH]
    if any(each.encode() in lines[0] for each in DELIMITERS):
        return 0.2
    return 0.1 if any(each.encode() in line for line in lines for each in DELIMITERS) else 0


def options(profile: Profile) -> Dialect:
    """What of the profile says how the text is to be cut."""
    return Dialect(
        profile.header,
        needed(profile),
        profile.delimiter,
        profile.encoding,
        profile.comment,
        profile.footer,
        profile.surplus,
    )


layout = options


def inspect(file: Delivered, options: Dialect) -> Delimited:
    """Find the encoding, the header and the delimiter; raises FileRejectedError saying what is broken, and where."""
    what = foreign(file.head(256))
    if what is not None:
        raise FileRejectedError("format", f"the file is not delimited text but {what}")
    text = as_utf8(file.path, file.scratch, options.encoding)
    found = _header(text, options)
    end, footer = _footer(text, found.delimiter, options.footer) if options.footer else (None, ())
    if found.above or end is not None or options.header == NONE:
        prefix = _record(found.names, found.delimiter) if options.header == NONE else b""
        text = _cut(text, found.above, end, prefix, file.scratch)
    look = look_at(chunks(text), found.delimiter)
    if not look.readable:
        text = _rewritten(text, found.delimiter, file.scratch)
    return Delimited(text, found.names, found.delimiter, found.row, options.surplus, look.clean, file.scratch, footer)


@dataclass(frozen=True, slots=True)
class _Header:
    """names, delimiter; row: its number; above: bytes before it that are neither header nor rows."""

    names: tuple[str, ...]
    delimiter: str
    row: int
    above: int


def _header(path: Path, options: Dialect) -> _Header:
    """The header where the profile says it is, split at the delimiter that gives it the most fields."""
    with path.open("rb") as file:
        start = file.read(MAX_HEADER)
    if not start.removeprefix(_BOM).strip():
        raise FileRejectedError("empty", "the file holds nothing but white space")
    delimiters = (options.delimiter,) if options.delimiter else DELIMITERS
    named = _SEP.match(start)
    if named is None and options.header == FIRST and not options.comment:
        return _at(start, 0, 1, delimiters)
    lines = _LINE.findall(start)  # with their ends
    above = 0
    if named is not None:
        above = 1
        delimiters = delimiters if options.delimiter else (named["delimiter"].decode(),)
    if options.header.isdecimal():
        above = int(options.header) - 1
    while options.comment and above < len(lines) and _text(lines[above]).startswith(options.comment):
        above += 1
    if above >= len(lines):
        raise FileRejectedError("header", f"the file has {len(lines)} lines and no header in line {above + 1}")
    if options.header == FIND:
        return _found(start, lines, above, delimiters, options.required)
    header = _at(start, sum(map(len, lines[:above])), above + 1, delimiters)
    if options.header == NONE:
        return _Header(numbered_columns(len(header.names)), header.delimiter, header.row - 1, header.above)
    return header


def _text(line: bytes) -> str:
    return line.removeprefix(_BOM).decode("utf-8", errors="replace")


def _found(
    start: bytes,
    lines: Sequence[bytes],
    above: int,
    delimiters: Sequence[str],
    required: Sequence[Sequence[str | int]],
) -> _Header:
    """The first line that is a header with these columns."""
    for place in range(above, min(len(lines), LOOKED_THROUGH)):
        for delimiter in delimiters if lines[place].strip() else ():
            try:
                header = _at(start, sum(map(len, lines[:place])), place + 1, (delimiter,))
            except FileRejectedError:
                continue
            if has_columns(header.names, required):
                return header
    wanted = "; ".join(" or ".join(map(repr, each)) for each in required)
    raise FileRejectedError("header", f"none of the first {LOOKED_THROUGH} lines is a header with {wanted}")


def _at(start: bytes, above: int, row: int, delimiters: Sequence[str]) -> _Header:
    """The first record from the byte ``above`` on, in the delimiter that gives it the most fields."""
    text = start[above:].removeprefix(_BOM).decode("utf-8", errors="ignore")  # the last character may be cut
    if len(start) == MAX_HEADER and "\n" not in text and "\r" not in text:
        raise FileRejectedError(
            "header", f"line {row} does not end within the first {MAX_HEADER:,} bytes: no header is that long"
        )
    best: tuple[tuple[str, ...], str] | None = None
    for delimiter in delimiters:
        records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            header = tuple(next((record for record in records if record), ()))
        except csv.Error:
            continue
        if best is None or len(header) > len(best[0]):
            best = header, delimiter
    if best is None:
        raise FileRejectedError(
            "header", "the first record is not well-formed: a quote is not closed, or text follows one"
        )
    require_columns(best[0])
    return _Header(*best, row, above)


def _footer(path: Path, delimiter: str, footer: Sequence[str]) -> tuple[int | None, Sequence[FooterLine]]:
    """Where the rows end and lines begin that the profile calls a footer, and these lines; None: there is no such line."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - MAX_HEADER))
        end = file.read()
    lines = _LINE.findall(end)
    place = cut = len(lines)
    while place > 1:
        place -= 1
        text = lines[place].decode("utf-8", errors="replace")
        if text.strip():
            try:
                record = next(csv.reader([text], delimiter=delimiter))
            except csv.Error:
                break
            if not is_footer(record, footer):
                break
            cut = place
    if cut == len(lines):
        return None, ()
    texts = (line.decode("utf-8", errors="replace").strip() for line in lines[cut:])
    return size - sum(map(len, lines[cut:])), tuple(FooterLine(text[:300]) for text in texts if text)


def _record(fields: Sequence[str], delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerow(fields)
    return out.getvalue().encode()


def _cut(path: Path, above: int, end: int | None, prefix: bytes, scratch: Path) -> Path:
    """A copy from the byte ``above`` to the byte ``end``, behind the prefix."""
    target = scratch_file(scratch, ".csv")
    with path.open("rb") as source, target.open("wb") as out:
        out.write(prefix)
        source.seek(above)
        if above == 0 and source.read(3) != _BOM:
            source.seek(0)
        if end is None:
            shutil.copyfileobj(source, out, CHUNK)
        else:
            while (left := end - source.tell()) > 0:
                out.write(source.read(min(left, CHUNK)))
    return target


def _squared(source: Delimited) -> Path:
    """A copy in which rows have no more fields than the header and, where there is content beyond it, a last one that says so."""
    width = len(source.header)
    target = scratch_file(source.scratch, ".csv")
    with (
        source.path.open(encoding="utf-8-sig", newline="") as file,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        writer = csv.writer(out, delimiter=source.delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for record in csv.reader(file, delimiter=source.delimiter, strict=True):
            surplus = [each.strip() for each in record[width:]]
            if any(surplus) and source.surplus == "reject":
                told = ", ".join(repr(each[:60]) for each in surplus[:5] if each)
                writer.writerow(
                    [*record[:width], f"{len(record)} fields, the header has {width}; beyond it stands {told}"]
                )
            elif record:
                writer.writerow(record[:width])
    return target


@dataclass(frozen=True, slots=True)
class Look:
    """What all bytes of a file say. readable: DuckDB reads it as RFC 4180 means it: quotes only around whole fields, one kind of
    line end, no empty lines; what is in doubt counts as no, since the slow way gives the right answer for everything.
    clean: see Delimited; only a readable file is.
    """

    readable: bool
    clean: bool


def look_at(chunks: Iterable[bytes], delimiter: str) -> Look:
    """Look at bytes that come in chunks of any size; of them no more is kept than a chunk and a record."""
    separator = delimiter.encode()
    white = [each.encode() for each in BLANKS if each.isascii() and each not in " \r\n" and each != delimiter]
    clean = True
    lone_returns = newlines = False
    for piece in _whole_records(chunks):
        if piece is None or not _is_plain(piece, separator):
            return Look(readable=False, clean=False)
        newlines = newlines or b"\n" in piece
        if b"\r" in piece:
            lone_returns = lone_returns or piece.count(b"\r") != piece.count(b"\r\n")
        if newlines and lone_returns:
            return Look(readable=False, clean=False)
        clean = clean and piece.isascii() and b'"' not in piece and not any(each in piece for each in white)
    return Look(readable=True, clean=clean)


def _whole_records(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    """The bytes cut behind line ends that are in no quotes; the last piece as it is. None: a record is too long to look at."""
    rest = b""
    for chunk in chunks:
        rest = rest + chunk if rest else chunk
        end = _end_of_records(rest)
        if end:
            yield rest[:end]
            rest = rest[end:]
        elif len(rest) > MAX_LINE + CHUNK:
            yield None
            return
    if rest:
        yield rest


def _end_of_records(data: bytes) -> int:
    """The place behind the last line end that is in no quotes, where ``data`` begins in none; 0: there is no such line end.

    LF, or else CR: the last byte may be half of a CRLF, and so is no line end yet.
    """
    all_quotes = data.count(b'"') if b'"' in data else 0  # to find none is quicker than to count none
    for line_end in (b"\n", b"\r"):
        place, quotes = len(data), all_quotes
        while (found := data.rfind(line_end, 0, place)) >= 0:
            quotes -= data.count(b'"', found, place) if quotes else 0
            place = found
            if quotes % 2:  # inside a quoted field: go on before it
                place = data.rfind(b'"', 0, found)
                quotes -= 1
            elif line_end == b"\n" or data[found + 1 : found + 2] not in (b"", b"\n"):
                return found + 1
    return 0


def _is_plain(piece: bytes, separator: bytes) -> bool:
    """Whether whole records hold no empty line, and quotes only around whole fields."""
    if b"\x01" in piece or b"\x02" in piece:  # they mark missing fields, and quoted ones below
        return False
    has_quotes = b'"' in piece
    rest = _without_quoted(piece) if has_quotes else piece
    if b"\n\n" in rest or rest[:1] in b"\r\n":
        return False
    if b"\r" in rest and (b"\n\r\n" in rest or b"\r\r" in rest):
        return False
    if not has_quotes:
        return True
    if b'"' in rest:
        return False
    first, *between, last = rest.split(b"\x02")
    beside = (separator, b"\n", b"\r")
    return (
        (first == b"" or first.endswith(beside))
        and (last == b"" or last.startswith(beside))
        and all(each.startswith(beside) and each.endswith(beside) for each in between)
    )


def _without_quoted(piece: bytes) -> bytes:
    """The bytes with a mark in place of each quoted text; a quote that is not closed stays."""
    parts = piece.split(b'"')  # the odd ones are quoted; between two of them nothing is a quote that is written twice
    rest = b"\x02".join(parts[::2])
    while b"\x02\x02" in rest:
        rest = rest.replace(b"\x02\x02", b"\x02")
    return rest if len(parts) % 2 else rest + b'"'


def _rewritten(path: Path, delimiter: str, scratch: Path) -> Path:
    """A copy that DuckDB reads as it is: one kind of line end and no empty lines, and where quotes are used otherwise than around
    whole fields, the records as Python's strict parser has them, every field quoted. At most some chunks are in memory.

    Raises FileRejectedError naming the line that cannot be parsed.
    """
    target = scratch_file(scratch, ".csv")
    size = path.stat().st_size
    with path.open("rb") as source, target.open("wb") as out:
        place = len(_BOM) if source.read(len(_BOM)) == _BOM else 0
        while place < size:
            source.seek(place)
            data = source.read(CHUNK)
            last = place + len(data) == size
            records = data if last else data[: _end_of_records(data)]
            even = _evened(records)
            if records and (not even or _is_plain(even, delimiter.encode())):
                out.write(even if even.endswith(b"\n") or not even else even + b"\n")
                place += len(records)
            else:
                place = _parsed(source, place, delimiter, out)
    return target


def _evened(records: bytes) -> bytes:
    """Whole records, all with the same line end and none empty; what is quoted stays as it is."""
    parts = records.split(b'"')
    for index in range(0, len(parts), 2):
        if b"\r" in parts[index]:
            parts[index] = parts[index].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        while b"\n\n" in parts[index]:
            parts[index] = parts[index].replace(b"\n\n", b"\n")
    parts[0] = parts[0].lstrip(b"\n")
    return b'"'.join(parts)


def _parsed(source: BinaryIO, place: int, delimiter: str, out: BinaryIO) -> int:
    """Parse the records of about a chunk from the byte ``place`` on, where one begins, and write them; the place behind them."""
    end = place

    def lines() -> Iterator[str]:
        nonlocal end
        for line in _lines_from(source, place):
            end += len(line)
            yield line.decode("utf-8")

    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    records = csv.reader(lines(), delimiter=delimiter, strict=True)
    try:
        for record in records:
            if record:
                writer.writerow(record)
            if end - place >= CHUNK:
                break
    except csv.Error as error:
        line = _lines_before(source, place) + records.line_num
        raise FileRejectedError("quoting", f"line {line} is not well-formed: {error}") from error
    out.write(text.getvalue().encode())
    return end


def _lines_before(source: BinaryIO, place: int) -> int:
    """How many lines there are before the byte ``place``, where one begins."""
    number, lines = 0, _lines_from(source, 0)
    while place > 0:
        place -= len(next(lines))
        number += 1
    return number


def _lines_from(source: BinaryIO, place: int) -> Iterator[bytes]:
    """The lines from the byte ``place`` on, with their ends; raises FileRejectedError for one that is too long."""
    source.seek(place)
    rest = b""
    while chunk := source.read(CHUNK):
        if len(rest) > MAX_LINE:
            begin = source.tell() - len(chunk) - len(rest)
            raise FileRejectedError(
                "row_length", f"the line that begins behind {begin:,} bytes is longer than {MAX_LINE:,} bytes"
            )
        lines = (rest + chunk).splitlines(keepends=True)
        rest = lines.pop()  # it may be cut, and its CR half of a line end
        yield from lines
    yield from rest.splitlines(keepends=True)
