"""A lake whose transactions lie in a file for each year, as versions 2 to 4 wrote them: read as it is, and written as a new one."""

from pathlib import Path

import duckdb
import pytest

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.lake.catalog import VERSION
from ledgerwatch_pipeline.stores.postgres.migrate import migrate as migrate_database
from ledgerwatch_tests.databases import empty_database

pytestmark = pytest.mark.slow

ROWS = 3_000
TWO_YEARS = f"""
    INSERT INTO lake.transactions BY NAME
    SELECT $load AS load_id, $load AS organization_id, i AS row_number, DATE '2023-07-01' + CAST(i % 365 AS INTEGER) AS date,
           date_trunc('month', date)::DATE AS month, 'Acme ' || i % 7 AS vendor, lower(vendor) AS vendor_key,
           CAST(i AS DECIMAL(16, 4)) / 100 AS amount, 'expense' AS type, 'USD' AS currency
    FROM range({ROWS}) AS r(i)
"""
FIRST, SECOND = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"


def answers(con: duckdb.DuckDBPyConnection) -> list[object]:
    """What is asked of a ledger: a month, an organization, all of it."""
    return [
        con.execute(
            f"FROM lake.transactions WHERE load_id = '{FIRST}' AND month = '2024-02-01' ORDER BY ALL"
        ).fetchall(),
        con.execute(f"FROM lake.transactions WHERE organization_id = '{FIRST}' ORDER BY ALL").fetchall(),
        con.execute(
            f"SELECT month, count(*), sum(amount) FROM lake.transactions WHERE load_id = '{FIRST}' GROUP BY 1 ORDER BY 1"
        ).fetchall(),
    ]


def files(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {
        name for (name,) in con.execute("SELECT data_file FROM ducklake_list_files('lake', 'transactions')").fetchall()
    }


def test_a_lake_of_files_by_year_answers_as_before_and_goes_on_without(home: Home, tmp_path: Path) -> None:
    with empty_database(home) as database:
        migrate_database(database)
        settings = Settings(home=tmp_path, database_url=database.url, threads=1)
        old = Home(settings)
        old.lake.con.execute("ALTER TABLE lake.transactions SET PARTITIONED BY (year(month))")
        for table in ("taken_out", "withdrawn_loads", "signals", "cases"):
            old.lake.con.execute(f"DROP TABLE lake.{table}")
        old.lake.con.execute("UPDATE lake.schema_version SET version = 3")
        old.lake.con.execute(TWO_YEARS, {"load": FIRST})
        before, by_year = answers(old.lake.con), files(old.lake.con)
        assert len(by_year) == 2
        old.close()

        again = Home(settings)
        assert again.lake.con.execute("SELECT version FROM lake.schema_version").fetchall() == [(VERSION,)]
        assert (answers(again.lake.con), files(again.lake.con)) == (before, by_year)
        again.lake.con.execute(TWO_YEARS, {"load": SECOND})
        assert answers(again.lake.con) == before
        assert len(files(again.lake.con)) == 3
        again.lake.con.execute("CALL ducklake_merge_adjacent_files('lake')")
        assert answers(again.lake.con) == before
        again.close()
