"""Maintenance of the lake: it removes what nothing names, and nobody sees a difference, before, after or meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import duckdb
import pytest
from sqlalchemy import event, text

from ledgerwatch_pipeline.alerting.act import change_alert
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.alert import AlertAction, AlertFilter
from ledgerwatch_pipeline.model.load import ImportOptions, OnInvalid
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.pipeline import maintain as maintain_module
from ledgerwatch_pipeline.pipeline.maintain import MaintenanceReport, maintain
from ledgerwatch_pipeline.stores.lake import maintenance
from ledgerwatch_pipeline.stores.postgres import alerts, organizations
from ledgerwatch_tests.conftest import TESTER
from ledgerwatch_tests.databases import fresh_home
from ledgerwatch_tests.processes import everything
from ledgerwatch_tests.steps import analyse_due, import_these

pytestmark = pytest.mark.slow

NOW = timedelta(0)
MARCH = MonthRange(Month(2024, 3), Month(2024, 3))
PAIR = "2024-03-01,Acme,50.00\n2024-03-02,Acme,50.00\n"


@pytest.fixture
def fresh(home: Home, tmp_path: Path) -> Iterator[Home]:
    """A home of its own on the tests' server, with the organization acme."""
    with fresh_home(home, tmp_path / "h") as opened:
        add(opened, "acme")
        yield opened


def add(home: Home, slug: str) -> None:
    with home.database.transaction() as connection:
        organizations.add(connection, Organization(uuid4(), slug, slug), TESTER)


def deliver(home: Home, lines: str, slug: str = "acme", on_invalid: str = "quarantine") -> UUID:
    file = home.settings.home / f"{uuid4()}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"date,vendor,amount\n{lines}")
    (receipt,) = receive(home, [file], slug, ImportOptions(OnInvalid(on_invalid)), TESTER)
    import_these(home, TESTER, [receipt.load_id])
    file.unlink()
    return receipt.load_id


def analyse_again(home: Home) -> None:
    analyses.request(home, TESTER, MARCH)
    analyse_due(home)


def tidy(home: Home) -> MaintenanceReport:
    """With no regard for age: nobody is at work in the home."""
    return maintain(home, snapshot_age=NOW, file_age=NOW)


def rows(home: Home, query: str) -> list[tuple[Any, ...]]:
    return home.lake.con.execute(query).fetchall()


def files(home: Home) -> set[str]:
    return {path.name for path in Path(home.settings.lake_location).rglob("*.parquet")}


def test_nobody_sees_a_difference(fresh: Home) -> None:
    for day in range(1, 6):
        deliver(fresh, PAIR + f"2024-0{day}-05,Vendor {day},7.00\n2024-03-09,,1.00\n")
        analyse_due(fresh)
    before = everything(fresh)
    assert before["findings"]
    assert before["alerts"]
    assert before["row_issues"]
    report = tidy(fresh)
    assert report.findings_removed > 0
    assert report.snapshots_expired > 0
    assert report.left_for_later == 0
    assert everything(fresh) == before
    again = Home(fresh.settings)  # and who opens it now
    assert everything(again) == before
    again.close()


def test_run_twice_it_finds_nothing_more_to_do(fresh: Home) -> None:
    deliver(fresh, PAIR)
    analyse_due(fresh)
    analyse_again(fresh)
    tidy(fresh)
    before = files(fresh)
    assert set(tidy(fresh).figures().values()) == {0}
    assert files(fresh) == before


def test_a_home_without_anything_can_be_tidied(fresh: Home) -> None:
    tidy(fresh)
    assert set(tidy(fresh).figures().values()) == {0}


