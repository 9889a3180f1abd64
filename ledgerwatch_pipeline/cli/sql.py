"""``ledgerwatch sql``: people's own read-only questions to the ledger. What may be asked: ``stores.lake.queries``."""

import math
import sys
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json_table, print_table, time_text, write_csv
from ledgerwatch_pipeline.model.errors import UsageError

if TYPE_CHECKING:
    from ledgerwatch_pipeline.stores.lake.duckdb_process import Answer

_ON_SCREEN = 200


@click.command("sql")
@click.argument("query", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="All rows as CSV.")
@json_option
@pass_context
def sql_(context: Context, query: str | None, as_csv: bool, as_json: bool) -> None:
    """Ask one QUERY, or that of standard input, of the tables ledger, findings, alerts, loads and rejected_rows.

    \b
      ledgerwatch sql "SELECT vendor, sum(amount) AS spent FROM ledger GROUP BY ALL ORDER BY spent DESC LIMIT 10"
      ledgerwatch sql "DESCRIBE ledger"
      ledgerwatch sql --csv < question.sql > answer.csv

    It is DuckDB's SQL. Nothing can be changed by it, and no file or address reached.
    """
    from ledgerwatch_pipeline.stores.lake.queries import run_query

    if as_csv and as_json:
        raise UsageError("give --csv or --json, not both")
    if query is None:
        query = sys.stdin.read()
    with run_query(context.settings, context.home.database, query) as answer:
        if as_json:
            print_json_table(answer.columns, ([_plain(value) for value in row] for row in answer.rows))
        elif as_csv:
            write_csv(answer.columns, ([_for_csv(value) for value in row] for row in answer.rows))
        else:
            _print(answer)


def _print(answer: "Answer") -> None:
    rows = list(islice(answer.rows, _ON_SCREEN + 1))
    print_table("Answer", answer.columns, ([_shown(value) for value in row] for row in rows[:_ON_SCREEN]))
    if len(rows) > _ON_SCREEN:
        click.echo(f"These are the first {_ON_SCREEN} rows; --csv and --json give all of them.")


def _plain(value: Any) -> Any:
    """A value as JSON has it: exact numbers as text, lists and objects as such, what JSON cannot say as text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"  # never 0E-10
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(each) for key, each in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    return time_text(value) if isinstance(value, datetime) else str(value)


def _shown(value: Any) -> Any:
    """A value in a cell; a list with commas, an exact number as a number."""
    if isinstance(value, Decimal):
        return value
    plain = _plain(value)
    if isinstance(plain, list):
        return ", ".join("" if each is None else str(_shown(each)) for each in plain)
    return plain


class _Number:
    """A number on its way into CSV: not a text, so nothing guards it against being a formula."""

    def __init__(self, value: Decimal | float) -> None:
        self._value = value

    def __str__(self) -> str:
        return str(_plain(self._value))


def _for_csv(value: Any) -> Any:
    """A value in a file for spreadsheets: only texts can be formulas, a negative number is none."""
    return _Number(value) if isinstance(value, Decimal | float) else _shown(value)


COMMANDS = (sql_,)
