"""Brings the schema up to date with Alembic, and tells cheaply whether that is needed."""

import re
from contextlib import closing
from pathlib import Path

from sqlalchemy import exc, text

from ledgerwatch_pipeline.model.errors import StoreUnavailableError
from ledgerwatch_pipeline.stores.postgres import grants
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


def migrate(database: Database, working_as: str | None = None) -> str:
    """Apply every missing migration, one process at a time; return the revision reached.

    working_as: a role of the embedded server, which is made if need be and has its rights anew in the same transaction. Raises
    StoreUnavailableError for a database that a newer LedgerWatch migrated, and NotOwnerError.
    """
    from alembic import command
    from alembic.config import Config

    with database.lock(Lock.MIGRATE):
        current = current_revision(database)
        _refuse_newer(current)
        with database.transaction() as connection:
            if current != head_revision():
                grants.require_owner(connection)
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with database.transaction() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if working_as is not None:
                grants.make_role(connection, working_as)
                grants.grant(connection, working_as)
    return head_revision()


def require_current(database: Database) -> None:
    """Of a given database: say what to run when it is not up to date."""
    try:
        current = current_revision(database)
    except exc.DBAPIError as error:
        raise StoreUnavailableError(f"PostgreSQL refuses to be read: {str(error.orig).strip()}") from error
    head = head_revision()
    if current == head:
        return
    _refuse_newer(current)
    raise StoreUnavailableError(
        f"the database is at revision {current or 'none'}, this LedgerWatch needs {head}; run: ledgerwatch migrate"
    )


def bring_up_to_date(url: str) -> Database:
    """The embedded database as the role that LedgerWatch works as. It is made, migrated and given to that role by its owner,
    whose address ``url`` is, if that is not done yet."""
    database = Database(grants.as_role(url, grants.APPLICATION))
    try:
        if current_revision(database) == head_revision():
            return database
    except (StoreUnavailableError, exc.DBAPIError):
        database.close()  # no such role yet, or without rights: new, or of an earlier version
    with closing(Database(url)) as owned:
        migrate(owned, working_as=grants.APPLICATION)
    return database


def _refuse_newer(current: str | None) -> None:
    head = head_revision()
    if current is not None and (not re.fullmatch(r"\d{4}", current) or current > head):
        raise StoreUnavailableError(
            f"the database is at revision {current}, newer than this LedgerWatch knows ({head}); install the newer version"
        )
