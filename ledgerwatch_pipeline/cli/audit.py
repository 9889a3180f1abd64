"""``ledgerwatch audit``: read the log, check its chains, note their heads, hand it out."""

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.cli.context import Context, json_option, page_options, pass_context
from ledgerwatch_pipeline.cli.filters import organization_id
from ledgerwatch_pipeline.cli.output import (
    Page,
    print_json,
    print_json_page,
    print_table,
    print_tables,
    safe,
    write_lines,
)
from ledgerwatch_pipeline.model.alert import AlertNumber
from ledgerwatch_pipeline.model.audit import EVENT_TYPES, AuditRow
from ledgerwatch_pipeline.model.case import CaseNumber
from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError
from ledgerwatch_pipeline.pipeline.audit import exported, verify_chains, verify_export
from ledgerwatch_pipeline.stores.postgres import alerts as alerts_store
from ledgerwatch_pipeline.stores.postgres import audit as audit_store
from ledgerwatch_pipeline.stores.postgres import cases as cases_store
from ledgerwatch_pipeline.stores.postgres import organizations
from ledgerwatch_pipeline.stores.postgres.audit import AuditCursor, AuditFilter

_NAMED = 500
"""Events whose alerts are looked up together."""


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
@click.option(
    "--subject",
    metavar="SUBJECT",
    help="Only what is about this: acme-18, acme-c12, an organization, an analyzer, the whole id of a load, run or transaction.",
)
@click.option("--from", "--since", "since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on (UTC).")
@click.option("--to", "--until", "until", type=click.DateTime(["%Y-%m-%d"]), help="Up to the end of this day (UTC).")
@page_options(50, "Every event.", "--before")
@json_option
@pass_context
def list_(
    context: Context,
    organization: str | None,
    event_type: str | None,
    actor: str | None,
    subject: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    after: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """List events, newest first.

    \b
      ledgerwatch audit list --type ALERT_RESOLVED --from 2026-01-01
      ledgerwatch audit list --subject acme-18
    """
    cursor = AuditCursor.parse(after) if after is not None else None
    wanted = AuditFilter(
        event_type=event_type,
        organization_id=organization_id(context, organization),
        actor=actor,
        subject_id=None if subject is None else _subject_id(context, subject),
        since=since.replace(tzinfo=UTC) if since else None,
        until=until.replace(tzinfo=UTC) + timedelta(days=1) if until else None,
    )
    with context.home.database.streaming() as connection:
        page = Page(
            lambda rows: _with_subjects(
                context,
                audit_store.list_recent(connection, wanted, context.principal, limit=rows, after=cursor),
            ),
            None if everything else limit,
            lambda last: str(AuditCursor(last[0].created_at, last[0].chain_id, last[0].seq)),
        )
        if as_json:
            print_json_page("events", page, lambda event: views.audit_event(*event))
            return
        print_tables(
            "Audit events, newest first",
            ("seq", "when", "who", "what", "subject"),
            (
                (row.seq, f"{row.created_at:%Y-%m-%d %H:%M}", row.actor, row.event_type, _shown(row, subject))
                for row, subject in page
            ),
            right=("seq",),
        )
    if page.next:
        click.echo(f"More: ledgerwatch audit list --after {page.next}")


def _shown(row: AuditRow, subject: str) -> str:
    """The subject, with the organization before it unless it says it itself; ``seq`` counts by organization."""
    organization = row.organization
    if organization is None or subject == organization or subject.startswith(f"{organization}-"):
        return subject
    return f"{organization}: {subject}"


def _with_subjects(context: Context, rows: Iterable[AuditRow]) -> Iterator[tuple[AuditRow, str]]:
    """Each event with what people call its subject; the alerts' numbers that events do not say are looked up in portions."""
    remaining = iter(rows)
    while part := list(islice(remaining, _NAMED)):
        unnumbered = [each for row in part if (each := views.unnumbered_alert(row)) is not None]
        numbers = {}
        if unnumbered:
            with context.home.database.transaction() as connection:
                numbers = alerts_store.numbers(connection, unnumbered)
        for row in part:
            yield row, views.audit_subject(row, numbers)


def _subject_id(context: Context, text: str) -> str:
    """The id that events have of what a person names: of an alert, a case or an organization as they are called, else the text."""
    name = text.strip()
    with context.home.database.transaction() as connection:
        with suppress(UnknownThingError):
            return str(organizations.get(connection, name, context.principal).id)
        if re.fullmatch(r".+-[cC][0-9]{1,9}", name):
            return str(cases_store.get(connection, CaseNumber.parse(name), context.principal).id)
        if re.fullmatch(r".+-[0-9]{1,9}", name):
            return str(alerts_store.get(connection, AlertNumber.parse(name), context.principal).id)
    return name


@audit.command("verify")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--head",
    "heads",
    multiple=True,
    help="A hash noted earlier; its absence means the tail was cut off. May be given several times.",
)
@json_option
@pass_context
def verify(context: Context, file: Path | None, heads: tuple[str, ...], as_json: bool) -> None:
    """Walk every hash chain; the first event that does not fit is named, with exit code 1.

    \b
      ledgerwatch audit verify
      ledgerwatch audit verify acme.jsonl --head HASH

    If all are whole, the ends of the chains are recorded in the installation's own. With FILE the chains of an export are
    walked instead, without any database.
    """
    for each in heads:
        if not re.fullmatch("[0-9a-fA-F]{64}", each):
            raise UsageError(
                f"--head {each!r} is no hash of an event: 64 digits and letters from a to f, as audit head prints them"
            )
    noted = [each.lower() for each in heads]
    if file is None:
        counts = verify_chains(context.home, context.principal, noted)
    else:
        counts = {each.name: each.seq for each in verify_export(file, noted)}
    if as_json:
        print_json({"events": sum(counts.values()), "chains": counts})
    else:
        events, chains = sum(counts.values()), len(counts)
        click.echo(f"{events:,} events in {chains:,} {'chain' if chains == 1 else 'chains'}, every chain is whole")


@audit.command("export")
@click.option("--org", "organization", help="Only the chain of this organization; default: all chains.")
@click.option("--out", type=click.Path(path_type=Path), help="Into this file, which is there as a whole or not at all.")
@json_option
@pass_context
def export(context: Context, organization: str | None, out: Path | None, as_json: bool) -> None:
    """Write the events of a chain, or of all, as JSON Lines in the form in which they are hashed.

    \b
      ledgerwatch audit export --org acme --out acme.jsonl
      ledgerwatch audit verify acme.jsonl

    Another program can verify it: examples/verify_audit.mjs is one. The ends of the chains are recorded in the installation's.
    """
    if as_json and out is None:
        raise UsageError("--json needs --out FILE: without it the events themselves are printed, one object a line")
    lines = exported(context.home, context.principal, organization_id(context, organization))
    if out is None:
        sys.stdout.writelines(lines)
        return
    count = write_lines(out, lines)
    if as_json:
        print_json({"file": str(out), "events": count})
    else:
        click.echo(f"{count:,} events in {safe(out)}")


@audit.command("head")
@json_option
@pass_context
def head(context: Context, as_json: bool) -> None:
    """Print the last event of every chain, number and hash, to be kept elsewhere."""
    with context.home.database.transaction() as connection:
        found = audit_store.heads(connection, context.principal)
    if as_json:
        print_json({"heads": [views.chain_head(each) for each in found]})
    else:
        print_table(
            "The ends of the chains",
            ("chain", "seq", "hash"),
            ((each.name, each.seq, each.hash) for each in found),
            right=("seq", "hash"),
        )


COMMANDS = (audit,)
