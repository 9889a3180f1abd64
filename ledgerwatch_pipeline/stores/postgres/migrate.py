"""Brings the schema up to date with Alembic, and tells cheaply whether that is needed."""

import re
from pathlib import Path

import psycopg2

from ledgerwatch_pipeline.model.errors import StoreUnavailableError
from ledgerwatch_pipeline.stores.postgres.engine import SCHEMA, Database

_MIGRATIONS = Path(__file__).parent / "migrations"


def head_revision() -> str:
    """The newest revision this version of LedgerWatch knows: the highest number among the migrations' file names."""
    return max(path.name[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def current_revision(database: Database) -> str | None:
    """The revision the database is at; None when it was never migrated."""
    with database.transaction() as cursor:
        cursor.execute("SELECT to_regclass(%s) AS present", (f"{SCHEMA}.alembic_version",))
        if cursor.fetchone()["present"] is None:
            return None
        cursor.execute("SELECT version_num FROM alembic_version")
        row = cursor.fetchone()
        return row["version_num"] if row else None


def migrate(database: Database) -> str:
    """Apply every missing migration, one process at a time; return the revision reached.

    Raises StoreUnavailableError for a database that a newer LedgerWatch migrated.
    """
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    with database.lock("migrate"):
        _refuse_newer(current_revision(database))
        with database.transaction() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        engine = create_engine("postgresql+psycopg2://", creator=database.connect_for_alembic, poolclass=NullPool)
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return head_revision()


def require_current(database: Database, *, embedded: bool) -> None:
    """Migrate the embedded database by itself; of a given one, say what to run when it is not up to date."""
    try:
        current = current_revision(database)
    except psycopg2.Error as error:
        raise StoreUnavailableError(f"PostgreSQL refuses to be read: {str(error).strip()}") from error
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
