"""One DuckDB connection a process with the lake attached. What is asked over it is other modules' business.

Loading the extensions and attaching cost half a second, so the connection is made once and kept. Nobody holds a lock to write:
the lake's tables only grow, and DuckLake settles insert against insert itself.
"""

import importlib.util
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
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
from ledgerwatch_pipeline.stores.lake.migrate import CATALOG_SCHEMA
from ledgerwatch_pipeline.stores.lake.rows import only_row
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_pipeline.stores.postgres.tables import SCHEMA


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


def open_duckdb(
    settings: Settings, extensions: Sequence[str] = ("postgres_scanner", "ducklake"), spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A new DuckDB within the settings' limits, able to attach the lake; ``spill`` is where it may put what it cannot hold."""
    con = duckdb.connect()
    con.execute(f"SET temp_directory = '{quoted(str(spill or settings.scratch / f'duckdb-{os.getpid()}'))}'")
    con.execute(f"SET memory_limit = '{quoted(settings.memory_limit)}'")
    con.execute("SET enable_progress_bar = false")
    con.execute("SET TimeZone = 'UTC'")
    if settings.threads:
        con.execute(f"SET threads = {settings.threads:d}")
    for name in extensions:
        _load_extension(con, name)
    return con


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
) -> None:
    """Attach the lake as ``lake``; ``access`` is READ_WRITE or READ_ONLY. Raises StoreUnavailableError.

    snapshot: the lake as of this snapshot, which must be there still; read only.
    """
    as_of = "" if snapshot is None else f", SNAPSHOT_VERSION {snapshot:d}"
    location = settings.lake_location
    dsn = _dsn(database)
    with _attaching(f"the lake at {location}", database):
        con.execute(
            f"ATTACH '{quoted('ducklake:postgres:' + dsn)}' AS lake "
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
    return con.execute(f"EXECUTE ledgerwatch_bound({named})")


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


def _load_extension(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from its wheel; where there is none, let DuckDB install it; where both fail, say so."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    version = f"v{duckdb.__version__}"
    if spec is not None and spec.submodule_search_locations:
        folder = Path(next(iter(spec.submodule_search_locations)))
        path = folder / "extensions" / version / f"{name}.duckdb_extension"
        if path.exists():
            con.load_extension(str(path))
            return
    try:
        con.install_extension(name)
        con.load_extension(name)
    except duckdb.Error as error:
        raise StoreUnavailableError(
            f"DuckDB's extension {name} for {version} is not here: the package duckdb-extension-"
            f"{name.replace('_', '-')} has no file for it, and installing it failed: {error}"
        ) from error
