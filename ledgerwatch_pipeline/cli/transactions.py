"""``ledgerwatch transactions``: the ledger row by row, filtered, page by page, or whole as CSV."""

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.cli.alerts import organization_id
from ledgerwatch_pipeline.cli.context import Context, json_option, page_options, pass_context
from ledgerwatch_pipeline.cli.output import Page, print_fields, print_json, print_json_page, print_tables, write_csv
from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError
from ledgerwatch_pipeline.model.load import MAX_ROW_NUMBER, LoadRow, load_and_row, transaction_id
from ledgerwatch_pipeline.model.money import INTEGER_DIGITS, STORED_DECIMALS, amount_text
from ledgerwatch_pipeline.model.transaction import JSON_COLUMNS, TYPES
from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.stores.postgres import loads

if TYPE_CHECKING:
    from ledgerwatch_pipeline.stores.lake.transactions import TransactionRow

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def transactions() -> None:
    """The ledger: the transactions of all accepted files."""


@transactions.command("list")
@click.option("--org", "organization")
@click.option("--vendor", help="By key: without case, white space collapsed.")
@click.option("--category", help="Without case.")
@click.option("--type", "kind", type=click.Choice(TYPES, case_sensitive=False))
@click.option("--from", "first", type=_DAY, help="From this day on.")
@click.option("--to", "last", type=_DAY, help="Up to and with this day.")
@click.option("--min", "minimum", help="At least this amount.")
@click.option("--max", "maximum", help="At most this amount.")
@page_options(20, "Every one that matches.")
@click.option("--csv", "as_csv", is_flag=True, help="Every one that matches, as CSV.")
@json_option
@pass_context
def list_(
    context: Context,
    organization: str | None,
    vendor: str | None,
    category: str | None,
    kind: str | None,
    first: datetime | None,
    last: datetime | None,
    minimum: str | None,
    maximum: str | None,
    limit: int,
    after: str | None,
    everything: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    """List transactions by date, those of a day by id.

    \b
      ledgerwatch transactions list --org acme --vendor "Northline Interiors" --min 1000
      ledgerwatch transactions list --from 2025-01-01 --to 2025-03-31 --csv > quarter.csv
    """
    from ledgerwatch_pipeline.stores.lake import transactions as ledger

    if as_csv and as_json:
        raise UsageError("give --csv or --json, not both")
    cursor = ledger.TransactionCursor.parse(after) if after is not None else None
    wanted = ledger.TransactionFilter(
        organization_id=organization_id(context, organization),
        vendor_key=vendor_key(vendor) if vendor is not None else None,
        category=category,
        type=kind,
        first=first.date() if first else None,
        last=last.date() if last else None,
        minimum=_amount("--min", minimum),
        maximum=_amount("--max", maximum),
    )
    page = Page(
        lambda rows: ledger.page(context.home.reading, wanted, after=cursor, limit=rows),
        None if everything or as_csv else limit,
        lambda last_row: str(ledger.cursor_of(last_row)),
    )
    if as_csv:
        write_csv(JSON_COLUMNS, (_for_csv(row) for row in page))
    elif as_json:
        print_json_page("transactions", page, views.transaction)
    else:
        _print(page)


def _for_csv(row: "TransactionRow") -> list[object]:
    """The values of the columns; the amount as a number, which no spreadsheet takes for a text."""
    values = {**views.transaction(row), "amount": round(row.amount, row.currency_decimals)}
    return [values[column] for column in JSON_COLUMNS]


def _print(page: Page["TransactionRow"]) -> None:
    print_tables(
        "Transactions",
        ("date", "vendor", "type", "amount", "id"),
        (
            (
                row.date,
                f"{row.organization}: {row.vendor}",
                row.type,
                f"{amount_text(row.amount, row.currency_decimals)} {row.currency}",
                _short(row),
            )
            for row in page
        ),
        right=("amount", "id"),
    )
    more = f"More: --after {page.next}   " if page.next else ""
    click.echo(f"{more}One in full: ledgerwatch transactions show ID")


def _short(row: "TransactionRow") -> str:
    """The beginning of the load's id and the row number: an id that fits a terminal, and that ``show`` takes."""
    return f"{str(row.load_id)[:13]}:{row.row_number}"


def _amount(option: str, text: str | None) -> Decimal | None:
    if text is None:
        return None
    if not re.fullmatch(rf"-?[0-9]{{1,{INTEGER_DIGITS}}}([.][0-9]{{1,{STORED_DECIMALS}}})?", text):
        raise UsageError(f"{option} is an amount such as 1000.00, not {text!r}")
    return Decimal(text)


@transactions.command("show")
@click.argument("transaction", metavar="ID")
@json_option
@pass_context
def show(context: Context, transaction: str, as_json: bool) -> None:
    """Show one transaction, and the file it came in. ID is a transaction's id, or LOAD:ROW as the list shows it.

    \b
      ledgerwatch transactions show 3319e8ce-746f-8faa-8853-f32000000013
    """
    load, row_number = _load_and_row(context, transaction)
    row = None if load is None else _find(context, load, row_number)
    if load is None or row is None:
        raise UnknownThingError("transaction", transaction, None, "see: ledgerwatch transactions list")
    found = {**views.transaction(row), "file": load.file, "sha256": load.sha256}
    if as_json:
        print_json({"transaction": found})
    else:
        click.echo(f"Transaction {row.id}\n")
        print_fields(found)


def _load_and_row(context: Context, text: str) -> tuple[LoadRow | None, int]:
    """The load and the row an id names, in either form; the load is None when there is none of that id."""
    with context.home.database.transaction() as connection:
        short = re.fullmatch(r"([0-9a-fA-F-]{4,36}):([0-9]{1,10})", text)
        if short:
            return loads.find(connection, short[1], context.principal), int(short[2])
        try:
            load_id, row_number = load_and_row(UUID(text))
        except ValueError:
            raise UsageError(f"{text!r} is no transaction's id; see: ledgerwatch transactions list") from None
        return loads.by_ids(connection, [load_id]).get(load_id), row_number


def _find(context: Context, load: LoadRow, row_number: int) -> "TransactionRow | None":
    from ledgerwatch_pipeline.stores.lake.transactions import with_ids

    if not load.months or not 0 < row_number <= MAX_ROW_NUMBER:
        return None
    identity = transaction_id(load.id, row_number)
    return next(iter(with_ids(context.home.reading, [identity], min(load.months), max(load.months))), None)


COMMANDS = (transactions,)
