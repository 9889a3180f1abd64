"""The way to PostgreSQL: one engine with a pool a process, transactions, and reading in a stream.

Every connection sees schema ``ledgerwatch`` first and speaks UTC. No statement is compiled (``jit``): that took a second of raising
alerts, and gained nothing. Locks are ``locks``, tables ``tables``.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property

import psycopg2
from sqlalchemy import URL, Connection, Engine, create_engine, exc, make_url, text
from sqlalchemy.exc import ArgumentError

from ledgerwatch_pipeline.model.errors import StoreUnavailableError, UsageError
from ledgerwatch_pipeline.stores.postgres import locks
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_pipeline.stores.postgres.tables import SCHEMA

_STREAMED = 5_000
_POOL_SIZE = 5
_MOST = 10
_PATIENCE = 30
"""Seconds to wait for a connection of the pool."""


class Database:
    """A PostgreSQL database holding LedgerWatch's schema. ``url`` is libpq's: postgresql://USER:PASSWORD@HOST/DB."""

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def engine(self) -> Engine:
        """The engine; connections are made when they are needed."""
        return create_engine(
            self._address(),
            pool_size=_POOL_SIZE,
            max_overflow=_MOST - _POOL_SIZE,
            pool_timeout=_PATIENCE,
            hide_parameters=True,  # what people's files say does not belong into error messages
            pool_pre_ping=True,  # the server may have been restarted between two uses
            connect_args={"application_name": "ledgerwatch"},
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work commits when the block ends and is undone when it raises."""
        with self._connected() as connection:
            locks.forget(connection)
            with connection.begin():
                yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that only reads, and whose queries all see one moment, whatever is committed meanwhile."""
        with self._connected() as connection:
            locks.forget(connection)
            options = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with options.begin():
                yield connection

    @contextmanager
    def streaming(self) -> Iterator[Connection]:
        """A connection for one query whose rows come some thousand at a time: for reading a list of any length."""
        with self._connected() as connection:
            with connection.execution_options(stream_results=True, yield_per=_STREAMED).begin():
                yield connection

    @contextmanager
    def lock(self, lock: Lock) -> Iterator[None]:
        """Hold ``lock`` over more than one transaction: for what is done once, such as a migration."""
        with self.hold(locks.space(lock), 0):
            yield

    @contextmanager
    def hold(self, space: int, key: int, *, shared: bool = False) -> Iterator[Connection]:
        """Hold an advisory lock on a connection of its own, which is given, until the block ends, or the process dies. shared:
        beside others that hold it so."""
        with self._connected() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()  # closed for good at the end: the pool would keep the lock
            suffix, this = "_shared" if shared else "", {"space": space, "key": key}
            connection.execute(text(f"SELECT pg_advisory_lock{suffix}(:space, :key)"), this)
            try:
                yield connection
            finally:  # PostgreSQL notices a moment later that a connection was closed; one that was lost has lost the lock
                if not connection.invalidated:
                    with suppress(exc.DBAPIError):
                        connection.execute(text(f"SELECT pg_advisory_unlock{suffix}(:space, :key)"), this)

    def close(self) -> None:
        """Close the pool's connections."""
        if "engine" in self.__dict__:
            self.engine.dispose()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            connection = self.engine.connect()
        except exc.OperationalError as error:
            reason = str(error.orig).strip().splitlines()[0]
            raise StoreUnavailableError(f"PostgreSQL cannot be reached: {reason}") from None
        except exc.TimeoutError as error:
            raise StoreUnavailableError(f"no connection to PostgreSQL became free in {_PATIENCE} s") from error
        with connection:
            yield connection

    def _address(self) -> URL:
        """The URL for SQLAlchemy. psycopg2's own errors repeat it with the password, so what is wrong is said here."""
        wrong = "LEDGERWATCH_DATABASE_URL is no address of a PostgreSQL; write postgresql://USER@HOST:PORT/DATABASE"
        try:
            url = make_url(self.url).set(drivername="postgresql+psycopg2")
            psycopg2.extensions.parse_dsn(self.url)
        except (ArgumentError, ValueError, psycopg2.Error):
            raise UsageError(wrong) from None
        options = f"{url.query.get('options', '')} -csearch_path={SCHEMA} -ctimezone=UTC -cjit=off".strip()
        return url.update_query_dict({"options": options})
