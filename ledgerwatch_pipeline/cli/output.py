"""How the command line shows things: tables and lines for people, one JSON object with ``--json``, CSV that no spreadsheet
runs, progress on a terminal only. What is shown is the commands' business.
"""

import csv
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TextIO, TypeVar
from uuid import UUID

import click

from ledgerwatch_pipeline.model.audit import timestamp
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.text import HIDDEN, visible, visible_lines

_NOT_IN_JSON = re.compile(f"[{re.escape(HIDDEN)}]")
"""What JSON need not escape: control characters that terminals may obey, what is invisible or turns the direction, and halves of
characters (a file's name that is not UTF-8), which no encoding can write. They stand inside strings only."""
_TABLE_ROWS = 500
Row = TypeVar("Row")


def safe(text: Any) -> str:
    """Text from a file as a terminal may show it: control characters, so no escapes run, what is invisible, and what turns the
    direction are written out, so that what is read is what is there."""
    return visible(str(text))


def time_text(moment: datetime) -> str:
    """A moment as JSON has it: ISO 8601 in UTC with microseconds and a Z. One without a time zone (of a person's SQL) is
    no moment: it has the same form, and no Z."""
    return timestamp(moment) if moment.tzinfo else moment.isoformat(timespec="microseconds")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID | date):
        return str(value)
    raise TypeError(f"{type(value)} has no JSON form")


def _json_text(value: Any) -> str:
    text = json.dumps(value, default=_plain, ensure_ascii=False)
    return _NOT_IN_JSON.sub(lambda found: json.dumps(found[0])[1:-1], text)


def print_json(document: dict[str, Any]) -> None:
    """One object, and nothing else, on standard output; amounts are strings."""
    click.echo(_json_text(document))


class Page(Generic[Row]):
    """Rows as they come, a page or all of them; once they have come, ``next`` says where the next page begins, if any."""

    def __init__(
        self, fetch: Callable[[int | None], Iterable[Row]], limit: int | None, cursor_of: Callable[[Row], Any]
    ) -> None:
        """``fetch`` gives that many rows, or all for None. It is asked for one more than ``limit``, which is not shown:
        whether there is one says whether there is a next page, behind ``cursor_of`` the last row of this one."""
        self._rows = fetch(None if limit is None else limit + 1)
        self._limit = limit
        self._cursor_of = cursor_of
        self.next: Any = None

    def __iter__(self) -> Iterator[Row]:
        last: Row | None = None
        for count, row in enumerate(self._rows):
            if last is not None and count == self._limit:
                self.next = self._cursor_of(last)
                return
            yield row
            last = row


def print_json_page(name: str, page: Page[Row], as_json: Callable[[Row], dict[str, Any]]) -> None:
    """One object ``{name: […], "next": …}``, written item by item: a list of any length takes no memory."""
    out = sys.stdout
    out.write(f"{{{_json_text(name)}: [")
    for number, row in enumerate(page):
        out.write((", " if number else "") + _json_text(as_json(row)))
    out.write(f'], "next": {_json_text(page.next)}}}\n')


def print_json_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """One object ``{"columns": […], "rows": [[…]]}``, written row by row."""
    out = sys.stdout
    out.write(f'{{"columns": {_json_text(list(columns))}, "rows": [')
    for number, row in enumerate(rows):
        out.write((", " if number else "") + _json_text(row))
    out.write("]}\n")


def write_csv(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """CSV on standard output, row by row; a text that a spreadsheet would run as a formula gets an apostrophe before it, and what
    cannot be seen is written out.

    A number stays as it is, also a negative one: it has to come as a number and not as its text.
    """
    _write_csv(sys.stdout, columns, rows)


def write_csv_file(file: Path, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """The same into a file; raises UsageError where it cannot be written."""
    try:
        with file.open("w", encoding="utf-8", newline="") as out:
            _write_csv(out, columns, rows)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error


def write_lines(file: Path, lines: Iterable[str]) -> int:
    """Write lines into a file that is there as a whole or not at all; how many. Raises UsageError where it cannot be written."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    count = 0
    try:
        try:
            with partial.open("w", encoding="utf-8", newline="") as out:
                for count, line in enumerate(lines, start=1):  # noqa: B007 the last one is the count
                    out.write(line)
                out.flush()
                os.fsync(out.fileno())
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error
    return count


def _write_csv(out: TextIO, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_no_formula(value) for value in row] for row in rows)


def _no_formula(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if not isinstance(value, str):
        return value
    shown = visible_lines(value)
    return f"'{shown}" if shown[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else shown


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[str] = ()) -> None:
    """A table as wide as the terminal; columns named in ``right`` are numbers, and not folded."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(safe(title)), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        number = column in right
        table.add_column(column, justify="right" if number else "left", overflow="fold", no_wrap=number)
    for row in rows:
        table.add_row(*("" if cell is None else escape(safe(cell)) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 140)
    with console.capture() as laid_out:  # written by us: rich makes exit code 1 of a reader who left
        console.print(table)
    click.echo(laid_out.get(), nl=False)


def print_tables(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[str] = ()) -> None:
    """Rows of any number: a table as long as they are few, else one line a row, aligned over some hundred at a time.

    A table is laid out as a whole and takes a millisecond a row, too much for hundreds of thousands.
    """
    remaining = iter(rows)
    part = list(islice(remaining, _TABLE_ROWS))
    following = list(islice(remaining, _TABLE_ROWS))
    if not following:
        print_table(title, columns, part, right)
        return
    click.echo(f"{safe(title)}\n")
    part.insert(0, columns)
    while part:
        _print_lines([["" if cell is None else safe(cell) for cell in row] for row in part], columns, right)
        part, following = following, list(islice(remaining, _TABLE_ROWS))


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A few rows under their columns, indented, numbers to the right: part of a page that has other things. Nothing is a dash."""
    numbers = [name for name, cell in zip(columns, rows[0], strict=True) if isinstance(cell, int)]
    cells = [[safe(f"{cell:,}" if isinstance(cell, int) else _words(cell)) for cell in row] for row in rows]
    _print_lines([list(columns), *cells], columns, numbers, indent="    ")


def _print_lines(rows: Sequence[Sequence[str]], columns: Sequence[str], right: Sequence[str], indent: str = "") -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns))]
    layout = [f"{{:{'>' if name in right else '<'}{width}}}" for name, width in zip(columns, widths, strict=True)]
    for row in rows:
        sys.stdout.write(indent + "  ".join(map(str.format, layout, row)).rstrip() + "\n")


def print_fields(fields: Mapping[str, Any]) -> None:
    """Names and values, one a line under each other; a list is written with commas, nothing as a dash."""
    width = max((len(name) for name in fields), default=0)
    for name, value in fields.items():
        click.echo(f"  {safe(name):<{width}}  {safe(_words(value))}")


def _words(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_words(each)}" for key, each in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(_words, value)) or "-"
    return "-" if value is None or value == "" else str(value)


def progress_reporter() -> Callable[[str, int, int], None]:
    """Progress on standard error of a terminal, a line that is written over; silence in a pipe."""
    if not sys.stderr.isatty():
        return lambda _what, _done, _total: None

    def report(what: str, done: int, total: int) -> None:
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r\x1b[K{safe(what)} {done}/{total}{end}")
        sys.stderr.flush()

    return report
