"""What an alert and a case show in full alike: who did something when, the transactions they rest on, what was done to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import click

from ledgerwatch_pipeline.cli.context import Context
from ledgerwatch_pipeline.cli.output import safe
from ledgerwatch_pipeline.model.audit import AuditRow
from ledgerwatch_pipeline.model.load import LoadRow
from ledgerwatch_pipeline.model.money import amount_text

SHOWN = 20
"""How many transactions (and alerts) are on screen."""
_SAID = ("outcome", "assignee", "until", "how", "subject", "reason", "note")


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
        said = [str(event.metadata[key]) for key in _SAID if event.metadata.get(key)]
        details = f"  {safe(', '.join(said))}" if said else ""
        click.echo(f"  {event.created_at:%Y-%m-%d %H:%M} UTC  {safe(event.actor)}  {event.event_type}{details}")
