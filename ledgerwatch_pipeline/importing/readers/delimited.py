"""CSV and TSV: finds out encoding, delimiter and header, and has DuckDB parse the records.

DuckDB's sniffer looks at the beginning only and its parser forgives what RFC 4180 does not, silently; so the dialect is
found here, and a file that is not plainly well-formed is read by Python's strict parser and written anew for DuckDB.
The measurements behind that are in docs/architecture.md.
"""

import codecs
import csv
import gzip
import io
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.sql import sql_text

SUFFIXES = (".csv", ".tsv", ".txt")
DELIMITERS = (",", ";", "\t", "|")
MAX_LINE = 16_000_000
"""Longest record in bytes; longer ones are taken for a broken file."""
MAX_COLUMNS = 1_000
_READER = "delimited 1"
_CHUNK = 8 * 1024 * 1024
_MAGIC = (
    (b"PK\x03\x04", "a ZIP or Excel file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"%PDF", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG", "a picture"),
    (b"\x1f\x8b", "a gzip file; name it .gz"),
)
_QUOTED = re.compile(rb'"[^"]*"(?:"[^"]*")*')

csv.field_size_limit(MAX_LINE)


@dataclass(frozen=True)
class Delimited:
    """A plain UTF-8 file in one dialect; ``path`` is the archived file itself, or a copy made readable."""

    path: Path
    header: tuple[str, ...]
    delimiter: str

    @property
    def reader(self) -> str:
        """See Source.reader."""
        return _READER

    @property
    def group(self) -> tuple[tuple[str, ...], str]:
        """See Source.group."""
        return self.header, self.delimiter

    def read(self, con: duckdb.DuckDBPyConnection, table: str, sources: "Sequence[Delimited]") -> None:
        """See Source.read. The header is row 1; empty lines are no rows and are not counted."""
        width = len(self.header)
        columns = {f"c{place}": "VARCHAR" for place in range(width + 1)}  # one more, where surplus fields show
        con.execute(
            sql_text("importing/delimited_records"),
            {
                "paths": [glob_literal(source.path) for source in sources],
                "columns": columns,
                "delimiter": self.delimiter,
                "max_line": MAX_LINE,
            },
        )
        con.execute(sql_text("importing/delimited_rows", rows=table, surplus=f"c{width}", last=f"c{width - 1}"))


def glob_literal(path: Path) -> str:
    """A path as DuckDB's file lists take it: they read ``*``, ``?`` and ``[`` as patterns."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def inspect(path: Path, scratch: Path, *, compressed: bool) -> Delimited:
    """Find the encoding, the header and the delimiter; raises FileRejectedError saying what is broken, and where."""
    plain = _unzipped(path, scratch) if compressed else path
    if plain.stat().st_size == 0:
        raise FileRejectedError("empty", "the file is empty: it has not even a header")
    with plain.open("rb") as file:
        start = file.read(64)
    for magic, what in _MAGIC:
        if start.startswith(magic):
            raise FileRejectedError("format", f"the file is not delimited text but {what}")
    text = _as_utf8(plain, start, scratch)
    header, delimiter = _header(text)
    if not _readable_as_is(text, delimiter):
        text = _rewritten(text, delimiter, scratch)
    return Delimited(text, header, delimiter)


def _scratch_file(scratch: Path) -> Path:
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".csv", delete=False) as file:
        return Path(file.name)


def _unzipped(path: Path, scratch: Path) -> Path:
    """Gunzip here: DuckDB takes a truncated gzip for its beginning, without a word."""
    target = _scratch_file(scratch)
    try:
        with gzip.open(path) as packed, target.open("wb") as out:
            shutil.copyfileobj(packed, out, _CHUNK)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileRejectedError("gzip", f"the gzip file is truncated or damaged: {error}") from error
    return target


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _as_utf8(path: Path, start: bytes, scratch: Path) -> Path:
    """The file itself if it is UTF-8 (a byte-order mark may stay: DuckDB skips it with the header), else a copy that is."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _transcoded(path, "utf-16", scratch)
    return path if _is_utf8(path) else _transcoded(path, _cp1252(path), scratch)


