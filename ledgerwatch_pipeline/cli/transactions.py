"""``ledgerwatch transactions``: the ledger row by row, filtered, page by page, or whole as CSV."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import Page, print_fields, print_json, print_json_page, print_tables, write_csv
from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError
from ledgerwatch_pipeline.model.load import MAX_ROW_NUMBER, load_and_row
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.stores.postgres import loads
from ledgerwatch_pipeline.stores.postgres import organizations as organizations_table

_DAY = click.DateTime(["%Y-%m-%d"])
_COLUMNS = (
    "id",
    "organization",
    "date",
    "vendor",
    "amount",
    "type",
    "category",
    "description",
    "currency",
    "external_id",
    "account",
    "load_id",
    "row_number",
)


@click.group()
def transactions() -> None:
    """The ledger: the transactions of all accepted files."""


@transactions.command("list")
@click.option("--org", "organization")
@click.option("--vendor", help="By key: without case, white space collapsed.")
@click.option("--category", help="Without case.")
@click.option("--type", "kind", type=click.Choice(["expense", "income", "refund"], case_sensitive=False))
@click.option("--from", "first", type=_DAY, help="From this day on.")
@click.option("--to", "last", type=_DAY, help="Up to and with this day.")
@click.option("--min", "minimum", help="At least this amount.")
@click.option("--max", "maximum", help="At most this amount.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1))
@click.option("--after", help="Continue behind a page: what it printed as next.")
@click.option("--all", "everything", is_flag=True, help="Every one that matches.")
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
    place = ledger.Place(*_place(after)) if after else None
    bounds: dict[str, Any] = {
        "first": first.date() if first else None,
        "last": last.date() if last else None,
        "minimum": _amount("--min", minimum),
        "maximum": _amount("--max", maximum),
    }
    wanted = ledger.TransactionFilter(
        organization=_organization_id(context, organization),
        vendor_key=vendor_key(vendor) if vendor is not None else None,
        category=category,
        type=kind,
        **{name: value for name, value in bounds.items() if value is not None},
    )
    page = Page(
        lambda rows: ledger.page(context.home.reading, wanted, after=place, limit=rows),
        None if everything or as_csv else limit,
        lambda row: f"{row['date']}:{row['id']}",
    )
    if as_csv:
        write_csv(_COLUMNS, ([row[column] for column in _COLUMNS] for row in page))
    elif as_json:
        print_json_page("transactions", page, _as_json)
    else:
        _print(page)


def _print(page: Page[dict[str, Any]]) -> None:
    print_tables(
        "Transactions",
        ("date", "vendor", "type", "amount", "id"),
        (
            (
                row["date"],
                f"{row['organization']}: {row['vendor']}",
                row["type"],
                f"{amount_text(row['amount'])} {row['currency']}",
                _short(row),
            )
            for row in page
        ),
        right=("amount", "id"),
    )
    more = f"More: --after {page.next}   " if page.next else ""
    click.echo(f"{more}One in full: ledgerwatch transactions show ID")


def _short(row: dict[str, Any]) -> str:
    """The beginning of the load's id and the row number: an id that fits a terminal, and that ``show`` takes."""
    return f"{str(row['load_id'])[:13]}:{row['row_number']}"


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    return {column: row[column] for column in _COLUMNS}


def _organization_id(context: Context, slug: str | None) -> UUID | None:
    if slug is None:
        return None
    with context.home.database.transaction() as cursor:
        return organizations_table.get(cursor, slug).id


def _amount(option: str, text: str | None) -> Decimal | None:
    if text is None:
        return None
    if not re.fullmatch(r"-?[0-9]{1,12}([.][0-9]{1,2})?", text):
        raise UsageError(f"{option} is an amount such as 1000.00, not {text!r}")
    return Decimal(text)


def _place(after: str) -> tuple[date, UUID]:
    try:
        day, _, identity = after.partition(":")
        return date.fromisoformat(day), UUID(identity)
    except ValueError:
        raise UsageError(f"{after!r} is not what a page printed as next") from None


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
    row = _find(context, load, row_number)
    if row is None:
        raise UnknownThingError("transaction", transaction, None, "see: ledgerwatch transactions list")
    assert load is not None
    found = {**_as_json(row), "file": load["file"], "sha256": load["sha256"]}
    if as_json:
        print_json({"transaction": found})
    else:
        click.echo(f"Transaction {found['id']}\n")
        print_fields(found)


def _load_and_row(context: Context, text: str) -> tuple[dict[str, Any] | None, int]:
    """The load and the row an id names, in either form; the load is None when there is none of that id."""
    with context.home.database.transaction() as cursor:
        short = re.fullmatch(r"([0-9a-fA-F-]{4,36}):([0-9]{1,10})", text)
        if short:
            return loads.find(cursor, short[1]), int(short[2])
        try:
            load_id, row_number = load_and_row(UUID(text))
        except ValueError:
            raise UsageError(f"{text!r} is no transaction's id; see: ledgerwatch transactions list") from None
        return loads.by_ids(cursor, [load_id]).get(load_id), row_number


def _find(context: Context, load: dict[str, Any] | None, row_number: int) -> dict[str, Any] | None:
    from ledgerwatch_pipeline.model.load import transaction_id
    from ledgerwatch_pipeline.stores.lake.transactions import with_ids

    if load is None or not load["months"] or not 0 < row_number <= MAX_ROW_NUMBER:
        return None
    identity = transaction_id(load["id"], row_number)
    return next(iter(with_ids(context.home.reading, [identity], min(load["months"]), max(load["months"]))), None)


COMMANDS = (transactions,)
