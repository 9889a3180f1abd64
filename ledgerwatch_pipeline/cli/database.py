"""``ledgerwatch migrate`` and ``maintain``: bring a given PostgreSQL up to date, and keep the lake tidy."""

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_fields, print_json
from ledgerwatch_pipeline.home import Home


@click.command("migrate")
@json_option
@pass_context
def migrate_(context: Context, as_json: bool) -> None:
    """Apply the missing migrations to the database, Dagster's own included; the embedded one is brought up to date by itself.

    \b
      LEDGERWATCH_DATABASE_URL=postgresql://me@db.example/ledger ledgerwatch migrate
    """
    from ledgerwatch_pipeline.dagster_runtime.instance import migrate_dagster
    from ledgerwatch_pipeline.stores.postgres.migrate import migrate

    home = Home(context.settings, migrated=False)
    click.get_current_context().call_on_close(home.close)
    revision = migrate(home.database)
    migrate_dagster(home)
    if as_json:
        print_json({"revision": revision})
    else:
        click.echo(f"the database is at revision {revision}")


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
