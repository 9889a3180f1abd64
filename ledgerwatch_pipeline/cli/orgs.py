"""``ledgerwatch orgs``: add, change, list, show organizations."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.analysis.openings import change_organization
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_fields, print_json, print_table
from ledgerwatch_pipeline.model.cadence import Cadence
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.money import STORED_DECIMALS, Currency
from ledgerwatch_pipeline.model.organization import DEFAULT_REVENUE_CATEGORIES, Organization
from ledgerwatch_pipeline.stores.postgres import organizations

_DELIVERS = "When its files are due (UTC): daily, workdays, 'weekly monday', 'monthly 5', or none."


@click.group()
def orgs() -> None:
    """Organizations, the tenants whose transactions are watched."""


@orgs.command("add")
@click.argument("slug")
@click.option("--name", required=True)
@click.option("--currency", default="USD", show_default=True, help="ISO 4217 code.")
@click.option("--opening-balance", help="Cash on the opening date, for example 1000000.00.")
@click.option("--opening-date", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--revenue-category", multiple=True, help="A category that is income; may be given several times.")
@click.option("--delivers", help=_DELIVERS)
@json_option
@pass_context
def add(
    context: Context,
    slug: str,
    name: str,
    currency: str,
    opening_balance: str | None,
    opening_date: datetime | None,
    revenue_category: tuple[str, ...],
    delivers: str | None,
    as_json: bool,
) -> None:
    """Add an organization.

    \b
      ledgerwatch orgs add devon --name "Devon County Council" --currency GBP --delivers "monthly 5"
    """
    known = Currency.of(currency)
    cadence = Cadence.parse(delivers) if delivers is not None else None
    organization = Organization(
        uuid4(),
        slug,
        name.strip(),
        known.code,
        known.decimals,
        _amount(opening_balance) if opening_balance is not None else None,
        opening_date.date() if opening_date else None,
        revenue_category or DEFAULT_REVENUE_CATEGORIES,
        cadence,
        datetime.now(UTC).date() if cadence else None,
    )
    with context.home.database.transaction() as connection:
        organizations.add(connection, organization, context.principal)
    if as_json:
        print_json({"organization": views.organization(organization)})
    else:
        click.echo(f"added {slug} ({organization.name}, {organization.currency})")


def _amount(text: str) -> Decimal:
    """Exactly; whether the currency has that many decimals is the organization's to say."""
    if not re.fullmatch(rf"-?[0-9]{{1,14}}([.][0-9]{{1,{STORED_DECIMALS}}})?", text):
        raise UsageError(f"{text!r} is not an amount; write 1000000.00, with at most the currency's decimals")
    return Decimal(text)


@orgs.command("set")
@click.argument("slug")
@click.option("--name")
@click.option("--currency", help="ISO 4217 code; only while no file of the organization was accepted.")
@click.option("--opening-balance", help="Cash on the opening date, for example 1000000.00.")
@click.option("--opening-date", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--revenue-category", multiple=True, help="A category that is income; all of them, one option each.")
@click.option("--delivers", help=_DELIVERS)
@json_option
@pass_context
def set_(
    context: Context,
    slug: str,
    name: str | None,
    currency: str | None,
    opening_balance: str | None,
    opening_date: datetime | None,
    revenue_category: tuple[str, ...],
    delivers: str | None,
    as_json: bool,
) -> None:
    """Change what is given of an organization, and leave the rest.

    \b
      ledgerwatch orgs set acme --name "Acme Limited" --revenue-category Sales --revenue-category Grants
      ledgerwatch orgs set acme --opening-balance 250000 --opening-date 2024-12-31
      ledgerwatch orgs set acme --delivers "weekly monday"

    Who delivers nothing by the end of the day on which it is due (UTC) is named by ledgerwatch status, from the first due
    day after today on. Revenue categories are those of files imported from then on; what is in the ledger keeps its type. With another
    opening balance every month of the ledger is due for the analyzers that judge by it.
    """
    given = {
        "name": name.strip() if name is not None else None,
        "currency": Currency.of(currency).code if currency is not None else None,
        "opening_balance": _amount(opening_balance) if opening_balance is not None else None,
        "opening_date": opening_date.date() if opening_date else None,
        "revenue_categories": revenue_category or None,
    }
    values: dict[str, object] = {field: value for field, value in given.items() if value is not None}
    if delivers is not None:
        values["delivers"] = Cadence.parse(delivers)
    if not values:
        raise UsageError(
            "nothing to change: give --name, --currency, --opening-balance, --opening-date, --revenue-category or --delivers"
        )
    change = change_organization(context.home, slug, values, context.principal)
    found, changed = views.organization(change.organization), change.changed
    if as_json:
        print_json({"organization": found, "changed": sorted(changed), "months_due": change.months_due})
        return
    click.echo(f"changed {slug}" if changed else f"{slug} is so already; nothing was changed")
    print_fields({field.replace("_", " "): found[field] for field in changed})
    if change.months_due:
        click.echo(f"{change.months_due} months of its ledger are due; re-analyse them: ledgerwatch analyze")
    if "revenue_categories" in changed:
        click.echo("This concerns files imported from now on; transactions in the ledger keep their type.")


@orgs.command("list")
@json_option
@pass_context
def list_(context: Context, as_json: bool) -> None:
    """List all organizations."""
    with context.home.database.transaction() as connection:
        found = organizations.list_all(connection, context.principal)
    if as_json:
        print_json({"organizations": [views.organization(each) for each in found]})
    else:
        print_table(
            "Organizations",
            ("slug", "name", "currency", "delivers"),
            ((o.slug, o.name, o.currency, o.delivers) for o in found),
        )


@orgs.command("show")
@click.argument("slug")
@json_option
@pass_context
def show(context: Context, slug: str, as_json: bool) -> None:
    """Show one organization."""
    with context.home.database.transaction() as connection:
        found = views.organization(organizations.get(connection, slug, context.principal))
    if as_json:
        print_json({"organization": found})
    else:
        click.echo(f"Organization {slug}\n")
        print_fields(found)


COMMANDS = (orgs,)
