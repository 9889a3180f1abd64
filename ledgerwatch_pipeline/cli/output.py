"""How the command line shows things: tables and lines for people, one JSON object with ``--json``, CSV that no spreadsheet
runs, progress on a terminal only. What is shown is the commands' business.
"""

import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

import click

_C1 = re.compile("[\x7f-\x9f]")
"""Control characters that JSON need not escape and terminals may obey; they stand inside strings only."""
_TABLE_ROWS = 500
_CONTROL = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)])


def safe(text: Any) -> str:
    """Text from a file as a terminal may show it: no control characters, so no escapes run."""
    return str(text).translate(_CONTROL)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID | date | datetime):
        return str(value)
    raise TypeError(f"{type(value)} has no JSON form")


def _json_text(value: Any) -> str:
    text = json.dumps(value, default=_plain, ensure_ascii=False)
    return _C1.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_json(document: dict[str, Any]) -> None:
    """One object, and nothing else, on standard output; amounts are strings."""
    click.echo(_json_text(document))


class Page:
    """Rows as they come, a page or all of them; once they have come, ``next`` says where the next page begins, if any."""

    def __init__(
        self, rows: Iterable[dict[str, Any]], limit: int | None, place: Callable[[dict[str, Any]], Any]
    ) -> None:
        self._rows = rows
        self._limit = limit
        self._place = place
        self._count = 0
        self._last: dict[str, Any] = {}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self._rows:
            self._count += 1
            self._last = row
            yield row

    @property
    def next(self) -> Any:
        return self._place(self._last) if self._limit and self._count == self._limit else None


def print_json_page(name: str, page: Page, as_json: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
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
    """CSV on standard output, row by row; a text that a spreadsheet would run as a formula gets an apostrophe before it."""
    writer = csv.writer(sys.stdout)
    writer.writerow(columns)
    writer.writerows([_no_formula(value) for value in row] for row in rows)


def _no_formula(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


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
    console.print(table)


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
    click.echo(f"{title}\n")
    part.insert(0, columns)
    while part:
        _print_lines([["" if cell is None else safe(cell) for cell in row] for row in part], columns, right)
        part, following = following, list(islice(remaining, _TABLE_ROWS))


def _print_lines(rows: Sequence[Sequence[str]], columns: Sequence[str], right: Sequence[str]) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns))]
    layout = [f"{{:{'>' if name in right else '<'}{width}}}" for name, width in zip(columns, widths, strict=True)]
    for row in rows:
        sys.stdout.write("  ".join(map(str.format, layout, row)).rstrip() + "\n")


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
        return lambda what, done, total: None

    def report(what: str, done: int, total: int) -> None:
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r\x1b[K{safe(what)} {done}/{total}{end}")
        sys.stderr.flush()

    return report
