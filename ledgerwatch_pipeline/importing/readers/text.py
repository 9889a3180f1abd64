"""Looks at the bytes of text files: encoding, NUL bytes, and what line a byte is in. What the text says is each reader's."""

import codecs
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from ledgerwatch_pipeline.importing.readers.source import scratch_file
from ledgerwatch_pipeline.model.errors import FileRejectedError

CHUNK = 8 * 1024 * 1024
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes, CHUNK at a time."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def as_utf8(path: Path, scratch: Path, encoding: str = "auto") -> Path:
    """The file itself if it is UTF-8 (a byte-order mark may stay), else a copy that is.

    encoding: see Profile. Raises FileRejectedError for NUL bytes, for bytes that are no characters, and for a file of which
    some lines are UTF-8 and others are not, unless ``encoding`` says what is meant.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(UTF16):
        copy = _transcoded(path, "utf-16", scratch)
        is_utf8(copy)  # for NUL characters
        return copy
    utf8 = is_utf8(path)
    if utf8 and encoding != "cp1252":
        return path
    if encoding == "utf-8":
        raise FileRejectedError(
            "encoding", f"line {_first_not_utf8(path)} is not UTF-8, as the profile says the file is"
        )
    if encoding == "mixed":
        return _line_by_line(path, scratch)
    _require_cp1252(path, whole=encoding == "cp1252")
    return _transcoded(path, "cp1252", scratch)


def is_utf8(path: Path) -> bool:
    """Look at every byte: in real files the first one that is not UTF-8 comes after a megabyte. Refuses NUL bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid = True
    for number, chunk in enumerate(chunks(path)):
        place = chunk.find(b"\0")
        if place >= 0:
            raise FileRejectedError(
                "nul_byte",
                f"line {line_at(path, number * CHUNK + place)} has a NUL byte: the file is binary or damaged",
            )
        if valid and (decoder.getstate()[0] or not chunk.isascii()):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                valid = False
    return valid and not decoder.getstate()[0]


def require_utf8(path: Path, what: str) -> None:
    """Raise FileRejectedError naming the line that is not UTF-8, for a format that must be; NUL bytes too."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(UTF16):
        raise FileRejectedError("encoding", f"the file is UTF-16, and {what} is UTF-8; save it so")
    if not is_utf8(path):
        raise FileRejectedError(
            "encoding", f"line {_first_not_utf8(path)} is not UTF-8, and {what} must be; save it so"
        )


def line_at(path: Path, place: int) -> int:
    """The number of the line with the byte at ``place``. Counted when it is asked for: it is seldom, and costs more than
    all other looks at the bytes together."""
    line = 1
    with path.open("rb") as file:
        while piece := file.read(min(place, CHUNK)):
            line += piece.count(b"\n")
            place -= len(piece)
    return line


def _first_not_utf8(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.isascii():
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    return number
    return number


def _require_cp1252(path: Path, *, whole: bool) -> None:
    """Raise FileRejectedError naming the first byte that is no character of cp1252, or, unless the ``whole`` file is said to be
    cp1252, the first line beyond ASCII that is plainly UTF-8 in a file that is not."""
    for lines, chunk in _lines(path):
        try:
            chunk.decode("cp1252")
        except UnicodeDecodeError as error:
            line = lines + chunk.count(b"\n", 0, error.start) + 1
            raise FileRejectedError(
                "encoding",
                f"line {line} has the byte 0x{chunk[error.start]:02x}, which is neither UTF-8 nor cp1252; save as UTF-8",
            ) from error
        start = None if whole else _line_in_utf8(chunk)
        if start is not None:
            raise FileRejectedError(
                "encoding",
                f"line {lines + chunk.count(bytes([10]), 0, start) + 1} is UTF-8 and line {_first_not_utf8(path)} is not: "
                'the profile must say reading.encoding = "mixed" (line by line) or "cp1252" (all of it), or save the file as UTF-8',
            )


def _line_in_utf8(chunk: bytes) -> int | None:
    """Where the first line beyond ASCII begins that is UTF-8; None: there is none."""
    end = 0
    while (found := _BEYOND_ASCII.search(chunk, end)) is not None:
        start = chunk.rfind(b"\n", 0, found.start()) + 1
        end = chunk.find(b"\n", found.start())
        end = len(chunk) if end < 0 else end
        try:
            chunk[start:end].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return start
    return None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Chunks that end with a line, and how many lines come before each."""
    lines, rest = 0, b""
    for chunk in chunks(path):
        end = chunk.rfind(b"\n") + 1
        if end == 0 and len(rest) < CHUNK:
            rest += chunk
            continue
        piece = rest + chunk[:end] if end else rest + chunk
        yield lines, piece
        lines += piece.count(b"\n")
        rest = chunk[end:] if end else b""
    if rest:
        yield lines, rest


def _transcoded(path: Path, encoding: str, scratch: Path) -> Path:
    target = scratch_file(scratch, ".utf8")
    try:
        with path.open(encoding=encoding, newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
            shutil.copyfileobj(source, out, CHUNK)
    except UnicodeError as error:
        raise FileRejectedError("encoding", f"the file says it is {encoding} and is not: {error}") from error
    return target


def _line_by_line(path: Path, scratch: Path) -> Path:
    """A copy in which each line that is not UTF-8 was read as cp1252."""
    target = scratch_file(scratch, ".utf8")
    with path.open("rb") as source, target.open("wb") as out:
        for number, line in enumerate(source, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                try:
                    line = line.decode("cp1252").encode()
                except UnicodeDecodeError as error:
                    raise FileRejectedError(
                        "encoding",
                        f"line {number} has the byte 0x{line[error.start]:02x}, which is neither UTF-8 nor cp1252",
                    ) from error
            out.write(line)
    return target