def test_small_files_become_few(fresh: Home) -> None:
    for vendor in range(4):
        deliver(fresh, "".join(f"2024-03-{day:02},Vendor {vendor} {day},1.00\n" for day in range(1, 29)))
        maintenance.flush(fresh.lake.con)
    many = rows(fresh, "SELECT file_count FROM lake.table_info() WHERE table_name = 'transactions'")
    assert many[0][0] > 1
    ledger = rows(fresh, "FROM lake.transactions ORDER BY ALL")
    tidy(fresh)
    assert rows(fresh, "SELECT file_count FROM lake.table_info() WHERE table_name = 'transactions'") == [(1,)]
    assert rows(fresh, "FROM lake.transactions ORDER BY ALL") == ledger


def test_findings_that_nothing_names_are_removed_and_those_that_hold_stay(fresh: Home) -> None:
    deliver(fresh, PAIR)
    analyse_due(fresh)
    analyse_again(fresh)
    analyse_again(fresh)
    generations = "SELECT DISTINCT analysis_run_id FROM lake.findings"
    assert len(rows(fresh, generations)) == 3
    assert tidy(fresh).findings_removed == 2
    with fresh.database.transaction() as connection:
        current = connection.execute(
            text("SELECT DISTINCT run_id FROM current_runs WHERE analyzer = 'duplicate'")
        ).all()
    assert rows(fresh, generations) == [tuple(each) for each in current]


def test_a_run_that_partly_holds_keeps_its_findings(fresh: Home) -> None:
    deliver(fresh, PAIR + "2024-05-01,Late,9.00\n2024-05-02,Late,9.00\n")
    analyse_due(fresh)
    analyse_again(fresh)  # March is another run's now, May still the first one's
    assert tidy(fresh).findings_removed == 0
    assert [each[0] for each in everything(fresh)["findings"] if each[0] == "duplicate"] == ["duplicate"] * 2


def test_findings_of_a_run_that_is_still_going_are_left_alone(fresh: Home) -> None:
    deliver(fresh, PAIR)
    analyse_due(fresh)
    running = uuid4()
    rows(fresh, f"INSERT INTO lake.findings SELECT * REPLACE (UUID '{running}' AS analysis_run_id) FROM lake.findings")
    insert = (
        "INSERT INTO analysis_runs (id, analyzer, version, first_month, last_month, status)"
        " VALUES (:id, 'duplicate', 1, '2024-03-01', '2024-03-01', 'RUNNING')"
    )
    with fresh.database.transaction() as connection:
        connection.execute(text(insert), {"id": running})
    assert tidy(fresh).findings_removed == 0
    with fresh.database.transaction() as connection:
        connection.execute(
            text("UPDATE analysis_runs SET status = 'FAILED', error = 'killed', finished_at = now() WHERE id = :id"),
            {"id": running},
        )
    assert tidy(fresh).findings_removed == 1


def test_a_run_that_ends_while_maintenance_looks_keeps_its_findings(fresh: Home) -> None:
    deliver(fresh, PAIR)
    analyse_due(fresh)
    other = Home(fresh.settings)
    looked: list[str] = []

    def analyse_first(_: object, __: object, statement: str, *___: object) -> None:
        if "analysis_runs" in statement and not looked:
            looked.append(statement)
            analyse_again(other)

    event.listen(fresh.database.engine, "before_cursor_execute", analyse_first)
    maintain(fresh)
    assert looked
    assert len(everything(fresh)["findings"]) == 1
    other.close()


def test_row_issues_of_earlier_attempts_are_removed(fresh: Home) -> None:
    load = deliver(fresh, "2024-03-01,,1.00\n", on_invalid="reject")
    assert deliver(fresh, "2024-03-01,,1.00\n", on_invalid="reject") == load  # delivered again
    assert len(rows(fresh, "SELECT attempt FROM lake.row_issues")) == 2
    before = everything(fresh)["row_issues"]
    assert tidy(fresh).row_issues_removed == 1
    assert rows(fresh, "SELECT attempt FROM lake.row_issues") == [(2,)]
    assert everything(fresh)["row_issues"] == before


