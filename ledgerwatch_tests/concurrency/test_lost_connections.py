"""A connection to PostgreSQL that is lost while both sides live: no item is to blame for it, and it is noticed."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.pipeline.isolate import in_halves
from ledgerwatch_pipeline.stores.postgres import leases
from ledgerwatch_tests.databases import migrated_database, owned


def end_those(home: Home, which: str) -> None:
    """End the connections to the home's database for which this holds."""
    with owned(home) as database, database.transaction() as connection:
        ended = connection.scalars(
            text(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                f" WHERE datname = current_database() AND pid <> pg_backend_pid() AND {which}"
            )
        )
        assert ended.all()


@pytest.mark.parametrize("together", [1, 2])
def test_a_catalog_lost_in_a_transaction_is_no_item_s_failure(home: Home, together: int) -> None:
    blamed: list[int] = []

    def read(_: Sequence[int]) -> None:
        with home.lake.transaction():
            home.lake.con.execute("SELECT count(*) FROM lake.load_totals").fetchall()
            end_those(home, "application_name = '' AND state = 'idle in transaction'")
            home.lake.con.execute("SELECT count(*) FROM lake.row_issues").fetchall()

    with pytest.raises(Exception, match=r"ROLLBACK|connection"):
        in_halves(range(together), read, lambda item, _: blamed.append(item))
    assert blamed == []
    assert home.lake.snapshot() >= 0


def test_who_stays_notices_that_nobody_sees_it_any_more(home: Home) -> None:
    with migrated_database(home) as database:

        def count() -> int:
            with database.transaction() as connection:
                return leases.count_present(connection)

        with leases.present(database) as require_present:
            require_present()
            assert count() == 1
            with database.transaction() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            assert count() == 0
            with pytest.raises(OperationalError):
                require_present()
