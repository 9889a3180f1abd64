"""``ledgerwatch transactions``: the ledger row by row, filtered, page by page, or whole as CSV."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.cli.context import Context, json_option, page_options, pass_context
from ledgerwatch_pipeline.cli.corrections import add, replace, restore, transaction_of, void
from ledgerwatch_pipeline.cli.filters import organization_id
from ledgerwatch_pipeline.cli.output import Page, print_fields, print_json, print_json_page, print_tables, write_csv
from ledgerwatch_pipeline.model.correction import CorrectionRow, CorrectionStatus
from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError
from ledgerwatch_pipeline.model.load import LoadRow, LoadStatus, load_and_row
from ledgerwatch_pipeline.model.money import amount_given, amount_text
from ledgerwatch_pipeline.model.transaction import JSON_COLUMNS, TYPES
from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.stores.postgres import corrections, loads

if TYPE_CHECKING:
    from ledgerwatch_pipeline.stores.lake.transactions import TransactionRow

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def transactions() -> None:
    """The ledger: the transactions of all accepted files, and corrections of them."""


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
@click.option("--voided", is_flag=True, help="What was taken out of the ledger: voided, replaced, of a withdrawn load.")
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
    voided: bool,
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
        minimum=None if minimum is None else amount_given("--min", minimum),
        maximum=None if maximum is None else amount_given("--max", maximum),
    )
    page = Page(
        lambda rows: ledger.page(
            context.home.reading,
            wanted,
            after=cursor,
            limit=rows,
            which=ledger.Which.TAKEN_OUT if voided else ledger.Which.LEDGER,
        ),
        None if everything or as_csv else limit,
        lambda last_row: str(ledger.cursor_of(last_row)),
    )
    if as_csv:
        write_csv(JSON_COLUMNS, (_for_csv(row) for row in page))
    elif voided:
        with context.home.database.transaction() as connection:
            why = corrections.by_place(connection, wanted.organization_id, context.principal)
        if as_json:
            print_json_page("transactions", page, lambda row: _voided(row, _why(why, row)))
        else:
            _print(page, why)
    elif as_json:
        print_json_page("transactions", page, views.transaction)
    else:
        _print(page)


_Corrections = Mapping[tuple[UUID, int | None], CorrectionRow]


def _why(found: _Corrections, row: "TransactionRow") -> CorrectionRow | None:
    """The correction that took a transaction out: that of its whole load comes first."""
    return found.get((row.load_id, None)) or found.get((row.load_id, row.row_number))


def _voided(row: "TransactionRow", why: CorrectionRow | None) -> views.Document:
    return {**views.transaction(row), "correction": None if why is None else views.correction(why)}


def _for_csv(row: "TransactionRow") -> list[object]:
    """The values of the columns; the amount as a number, which no spreadsheet takes for a text."""
    values = {**views.transaction(row), "amount": round(row.amount, row.currency_decimals)}
    return [values[column] for column in JSON_COLUMNS]


def _print(page: Page["TransactionRow"], why: _Corrections | None = None) -> None:
    print_tables(
        "Transactions" if why is None else "Transactions that are not in the ledger any more",
        ("date", "vendor", "type", "amount", "id", *(() if why is None else ("why",))),
        (
            (
                row.date,
                f"{row.organization}: {row.vendor}",
                row.type,
                f"{amount_text(row.amount, row.currency_decimals)} {row.currency}",
                _short(row),
                *(() if why is None else (_words(_why(why, row)),)),
            )
            for row in page
        ),
        right=("amount", "id"),
    )
    more = f"More: --after {page.next}   " if page.next else ""
    click.echo(f"{more}One in full: ledgerwatch transactions show ID")


def _words(why: CorrectionRow | None) -> str | None:
    return None if why is None else f"{why.kind} by {why.actor}: {why.reason}"


def _short(row: "TransactionRow") -> str:
    """The beginning of the load's id and the row number: an id that fits a terminal, and that ``show`` takes."""
    return f"{str(row.load_id)[:13]}:{row.row_number}"


@transactions.command("show")
@click.argument("transaction", metavar="ID")
@json_option
@pass_context
def show(context: Context, transaction: str, as_json: bool) -> None:
    """Show one transaction, the file it came in, and what was corrected about it. ID is a transaction's id, or LOAD:ROW as the list
    shows it.

    \b
      ledgerwatch transactions show 3319e8ce-746f-8faa-8853-f32000000013
    """
    identity = transaction_of(context, transaction)
    load_id, row_number = load_and_row(identity)
    with context.home.database.transaction() as connection:
        load = loads.by_ids(connection, [load_id]).get(load_id)
        about = [] if load is None else corrections.of_transaction(connection, load_id, row_number)
    row = None if load is None else _find(context, load, identity)
    if load is None or row is None:
        raise UnknownThingError("transaction", transaction, None, "see: ledgerwatch transactions list")
    in_ledger = load.status is LoadStatus.ACCEPTED and not _is_out(about, row_number)
    found = {**views.transaction(row), "file": load.file, "sha256": load.sha256, "in_ledger": in_ledger}
    if as_json:
        print_json({"transaction": found, "corrections": [views.correction(each) for each in about]})
        return
    click.echo(f"Transaction {row.id}{'' if in_ledger else ' (not in the ledger any more)'}\n")
    print_fields(found)
    for each in about:
        click.echo(f"\n{str(each.kind).capitalize()} ({each.status.lower()})\n")
        print_fields({name: value for name, value in views.correction(each).items() if value is not None})


def _is_out(about: Sequence[CorrectionRow], row_number: int) -> bool:
    """Whether the last of a transaction's corrections took it out."""
    kinds = [each.kind for each in about if each.status is CorrectionStatus.APPLIED and each.row_number == row_number]
    return bool(kinds) and kinds[-1].takes_out


def _find(context: Context, load: LoadRow, identity: UUID) -> "TransactionRow | None":
    from ledgerwatch_pipeline.stores.lake.transactions import with_ids

    if not load.months or load_and_row(identity)[1] == 0:
        return None
    return next(iter(with_ids(context.home.reading, [identity], min(load.months), max(load.months))), None)


for _command in (void, replace, restore, add):
    transactions.add_command(_command)

COMMANDS = (transactions,)
