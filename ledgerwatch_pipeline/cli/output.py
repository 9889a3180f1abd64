"""How the command line shows things: tables for people, one JSON object with ``--json``, progress on a terminal only."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import click

_C1 = re.compile("[\x7f-\x9f]")
"""Control characters that JSON need not escape and terminals may obey; they stand inside strings only."""
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


def print_json(document: dict[str, Any]) -> None:
    """One object, and nothing else, on standard output; amounts are strings."""
    text = json.dumps(document, default=_plain, ensure_ascii=False)
    click.echo(_C1.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[str] = ()) -> None:
    """A table as wide as the terminal; columns named in ``right`` are numbers."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(safe(title)), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else escape(safe(cell)) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table)


def progress_reporter() -> Callable[[str, int, int], None]:
    """Progress on standard error of a terminal, a line that is written over; silence in a pipe."""
    if not sys.stderr.isatty():
        return lambda what, done, total: None

    def report(what: str, done: int, total: int) -> None:
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r\x1b[K{safe(what)} {done}/{total}{end}")
        sys.stderr.flush()

    return report
