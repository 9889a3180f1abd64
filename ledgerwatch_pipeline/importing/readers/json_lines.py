"""JSON Lines: an object a line. Plain lines are read by DuckDB, all others by ``json_values``; both give the same texts.

A line is plain if a pattern says that it is a flat object without a backslash, and without a text that begins with a colon. In
such a line a number stands behind ``":`` and nothing else does, so it can be put into quotes, and its digits never become a
binary number. DuckDB would take a ``*`` in a key for any key.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from ledgerwatch_pipeline.importing.limits import MAX_ROW
from ledgerwatch_pipeline.importing.readers import json_body
from ledgerwatch_pipeline.importing.readers.json_rows import JsonRows
from ledgerwatch_pipeline.importing.readers.json_values import (
    WHITE,
    Value,
    require_shallow,
    skipped,
    value_at,
)
from ledgerwatch_pipeline.importing.readers.records import Records, require_columns
from ledgerwatch_pipeline.importing.readers.source import Delivered, Notation, glob_literal, notation, one_layout
from ledgerwatch_pipeline.importing.readers.text import chunks, require_utf8
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.sql import sql_text

FORMAT = "JSON Lines"
_READER = "json_lines 1"
_STRING = r'"( *[^": \\\x00-\x1f][^"\\\x00-\x1f]*| *)"'
_NUMBER = r"-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?"
_KEY = r'"[^"*: \\\x00-\x1f][^"*\\\x00-\x1f]*"'
_PAIR = rf"{_KEY}[ \t]*:[ \t]*({_STRING}|{_NUMBER}|true|false|null)"
PLAIN = rf"[ \t]*\{{[ \t]*{_PAIR}([ \t]*,[ \t]*{_PAIR})*[ \t]*\}}[ \t]*"
_NOTHING = r"[^\s\S]"  # where numbers are to be written with a comma, no line is DuckDB's
options = notation
layout = one_layout


def sniff(head: bytes, name: str) -> float:
    """The first line is an object by itself, and not the body that ``json_body`` reads."""
    line = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0].rstrip()
    if not line.startswith(b"{"):
        return 0
    try:
        value, _ = value_at(line.decode("utf-8"), 0, "")
    except (FileRejectedError, UnicodeDecodeError):
        return 0.85 if name.endswith((".jsonl", ".ndjson")) else 0
    if isinstance(value, dict) and isinstance(value.get(json_body.ROWS), list | dict):
        return 0
    return 0.9 if isinstance(value, dict) else 0


def inspect(file: Delivered, options: Notation) -> Records:
    """Read all lines; raises FileRejectedError naming the one that is wrong."""
    require_utf8(file.path, "JSON")
    if not _lines_are_duckdbs(file.path):
        with JsonRows(file, options) as rows:
            for number, text in _lines(file.path):
                _add(rows, number, text)
            return rows.records(_READER)
    return _by_duckdb(file, options)


def _by_duckdb(file: Delivered, options: Notation) -> Records:
    con = file.con
    try:
        _load(file, PLAIN if options.decimal == "." else _NOTHING)
        columns = [key for (key,) in con.execute(sql_text("importing/json_columns")).fetchall()]
        require_columns([*columns, ""])
        odd = con.execute("SELECT line_number, line FROM json_lines WHERE keys IS NULL ORDER BY line_number")
        with JsonRows(file, options, columns) as rows:
            while portion := odd.fetchmany(10_000):
                for number, text in portion:
                    _add(rows, number, text)
            others = rows.records(_READER)
        target = file.scratch_file(".parquet")
        _join(con, columns, others, target)
        return Records(target, others.header, _READER, others.refused)
    finally:
        con.execute("DROP TABLE IF EXISTS temp.json_lines")


def _load(file: Delivered, plain: str) -> None:
    try:
        file.con.execute(
            sql_text("importing/json_lines"), {"path": glob_literal(file.path), "plain": plain, "max_line": MAX_ROW}
        )
    except duckdb.InvalidInputException as error:
        raise FileRejectedError(
            "json",
            f"the lines cannot be read, one may have more than {MAX_ROW:,} characters: {str(error).splitlines()[0][:300]}",
        ) from error


def _join(con: duckdb.DuckDBPyConnection, columns: Sequence[str], others: Records, target: Path) -> None:
    """Plain lines and the others in one file."""
    picked = ", ".join(f"fields[{place + 1}] AS c{place}" for place in range(len(columns)))
    rows = sql_text("importing/json_records", picked=picked or "NULL AS c0")
    con.execute(
        f"COPY ({rows}) TO $target (FORMAT parquet)",
        {"pointers": [_path(key) for key in columns] or ["$"], "others": str(others.path), "target": str(target)},
    )


def _path(key: str) -> str:
    """A key as a path of DuckDB's JSON functions; plain keys have no quote and no backslash."""
    return f'$."{key}"'


def _lines_are_duckdbs(path: Path) -> bool:
    """Whether DuckDB numbers lines as people do: it leaves out empty ones, and takes a lone CR for the end of one."""
    last = b"\n"
    for chunk in chunks(path):
        piece = last + chunk
        if b"\n\n" in piece or b"\n\r" in piece or b"\x02" in chunk or b"\x01" in chunk:
            return False
        if b"\r" in chunk and (chunk.count(b"\r") != chunk.count(b"\r\n") or chunk.endswith(b"\r")):
            return False
        last = chunk[-1:]
    return True


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines by their numbers, each read up to a bound."""
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        number = 0
        while line := file.readline(MAX_ROW + 1):
            number += 1
            if len(line) > MAX_ROW:
                raise FileRejectedError("row_length", f"line {number} has more than {MAX_ROW:,} characters")
            yield number, line


def _add(rows: JsonRows, number: int, text: str) -> None:
    place = f"line {number}"
    text = text.removeprefix("\ufeff")
    start = skipped(text, 0)
    if start == len(text):
        return
    value: Value
    value, end = value_at(text, start, place, number)
    require_shallow(text, place, start, end)
    if text[end:].strip(WHITE):
        raise FileRejectedError(
            "json", f"{place}: something follows the object at column {end + 1}; one a line is read"
        )
    rows.add(number, value, place)
