"""``ledgerwatch orgs``: add, list, show organizations."""

import re
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_fields, print_json, print_table
from ledgerwatch_pipeline.database import organizations
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.organization import DEFAULT_REVENUE_CATEGORIES, Organization


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
@json_option
@pass_context
def add(
    context: Context, slug: str, name: str, currency: str, opening_balance: str | None, opening_date: datetime | None,
    revenue_category: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Add an organization.

    \b
      ledgerwatch orgs add devon --name "Devon County Council" --currency GBP
    """
    if opening_balance is not None and not re.fullmatch(r"-?[0-9]{1,16}([.][0-9]{1,2})?", opening_balance):
        raise UsageError(f"{opening_balance!r} is not an amount; write 1000000.00, with at most two decimals")
    balance = Decimal(opening_balance) if opening_balance is not None else None
    organization = Organization(
        uuid4(), slug, name.strip(), currency.upper(), balance, opening_date.date() if opening_date else None,
        revenue_category or DEFAULT_REVENUE_CATEGORIES,
    )  # fmt: skip
    with context.home.database.transaction() as cursor:
        organizations.add(cursor, organization, context.actor)
    if as_json:
        print_json({"organization": _as_json(organization)})
    else:
        click.echo(f"added {slug} ({organization.name}, {organization.currency})")


@orgs.command("list")
@json_option
@pass_context
def list_(context: Context, as_json: bool) -> None:
    """List all organizations."""
    with context.home.database.transaction() as cursor:
        found = organizations.every(cursor)
    if as_json:
        print_json({"organizations": [_as_json(each) for each in found]})
    else:
        print_table("Organizations", ("slug", "name", "currency"), ((o.slug, o.name, o.currency) for o in found))


@orgs.command("show")
@click.argument("slug")
@json_option
@pass_context
def show(context: Context, slug: str, as_json: bool) -> None:
    """Show one organization."""
    with context.home.database.transaction() as cursor:
        found = _as_json(organizations.get(cursor, slug))
    if as_json:
        print_json({"organization": found})
    else:
        click.echo(f"Organization {slug}\n")
        print_fields(found)


def _as_json(organization: Organization) -> dict[str, object]:
    return {
        "id": organization.id, "slug": organization.slug, "name": organization.name, "currency": organization.currency,
        "opening_balance": organization.opening_balance, "opening_date": organization.opening_date,
        "revenue_categories": list(organization.revenue_categories),
    }  # fmt: skip


COMMANDS = (orgs,)
