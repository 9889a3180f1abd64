"""A DuckDB for one person's question, in a process of its own (``lake.duckdb_process``): it reads the lake's files, and knows neither PostgreSQL nor a secret.

DuckLake's catalog is copied into a DuckDB file of the question's own (``lake.copying``), the lake attached over that copy,
READ_ONLY, and the small tables of PostgreSQL that are asked for are copied too, all as of one moment. Then everything outside
the lake's files is closed. What may be asked at all: ``lake.fence``.
"""

import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from psycopg2 import extensions

from ledgerwatch_pipeline.model.errors import StoreUnavailableError, UsageError
from ledgerwatch_pipeline.model.transaction import SQL_COLUMNS
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.lake.copying import copy_catalog, copy_select
from ledgerwatch_pipeline.stores.lake.duckdb_process import DuckDBProcess
from ledgerwatch_pipeline.stores.lake.session import make_ready, quoted, require_current
from ledgerwatch_pipeline.stores.postgres.engine import Database

COPIED = ("alerts", "loads")
"""The offered tables that are PostgreSQL's; each is copied when a question names it."""
TABLES = ("ledger", "findings", "alerts", "loads", "rejected_rows")
_BEHIND = {"current_runs": "findings", "load_attempts": "rejected_rows"}
"""What PostgreSQL says that a view needs → the view; copied when a question names that."""
_SPILL = "16GB"


@contextmanager
def answering(settings: Settings, database: Database, tables: Collection[str]) -> Iterator[DuckDBProcess]:
    """A closed DuckDB with the views over the lake and, of the copied tables, those in ``tables``; gone after the block.

    Any number may be open at once, in any threads; each takes up to the settings' memory limit.
    Raises StoreUnavailableError.
    """
    settings.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="question-", dir=settings.scratch))  # for this user only (0700)
    try:
        with closing(DuckDBProcess(folder)) as con:
            try:
                make_ready(con.execute, settings, ("ducklake",), folder / "spill")
                con.limit_memory(settings.memory_limit)
                _fill(con, settings, database, tables, folder)
                close_to_the_outside(con, settings)
            except UsageError as error:  # it is our own statements that were refused
                raise StoreUnavailableError(f"what a question reads could not be made ready: {error}") from error
            yield con
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(con: DuckDBProcess, settings: Settings, database: Database, tables: Collection[str], folder: Path) -> None:
    require_current(settings, database)
    catalog = folder / "catalog.duckdb"
    con.execute(f"ATTACH '{quoted(str(catalog))}' AS catalog_copy")
    with database.transaction() as connection, closing(connection.connection.cursor()) as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        con.execute("BEGIN TRANSACTION")
        copy_catalog(cursor, con, "catalog_copy", folder)
        con.execute("COMMIT")
        copy_select(cursor, con, "organizations", sql_text("lake/reading_organizations"), folder)
        decimals = _decimals(cursor)
        for table in (name for name in COPIED if name in tables):
            copy_select(cursor, con, table, sql_text(f"lake/reading_{table}", decimals=decimals), folder)
        for table, view in _BEHIND.items():
            text = sql_text(f"lake/reading_{table}")
            copy_select(
                cursor, con, table, text if view in tables else f"SELECT * FROM ({text}) AS none WHERE false", folder
            )
    con.execute("DETACH catalog_copy")
    location = settings.lake_location
    try:
        con.execute(
            f"ATTACH '{quoted(f'ducklake:{catalog}')}' AS lake (DATA_PATH '{quoted(location)}', READ_ONLY, CREATE_IF_NOT_EXISTS false)"
        )
    except UsageError as error:
        raise StoreUnavailableError(f"the lake at {location} cannot be attached: {error}") from error
    catalog.unlink()  # DuckDB holds it open; nobody else shall
    con.execute(sql_text("lake/macros"))
    corrected = list(con.execute(ledger.CORRECTED.format(which="true")).rows) == [(True,)]
    for statement in ledger.statements(corrected):
        con.execute(statement)
    con.execute(sql_text("lake/reading", decimals=decimals, ledger_columns=", ".join(SQL_COLUMNS)))


def _decimals(cursor: extensions.cursor) -> str:
    """How many decimals amounts are shown with: those of the currency here that has the most."""
    organizations = sql_text("lake/reading_organizations")
    cursor.execute(f"SELECT coalesce(max(currency_decimals), 2) FROM ({organizations}) AS organizations")
    ((decimals,),) = cursor.fetchall()
    return str(decimals)


def close_to_the_outside(con: DuckDBProcess, settings: Settings) -> None:
    """Leave ``con`` the lake's own files and nothing else: no other file, no network, no extension, no way back."""
    con.execute(f"SET allowed_directories = ['{quoted(settings.lake_location)}']")
    con.execute(f"SET max_temp_directory_size = '{_SPILL}'")
    con.execute("SET python_enable_replacements = false")
    con.execute("SET allow_community_extensions = false")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
