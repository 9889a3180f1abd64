"""A connection to the lake for those who only look: attached READ_ONLY, so it changes nothing and waits for no writer.

What is asked over it: ``transactions``, ``queries``. Those who compute and write use ``connection``.
"""

import duckdb

from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.session import CATALOG_SCHEMA, Lake, attach, attach_store, open_duckdb, quoted
from ledgerwatch_pipeline.stores.postgres.engine import Database


def connect_for_reading(settings: Settings, database: Database) -> duckdb.DuckDBPyConnection:
    """A new connection with the lake and the views ``ledger``, ``findings`` and ``rejected_rows``; the caller closes it.

    A home that has no lake yet gets an empty one.
    """
    with database.transaction() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL AS present", (f"{CATALOG_SCHEMA}.ducklake_metadata",))
        present = cursor.fetchone()["present"]
    if not present:
        made = Lake(settings, database)
        made.con.execute("SELECT 1")
        made.close()
    con = open_duckdb(settings)
    attach(con, settings, database, access="READ_ONLY")
    attach_store(con, database)
    con.execute(sql_text("lake/macros"))
    con.execute(sql_text("lake/reading"))
    return con


def close_to_the_outside(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Leave ``con`` the lake's own files and nothing else: no other file, no network, no extension, no way back."""
    con.execute("DETACH store")
    con.execute(f"SET allowed_directories = ['{quoted(settings.lake_location)}']")
    con.execute("SET python_enable_replacements = false")
    con.execute("SET autoinstall_known_extensions = false")
    con.execute("SET autoload_known_extensions = false")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