def test_what_an_open_alert_was_raised_from_can_still_be_read(fresh: Home) -> None:
    deliver(fresh, PAIR)
    analyse_due(fresh)
    with fresh.database.transaction() as connection:
        (alert,) = alerts.ranked(connection, AlertFilter(), TESTER, limit=None, after=None)
    named = alert.ledger_snapshot
    as_it_was = f"SELECT count(*), sum(amount) FROM lake.transactions AT (VERSION => {named})"
    deliver(fresh, "2024-06-01,Other,1.00\n" * 3)
    analyse_due(fresh)
    analyse_again(fresh)  # the findings come from a newer snapshot now, the alert still names the older one
    then = rows(fresh, as_it_was)
    assert then == [(2, 100)]
    for _ in range(2):
        tidy(fresh)
        assert rows(fresh, as_it_was) == then
    unnamed = rows(fresh, "SELECT snapshot_id FROM lake.snapshots()")
    with fresh.database.transaction() as connection:
        runs_named = set(
            connection.scalars(text("SELECT ledger_snapshot FROM analysis_runs JOIN current_runs ON run_id = id"))
        )
    newest = max(unnamed)[0]
    assert {each[0] for each in unnamed} == runs_named | {named, newest}
    change_alert(fresh, alert.name, AlertAction.RESOLVE, principal=TESTER, outcome="accepted")
    tidy(fresh)
    with pytest.raises(duckdb.Error):
        rows(fresh, as_it_was)


def test_files_are_deleted_only_when_they_are_old(fresh: Home) -> None:
    deliver(fresh, PAIR)
    tidy(fresh)
    orphan = Path(fresh.settings.lake_location) / "main" / "transactions" / "left-behind.parquet"
    orphan.parent.mkdir(parents=True, exist_ok=True)
    rows(fresh, f"COPY (SELECT 1 AS x) TO '{orphan}' (FORMAT parquet)")
    maintain(fresh)
    assert orphan.exists()  # it may be of a transaction that is still under way
    assert tidy(fresh).files_deleted == 1
    assert not orphan.exists()
    assert rows(fresh, "SELECT count(*) FROM lake.transactions") == [(2,)]


@pytest.mark.slow
def test_it_runs_beside_imports_and_analyses(fresh: Home) -> None:
    slugs = [f"org-{number}" for number in range(3)]
    for slug in slugs:
        add(fresh, slug)

    def work(slug: str) -> None:
        home = Home(fresh.settings)
        for month in range(1, 6):
            deliver(home, f"2024-0{month}-01,Acme,50.00\n2024-0{month}-02,Acme,50.00\n2024-0{month}-03,,1.00\n", slug)
            analyse_due(home)
        home.close()

    def keep_tidy(_: str) -> list[MaintenanceReport]:
        home = Home(fresh.settings)
        reports = [maintain(home) for _ in range(8)]
        home.close()
        return reports

    with ThreadPoolExecutor(4) as pool:
        reports = pool.submit(keep_tidy, "")
        list(pool.map(work, slugs))
        reports.result()
    before = everything(fresh)
    assert len(before["loads"]) == 15
    assert len(before["findings"]) == 15
    assert not before["due"]
    assert not before["running"]
    assert {load[2] for load in before["loads"]} == {"ACCEPTED"}
    with fresh.database.transaction() as connection:
        failed = connection.execute(text("SELECT error FROM analysis_runs WHERE status = 'FAILED'")).all()
    assert all("TransactionException" in str(each) for each in failed)  # tried anew
    tidy(fresh)
    assert everything(fresh) == before


def test_two_who_tidy_take_turns(fresh: Home) -> None:
    deliver(fresh, PAIR)

    def tidy_apart(_: int) -> MaintenanceReport:
        home = Home(fresh.settings)
        report = maintain(home, snapshot_age=NOW)
        home.close()
        return report

    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(tidy_apart, range(3)))
    assert sum(each.tables_flushed > 0 for each in reports) == 1
    assert {each.left_for_later for each in reports} == {0}
    assert timedelta(hours=1) < maintain_module.FILE_AGE