def _is_utf8(path: Path) -> bool:
    """Look at every byte: in real files the first one that is not UTF-8 comes after a megabyte. Refuses NUL bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid = True
    for number, chunk in enumerate(_chunks(path)):
        place = chunk.find(b"\0")
        if place >= 0:
            raise FileRejectedError(
                "nul_byte",
                f"line {_line_at(path, number * _CHUNK + place)} has a NUL byte: the file is binary or damaged",
            )
        if valid and (decoder.getstate()[0] or not chunk.isascii()):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                valid = False
    return valid and not decoder.getstate()[0]


def _line_at(path: Path, place: int) -> int:
    """The number of the line with the byte at ``place``. Counted when it is asked for: it is seldom, and costs more than
    all other looks at the bytes together."""
    with path.open("rb") as file:
        return file.read(place).count(b"\n") + 1


def _cp1252(path: Path) -> str:
    """``cp1252`` if every byte is one of its characters; raises FileRejectedError naming the line of the first that is not."""
    lines = 0
    for chunk in _chunks(path):
        try:
            chunk.decode("cp1252")
        except UnicodeDecodeError as error:
            line = lines + chunk.count(b"\n", 0, error.start) + 1
            raise FileRejectedError(
                "encoding",
                f"line {line} has the byte 0x{chunk[error.start]:02x}, which is neither UTF-8 nor cp1252; save as UTF-8",
            ) from error
        lines += chunk.count(b"\n")
    return "cp1252"


def _transcoded(path: Path, encoding: str, scratch: Path) -> Path:
    target = _scratch_file(scratch)
    try:
        with path.open(encoding=encoding, newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
            shutil.copyfileobj(source, out, _CHUNK)
    except UnicodeError as error:
        raise FileRejectedError("encoding", f"the file says it is {encoding} and is not: {error}") from error
    if encoding == "utf-16":
        _is_utf8(target)  # for NUL characters
    return target


def _header(path: Path) -> tuple[tuple[str, ...], str]:
    """The first record, split at the delimiter that gives it the most fields."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        start = file.read(1_000_000)
    if not start.strip():
        raise FileRejectedError("empty", "the file holds nothing but white space")
    best: tuple[tuple[str, ...], str] | None = None
    for delimiter in DELIMITERS:
        records = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter, strict=True)
        try:
            header = tuple(next(record for record in records if record))
        except csv.Error:
            continue
        if best is None or len(header) > len(best[0]):
            best = header, delimiter
    if best is None:
        raise FileRejectedError(
            "header", "the first record is not well-formed: a quote is not closed, or text follows one"
        )
    if len(best[0]) > MAX_COLUMNS:
        raise FileRejectedError("header", f"the header has {len(best[0])} columns; at most {MAX_COLUMNS} are read")
    return best


def _readable_as_is(path: Path, delimiter: str) -> bool:
    """Whether DuckDB reads the file as RFC 4180 means it: quotes only around whole fields, one kind of line end, no empty lines.

    What is in doubt counts as no; the slow way gives the right answer for everything.
    """
    return readable_as_is(_chunks(path), delimiter)


def readable_as_is(chunks: Iterable[bytes], delimiter: str) -> bool:
    """The same of bytes that come in chunks of any size; of them no more is kept than a chunk and a record."""
    lone_returns = newlines = False
    for piece in _whole_records(chunks):
        if piece is None or not _is_plain(piece, delimiter.encode()):
            return False
        newlines = newlines or b"\n" in piece
        if b"\r" in piece:
            lone_returns = lone_returns or piece.count(b"\r") != piece.count(b"\r\n")
        if newlines and lone_returns:
            return False
    return True


def _whole_records(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    """The bytes cut behind line ends that are in no quotes; the last piece as it is. None: a record is too long to look at."""
    rest = b""
    for chunk in chunks:
        rest = rest + chunk if rest else chunk
        end = _end_of_records(rest)
        if end:
            yield rest[:end]
            rest = rest[end:]
        elif len(rest) > MAX_LINE + _CHUNK:
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
    rest = _QUOTED.sub(b"\x02", piece) if has_quotes else piece
    if b"\n\n" in rest or rest[:1] in b"\r\n":
        return False
    if b"\r" in rest and (b"\n\r\n" in rest or b"\r\r" in rest):
        return False
    if not has_quotes:
        return True
    if b'"' in rest:
        return False
    quoted = rest.count(b"\x02")
    begun = rest.count(separator + b"\x02") + rest.count(b"\n\x02") + rest.count(b"\r\x02") + rest.startswith(b"\x02")
    ended = rest.count(b"\x02" + separator) + rest.count(b"\x02\n") + rest.count(b"\x02\r") + rest.endswith(b"\x02")
    return quoted == begun == ended


def _rewritten(path: Path, delimiter: str, scratch: Path) -> Path:
    """Parse strictly and write every field quoted; raises FileRejectedError naming the line that cannot be parsed."""
    target = _scratch_file(scratch)
    with (
        path.open(encoding="utf-8-sig", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        records = csv.reader(source, delimiter=delimiter, strict=True)
        writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
        try:
            writer.writerows(record for record in records if record)
        except csv.Error as error:
            raise FileRejectedError("quoting", f"line {records.line_num} is not well-formed: {error}") from error
    return target
