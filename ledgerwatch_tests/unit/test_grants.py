"""The role that LedgerWatch works as: it does its work, and cannot change what is recorded, whatever SQL it sends."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.stores.postgres import audit
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.grants import APPLICATION, NotGrantedError, NotOwnerError, as_role, grant
from ledgerwatch_pipeline.stores.postgres.migrate import bring_up_to_date, migrate
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.databases import CHANGES, empty_database, fresh_home, migrate_to, migrated_database, owned

DENIED = (
    *CHANGES,
    "ALTER TABLE audit_events DISABLE TRIGGER ALL",
    "ALTER TABLE audit_events DISABLE TRIGGER audit_events_no_change",
    "DROP TRIGGER audit_events_no_change ON audit_events",
    "CREATE OR REPLACE FUNCTION ledgerwatch.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TRIGGER mine BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE RULE mine AS ON INSERT TO audit_events DO INSTEAD NOTHING",
    "DROP TABLE audit_events CASCADE",
    "ALTER TABLE audit_events OWNER TO ledgerwatch_app",
    "ALTER TABLE audit_events RENAME TO other",
    "CREATE TABLE ledgerwatch.mine (id int)",
    "CREATE TEMP TABLE mine () INHERITS (ledgerwatch.audit_events)",
    "CREATE SCHEMA mine CREATE TABLE mine (id uuid REFERENCES ledgerwatch.organizations (id))",
    "DROP SCHEMA ledgerwatch CASCADE",
    "SET session_replication_role = replica",
    "UPDATE alembic_version SET version_num = '0001'",
    "UPDATE pg_trigger SET tgenabled = 'D'",
    "CREATE TEMP TABLE mine (chain_id uuid, seq bigint, previous_hash text, hash text); CREATE TRIGGER mine AFTER INSERT ON mine"
    " REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledgerwatch.move_audit_heads()",
    "SET ROLE postgres",
    "ALTER ROLE ledgerwatch_app SUPERUSER",
    "TRUNCATE alerts",
)


@pytest.mark.parametrize("statement", DENIED)
def test_the_role_cannot_change_the_log_nor_what_guards_it(home: Home, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner|must be able to SET ROLE"):
        with home.database.transaction() as connection:
            connection.execute(text(statement))


def test_a_home_is_worked_with_as_that_role(home: Home, tenant: Tenant) -> None:
    with home.database.transaction() as connection:
        who = connection.execute(
            text("SELECT current_user, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        ).one()
    assert tuple(who) == (APPLICATION, False, False, False)
    tenant.deliver(rows("2024-03-01,Acme,5.00,,", "2024-03-02,Acme,5.00,,"))
    tenant.analyze()
    assert len(tenant.alerts("duplicate")) == 1
    with home.database.transaction() as connection:
        assert audit.verify(connection)[tenant.slug] > 3


def test_the_role_can_make_statistics_of_what_comes_in_bulk(home: Home) -> None:
    notices: list[str] = []
    with home.database.transaction() as connection:
        connection.execute(text("ANALYZE alerts"))
        connection.execute(text("ANALYZE cases"))
        notices += connection.connection.dbapi_connection.notices  # type: ignore[union-attr]
    assert [each for each in notices if "permission denied" in each] == []


def test_of_the_schema_the_role_owns_nothing(home: Home) -> None:
    owners = text(
        "SELECT nspname, pg_get_userbyid(relowner), count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace"
        " WHERE nspname IN ('ledgerwatch', 'ducklake') AND relkind IN ('r', 'S', 'v') GROUP BY 1, 2"
    )
    with home.database.transaction() as connection:
        found = {(schema, owner) for schema, owner, _ in connection.execute(owners)}
    assert found == {("ledgerwatch", "postgres"), ("ducklake", APPLICATION)}


@pytest.fixture
def earlier(home: Home, tmp_path: Path) -> Iterator[Database]:
    """A database as LedgerWatch had it before it had a role: all of it the owner's, lake and Dagster's tables too."""
    with fresh_home(home, tmp_path) as opened:
        database = opened.database
        with database.transaction() as connection:
            connection.execute(
                text(
                    "CREATE SCHEMA dagster; CREATE TABLE dagster.runs (id bigserial PRIMARY KEY);"
                    " CREATE VIEW dagster.shown AS TABLE dagster.runs"
                )
            )
        yield database


def test_a_database_of_an_earlier_version_is_given_to_the_role_when_it_is_opened(earlier: Database) -> None:
    with earlier.transaction() as connection:
        connection.execute(text("DROP SCHEMA ledgerwatch CASCADE; CREATE SCHEMA ledgerwatch"))
    migrate_to(earlier, "0011")
    with closing(bring_up_to_date(earlier.url)) as database:
        assert database.url == as_role(earlier.url, APPLICATION)
        with database.transaction() as connection:
            connection.execute(text("INSERT INTO dagster.runs DEFAULT VALUES"))
            connection.execute(text("ALTER TABLE dagster.runs ADD COLUMN name text; DROP VIEW dagster.shown"))
            connection.execute(text("ALTER TABLE ducklake.ducklake_metadata ADD COLUMN mine text"))
            connection.get_transaction().rollback()  # type: ignore[union-attr]
        with pytest.raises(DBAPIError, match="permission denied"), database.transaction() as connection:
            connection.execute(text("DELETE FROM audit_events"))


def test_what_a_later_migration_adds_is_the_roles_to_use(home: Home) -> None:
    with migrated_database(home) as database:
        with database.transaction() as connection:
            grant(connection, APPLICATION)
            grant(connection, APPLICATION)  # again: nothing changes
            connection.execute(text("CREATE TABLE later (id int); INSERT INTO later VALUES (1)"))
        with closing(Database(as_role(database.url, APPLICATION))) as working:
            with working.transaction() as connection:
                assert connection.execute(text("UPDATE later SET id = 2 RETURNING id")).scalar_one() == 2
            with pytest.raises(DBAPIError, match="must be owner"), working.transaction() as connection:
                connection.execute(text("DROP TABLE later"))


@pytest.mark.parametrize(
    ("role", "complaint"),
    [
        ("nobody_there", "there is no role nobody_there; make it first: CREATE ROLE nobody_there LOGIN"),
        ("postgres", "postgres is a superuser, whom no right binds; name a role of its own"),
        ('x"; DROP TABLE alerts', "is no role LedgerWatch can work as"),
        ("", "'' is no role LedgerWatch can work as"),
    ],
)
def test_what_is_no_role_to_work_as_is_named(home: Home, role: str, complaint: str) -> None:
    with owned(home) as database, database.transaction() as connection, pytest.raises(UsageError, match=complaint):
        grant(connection, role)


def test_who_does_not_own_the_database_cannot_give_rights(home: Home) -> None:
    with migrated_database(home) as database:
        with database.transaction() as connection:
            connection.execute(text("CREATE ROLE some_owner LOGIN; CREATE ROLE some_worker"))
        try:
            with closing(Database(as_role(database.url, "some_owner"))) as owner, owner.transaction() as connection:
                with pytest.raises(NotOwnerError, match="some_owner may not change the schema nor give rights to it"):
                    grant(connection, "some_worker")
            with database.transaction() as connection:
                connection.execute(text("ALTER SCHEMA ledgerwatch OWNER TO some_owner"))
            with closing(Database(as_role(database.url, "some_owner"))) as owner, owner.transaction() as connection:
                with pytest.raises(
                    NotGrantedError, match=r"some_owner cannot give some_worker its rights: permission denied"
                ):
                    grant(connection, "some_worker")
                connection.get_transaction().rollback()  # type: ignore[union-attr]
        finally:
            with database.transaction() as connection:
                connection.execute(text("ALTER SCHEMA ledgerwatch OWNER TO postgres; DROP OWNED BY some_owner"))
                connection.execute(text("DROP ROLE some_owner; DROP ROLE some_worker"))


def test_an_owner_who_is_no_superuser_can_give_the_rights(home: Home) -> None:
    with owned(home) as server:
        with server.transaction() as connection:
            connection.execute(text("CREATE ROLE plain_owner LOGIN; CREATE ROLE plain_worker LOGIN"))
            connection.execute(text("GRANT plain_worker TO plain_owner"))
        try:
            with empty_database(home) as database:
                with database.transaction() as connection:
                    name = connection.execute(text("SELECT current_database()")).scalar_one()
                    connection.execute(text(f"ALTER DATABASE {name} OWNER TO plain_owner"))
                _worked_with(database, "plain_owner", "plain_worker")
        finally:
            with server.transaction() as connection:
                connection.execute(text("DROP ROLE plain_owner; DROP ROLE plain_worker"))


def _worked_with(database: Database, owner: str, worker: str) -> None:
    """The owner migrates, with tables of Dagster's there, and gives the rights; the worker has those and no others."""
    with closing(Database(as_role(database.url, owner))) as owning, owning.transaction() as connection:
        connection.execute(text("CREATE SCHEMA dagster; CREATE TABLE dagster.runs (id bigserial PRIMARY KEY)"))
    with closing(Database(as_role(database.url, owner))) as owning:
        migrate(owning)
        with owning.transaction() as connection:
            grant(connection, worker)
    with closing(Database(as_role(database.url, worker))) as working:
        with working.transaction() as connection:
            connection.execute(text("ALTER TABLE dagster.runs ADD COLUMN name text; CREATE SCHEMA ducklake"))
            audit.record_heads(connection, TESTER)
        with pytest.raises(DBAPIError, match="permission denied"), working.transaction() as connection:
            connection.execute(text("DELETE FROM audit_events"))
