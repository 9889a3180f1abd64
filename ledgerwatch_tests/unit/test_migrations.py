"""Migrations, and a PostgreSQL of one's own: another database of the tests' server, reached as any given one is."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import StoreUnavailableError
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.migrate import current_revision, head_revision, migrate, require_current


@pytest.fixture
def given(home: Home) -> Iterator[Database]:
    """An empty database that LedgerWatch did not make."""
    connection = home.database.connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE given")
        yield Database(urlsplit(home.database.url)._replace(path="/given").geturl())
        cursor.execute("DROP DATABASE given WITH (FORCE)")
    connection.close()


def schema(database: Database) -> dict[str, Any]:
    """Tables, columns, constraints, indexes and triggers, as the catalog tells them."""
    queries = {
        "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = 'ledgerwatch' ORDER BY 1, 2",
        "constraints": "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'ledgerwatch'::regnamespace ORDER BY 1, 2",
        "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'ledgerwatch' ORDER BY 1",
        "triggers": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    }
    with database.transaction() as cursor:
        found = {}
        for name, query in queries.items():
            cursor.execute(query)
            found[name] = [tuple(row.values()) for row in cursor.fetchall()]
    return found


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


def test_every_migration_follows_the_one_before() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    import ledgerwatch_pipeline.stores.postgres.migrate as module

    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert revisions[0] == head_revision()
    assert revisions == sorted(revisions, reverse=True)


def test_a_given_database_is_used_once_it_is_migrated(given: Database, tmp_path: Path) -> None:
    refused = ledgerwatch(given, tmp_path, "orgs", "list")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "the database is at revision none" in refused.stderr and "run: ledgerwatch migrate" in refused.stderr
    assert ledgerwatch(given, tmp_path, "migrate").returncode == 0
    assert ledgerwatch(given, tmp_path, "orgs", "add", "acme", "--name", "Acme").returncode == 0
    file = tmp_path / "a.csv"
    file.write_text("date,vendor,amount\n2024-03-01,Acme,5.00\n2024-03-02,Acme,5.00\n")
    assert ledgerwatch(given, tmp_path, "import", file, "--org", "acme").returncode == 0
    assert '"analyzer": "duplicate"' in ledgerwatch(given, tmp_path, "alerts", "list", "--json").stdout
    assert not (tmp_path / "h" / "postgres").exists()


@pytest.mark.parametrize("command", [("orgs", "list"), ("migrate",)], ids=" ".join)
def test_a_database_newer_than_the_code_is_refused(given: Database, tmp_path: Path, command: tuple[str, ...]) -> None:
    migrate(given)
    with given.transaction() as cursor:
        cursor.execute("UPDATE alembic_version SET version_num = '9999'")
    refused = ledgerwatch(given, tmp_path, *command)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "at revision 9999, newer than this LedgerWatch knows" in refused.stderr
    assert "Traceback" not in refused.stderr
    with pytest.raises(StoreUnavailableError, match="newer"):
        require_current(given, embedded=True)
