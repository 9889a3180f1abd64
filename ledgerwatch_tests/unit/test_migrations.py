"""Migrations, and a PostgreSQL of one's own: another database of the tests' server, reached as any given one is."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import ledgerwatch_pipeline.stores.postgres.migrate as migrate_module
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import StoreUnavailableError
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.grants import APPLICATION, NotOwnerError, as_role, grant
from ledgerwatch_pipeline.stores.postgres.migrate import current_revision, head_revision, migrate, require_current
from ledgerwatch_pipeline.stores.postgres.tables import SCHEMA, metadata
from ledgerwatch_tests.databases import empty_database, migrated_database


@pytest.fixture
def given(home: Home) -> Iterator[Database]:
    """An empty database that LedgerWatch did not make."""
    with empty_database(home) as database:
        yield database


CATALOG = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
               pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
        FROM pg_attribute AS a
        JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relnamespace = 'ledgerwatch'::regnamespace
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'alembic_version'
        ORDER BY c.relname, a.attnum""",
    "comments": """
        SELECT relname, obj_description(oid, 'pg_class') FROM pg_class
        WHERE relnamespace = 'ledgerwatch'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version' ORDER BY 1""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype, convalidated, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'ledgerwatch'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
        ORDER BY 1, 2""",
    "indexes": """
        SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'ledgerwatch' AND tablename <> 'alembic_version'
        ORDER BY 1""",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        ORDER BY 1, 2""",
    "functions": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'ledgerwatch'::regnamespace ORDER BY 1""",
    "other schemas": "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ledgerwatch%' ORDER BY 1",
}


