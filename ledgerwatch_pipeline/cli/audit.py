"""``ledgerwatch audit``: read the log, check its chain, note its head."""

from datetime import UTC, datetime, timedelta

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import Page, print_json, print_json_page, print_tables
from ledgerwatch_pipeline.model.audit import EVENT_TYPES
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_pipeline.stores.postgres import organizations


@click.group()
def audit() -> None:
    """The append-only record of who did what when."""


@audit.command("list")
@click.option("--org", "organization", help="Only what concerns this organization.")
@click.option(
    "--type",
    "event_type",
    type=click.Choice(EVENT_TYPES, case_sensitive=False),
    metavar="TYPE",
    help="Only events of this type, for example ALERT_RESOLVED.",
)
@click.option("--actor", help="Only what this person (or system) did.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on (UTC).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Up to the end of this day (UTC).")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@click.option("--before", "--after", type=int, help="Continue behind a page: what it printed as next.")
@click.option("--all", "everything", is_flag=True, help="Every event.")
@json_option
@pass_context
def list_(
    context: Context,
    organization: str | None,
    event_type: str | None,
    actor: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    before: int | None,
    everything: bool,
    as_json: bool,
) -> None:
    """List events, newest first.

    \b
      ledgerwatch audit list --type ALERT_RESOLVED --since 2026-01-01
    """
    if organization:
        with context.home.database.transaction() as cursor:
            organizations.get(cursor, organization)
    with context.home.database.streaming() as cursor:
        page = Page(
            lambda rows: audit_log.newest(
                cursor,
                limit=rows,
                before=before,
                event_type=event_type,
                organization=organization,
                actor=actor,
                since=since.replace(tzinfo=UTC) if since else None,
                until=until.replace(tzinfo=UTC) + timedelta(days=1) if until else None,
            ),
            None if everything else limit,
            lambda last: last["seq"],
        )
        if as_json:
            print_json_page("events", page, lambda event: event)
            return
        print_tables(
            "Audit events, newest first",
            ("seq", "when", "who", "what", "subject"),
            (
                (
                    e["seq"],
                    e["created_at"][:16].replace("T", " "),
                    e["actor"],
                    e["event_type"],
                    ": ".join(filter(None, (e["organization"], e["subject"]))),
                )
                for e in page
            ),
            right=("seq",),
        )
    if page.next:
        click.echo(f"More: ledgerwatch audit list --after {page.next}")


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
