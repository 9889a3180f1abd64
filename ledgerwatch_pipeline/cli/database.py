"""``ledgerwatch migrate``: bring a given PostgreSQL up to date; the embedded one does so by itself."""

import click

from ledgerwatch_pipeline.cli.context import Context, pass_context
from ledgerwatch_pipeline.home import Home


@click.command("migrate")
@pass_context
def migrate_(context: Context) -> None:
    """Apply the missing migrations to the database."""
    from ledgerwatch_pipeline.stores.postgres.migrate import migrate

    home = Home(context.settings, migrated=False)
    click.echo(f"the database is at revision {migrate(home.database)}")


COMMANDS = (migrate_,)
