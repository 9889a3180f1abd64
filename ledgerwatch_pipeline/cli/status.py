"""``ledgerwatch status``: where everything is, which versions, how much of what, and whether something needs a person."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from importlib.metadata import version

import click

from ledgerwatch_pipeline import __version__, views
from ledgerwatch_pipeline.cli.analysis import refused_json
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.operations import print_operations
from ledgerwatch_pipeline.cli.output import print_fields, print_json, safe, time_text
from ledgerwatch_pipeline.cli.pipeline import failures_json
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import ChainHead
from ledgerwatch_pipeline.model.inbox import InboxCount, InboxState
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import LoadStatus
from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.model.work import Failure
from ledgerwatch_pipeline.pipeline.operations import Operations, operations
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.lake import catalog
from ledgerwatch_pipeline.stores.postgres import audit as audit_store
from ledgerwatch_pipeline.stores.postgres import inbox_files, overview
from ledgerwatch_pipeline.stores.postgres.migrate import current_revision, head_revision
from ledgerwatch_pipeline.stores.postgres.overview import Counts

_ON_SCREEN = 10
"""Rows of each list that are shown without --all; --json has all."""


@dataclass(frozen=True, slots=True)
class _State:
    """What the stores say, once their schema is the one this version needs."""

    counts: Counts
    lake_version: int | None
    lake_needed: int
    failures: list[Failure]
    heads: list[ChainHead]
    inbox: Mapping[InboxState, InboxCount]
    operations: Operations

    def counts_json(self) -> dict[str, JsonValue]:
        counts = self.counts
        unresolved, acknowledged = self.operations.unresolved_alerts, self.operations.acknowledged_alerts
        return {
            "organizations": counts.organizations,
            "loads": {status.value: n for status, n in counts.loads.items()},
            "open_alerts": {severity.value: n - acknowledged[severity] for severity, n in unresolved.items()},
            "audit_events": counts.audit_events,
            "analyses_due": counts.analyses_due,
            "analyses_failed": counts.analyses_failed,
            "ledger_rows": counts.ledger_rows,
            "findings": counts.findings,
            "inbox": {state.value: each.files for state, each in self.inbox.items()},
        }

    def health_json(self) -> dict[str, JsonValue]:
        return {
            "lake": {"current": self.lake_version, "needed": self.lake_needed},
            "audit_heads": [views.chain_head(each) for each in self.heads],
            "failures": failures_json(self.failures),
            "refused_analyzers": refused_json(self.operations.registry),
            "inbox_since": {state.value: time_text(each.since) for state, each in self.inbox.items()},
        }

    def remarks(self) -> list[str]:
        """What a person may want to do about it, in sentences; none when all is well. What needs one, and what merely waits."""
        counts, found = self.counts, [each.sentence for each in self.operations.attention]
        if counts.loads[LoadStatus.RECEIVED]:
            found.append(
                f"{counted(counts.loads[LoadStatus.RECEIVED], 'file')} received and not finished: an import is at work, or "
                "the next one finishes them"
            )
        if (waiting := self.inbox.get(InboxState.SETTLED)) is not None:
            found.append(
                f"{counted(waiting.files, 'file')} of the inbox waiting since {waiting.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC; the sensor inbox of `ledgerwatch dev`"
                " takes in what waits, or: ledgerwatch import --inbox"
            )
        if counts.analyses_due:
            found.append(f"{counted(counts.analyses_due, 'analysis')} due; do what is due: ledgerwatch analyze")
        return found


@click.command("status")
@click.option("--all", "everything", is_flag=True, help="Every row of every list.")
@click.option("--check", is_flag=True, help="Only what needs a person, as exit code and one line each; for cron.")
@json_option
@pass_context
def status_(context: Context, everything: bool, check: bool, as_json: bool) -> int:
    """Show where everything is, versions, counts and health, how things stand with all organizations, and what failed.

    \b
      ledgerwatch status
      ledgerwatch status --check || mail -s "LedgerWatch needs you" operator@example.com

    With --check nothing is printed when all is well. It then exits with 0, and with 1 when something needs a person: an
    organization that delivered nothing by its day, a file that was rejected or FAILED and not closed, or is held, an analysis that FAILED, a file
    of the inbox that can be no load, work that waits for more than an hour, an alert unresolved for longer than
    LEDGERWATCH_ALERT_DAYS, a month not closed by the third of the next, audit chains broken or not verified for two days, an
    analyzer that is refused. Without --check: 1 when the database's schema is not the one this version needs, else 0.
    """
    settings = context.settings
    given = settings.database_url is not None
    home = Home(settings, migrated=False) if given else context.home  # the embedded one is brought up to date as always
    if given:
        click.get_current_context().call_on_close(home.close)
    current, needed = current_revision(home.database), head_revision()
    limit = None if everything or as_json else _ON_SCREEN
    state = _state(context, home, limit) if current == needed else None
    attention = [] if state is None else state.operations.attention
    remarks = [_not_current(current, needed)] if state is None else state.remarks()
    if as_json:
        health: dict[str, JsonValue] = {"revision": {"current": current, "needed": needed}}
        print_json(
            {
                "places": _places(settings),
                "versions": _versions(home),
                "counts": state.counts_json() if state else None,
                "health": {**health, **(state.health_json() if state else {}), "remarks": remarks},
                "operations": views.operations(state.operations) if state else None,
            }
        )
    elif check:
        for sentence in remarks if state is None else [each.sentence for each in attention]:
            click.echo(safe(sentence))
    else:
        _print(_places(settings), _versions(home), state, remarks, limit)
    return 1 if state is None or (check and attention) else 0


def _not_current(current: str | None, needed: str) -> str:
    return f"the database is at revision {current or 'none'}, this LedgerWatch needs {needed}; run: ledgerwatch migrate"


def _places(settings: Settings) -> dict[str, str | None]:
    url = settings.database_url
    return {
        "home": str(settings.home),
        "database": overview.shown_address(url) if url else "embedded",
        "database_folder": None if url else str(settings.home / "postgres"),
        "lake": settings.lake_location,
        "archive": str(settings.archive),
        "inbox": settings.inbox_location,
        "profiles": str(settings.profiles),
        "analyzers": str(settings.analyzers),
    }


def _versions(home: Home) -> dict[str, str]:
    with home.database.transaction() as connection:
        postgresql = overview.server_version(connection)
    installed = {name: version(name) for name in ("duckdb", "dagster")}  # from their metadata: importing takes seconds
    return {"ledgerwatch": __version__, "python": platform.python_version(), "postgresql": postgresql, **installed}


def _state(context: Context, home: Home, limit: int | None) -> _State:
    from ledgerwatch_pipeline.importing.receive.places import inbox_at

    with home.database.transaction() as connection:
        return _State(
            counts=overview.counts(connection),
            lake_version=catalog.version_in(connection),
            lake_needed=catalog.VERSION,
            failures=overview.failures(connection, context.principal),
            heads=audit_store.heads(connection, context.principal),
            inbox=inbox_files.standing(connection, inbox_at(home.settings.inbox_location).name),
            operations=operations(home, context.principal, limit=limit),
        )


def _print(
    places: Mapping[str, str | None],
    versions: Mapping[str, str],
    state: _State | None,
    remarks: list[str],
    limit: int | None,
) -> None:
    click.echo("Places")
    print_fields({name.replace("_", " "): value for name, value in places.items() if value is not None})
    click.echo("\nVersions")
    print_fields(versions)
    if state is not None:
        click.echo("\nCounts")
        print_fields({name.replace("_", " "): _figures(value) for name, value in state.counts_json().items()})
        print_operations(state.operations, limit)
    click.echo("\nHealth")
    print_fields(
        {
            "schema": "NOT CURRENT" if state is None else "current",
            **({"lake": f"version {state.lake_version}", "audit chains": len(state.heads)} if state else {}),
        }
    )
    if state is not None and state.failures:
        click.echo("\nFailed")
        for each in state.failures[:limit]:
            click.echo(f"  {safe(each.item)}: {safe(each.error)}")
        if limit is not None and len(state.failures) > limit:
            click.echo(f"  and {len(state.failures) - limit:,} more; all of them: ledgerwatch status --all")
    if state is not None and state.operations.registry.refused:
        click.echo("\nRefused analyzers")
        for refused in state.operations.registry.refused:
            click.echo(f"  {safe(refused.name)} ({safe(refused.source)}): {safe(refused.reason)}")
    click.echo("\nTo do")
    for remark in remarks or ["nothing"]:
        click.echo(f"  {safe(remark)}")


def _figures(value: JsonValue) -> object:
    return {name: f"{count:,}" for name, count in value.items()} if isinstance(value, Mapping) else f"{value:,}"


COMMANDS = (status_,)
