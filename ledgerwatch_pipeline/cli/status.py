"""``ledgerwatch status``: where everything is, which versions, how much of what, and whether something needs a person."""

import platform
from importlib.metadata import version
from typing import Any

import click

from ledgerwatch_pipeline import __version__
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_fields, print_json
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_pipeline.stores.postgres import overview
from ledgerwatch_pipeline.stores.postgres.migrate import current_revision, head_revision


@click.command("status")
@json_option
@pass_context
def status_(context: Context, as_json: bool) -> int:
    """Show where everything is, versions, counts and health.

    \b
      ledgerwatch status

    Exit code: 1 when the database's schema is not the one this version needs, else 0.
    """
    settings = context.settings
    given = settings.database_url is not None
    home = Home(settings, migrated=False) if given else context.home  # the embedded one is brought up to date as always
    revision = {"current": current_revision(home.database), "needed": head_revision()}
    current = revision["current"] == revision["needed"]
    document: dict[str, Any] = {
        "places": {
            "home": str(settings.home),
            "database": overview.shown_address(settings.database_url) if settings.database_url else "embedded",
            "database_folder": None if given else str(settings.home / "postgres"),
            "lake": settings.lake_location,
            "archive": str(settings.archive),
            "inbox": str(settings.inbox),
            "profiles": str(settings.profiles),
        },
        "versions": _versions(home),
        "counts": _counts(home) if current else None,
        "health": {"revision": revision, **(_health(home) if current else {})},
    }
    document["health"]["remarks"] = _remarks(document)
    if as_json:
        print_json(document)
    else:
        _print(document)
    return 0 if current else 1


def _versions(home: Home) -> dict[str, str]:
    with home.database.transaction() as cursor:
        postgresql = overview.server_version(cursor)
    installed = {name: version(name) for name in ("duckdb", "dagster")}  # from their metadata: importing takes seconds
    return {"ledgerwatch": __version__, "python": platform.python_version(), "postgresql": postgresql, **installed}


def _counts(home: Home) -> dict[str, Any]:
    with home.database.transaction() as cursor:
        found = overview.counts(cursor)
    row = home.reading.execute(
        "SELECT (SELECT count(*) FROM lake.transactions), (SELECT count(*) FROM lake.findings)"
    ).fetchone()
    assert row is not None
    return {**found, "ledger_rows": row[0], "findings": row[1]}


def _health(home: Home) -> dict[str, Any]:
    with home.database.transaction() as cursor:
        seq, digest = audit_log.head(cursor)
    return {"audit_head": {"seq": seq, "hash": digest}}


def _remarks(document: dict[str, Any]) -> list[str]:
    """What a person may want to do about it, in sentences; none when all is well."""
    revision, counts = document["health"]["revision"], document["counts"]
    if counts is None:
        return [
            f"the database is at revision {revision['current'] or 'none'}, this LedgerWatch needs {revision['needed']}; "
            "run: ledgerwatch migrate"
        ]
    remarks = []
    if counts["loads"]["RECEIVED"]:
        remarks.append(
            f"{counts['loads']['RECEIVED']} files were received and are not finished: an import is at work, or the next one "
            "finishes them"
        )
    if counts["months_due"]:
        remarks.append(f"{counts['months_due']} months of organizations are due; analyse them: ledgerwatch analyze")
    return remarks


def _print(document: dict[str, Any]) -> None:
    click.echo("Places")
    print_fields({name.replace("_", " "): value for name, value in document["places"].items() if value is not None})
    click.echo("\nVersions")
    print_fields(document["versions"])
    if document["counts"] is not None:
        click.echo("\nCounts")
        print_fields({name.replace("_", " "): _figures(value) for name, value in document["counts"].items()})
    health = document["health"]
    click.echo("\nHealth")
    head = health.get("audit_head")
    print_fields(
        {
            "schema": "current" if health["revision"]["current"] == health["revision"]["needed"] else "NOT CURRENT",
            **({"audit head": f"{head['seq']} {head['hash']}"} if head else {}),
            "to do": "; ".join(health["remarks"]) or "nothing",
        }
    )


def _figures(value: Any) -> Any:
    return {name: f"{count:,}" for name, count in value.items()} if isinstance(value, dict) else f"{value:,}"


COMMANDS = (status_,)
