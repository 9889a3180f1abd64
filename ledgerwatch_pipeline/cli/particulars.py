"""What an alert and a case show in full alike: who did something when, the transactions they rest on, what the vendor was paid, what
was done to them; and the options that acts on both have."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import dropwhile
from uuid import UUID

import click

from ledgerwatch_pipeline.cli.context import Context
from ledgerwatch_pipeline.cli.output import safe
from ledgerwatch_pipeline.model.audit import AuditRow
from ledgerwatch_pipeline.model.load import LoadRow
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.month import Month

SHOWN = 20
"""How many transactions (and alerts) are on screen."""
_SAID = ("outcome", "assignee", "until", "how", "subject", "case", "alert", "reason", "note")
_CHART_MONTHS = 36
_BAR = 40

note_option = click.option("--note", help="Kept with it and in the audit log.")


def by(person: str | None, moment: datetime | None, outcome: str | None = None) -> Sequence[object] | None:
    """Who did it, when, and with which outcome; None: it was not done."""
    if moment is None:
        return None
    return [f"by {person}", moment, *([outcome] if outcome else [])]


def print_transactions(context: Context, ids: Sequence[UUID], sources: Mapping[UUID, LoadRow], whole: str) -> None:
    """Two lines a transaction: what it is, and where it comes from. whole: the command that says the ids of all."""
    months = [month for source in sources.values() for month in source.months]
    if not months:
        return
    from ledgerwatch_pipeline.stores.lake.transactions import with_ids

    click.echo(f"\nTransactions ({len(ids):,})")
    for found in with_ids(context.home.reading, ids[:SHOWN], min(months), max(months)):
        amount = f"{amount_text(found.amount, found.currency_decimals)} {found.currency}"
        click.echo(f"  {found.date}  {amount}  {found.type}  {safe(found.vendor)}")
        click.echo(f"      {safe(sources[found.load_id].file)}, row {found.row_number}; {found.id}")
    if len(ids) > SHOWN:
        click.echo(f"  and {len(ids) - SHOWN:,} more; all ids: {whole}")


def print_history(history: Sequence[AuditRow]) -> None:
    """A line an event: when, who, what; and what was said with it."""
    if not history:
        return
    click.echo("\nHistory")
    for event in history:
        said = [str(event.metadata[key] or "nobody") for key in _SAID if key in event.metadata]
        details = f"  {safe(', '.join(said))}" if said else ""
        click.echo(f"  {event.created_at:%Y-%m-%d %H:%M} UTC  {safe(event.actor)}  {event.event_type}{details}")


def print_spending(context: Context, organization_id: UUID, vendor: str | None, until: date, decimals: int) -> None:
    """What a vendor (its key) was paid by month up to one (its first day), as bars from the first month with a payment; nothing where
    there is no vendor."""
    if vendor is None:
        return
    from ledgerwatch_pipeline.stores.lake.cases import spending

    last = Month.of(until)
    found = spending(context.home.reading, organization_id, vendor, last.plus(1 - _CHART_MONTHS), last)
    most = max((amount for _, amount in found.values()), default=0)
    if most <= 0:
        return
    click.echo(f"\nPaid by month (to {last}; refunds taken off)")
    for month, (payments, amount) in dropwhile(lambda each: not any(each[1]), found.items()):
        bar = "█" * max(0, int(_BAR * amount / most))
        click.echo(f"  {month}  {amount_text(amount, decimals):>18}  {payments:>5}  {bar}".rstrip())
