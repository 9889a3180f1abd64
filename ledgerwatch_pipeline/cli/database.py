"""``ledgerwatch migrate`` and ``maintain``: bring a given PostgreSQL up to date, and keep the lake tidy."""

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_fields, print_json
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import UsageError


@click.command("migrate")
@click.option(
    "--grant",
    "role",
    metavar="ROLE",
    help="Then give this role of the database the rights to work with it, and none to change the audit log or the schema.",
)
@json_option
@pass_context
def migrate_(context: Context, role: str | None, as_json: bool) -> None:
    """Apply the missing migrations to the database, Dagster's own included; the embedded one is brought up to date by itself.

    \b
      LEDGERWATCH_DATABASE_URL=postgresql://owner@db.example/ledger ledgerwatch migrate --grant ledgerwatch_app
      LEDGERWATCH_DATABASE_URL=postgresql://ledgerwatch_app@db.example/ledger ledgerwatch status
    """
    from ledgerwatch_pipeline.dagster_runtime.instance import migrate_dagster
    from ledgerwatch_pipeline.stores.postgres import grants
    from ledgerwatch_pipeline.stores.postgres.migrate import head_revision, migrate

    if role is not None and context.settings.database_url is None:
        raise UsageError(
            f"the embedded database has a role of its own, {grants.APPLICATION}, and is worked with as it; --grant is for a"
            " PostgreSQL that LEDGERWATCH_DATABASE_URL names"
        )
    home = Home(context.settings, migrated=False)
    click.get_current_context().call_on_close(home.close)
    if role is not None:
        with home.database.transaction() as connection:
            grants.require_role(connection, role)
    # Of the embedded one that was done when it was opened, by its owner.
    revision = head_revision() if context.settings.database_url is None else migrate(home.database)
    migrate_dagster(home)
    if role is not None:
        with home.database.transaction() as connection:
            grants.grant(connection, role)
    if as_json:
        print_json({"revision": revision, "granted": role})
        return
    click.echo(f"the database is at revision {revision}")
    if role is not None:
        click.echo(f"{role} may work with it, and cannot change the audit log; let LEDGERWATCH_DATABASE_URL name it")


@click.command("maintain")
@json_option
@pass_context
def maintain_(context: Context, as_json: bool) -> None:
    """Tidy the lake: merge small files, remove what nothing names any more, expire old snapshots.

    \b
      ledgerwatch maintain

    It may run at any time beside everything else.
    """
    from ledgerwatch_pipeline.pipeline.maintain import maintain

    figures = maintain(context.home).figures()
    if as_json:
        print_json({"maintenance": figures})
    else:
        click.echo("The lake is tidy")
        print_fields({name.replace("_", " "): f"{count:,}" for name, count in figures.items()})


COMMANDS = (migrate_, maintain_)
