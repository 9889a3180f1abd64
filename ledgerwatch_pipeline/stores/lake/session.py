"""One DuckDB connection a process with the lake attached. What is asked over it is other modules' business.

Loading the extensions and attaching cost half a second, so the connection is made once and kept. Nobody holds a lock to write:
the lake's tables only grow, and DuckLake settles insert against insert itself.
"""

import importlib.util
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import duckdb
from psycopg2.extensions import make_dsn, parse_dsn
from sqlalchemy import text

from ledgerwatch_pipeline.model.errors import StoreUnavailableError, UsageError
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import migrate
from ledgerwatch_pipeline.stores.lake.catalog import CATALOG_SCHEMA
from ledgerwatch_pipeline.stores.lake.duckdb_process import NO_DOWNLOADS
from ledgerwatch_pipeline.stores.lake.rows import only_row
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_pipeline.stores.postgres.tables import SCHEMA

_OF_ADDRESSES = dict.fromkeys(("s3", "s3a", "s3n", "gs", "gcs", "r2", "http", "https", "hf"), "httpfs") | dict.fromkeys(
    ("az", "azure", "abfs", "abfss"), "azure"
)
"""Scheme of a lake's address → the extension of DuckDB that reaches it."""


class LakeTransaction:
    """What was written since the transaction began. ``commit`` is short: files are written before, it registers them."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.committed = False

    def commit(self) -> None:
        """Make what was written visible; raises duckdb.TransactionException when another one conflicts, with nothing done."""
        self.committed = True  # even where it raises: DuckDB has no transaction then
        self.con.commit()


class Lake:
    """The lake of one home. ``con`` is the process's connection; use it from one thread at a time."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._opening = threading.Lock()

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection, made at first use; schema ``lake`` is the lake."""
        with self._opening:
            if self._connection is None:
                self._connection = self._connect()
            return self._connection

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def transaction(self) -> Iterator["LakeTransaction"]:
        """A DuckDB transaction: reads in it see one snapshot of the lake; rolled back unless ``commit`` was called in it."""
        transaction = LakeTransaction(self.con)
        self.con.begin()
        try:
            yield transaction
        finally:
            if not transaction.committed:
                self.con.rollback()

    def snapshot(self) -> int:
        """The id of the lake's newest snapshot as this connection (in a transaction: this transaction) sees it."""
        return int(only_row(self.con.execute("SELECT max(snapshot_id) FROM lake.snapshots()"))[0])

    def _connect(self) -> duckdb.DuckDBPyConnection:
        con = open_duckdb(self._settings)
        location = self._settings.lake_location
        if "://" not in location:
            Path(location).mkdir(parents=True, exist_ok=True)
        if catalog_exists(self._database):
            attach(con, self._settings, self._database)
        else:
            with self._database.lock(Lock.LAKE_SCHEMA):  # the first to attach makes the catalog
                attach(con, self._settings, self._database)
        migrate.bring_up_to_date(con, self._database)
        con.execute(sql_text("lake/macros"))
        return con


