"""A connection to the lake for those who only look: attached READ_ONLY, so it changes nothing and waits for no writer.

What is asked over it: ``transactions``, ``row_issues``. Those who compute and write use ``session``; people's own SQL has a
connection that knows less: ``answering``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.rows import only_row
from ledgerwatch_pipeline.stores.lake.session import attach, attach_store, open_duckdb, require_current
from ledgerwatch_pipeline.stores.postgres.engine import Database


def connect_for_reading(settings: Settings, database: Database) -> duckdb.DuckDBPyConnection:
    """A new connection with the lake and the table ``organizations`` (id, slug, currency, currency_decimals); the caller closes it.

    A home that has no lake yet gets an empty one; that of an older version is migrated.
    """
    require_current(settings, database)
    con = open_duckdb(settings)
    attach(con, settings, database, access="READ_ONLY")
    attach_store(con, database)
    con.execute(
        "CREATE TEMP TABLE organizations AS SELECT id, slug, currency, currency_decimals FROM store.organizations"
    )
    con.execute(sql_text("lake/macros"))
    return con


class ReadOnlyLake:
    """A connection of its own that computes over the lake and cannot write to it: as it is, or as it was.

    ``con`` has nothing attached until a block of ``now`` or ``as_of`` is entered; one at a time.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        require_current(settings, database)
        self._settings = settings
        self._database = database
        self.con = open_duckdb(settings)
        self.con.execute(sql_text("lake/macros"))

    @contextmanager
    def now(self) -> Iterator[None]:
        """The lake as ``lake``, in one transaction. Temporary tables end with it."""
        with self._attached(None):
            yield

    @contextmanager
    def as_of(self, snapshot: int) -> Iterator[None]:
        """The same as of ``snapshot``, with the tables and columns that it had; ask ``has`` first."""
        with self._attached(snapshot):
            yield

    def has(self, snapshot: int) -> bool:
        """Within ``now``: whether the lake can still be read as of ``snapshot``."""
        found = self.con.execute(f"SELECT count(*) FROM lake.snapshots() WHERE snapshot_id = {snapshot:d}")
        return bool(only_row(found)[0])

    def close(self) -> None:
        """Close the connection."""
        self.con.close()

    @contextmanager
    def _attached(self, snapshot: int | None) -> Iterator[None]:
        attach(self.con, self._settings, self._database, access="READ_ONLY", snapshot=snapshot)
        try:
            self.con.begin()
            try:
                yield
            finally:
                self.con.rollback()
        finally:
            self.con.execute("DETACH lake")
