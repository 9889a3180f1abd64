"""``ledgerwatch audit``: read the log, check its chain, note its head."""

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, print_table
from ledgerwatch_pipeline.database import audit_log, organizations


@click.group()
def audit() -> None:
    """The append-only record of who did what when."""


@audit.command("list")
@click.option("--org", "organization")
@click.option("--type", "event_type")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@click.option("--before", type=int, help="Continue below this seq.")
@click.option("--all", "everything", is_flag=True)
@json_option
@pass_context
def list_(
    context: Context, organization: str | None, event_type: str | None, limit: int, before: int | None, everything: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """List events, newest first."""
    page = None if everything else limit
    with context.home.database.transaction() as cursor:
        if organization:
            organizations.get(cursor, organization)
        events = list(
            audit_log.newest(cursor, limit=page, before=before, event_type=event_type, organization=organization)
        )
    if as_json:
        more = events[-1]["seq"] if page and len(events) == page and events[-1]["seq"] > 1 else None
        print_json({"events": events, "next": more})
        return
    print_table(
        "Audit events, newest first", ("seq", "when", "who", "what", "organization", "subject"),
        ((e["seq"], e["created_at"], e["actor"], e["event_type"], e["organization"], e["subject"]) for e in events),
        right=("seq",),
    )  # fmt: skip


@audit.command("verify")
@click.option("--head", help="A hash noted earlier; its absence means the tail was cut off.")
@pass_context
def verify(context: Context, head: str | None) -> None:
    """Walk the whole hash chain; the first event that does not fit is named, with exit code 1."""
    with context.home.database.transaction() as cursor:
        count = audit_log.verify(cursor, head)
    click.echo(f"{count} events, the chain is whole")


@audit.command("head")
@json_option
@pass_context
def head(context: Context, as_json: bool) -> None:
    """Print the last event's number and hash, to be kept elsewhere."""
    with context.home.database.transaction() as cursor:
        seq, digest = audit_log.head(cursor)
    if as_json:
        print_json({"seq": seq, "hash": digest})
    else:
        click.echo(f"{seq} {digest}")


COMMANDS = (audit,)
