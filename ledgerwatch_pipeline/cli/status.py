"""``ledgerwatch status``: where everything is, which versions, how much of what, and whether something needs a person."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from importlib.metadata import version

import click

from ledgerwatch_pipeline import __version__, views
from ledgerwatch_pipeline.analysis.registry import Registry, load_registry
from ledgerwatch_pipeline.cli.analysis import refused_json
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_fields, print_json, safe, time_text
from ledgerwatch_pipeline.cli.pipeline import failures_json
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import ChainHead
from ledgerwatch_pipeline.model.inbox import InboxCount, InboxState
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import LoadStatus
from ledgerwatch_pipeline.model.work import Failure
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres import audit as audit_store
from ledgerwatch_pipeline.stores.postgres import inbox_files, overview
from ledgerwatch_pipeline.stores.postgres.migrate import current_revision, head_revision
from ledgerwatch_pipeline.stores.postgres.overview import Counts

_ON_SCREEN = 50
"""Failures that are shown by name; --json has all."""


_NO_LOADS = {
    InboxState.MISPLACED: "can be no load where they lie, or as they are called",
    InboxState.UNREADABLE: "cannot be read",
}


@dataclass(frozen=True, slots=True)
class _State:
    """What the stores say, once their schema is the one this version needs."""

    counts: Counts
    ledger_rows: int
    lake_version: int | None
    lake_needed: int
    failures: list[Failure]
    heads: list[ChainHead]
    registry: Registry
    inbox: Mapping[InboxState, InboxCount]

    def counts_json(self) -> dict[str, JsonValue]:
        counts = self.counts
        return {
            "organizations": counts.organizations,
            "loads": {status.value: n for status, n in counts.loads.items()},
            "open_alerts": {severity.value: n for severity, n in counts.open_alerts.items()},
            "audit_events": counts.audit_events,
            "analyses_due": counts.analyses_due,
            "analyses_failed": counts.analyses_failed,
            "ledger_rows": self.ledger_rows,
            "findings": counts.findings,
            "inbox": {state.value: each.files for state, each in self.inbox.items()},
        }

    def health_json(self) -> dict[str, JsonValue]:
        return {
            "lake": {"current": self.lake_version, "needed": self.lake_needed},
            "audit_heads": [views.chain_head(each) for each in self.heads],
            "failures": failures_json(self.failures),
            "refused_analyzers": refused_json(self.registry),
            "inbox_since": {state.value: time_text(each.since) for state, each in self.inbox.items()},
        }

    def remarks(self) -> list[str]:
        """What a person may want to do about it, in sentences; none when all is well."""
        counts, found = self.counts, []
        if counts.loads[LoadStatus.RECEIVED]:
            found.append(
                f"{counts.loads[LoadStatus.RECEIVED]} files were received and are not finished: an import is at work, or "
                "the next one finishes them"
            )
        if (waiting := self.inbox.get(InboxState.SETTLED)) is not None:
            found.append(
                f"{waiting.files} files of the inbox wait since {waiting.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC; the sensor inbox of `ledgerwatch dev`"
                " takes them in, or: ledgerwatch import --inbox"
            )
        for state, why in _NO_LOADS.items():
            if (stuck := self.inbox.get(state)) is not None:
                found.append(f"{stuck.files} files of the inbox {why}; ledgerwatch import --inbox names them")
        if counts.analyses_due:
            found.append(f"{counts.analyses_due} analyses of organizations are due; do them: ledgerwatch analyze")
        if self.failures:
            found.append(f"{len(self.failures)} failed; mend the cause, then: ledgerwatch retry")
        if self.registry.refused:
            found.append(f"{len(self.registry.refused)} analyzers are refused; see: ledgerwatch analyzers list")
        return found


@click.command("status")
@json_option
@pass_context
def status_(context: Context, as_json: bool) -> int:
    """Show where everything is, versions, counts and health, and what failed.

    \b
      ledgerwatch status

    Exit code: 1 when the database's schema is not the one this version needs, else 0.
    """
    settings = context.settings
    given = settings.database_url is not None
    home = Home(settings, migrated=False) if given else context.home  # the embedded one is brought up to date as always
    if given:
        click.get_current_context().call_on_close(home.close)
    current, needed = current_revision(home.database), head_revision()
    state = _state(context, home) if current == needed else None
    places, versions = _places(settings), _versions(home)
    remarks = [_not_current(current, needed)] if state is None else state.remarks()
    if as_json:
        health: dict[str, JsonValue] = {"revision": {"current": current, "needed": needed}}
        print_json(
            {
                "places": places,
                "versions": versions,
                "counts": state.counts_json() if state else None,
                "health": {**health, **(state.health_json() if state else {}), "remarks": remarks},
            }
        )
    else:
        _print(places, versions, state, remarks)
    return 0 if state else 1


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


def _state(context: Context, home: Home) -> _State:
    from ledgerwatch_pipeline.importing.receive.places import inbox_at
    from ledgerwatch_pipeline.stores.lake import migrate, transactions

    reading = home.reading
    with home.database.transaction() as connection:
        return _State(
            counts=overview.counts(connection),
            ledger_rows=transactions.count(reading),
            lake_version=migrate.version_of(reading),
            lake_needed=migrate.VERSION,
            failures=overview.failures(connection, context.principal),
            heads=audit_store.heads(connection, context.principal),
            registry=load_registry(home.settings),
            inbox=inbox_files.standing(connection, inbox_at(home.settings.inbox_location).name),
        )


def _print(
    places: Mapping[str, str | None], versions: Mapping[str, str], state: _State | None, remarks: list[str]
) -> None:
    click.echo("Places")
    print_fields({name.replace("_", " "): value for name, value in places.items() if value is not None})
    click.echo("\nVersions")
    print_fields(versions)
    if state is not None:
        click.echo("\nCounts")
        print_fields({name.replace("_", " "): _figures(value) for name, value in state.counts_json().items()})
    click.echo("\nHealth")
    print_fields(
        {
            "schema": "NOT CURRENT" if state is None else "current",
            **({"lake": f"version {state.lake_version}", "audit chains": len(state.heads)} if state else {}),
            "to do": "; ".join(remarks) or "nothing",
        }
    )
    if state is not None and state.failures:
        click.echo("\nFailed")
        for each in state.failures[:_ON_SCREEN]:
            click.echo(f"  {safe(each.item)}: {safe(each.error)}")
        if len(state.failures) > _ON_SCREEN:
            click.echo(f"  and {len(state.failures) - _ON_SCREEN} more; all of them: ledgerwatch status --json")
    if state is not None and state.registry.refused:
        click.echo("\nRefused analyzers")
        for refused in state.registry.refused:
            click.echo(f"  {safe(refused.name)} ({safe(refused.source)}): {safe(refused.reason)}")


def _figures(value: JsonValue) -> object:
    return {name: f"{count:,}" for name, count in value.items()} if isinstance(value, Mapping) else f"{value:,}"


COMMANDS = (status_,)
