"""A DuckDB of its own for one person's question: it reads the lake's files, and knows neither PostgreSQL nor a secret.

DuckLake's catalog is copied into a DuckDB file of the question's own (``lake.copying``), the lake attached over that copy,
READ_ONLY, and the small tables of PostgreSQL that are asked for are copied too, all as of one moment. Then everything outside
the lake's files is closed. What may be asked at all: ``lake.fence``.
"""

import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from ledgerwatch_pipeline.model.errors import StoreUnavailableError, UsageError
from ledgerwatch_pipeline.model.transaction import SQL_COLUMNS
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.copying import copy_catalog, copy_select
from ledgerwatch_pipeline.stores.lake.interrupting import interruptible
from ledgerwatch_pipeline.stores.lake.rows import only_row
from ledgerwatch_pipeline.stores.lake.session import open_duckdb, quoted, require_current
from ledgerwatch_pipeline.stores.postgres.engine import Database

COPIED = ("alerts", "loads")
"""The offered tables that are PostgreSQL's; each is copied when a question names it."""
TABLES = ("ledger", "findings", "alerts", "loads", "rejected_rows")
_BEHIND = {"current_runs": "findings", "load_attempts": "rejected_rows"}
"""What PostgreSQL says that a view needs → the view; copied when a question names that."""
_SPILL = "16GB"


class Deadline:
    """The time that one question may take in DuckDB; what is done with the rows between is not counted."""

    def __init__(self, con: duckdb.DuckDBPyConnection, seconds: float) -> None:
        self._con = con
        self._seconds = seconds
        self._left = seconds

    @contextmanager
    def running(self) -> Iterator[None]:
        """Interrupt what runs in the block when the time is over; every error of DuckDB becomes a UsageError."""
        began = time.monotonic()
        with interruptible(self._con, max(self._left, 0)) as over:
            try:
                yield
            except duckdb.Error as error:
                if over.is_set():
                    raise UsageError(
                        f"the answer took longer than {self._seconds:g} seconds and was given up; ask for less, such as fewer months"
                    ) from None
                raise UsageError(_bounded(str(error))) from error
            finally:
                self._left -= time.monotonic() - began


@contextmanager
def answering(settings: Settings, database: Database, tables: Collection[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A closed connection with the views over the lake and, of the copied tables, those in ``tables``; gone after the block.

    Any number may be open at once, in any threads; each takes up to the settings' memory limit.
    Raises StoreUnavailableError.
    """
    settings.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="question-", dir=settings.scratch))  # for this user only (0700)
    try:
        con = open_duckdb(settings, extensions=("ducklake",), spill=folder / "spill")
        try:
            _fill(con, settings, database, tables, folder)
            close_to_the_outside(con, settings)
            yield con
        finally:
            con.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(
    con: duckdb.DuckDBPyConnection, settings: Settings, database: Database, tables: Collection[str], folder: Path
) -> None:
    require_current(settings, database)
    catalog = folder / "catalog.duckdb"
    con.execute(f"ATTACH '{quoted(str(catalog))}' AS catalog_copy")
    with database.transaction() as connection, closing(connection.connection.cursor()) as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        con.begin()
        copy_catalog(cursor, con, "catalog_copy", folder)
        con.commit()
        copy_select(cursor, con, "organizations", sql_text("lake/reading_organizations"), folder)
        decimals = _decimals(con)
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
    except duckdb.Error as error:
        raise StoreUnavailableError(f"the lake at {location} cannot be attached: {error}") from error
    catalog.unlink()  # DuckDB holds it open; nobody else shall
    con.execute(sql_text("lake/macros"))
    con.execute(sql_text("lake/reading", decimals=decimals, ledger_columns=", ".join(SQL_COLUMNS)))


def _decimals(con: duckdb.DuckDBPyConnection) -> str:
    """How many decimals amounts are shown with: those of the currency here that has the most."""
    return str(only_row(con.execute("SELECT coalesce(max(currency_decimals), 2) FROM organizations"))[0])


def close_to_the_outside(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Leave ``con`` the lake's own files and nothing else: no other file, no network, no extension, no way back."""
    con.execute(f"SET allowed_directories = ['{quoted(settings.lake_location)}']")
    con.execute(f"SET max_temp_directory_size = '{_SPILL}'")
    con.execute("SET python_enable_replacements = false")
    con.execute("SET autoinstall_known_extensions = false")
    con.execute("SET autoload_known_extensions = false")
    con.execute("SET allow_community_extensions = false")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def _bounded(message: str) -> str:
    """DuckDB repeats values in its messages, of any length."""
    return message if len(message) <= 2_000 else message[:2_000] + " …"
