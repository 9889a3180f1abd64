"""A connection to the lake for those who only look: attached READ_ONLY, so it changes nothing and waits for no writer.

What is asked over it: ``transactions``, ``row_issues``. Those who compute and write use ``session``; people's own SQL has a
connection that knows less: ``answering``.
"""

import duckdb

from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.session import attach, attach_store, open_duckdb, require_current
from ledgerwatch_pipeline.stores.postgres.engine import Database


def connect_for_reading(settings: Settings, database: Database) -> duckdb.DuckDBPyConnection:
    """A new connection with the lake and the table ``organizations`` (id, slug, currency_decimals); the caller closes it.

    A home that has no lake yet gets an empty one; that of an older version is migrated.
    """
    require_current(settings, database)
    con = open_duckdb(settings)
    attach(con, settings, database, access="READ_ONLY")
    attach_store(con, database)
    con.execute("CREATE TEMP TABLE organizations AS SELECT id, slug, currency_decimals FROM store.organizations")
    con.execute(sql_text("lake/macros"))
    return con