def open_duckdb(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A new DuckDB within the settings' limits, able to attach the lake. Raises StoreUnavailableError."""
    con = duckdb.connect(config=NO_DOWNLOADS)
    spill = settings.scratch / f"duckdb-{os.getpid()}"
    make_ready(con.execute, settings, ("postgres_scanner", "ducklake"), spill)
    return con


def make_ready(execute: Callable[[str], object], settings: Settings, extensions: Sequence[str], spill: Path) -> None:
    """Give a new DuckDB the settings' limits and the extensions; ``spill`` is where it may put what it cannot hold.

    Raises StoreUnavailableError when an extension is not here, such as the one for a lake that is an address.
    """
    execute(f"SET temp_directory = '{quoted(str(spill))}'")
    execute(f"SET memory_limit = '{quoted(settings.memory_limit)}'")
    execute("SET enable_progress_bar = false")
    execute("SET TimeZone = 'UTC'")
    if settings.threads:
        execute(f"SET threads = {settings.threads:d}")
    for name in extensions:
        _load_extension(execute, name, "LedgerWatch")
    scheme, separator, _ = settings.lake_location.partition("://")
    if separator and (name := _OF_ADDRESSES.get(scheme.lower(), "")):
        _load_extension(execute, name, f"the lake at {settings.lake_location}")


def require_current(settings: Settings, database: Database) -> None:
    """For those who attach the lake READ_ONLY, who cannot make or migrate it: have that done if it is needed."""
    if not migrate.is_current(database):
        lake = Lake(settings, database)
        lake.con.execute("SELECT 1")
        lake.close()


def catalog_exists(database: Database) -> bool:
    """Whether the home has a lake already."""
    with database.transaction() as connection:
        name = f"{CATALOG_SCHEMA}.ducklake_metadata"
        return connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar() is not None


def attach(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    database: Database,
    access: str = "READ_WRITE",
    snapshot: int | None = None,
    name: str = "lake",
) -> None:
    """Attach the lake as ``name``; ``access`` is READ_WRITE or READ_ONLY. Raises StoreUnavailableError.

    snapshot: the lake as of this snapshot, which must be there still; read only.
    """
    as_of = "" if snapshot is None else f", SNAPSHOT_VERSION {snapshot:d}"
    location = settings.lake_location
    dsn = _dsn(database)
    with _attaching(f"the lake at {location}", database):
        con.execute(
            f"ATTACH '{quoted('ducklake:postgres:' + dsn)}' AS {name} "
            f"(DATA_PATH '{quoted(location)}', METADATA_SCHEMA '{CATALOG_SCHEMA}', {access}{as_of})"
        )


def attach_store(con: duckdb.DuckDBPyConnection, database: Database) -> None:
    """Attach PostgreSQL's own tables as ``store``, READ_ONLY. Raises StoreUnavailableError."""
    with _attaching("PostgreSQL", database):
        con.execute(f"ATTACH '{quoted(_dsn(database))}' AS store (TYPE postgres, READ_ONLY, SCHEMA '{SCHEMA}')")


def _dsn(database: Database) -> str:
    dsn: str = make_dsn(**{key: value for key, value in parse_dsn(database.url).items() if value})
    return dsn


@contextmanager
def _attaching(what: str, database: Database) -> Iterator[None]:
    """Say what could not be attached, without the password that DuckDB's message repeats."""
    try:
        yield
    except duckdb.Error as error:
        secret = parse_dsn(database.url).get("password")
        reason = str(error).replace(secret, "***") if secret else str(error)
        raise StoreUnavailableError(f"{what} cannot be attached: {reason}") from None


Bindable = str | int | date | Decimal | UUID | None


def execute_bound(
    con: duckdb.DuckDBPyConnection, statement: str, values: Mapping[str, Bindable | Sequence[Bindable]]
) -> duckdb.DuckDBPyConnection:
    """Execute one ``statement`` with ``$name`` for values, which become literals of an EXECUTE.

    DuckDB's own way of binding imports pandas at the first value, to see whether it is one of pandas': half a second of
    processor time, more than a command that only shows something may spend. Values never become part of the statement.
    """
    con.execute(f"PREPARE ledgerwatch_bound AS {statement}")
    named = ", ".join(f'"{name}" := {_literal(value)}' for name, value in values.items())
    return con.execute(f"EXECUTE ledgerwatch_bound{f'({named})' if named else ''}")


def _literal(value: Bindable | Sequence[Bindable]) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value:d}"
        case str():
            if "\0" in value:
                raise UsageError("a null character is no part of any text here")
            return f"'{quoted(value)}'"
        case Decimal():
            _, digits, exponent = value.as_tuple()
            if not isinstance(exponent, int):
                raise UsageError("an amount is a finite number")
            scale = max(-exponent, 0)
            width = max(len(digits) + max(exponent, 0), scale)  # no wider than need be: a wide one is compared slowly
            return f"CAST('{value:f}' AS DECIMAL({width}, {scale}))"
        case date():
            return f"DATE '{value.isoformat()}'"
        case UUID():
            return f"UUID '{value}'"
        case _:
            return f"[{', '.join(_literal(each) for each in value)}]"


def quoted(text: str) -> str:
    """Escape for a literal in ATTACH or SET; the text comes from settings, not from files."""
    return text.replace("'", "''")


def _load_extension(execute: Callable[[str], object], name: str, needed_by: str) -> None:
    """Load an extension from its wheel, or one that somebody has installed in DuckDB; none is ever downloaded from here."""
    version = duckdb.__version__
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    folders = spec.submodule_search_locations or () if spec is not None else ()
    files = (Path(folder) / "extensions" / f"v{version}" / f"{name}.duckdb_extension" for folder in folders)
    file = next((file for file in files if file.exists()), None)
    try:
        execute(f"LOAD '{quoted(str(file))}'" if file else f"LOAD {name}")
    except (duckdb.Error, UsageError) as error:
        reason = str(error).partition("\n")[0]
        raise StoreUnavailableError(
            f"{needed_by} needs DuckDB's extension {name} for v{version}, which is not here; install the package"
            f" duckdb-extension-{name.replace('_', '-')}=={version} ({reason})"
        ) from error
