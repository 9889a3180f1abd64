"""A connection to the lake for those who only look: attached READ_ONLY, so it changes nothing and waits for no writer.

What is asked over it: ``transactions``, ``queries``. Those who compute and write use ``connection``.
"""

from pathlib import Path

import duckdb

from ledgerwatch_pipeline.database import organizations
from ledgerwatch_pipeline.database.connection import Database
from ledgerwatch_pipeline.lake.connection import CATALOG_SCHEMA, Lake, attach, open_duckdb
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.sql import sql_text


def connect_for_reading(settings: Settings, database: Database) -> duckdb.DuckDBPyConnection:
    """A new connection with the lake and the views ``ledger``, ``findings`` and ``rejected_rows``; the caller closes it.

    A home that has no lake yet gets an empty one.
    """
    with database.transaction() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL AS present", (f"{CATALOG_SCHEMA}.ducklake_metadata",))
        present = cursor.fetchone()["present"]
        known = [(each.id, each.slug) for each in organizations.every(cursor)]
    if not present:
        made = Lake(settings, database)
        made.con.execute("SELECT 1")
        made.close()
    con = open_duckdb(settings)
    attach(con, settings, database, access="READ_ONLY")
    con.execute(sql_text("lake/macros"))
    con.execute("CREATE TEMP TABLE organizations (id UUID, slug VARCHAR)")
    if known:
        con.execute(
            "INSERT INTO organizations SELECT unnest($ids), unnest($slugs)",
            {"ids": [identity for identity, _ in known], "slugs": [slug for _, slug in known]},
        )
    con.execute(sql_text("lake/reading"))
    return con


def close_to_the_outside(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Leave ``con`` the lake's own files and nothing else: no other file, no network, no extension, no way back."""
    location = settings.lake_location
    con.execute("SET allowed_directories = $1", [[location if "://" in location else str(Path(location))]])
    con.execute("SET python_enable_replacements = false")
    con.execute("SET autoinstall_known_extensions = false")
    con.execute("SET autoload_known_extensions = false")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
