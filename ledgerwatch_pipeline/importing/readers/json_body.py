"""JSON: ``{"organization_id": …, "transactions": […]}`` or a bare list of transactions, each an object. One a line: ``json_lines``.

The text is held in memory, the transactions one at a time. The organization is the delivery's; what the file says of it is
not read, and neither is any other key beside ``transactions``.
"""

from collections.abc import Generator, Iterator

from ledgerwatch_pipeline.importing.limits import MAX_JSON
from ledgerwatch_pipeline.importing.readers.json_rows import JsonRows
from ledgerwatch_pipeline.importing.readers.json_values import (
    Value,
    require_shallow,
    skipped,
    value_at,
)
from ledgerwatch_pipeline.importing.readers.records import Records
from ledgerwatch_pipeline.importing.readers.source import Delivered, Notation, notation, one_layout
from ledgerwatch_pipeline.importing.readers.text import require_utf8
from ledgerwatch_pipeline.model.errors import FileRejectedError

FORMAT = "JSON"
ROWS = "transactions"
_READER = "json 1"
options = notation
layout = one_layout


def sniff(head: bytes, name: str) -> float:
    """A list, or an object."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] == b"[" and start[1:].lstrip()[:1] in (b"{", b"]", b"["):
        return 0.8
    if start[:1] == b"{" and start[1:].lstrip()[:1] in (b'"', b"}"):
        return 0.8
    likely = start[:1] in (b"[", b"{") or start.startswith((b"\xff\xfe", b"\xfe\xff"))
    return 0.4 if likely and name.endswith((".json", ".jsonl", ".ndjson")) else 0


def inspect(file: Delivered, options: Notation) -> Records:
    """Read all transactions; raises FileRejectedError naming the one that is wrong."""
    size = file.path.stat().st_size
    if size > MAX_JSON:
        raise FileRejectedError(
            "file_size", f"the file has {size:,} bytes; JSON is read up to {MAX_JSON:,}: deliver it as JSON Lines"
        )
    require_utf8(file.path, "JSON")
    text = file.path.read_text(encoding="utf-8-sig")
    with JsonRows(file, options) as rows:
        for number, value in enumerate(_transactions(text), start=1):
            rows.add(number, value, f"transaction {number}")
        return rows.records(_READER)


def _transactions(text: str) -> Iterator[Value]:
    start = skipped(text, 0)
    if text[start : start + 1] == "[":
        end = yield from _elements(text, start)
    else:
        end = yield from _in_body(text, start)
    if skipped(text, end) != len(text):
        raise _wrong(text, end, "something follows the end of the list or object")


def _in_body(text: str, start: int) -> Generator[Value, None, int]:
    """The elements of ``transactions`` of the object at ``start``; returns the place behind it."""
    keys: set[str] = set()
    place = skipped(text, start + 1)
    while text[place : place + 1] != "}" or keys:
        if text[place : place + 1] != '"':
            raise _wrong(text, place, "a key in quotes is wanted")
        key, place = value_at(text, place, "the file")
        if key in keys:
            raise FileRejectedError("json", f"the file: the key {str(key)[:60]!r} is there twice")
        keys.add(str(key))
        place = skipped(text, place)
        if text[place : place + 1] != ":":
            raise _wrong(text, place, "':' is wanted")
        place = skipped(text, place + 1)
        if key == ROWS and text[place : place + 1] == "[":
            place = yield from _elements(text, place)
        elif key == ROWS:
            raise FileRejectedError("json_shape", f"{ROWS!r} is not a list of transactions")
        else:
            _, place = value_at(text, place, f"the key {str(key)[:60]!r}")
        place = skipped(text, place)
        if text[place : place + 1] == "}":
            break
        if text[place : place + 1] != ",":
            raise _wrong(text, place, "',' or '}' is wanted")
        place = skipped(text, place + 1)
    if ROWS not in keys:
        shown = ", ".join(repr(key[:60]) for key in sorted(keys)[:10]) or "no key"
        raise FileRejectedError(
            "json_shape", f"the object has no list {ROWS!r} but {shown}; a list of transactions is read too"
        )
    return place + 1


def _elements(text: str, start: int) -> Generator[Value, None, int]:
    """The elements of the list at ``start``; returns the place behind it."""
    place = skipped(text, start + 1)
    if text[place : place + 1] == "]":
        return place + 1
    number = 0
    while True:
        number += 1
        value, end = value_at(text, place, f"transaction {number}")
        require_shallow(text, f"transaction {number}", place, end)
        yield value
        place = skipped(text, end)
        if text[place : place + 1] == "]":
            return place + 1
        if text[place : place + 1] != ",":
            raise _wrong(text, place, f"',' or ']' is wanted after transaction {number}")
        place = skipped(text, place + 1)


def _wrong(text: str, place: int, what: str) -> FileRejectedError:
    line = text.count("\n", 0, place) + 1
    column = place - text.rfind("\n", 0, place)
    ended = "the file ends there: it is truncated; " if skipped(text, place) == len(text) else ""
    return FileRejectedError("json", f"not valid JSON at line {line}, column {column}: {ended}{what}")
