"""Connections and transactions. Every connection sees schema ``ledgerwatch`` first and speaks UTC.

psycopg 2 and plain SQL, not SQLAlchemy: importing that alone costs more than a whole command may take
(docs/architecture.md, "What was measured"). Alembic, which needs it, is imported only to migrate.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.extensions
import psycopg2.extras
from psycopg2.extras import RealDictCursor as Cursor

from ledgerwatch_pipeline.model.errors import StoreUnavailableError

SCHEMA = "ledgerwatch"

psycopg2.extras.register_uuid()


def lock_key(name: str) -> int:
    """A stable advisory-lock key for a name (32 bits, as the two-key form of PostgreSQL's locks takes)."""
    return zlib.crc32(name.encode()) - 2**31


def is_free(cursor: Cursor, space: str, key: int) -> bool:
    """Whether nobody holds the lock of ``Database.hold``; if so, the caller has it until its transaction ends."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s) AS free", (lock_key(space), key))
    row = cursor.fetchone()
    return bool(row and row["free"])


class Database:
    """A PostgreSQL database holding LedgerWatch's schema. Connections are opened when needed and closed after."""

    def __init__(self, url: str) -> None:
        self.url = url

    def connect(self) -> Any:
        """A new connection; the caller closes it. Raises StoreUnavailableError when the server cannot be reached."""
        try:
            return psycopg2.connect(
                self.url,
                cursor_factory=Cursor,
                options=f"-c search_path={SCHEMA} -c timezone=UTC -c jit=off",
                application_name="ledgerwatch",
            )
        except psycopg2.OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            raise StoreUnavailableError(f"PostgreSQL cannot be reached: {reason}") from error
        except psycopg2.ProgrammingError:  # its message repeats the address, with the password
            raise StoreUnavailableError(
                "LEDGERWATCH_DATABASE_URL is no address of a PostgreSQL; write postgresql://USER@HOST:PORT/DATABASE"
            ) from None

    def connect_for_alembic(self) -> Any:
        """A connection with plain tuple rows, as SQLAlchemy expects of its driver."""
        connection = self.connect()
        connection.cursor_factory = psycopg2.extensions.cursor
        return connection

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """A cursor whose work commits when the block ends and is undone when it raises."""
        connection = self.connect()
        try:
            with connection, connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    @contextmanager
    def streaming(self) -> Iterator[Cursor]:
        """A cursor for one query whose rows come some thousand at a time: for reading a list of any length."""
        connection = self.connect()
        try:
            with connection, connection.cursor(name="streaming") as cursor:
                cursor.itersize = 5_000
                yield cursor
        finally:
            connection.close()

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the advisory lock ``name`` across processes; PostgreSQL frees it when the holder dies."""
        with self.hold(SCHEMA, lock_key(name)):
            yield

    @contextmanager
    def hold(self, space: str, key: int) -> Iterator[None]:
        """Hold an advisory lock whose key is a number in ``space``: how a process shows that it still lives."""
        connection = self.connect()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s, %s)", (lock_key(space), key))
                yield
        finally:
            connection.close()
