"""Brings the schema up to date with Alembic, and tells cheaply whether that is needed."""

import re
from pathlib import Path

from sqlalchemy import exc, text

from ledgerwatch_pipeline.model.errors import StoreUnavailableError
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_pipeline.stores.postgres.tables import SCHEMA

_MIGRATIONS = Path(__file__).parent / "migrations"


def head_revision() -> str:
    """The newest revision this version of LedgerWatch knows: the highest number among the migrations' file names."""
    return max(path.name[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def current_revision(database: Database) -> str | None:
    """The revision the database is at; None when it was never migrated."""
    with database.transaction() as connection:
        present = connection.execute(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.alembic_version"}).scalar()
        if present is None:
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(database: Database) -> str:
    """Apply every missing migration, one process at a time; return the revision reached.

    Raises StoreUnavailableError for a database that a newer LedgerWatch migrated.
    """
    from alembic import command
    from alembic.config import Config

    with database.lock(Lock.MIGRATE):
        _refuse_newer(current_revision(database))
        with database.transaction() as connection:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with database.transaction() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return head_revision()


def require_current(database: Database, *, embedded: bool) -> None:
    """Migrate the embedded database by itself; of a given one, say what to run when it is not up to date."""
    try:
        current = current_revision(database)
    except exc.DBAPIError as error:
        raise StoreUnavailableError(f"PostgreSQL refuses to be read: {str(error.orig).strip()}") from error
    head = head_revision()
    if current == head:
        return
    _refuse_newer(current)
    if not embedded:
        raise StoreUnavailableError(
            f"the database is at revision {current or 'none'}, this LedgerWatch needs {head}; run: ledgerwatch migrate"
        )
    migrate(database)


def _refuse_newer(current: str | None) -> None:
    head = head_revision()
    if current is not None and (not re.fullmatch(r"\d{4}", current) or current > head):
        raise StoreUnavailableError(
            f"the database is at revision {current}, newer than this LedgerWatch knows ({head}); install the newer version"
        )
