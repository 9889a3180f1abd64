"""The role that LedgerWatch works as, apart from the one that owns the schema and migrates: what it may is ``sql/postgres/grants.sql``.

In the embedded server the role is made when the database is migrated. In a PostgreSQL of one's own ``ledgerwatch migrate --grant``
gives the rights to a role that is there.
"""

import re
from urllib.parse import urlsplit

from sqlalchemy import Connection, exc, text

from ledgerwatch_pipeline.model.errors import LedgerWatchError, UsageError
from ledgerwatch_pipeline.sql import sql_text

APPLICATION = "ledgerwatch_app"
"""The role of the embedded server."""
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_NO_RIGHT = "42501"
"""SQLSTATE insufficient_privilege."""


class NotGrantedError(LedgerWatchError):
    """The rights could not be given; says what is missing."""


class NotOwnerError(LedgerWatchError):
    """The schema is somebody else's to change, and to give rights to."""

    def __init__(self, role: str, owner: str) -> None:
        self.role = role
        self.owner = owner
        super().__init__(f"{role} may not change the schema nor give rights to it; run ledgerwatch migrate as {owner}")


def make_role(connection: Connection, role: str) -> None:
    """Make a role of the embedded server, which asks nobody for a password, unless it is there."""
    if connection.scalar(text("SELECT to_regrole(:role)"), {"role": role}) is None:
        connection.execute(text(f'CREATE ROLE "{role}" LOGIN'))


def grant(connection: Connection, role: str) -> None:
    """Give a role the rights that LedgerWatch needs, and take away those it must not have; by the owner of the schema.

    Raises UsageError for what is no role to work as, NotOwnerError and NotGrantedError.
    """
    require_role(connection, role)
    require_owner(connection)
    try:
        connection.execute(text(sql_text("postgres/grants", role=f'"{role}"')))
    except exc.ProgrammingError as error:
        if getattr(error.orig, "pgcode", None) != _NO_RIGHT:
            raise
        owner = connection.engine.url.username
        raise NotGrantedError(
            f"{owner} cannot give {role} its rights: {str(error.orig).splitlines()[0]}; it has to own the database and its schemas, "
            f"and be a member of {role}: GRANT {role} TO {owner}"
        ) from None


def require_role(connection: Connection, role: str) -> None:
    """Raises UsageError unless ``role`` can be given rights: it is there, and they bind it."""
    if not _NAME.fullmatch(role):
        raise UsageError(f"{role!r} is no role LedgerWatch can work as: a to z, digits and _, such as {APPLICATION}")
    found = connection.execute(
        text(
            "SELECT rolsuper, pg_has_role(oid, (SELECT nspowner FROM pg_namespace WHERE nspname = 'ledgerwatch'), 'MEMBER') AS owns"
            " FROM pg_roles WHERE rolname = :role"
        ),
        {"role": role},
    ).one_or_none()
    if found is None:
        raise UsageError(f"there is no role {role}; make it first: CREATE ROLE {role} LOGIN PASSWORD '…'")
    if found.rolsuper or found.owns:
        why = "is a superuser" if found.rolsuper else "owns the schema"
        raise UsageError(f"{role} {why}, whom no right binds; name a role of its own to work as, such as {APPLICATION}")


def require_owner(connection: Connection) -> None:
    """Raises NotOwnerError if the schema is there and not the connected role's, nor that of a role it is a member of."""
    found = connection.execute(
        text(
            "SELECT current_user AS role, pg_get_userbyid(nspowner) AS owner, pg_has_role(nspowner, 'USAGE') AS is_owner"
            " FROM pg_namespace WHERE nspname = 'ledgerwatch'"
        )
    ).one_or_none()
    if found is not None and not found.is_owner:
        raise NotOwnerError(found.role, found.owner)


def as_role(url: str, role: str) -> str:
    """The address of the embedded server for another role, which needs no password there."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}").geturl()
