"""Makes the lake's tables, and brings those of an older version up to date. The lake says itself which version it has."""

import duckdb
from sqlalchemy import bindparam, text, update

from ledgerwatch_pipeline.model.errors import StoreUnavailableError
from ledgerwatch_pipeline.model.transaction import FIELDS, TransactionField
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.catalog import CATALOG_SCHEMA, VERSION
from ledgerwatch_pipeline.stores.lake.rows import only_row
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_pipeline.stores.postgres.tables import current_runs


def is_current(database: Database) -> bool:
    """Whether the lake is there with every table and column this LedgerWatch knows: asked of its catalog, in a millisecond,
    for those who only read and would rather not attach it twice."""
    with database.transaction() as connection:
        catalog = connection.execute(text("SELECT to_regclass(:name)"), {"name": f"{CATALOG_SCHEMA}.ducklake_column"})
        if catalog.scalar() is None:
            return False
        columns = {
            (row.table_name, row.column_name)
            for row in connection.execute(
                text(
                    f"SELECT table_name, column_name FROM {CATALOG_SCHEMA}.ducklake_table AS t"
                    f" JOIN {CATALOG_SCHEMA}.ducklake_column AS c USING (table_id)"
                    " WHERE t.end_snapshot IS NULL AND c.end_snapshot IS NULL"
                )
            )
        }
    wanted = {("transactions", field.name) for field in FIELDS} | {
        ("load_vendors", "first_month"),
        ("taken_out", "correction_id"),
        ("schema_version", "version"),
        ("signals", "analysis_run_id"),
        ("cases", "analysis_run_id"),
    }
    return wanted <= columns


def bring_up_to_date(con: duckdb.DuckDBPyConnection, database: Database) -> None:
    """Make or migrate the tables of the attached lake, one process at a time; usually there is nothing to do.

    Raises StoreUnavailableError for a lake that a newer LedgerWatch wrote.
    """
    if version_of(con) == VERSION and not _missing_fields(con):
        return
    with database.lock(Lock.LAKE_SCHEMA):
        found = version_of(con)
        if found is not None and found > VERSION:
            raise StoreUnavailableError(
                f"the lake has version {found}, this LedgerWatch knows {VERSION}; install the newer version"
            )
        if found is None:
            _execute(con, schema())
        if found == 1:
            _count_findings(con, database)  # before: once the lake has version 2, nobody would do it any more
            _execute(con, sql_text("lake/migrate_2"))
        if found in (1, 2):
            _execute(con, sql_text("lake/migrate_3"))
        if found in (1, 2, 3):
            _execute(con, sql_text("lake/migrate_4"))
        if found is not None and found < 5:
            _execute(con, sql_text("lake/migrate_5"))
        if found is not None and found < 6:
            _execute(con, "\n".join([sql_text("lake/ranking"), sql_text("lake/migrate_6")]))
        for field in _missing_fields(con):
            con.execute(f"ALTER TABLE lake.transactions ADD COLUMN {field.name} {field.sql_type}")


def schema() -> str:
    """The statements that make the lake's tables, of the present version."""
    return "\n".join([sql_text("lake/schema", transaction_columns=_transaction_columns()), sql_text("lake/ranking")])


def version_of(con: duckdb.DuckDBPyConnection) -> int | None:
    """The version of the attached lake; None: it has no tables yet."""
    tables = _tables(con)
    if "schema_version" in tables:
        return int(only_row(con.execute("SELECT max(version) FROM lake.schema_version"))[0])
    return 1 if "transactions" in tables else None


def _tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    found = con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake'").fetchall()
    return {name for (name,) in found}


def _transaction_columns() -> str:
    return ",\n    ".join(f"{each.name} {each.sql_type}{'' if each.nullable else ' NOT NULL'}" for each in FIELDS)


def _missing_fields(con: duckdb.DuckDBPyConnection) -> list[TransactionField]:
    """Fields of a transaction that the lake's table has no column for: those that this LedgerWatch brings. All optional."""
    found = con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'lake' AND table_name = 'transactions'"
    ).fetchall()
    columns = {name for (name,) in found}
    return [field for field in FIELDS if field.name not in columns]


def _execute(con: duckdb.DuckDBPyConnection, statements: str) -> None:
    con.begin()
    try:
        con.execute(statements)
    except BaseException:
        con.rollback()
        raise
    con.commit()


def _count_findings(con: duckdb.DuckDBPyConnection, database: Database) -> None:
    """Tell PostgreSQL how many findings the runs have that hold: only the lake of version 1 knew."""
    counts = con.execute(
        "SELECT analyzer, organization_id, month, analysis_run_id, count(*) FROM lake.findings GROUP BY ALL"
    ).fetchall()
    if not counts:
        return
    names = ("b_analyzer", "b_organization", "b_month", "b_run", "b_findings")
    statement = (
        update(current_runs)
        .where(
            current_runs.c.analyzer == bindparam("b_analyzer"),
            current_runs.c.organization_id == bindparam("b_organization"),
            current_runs.c.month == bindparam("b_month"),
            current_runs.c.run_id == bindparam("b_run"),
        )
        .values(findings=bindparam("b_findings"))
    )
    with database.transaction() as connection:
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in counts])