def schema(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Everything of the schema, as the catalog tells it."""
    with database.transaction() as connection:
        return {name: [tuple(row) for row in connection.execute(text(query))] for name, query in CATALOG.items()}


def make_from_tables(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        metadata.create_all(connection)
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(sql_text("postgres/audit_triggers"))


def ledgerwatch(given: Database, folder: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ledgerwatch_pipeline.cli.main", *map(str, arguments)],
        env={**os.environ, "LEDGERWATCH_HOME": str(folder / "h"), "LEDGERWATCH_DATABASE_URL": given.url},
        capture_output=True,
        encoding="utf-8",
    )


def test_a_fresh_database_migrated_up_is_at_the_head(home: Home, given: Database) -> None:
    assert current_revision(given) is None
    assert migrate(given) == head_revision() == current_revision(given)
    assert schema(given) == schema(home.database)
    assert migrate(given) == head_revision()  # again: nothing to do


def test_what_migrations_make_is_what_the_tables_say(home: Home, given: Database) -> None:
    migrate(given)
    with empty_database(home) as described:
        make_from_tables(described)
        migrated, expected = schema(given), schema(described)
    for name in CATALOG:
        assert migrated[name] == expected[name], name
    assert {row[0] for row in expected["columns"]} == set(metadata.tables)


def test_alembic_has_nothing_to_add_to_the_migrations(given: Database) -> None:
    migrate(given)
    with given.transaction() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: (kind, name) != ("table", "alembic_version"),
            },
        )
        assert compare_metadata(context, metadata) == []


def test_every_migration_follows_the_one_before() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate_module.__file__).parent / "migrations"))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert revisions[0] == head_revision()
    assert revisions == sorted(revisions, reverse=True)


def test_a_migration_that_fails_leaves_the_database_as_it_was(given: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as patch:
        patch.setattr("ledgerwatch_pipeline.model.audit.event_hash", fail)
        patch.setattr("ledgerwatch_pipeline.sql.sql_text", fail)
        patch.setattr("ledgerwatch_pipeline.model.money.known_currencies", fail)
        with pytest.raises(RuntimeError, match="in the middle"):
            migrate(given)
    assert current_revision(given) is None
    with given.transaction() as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname LIKE 'ledgerwatch%'")).scalar()
            == 0
        )
    migrate(given)


@pytest.mark.slow
def test_a_given_database_is_used_once_it_is_migrated(given: Database, tmp_path: Path) -> None:
    refused = ledgerwatch(given, tmp_path, "orgs", "list")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "the database is at revision none" in refused.stderr
    assert "run: ledgerwatch migrate" in refused.stderr
    assert ledgerwatch(given, tmp_path, "migrate").returncode == 0
    assert json.loads(ledgerwatch(given, tmp_path, "migrate", "--json").stdout) == {
        "revision": head_revision(),
        "granted": None,
    }
    assert ledgerwatch(given, tmp_path, "orgs", "add", "acme", "--name", "Acme").returncode == 0
    file = tmp_path / "a.csv"
    file.write_text("date,vendor,amount\n2024-03-01,Acme,5.00\n2024-03-02,Acme,5.00\n")
    assert ledgerwatch(given, tmp_path, "import", file, "--org", "acme").returncode == 0
    assert '"analyzer": "duplicate"' in ledgerwatch(given, tmp_path, "alerts", "list", "--json").stdout
    assert not (tmp_path / "h" / "postgres").exists()


@pytest.mark.slow
def test_a_given_database_is_worked_with_as_the_role_that_has_been_given_it(given: Database, tmp_path: Path) -> None:
    refused = ledgerwatch(given, tmp_path, "migrate", "--grant", "nobody_there")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "there is no role nobody_there; make it first" in refused.stderr
    assert current_revision(given) is None
    migrated = ledgerwatch(given, tmp_path, "migrate", "--grant", APPLICATION)
    assert (migrated.returncode, migrated.stderr) == (0, "")
    with closing(Database(as_role(given.url, APPLICATION))) as working:
        assert ledgerwatch(working, tmp_path, "orgs", "add", "acme", "--name", "Acme").returncode == 0
        file = tmp_path / "a.csv"
        file.write_text("date,vendor,amount\n2024-03-01,Acme,5.00\n2024-03-02,Acme,5.00\n")
        done = ledgerwatch(working, tmp_path, "import", file, "--org", "acme")
        assert (done.returncode, done.stderr) == (0, "")
        assert ledgerwatch(working, tmp_path, "alerts", "ack", "acme-1").returncode == 0
        assert "every chain is whole" in ledgerwatch(working, tmp_path, "audit", "verify").stdout
        assert ledgerwatch(working, tmp_path, "maintain").returncode == 0
        assert ledgerwatch(working, tmp_path, "migrate").returncode == 0  # there is nothing to do
        with given.transaction() as connection:
            connection.execute(text("CREATE ROLE another"))
        refused = ledgerwatch(working, tmp_path, "migrate", "--grant", "another")
        with given.transaction() as connection:
            connection.execute(text("DROP ROLE another"))
    assert (refused.returncode, "may not change the schema" in refused.stderr) == (1, True)


def test_who_does_not_own_the_schema_cannot_migrate_it(home: Home) -> None:
    with migrated_database(home) as database:
        with database.transaction() as connection:
            grant(connection, APPLICATION)
            connection.execute(text("UPDATE alembic_version SET version_num = '0011'"))
        with closing(Database(as_role(database.url, APPLICATION))) as working, pytest.raises(NotOwnerError) as refused:
            migrate(working)
    assert str(refused.value) == (
        f"{APPLICATION} may not change the schema nor give rights to it; run ledgerwatch migrate as postgres"
    )


@pytest.mark.parametrize("command", [("orgs", "list"), ("migrate",)], ids=" ".join)
def test_a_database_newer_than_the_code_is_refused(given: Database, tmp_path: Path, command: tuple[str, ...]) -> None:
    migrate(given)
    with given.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    refused = ledgerwatch(given, tmp_path, *command)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "at revision 9999, newer than this LedgerWatch knows" in refused.stderr
    assert "Traceback" not in refused.stderr
    with pytest.raises(StoreUnavailableError, match="newer"):
        require_current(given)
