"""A home that version 0.1 left behind: opened by this version it says what it said, and it goes on as one made anew would."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.alerting.act import change_alert
from ledgerwatch_pipeline.analysis.explain import Verdict, explain
from ledgerwatch_pipeline.analysis.parameters import set_parameters
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.cli.main import run
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.alert import AlertAction, AlertFilter, AlertNumber, AlertRow, AlertStatus
from ledgerwatch_pipeline.model.audit import FORM1_CHAIN, GENESIS, INSTALLATION_CHAIN, AuditRow, Subject, SubjectType
from ledgerwatch_pipeline.model.audit_chain import export_line, verify_lines
from ledgerwatch_pipeline.model.errors import StoreUnavailableError
from ledgerwatch_pipeline.model.load import ImportOptions, LoadFilter, LoadRow, OnInvalid
from ledgerwatch_pipeline.model.money import plain_amount
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.run import RunFilter, RunOutcome
from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.lake import migrate, transactions
from ledgerwatch_pipeline.stores.lake.catalog import VERSION
from ledgerwatch_pipeline.stores.lake.transactions import TransactionFilter
from ledgerwatch_pipeline.stores.postgres import alerts, audit, loads, organizations, parameters, runs, work
from ledgerwatch_pipeline.stores.postgres.audit import AuditFilter
from ledgerwatch_pipeline.stores.postgres.migrate import migrate as migrate_database
from ledgerwatch_pipeline.stores.postgres.server import embedded_server_url
from ledgerwatch_tests.conftest import TESTER
from ledgerwatch_tests.databases import OLD_HOME, empty_database, old_list, restore_old_home
from ledgerwatch_tests.steps import analyse_due, import_these

pytestmark = pytest.mark.slow

NEW_FILE = "date,vendor,amount\n2025-04-05,Waiting,10.00\n2025-05-01,Fresh,7.00\n2025-05-02,Fresh,7.00\n"


@contextmanager
def opened_old_home() -> Iterator[Home]:
    """The old home as a person has it who installed this version: the first command that opens it migrates it."""
    with tempfile.TemporaryDirectory(prefix="lw-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "h"
        restore_old_home(home, embedded_server_url(home))
        opened = Home(Settings(home=home))
        try:
            yield opened
        finally:
            opened.close()


@pytest.fixture(scope="module")
def migrated() -> Iterator[Home]:
    """The old home, opened; nothing in it is changed by a test."""
    with opened_old_home() as home:
        yield home


def by_sql(home: Home, query: str, capfd: pytest.CaptureFixture[str]) -> list[list[Any]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEDGERWATCH_HOME", str(home.settings.home))
        assert run(["sql", query, "--json"]) == 0
    found: list[list[Any]] = json.loads(capfd.readouterr().out)["rows"]
    return found


def all_alerts(home: Home) -> list[AlertRow]:
    with home.database.transaction() as connection:
        return list(alerts.ranked(connection, AlertFilter(tuple(AlertStatus)), TESTER, limit=None, after=None))


def all_loads(home: Home) -> list[LoadRow]:
    with home.database.transaction() as connection:
        return list(loads.list_recent(connection, LoadFilter(), TESTER, limit=None))


def events(home: Home, chain: UUID) -> list[AuditRow]:
    """Newest first."""
    with home.database.transaction() as connection:
        rows = list(audit.list_recent(connection, AuditFilter(), TESTER, limit=None, after=None))
    return [row for row in rows if row.chain_id == chain]


def test_alerts_of_before_tell_their_vendor_by_key(migrated: Home) -> None:
    found = [each for each in all_alerts(migrated) if "vendor" in each.evidence]
    assert found
    assert {each.vendor_key == vendor_key(str(each.evidence["vendor"])) for each in found} == {True}


def test_organizations_are_what_they_were(migrated: Home) -> None:
    with migrated.database.transaction() as connection:
        found = organizations.list_all(connection, TESTER)
    assert [
        {
            "id": str(each.id),
            "slug": each.slug,
            "name": each.name,
            "currency": each.currency,
            "opening_balance": None if each.opening_balance is None else plain_amount(each.opening_balance),
            "opening_date": each.opening_date and each.opening_date.isoformat(),
            "revenue_categories": list(each.revenue_categories),
        }
        for each in found
    ] == old_list("orgs")["organizations"]
    assert {each.currency_decimals for each in found} == {2}


def test_loads_are_what_they_were(migrated: Home) -> None:
    found = all_loads(migrated)
    assert [
        {
            "load_id": str(each.id),
            "organization": each.organization,
            "file": each.file,
            "sha256": each.sha256,
            "status": each.status.value,
            "rows": each.rows,
            "accepted": each.accepted,
            "rejected": each.rejected,
            "skipped": each.skipped,
            "blank": each.blank,
            "rules": each.rules,
            "reason": each.reason,
            "amount": {
                name: plain_amount(amount or Decimal(0), each.currency_decimals)
                for name, amount in (("expense", each.expense), ("income", each.income), ("refund", each.refund))
            },
            "months": [month.strftime("%Y-%m") for month in each.months],
            "received_at": str(each.received_at),
        }
        for each in found
    ] == old_list("loads")["loads"]
    assert {each.received_by for each in found} == {"root"}
    assert {each.file for each in found if each.options.on_invalid is OnInvalid.QUARANTINE} == {"march.csv"}
    assert all(each.worker is None and each.options.profile is None for each in found)


def test_transactions_are_what_they_were(migrated: Home) -> None:
    found = transactions.page(migrated.reading, TransactionFilter(), after=None, limit=None)
    shown = [
        {
            "id": str(each.id),
            "organization": each.organization,
            "date": each.date.isoformat(),
            "vendor": each.vendor,
            "amount": plain_amount(each.amount, each.currency_decimals),
            "type": each.type,
            "currency": each.currency,
            "load_id": str(each.load_id),
            "row_number": each.row_number,
            **each.texts,
        }
        for each in found
    ]
    assert shown == [{**each, "reference": None} for each in old_list("transactions")["transactions"]]


def test_findings_and_rejected_rows_are_what_they_were(migrated: Home, capfd: pytest.CaptureFixture[str]) -> None:
    for name, table in (("findings", "findings"), ("rejected", "rejected_rows")):
        before = old_list(name)
        query = f"SELECT {', '.join(before['columns'])} FROM {table} ORDER BY ALL"
        assert by_sql(migrated, query, capfd) == before["rows"]


def test_alerts_are_what_they_were_under_numbers_of_their_organization(migrated: Home) -> None:
    before = old_list("alerts")["alerts"]
    numbers: dict[int, AlertNumber] = {}
    for each in sorted(before, key=lambda alert: alert["number"]):
        own = sum(number.organization == each["organization"] for number in numbers.values()) + 1
        numbers[each["number"]] = AlertNumber(each["organization"], own)
    found = {
        str(each.name): {
            "id": str(each.id),
            "organization": each.organization,
            "analyzer": each.analyzer,
            "severity": each.severity.value,
            "status": each.status.value,
            "title": each.title,
            "message": each.message,
            "subject": each.subject,
            "amount": plain_amount(each.amount, each.currency_decimals),
            "month": each.month.strftime("%Y-%m"),
            "transactions": [str(one) for one in each.transactions],
            "evidence": each.evidence,
            "assignee": each.assignee,
            "outcome": each.outcome and each.outcome.value,
        }
        for each in all_alerts(migrated)
    }
    assert found == {
        str(numbers[each["number"]]): {key: each[key] for key in each if key not in ("number", "muted")}
        for each in before
    }
    assert sorted(found) == ["acme-1", "acme-2", "acme-3", "acme-4", "devon-1", "devon-2", "devon-3"]


def test_who_worked_on_an_alert_is_known(migrated: Home) -> None:
    worked_on = {str(each.name): each for each in all_alerts(migrated) if each.status is not AlertStatus.OPEN}
    assert {
        name: (each.acknowledged_by, each.resolved_by, each.outcome and each.outcome.value, each.note)
        for name, each in worked_on.items()
    } == {
        "acme-1": ("ann", None, None, worked_on["acme-1"].note),
        "acme-2": (None, "bob", "fixed", worked_on["acme-2"].note),
        "devon-2": ("bob", None, None, worked_on["devon-2"].note),
    }


def test_runs_are_what_they_were(migrated: Home) -> None:
    before = old_list("runs")["runs"]
    with migrated.database.transaction() as connection:
        found = list(runs.list_recent(connection, RunFilter(), TESTER, limit=None, after=None))
        results = {each.id: runs.results(connection, each.id, TESTER) for each in found}
    assert [
        (
            str(each.id),
            each.analyzer,
            each.version,
            each.months.first.first_day.isoformat(),
            each.months.last.first_day.isoformat(),
            each.status.value,
            each.dagster_run_id,
            each.ledger_snapshot,
            each.findings,
            each.alerts_raised,
            each.error,
            str(each.created_at),
            str(each.started_at),
            str(each.finished_at),
        )
        for each in found
    ] == [
        tuple(value for key, value in each.items() if key not in ("organizations", "parameters", "not_enough_data"))
        for each in before
    ]
    ids = {each["slug"]: each["id"] for each in old_list("orgs")["organizations"]}
    for old, new in zip(before, found, strict=True):
        (result,) = results[new.id]  # every one of them was about one organization
        assert [result.organization] == old["organizations"]
        assert (result.months, result.findings, result.outcome) == (new.months, old["findings"], RunOutcome.ANALYSED)
        own = old["parameters"]["own"].get(ids[result.organization], {})
        assert result.parameters == {**old["parameters"]["default"], **own}


def test_parameters_are_what_they_were(migrated: Home) -> None:
    before = old_list("parameters")["analyzer"]
    analyzer = load_registry(migrated.settings).named(before["name"])
    with migrated.database.transaction() as connection:
        devon = organizations.get(connection, before["organization"], TESTER)
        own = parameters.overrides(connection, analyzer.name)
    assert own == {devon.id: {each["name"]: each["value"] for each in before["parameters"] if each["own"]}}
    values = analyzer.values(own[devon.id])
    assert {each.name: each.written(values[each.name]) for each in analyzer.parameters} == {
        each["name"]: each["value"] for each in before["parameters"]
    }


def test_every_audit_event_is_there_and_the_old_chain_is_whole(migrated: Home) -> None:
    before = old_list("audit")["events"]
    found = events(migrated, FORM1_CHAIN)
    assert [
        {
            "seq": each.seq,
            "event_type": each.event_type,
            "actor": each.actor,
            "organization": each.organization,
            "subject": each.form1_subject,
            "created_at": each.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "metadata": each.metadata,
            "hash": each.hash,
        }
        for each in found
    ] == before
    with migrated.database.transaction() as connection:
        counts = audit.verify(connection, [each["hash"] for each in before])
        lines = [export_line(row) for row in audit.chain_rows(connection, TESTER, None)]
    exported = {each.chain_id: each.seq for each in verify_lines(lines, [each["hash"] for each in before])}
    assert exported == {INSTALLATION_CHAIN: 1, FORM1_CHAIN: len(before)}
    assert counts == {"the installation": 1, "the installation before version 0.2": len(before)}
    (first,) = events(migrated, INSTALLATION_CHAIN)
    assert (first.seq, first.event_type, first.previous_hash) == (1, "CHAIN_HEADS_RECORDED", GENESIS)
    assert first.metadata == {"heads": [{"chain": str(FORM1_CHAIN), "seq": len(before), "hash": before[0]["hash"]}]}


def test_the_old_history_of_a_load_and_of_an_alert_is_found_by_its_id(migrated: Home) -> None:
    alert = next(each for each in all_alerts(migrated) if str(each.name) == "devon-2")
    load = next(each for each in all_loads(migrated) if each.file == "march.csv")
    with migrated.database.transaction() as connection:
        of_alert = audit.history(connection, Subject(SubjectType.ALERT, str(alert.id)), TESTER)
        of_load = audit.history(connection, Subject(SubjectType.LOAD, str(load.id)), TESTER)
    assert [(each.event_type, each.actor) for each in of_alert] == [("ALERT_ACKNOWLEDGED", "bob")]
    assert [each.event_type for each in of_load] == ["LOAD_RECEIVED", "TRANSACTIONS_IMPORTED"]


def test_what_waited_is_still_due(migrated: Home) -> None:
    with migrated.database.transaction() as connection:
        items = work.pending(connection)
    assert {(each.organization, each.analyzer, str(each.months)) for each in items} == {
        ("acme", "duplicate", "2025-04"),
        ("acme", "large_transaction", "2025-04"),
    }


LEDGER = (
    "organization_id, load_id, row_number, month, date, vendor, vendor_key, amount, type, category, description,"
    " reference, currency, external_id, account"
)
FINDINGS = (
    "f.analyzer, f.organization_id, f.month, f.fingerprint, f.severity, f.subject, f.title, f.message, f.amount,"
    " f.evidence, f.transactions"
)


def figures(home: Home) -> dict[str, list[Any]]:
    """What two homes with the same history agree in, whichever version made the beginning of it."""
    con = home.lake.con
    with home.database.transaction() as connection:
        current = [
            (each.organization_id, each.analyzer, each.month.first_day, each.run_id, each.findings)
            for analyzer in load_registry(home.settings).analyzers
            for organization in organizations.list_all(connection, TESTER)
            for each in runs.current(connection, analyzer.name, [organization.id])
        ]
    con.execute(
        "CREATE OR REPLACE TEMP TABLE holds (organization_id UUID, analyzer VARCHAR, month DATE, run UUID, n INT)"
    )
    con.executemany("INSERT INTO holds VALUES (?, ?, ?, ?, ?)", current)
    found: dict[str, list[Any]] = {
        "transactions": con.execute(f"SELECT {LEDGER} FROM lake.transactions ORDER BY ALL").fetchall(),
        "totals": con.execute(
            "SELECT load_id, organization_id, month, type, rows, amount FROM lake.load_totals ORDER BY ALL"
        ).fetchall(),
        "vendors": con.execute(
            "SELECT load_id, organization_id, vendor_key, first_month FROM lake.load_vendors ORDER BY ALL"
        ).fetchall(),
        "findings": con.execute(
            f"SELECT {FINDINGS} FROM lake.findings AS f SEMI JOIN holds AS h ON h.organization_id = f.organization_id"
            " AND h.analyzer = f.analyzer AND h.month = f.month AND h.run = f.analysis_run_id ORDER BY ALL"
        ).fetchall(),
        "analysed": sorted((str(each[0]), each[1], each[2], each[4]) for each in current),
    }
    con.execute("DROP TABLE holds")
    found["alerts"] = sorted(
        (
            each.organization,
            each.analyzer,
            each.fingerprint,
            each.status.value,
            each.severity.value,
            each.title,
            each.message,
            each.amount,
            each.month,
            dict(each.evidence),
            each.transactions,
        )
        for each in all_alerts(home)
        if each.status is not AlertStatus.RESOLVED
    )
    found["row issues"] = [
        (load.file, load.status.value, load.accepted, load.rejected, load.skipped, load.expense, load.months)
        for load in sorted(all_loads(home), key=lambda load: load.file)
    ]
    return found


def deliver(home: Home, slug: str, files: Sequence[Path], on_invalid: OnInvalid = OnInvalid.REJECT) -> None:
    receipts = receive(home, files, slug, ImportOptions(on_invalid), TESTER)
    import_these(home, TESTER, [each.load_id for each in receipts])


def go_on(home: Home, folder: Path) -> None:
    """What happens to the home from now on: what waits is done, and a new file comes."""
    analyse_due(home)
    file = folder / "april-and-may.csv"
    file.write_text(NEW_FILE)
    deliver(home, "acme", [file])
    analyse_due(home)


def made_anew(home: Home, folder: Path, before: Sequence[LoadRow]) -> None:
    """The old home's history, by this version: the same organizations, files, parameters and people."""
    known = []
    for each in old_list("orgs")["organizations"]:
        day, balance = each["opening_date"], each["opening_balance"]
        known.append(
            Organization(
                id=UUID(each["id"]),
                slug=each["slug"],
                name=each["name"],
                currency=each["currency"],
                revenue_categories=tuple(each["revenue_categories"]),
                opening_date=day and date.fromisoformat(day),
                opening_balance=balance and Decimal(balance),
            )
        )
    with home.database.transaction() as connection:
        organizations.add_all(connection, known, TESTER)
    for load in reversed(before):
        file = folder / load.file
        file.write_bytes((OLD_HOME / "archive" / load.sha256[:2] / load.sha256).read_bytes())
        deliver(home, load.organization, [file], load.options.on_invalid)
        if load.file != "waiting.csv":
            analyse_due(home)
    analyzer = load_registry(home.settings).named("large_transaction")
    set_parameters(home, analyzer, "devon", {"floor": Decimal(20000)}, TESTER)
    by_fingerprint = {each.fingerprint: each.name for each in all_alerts(home)}
    for each in old_list("alerts")["alerts"]:
        fingerprint = next(
            row[-1]
            for row in old_list("findings")["rows"]
            if row[5] == each["title"] and row[1] == each["organization"]
        )
        person = Principal("bob", TESTER.role)
        if each["status"] == "ACKNOWLEDGED":
            change_alert(home, by_fingerprint[fingerprint], AlertAction.ACKNOWLEDGE, principal=person)
        elif each["status"] == "RESOLVED":
            change_alert(
                home, by_fingerprint[fingerprint], AlertAction.RESOLVE, principal=person, outcome=each["outcome"]
            )


@pytest.mark.slow
def test_the_home_goes_on_as_one_made_anew(tmp_path: Path) -> None:
    with opened_old_home() as old:
        before = all_loads(old)
        go_on(old, tmp_path)
        went_on = figures(old)
        with old.database.transaction() as connection:
            assert work.pending(connection) == work.failed(connection) == []
            counts = audit.verify(connection)
        assert counts["the installation before version 0.2"] == 39
        assert counts["acme"] > 0
        names = [str(each.name) for each in all_alerts(old)]
        assert {"acme-5", "acme-6"} <= set(names)
        assert len(names) == len(set(names))
    with tempfile.TemporaryDirectory(prefix="lw-", ignore_cleanup_errors=True) as folder:
        anew = Home(Settings(home=Path(folder)))
        made_anew(anew, tmp_path, before)
        go_on(anew, tmp_path)
        expected = figures(anew)
        anew.close()
    for name in expected:
        assert went_on[name] == expected[name], name


def lake_version(home: Home) -> list[tuple[Any, ...]]:
    return home.lake.con.execute("SELECT version FROM lake.schema_version").fetchall()


def test_opening_the_home_again_migrates_nothing_again(migrated: Home) -> None:
    before = migrated.lake.snapshot()
    again = Home(migrated.settings)
    assert lake_version(again) == [(VERSION,)]
    assert again.lake.snapshot() == before
    again.close()


@pytest.mark.parametrize("step", ["_execute", "_count_findings"])
def test_a_migration_of_the_lake_that_was_cut_off_is_done_by_the_next(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    def within(con: duckdb.DuckDBPyConnection, statements: str) -> None:
        whole(con, f"{statements}; SELECT error('the machine stops')")

    whole = getattr(migrate, step)
    with opened_old_home() as home:
        with monkeypatch.context() as patch:
            patch.setattr(migrate, step, within if step == "_execute" else cut_off)
            with pytest.raises((KeyboardInterrupt, duckdb.Error)):
                home.lake.snapshot()
            home.lake.close()
        again = Home(home.settings)
        assert lake_version(again) == [(VERSION,)]
        with again.database.transaction() as connection:
            counted = connection.execute(text("SELECT analyzer, sum(findings) FROM current_runs GROUP BY 1 ORDER BY 1"))
            assert [tuple(row) for row in counted] == [("duplicate", 6), ("large_transaction", 2)]
        parquet = again.lake.con.execute(
            "SELECT value FROM lake.options() WHERE option_name = 'parquet_version' ORDER BY ALL"
        ).fetchall()
        assert parquet
        assert set(parquet) == {("V2",)}
        again.close()


VENDORS = "SELECT vendor_key, CAST(first_month AS VARCHAR) FROM lake.load_vendors ORDER BY ALL"


def test_a_lake_of_version_2_gets_its_vendors_from_its_rows_even_if_cut_off(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def within(con: duckdb.DuckDBPyConnection, statements: str) -> None:
        whole(con, f"{statements}; SELECT error('the machine stops')")

    whole = migrate._execute
    with empty_database(home) as database:
        migrate_database(database)
        settings = Settings(home=tmp_path, database_url=database.url)
        opened = Home(settings)
        con = opened.lake.con
        for row, (day, vendor) in enumerate([("2024-03-10", "aws"), ("2024-02-10", "aws"), ("2024-03-11", "rent")]):
            con.execute(
                "INSERT INTO lake.transactions BY NAME SELECT uuid() AS organization_id, $load AS load_id,"
                " $row AS row_number, date_trunc('month', $day::DATE) AS month, $day AS date, $vendor AS vendor,"
                " $vendor AS vendor_key, 1 AS amount, 'expense' AS type, 'USD' AS currency",
                {"load": UUID(int=1), "row": row, "day": day, "vendor": vendor},
            )
        con.execute("UPDATE lake.transactions SET organization_id = load_id")
        for table in ("load_vendors", "taken_out", "withdrawn_loads", "signals", "cases"):
            con.execute(f"DROP TABLE lake.{table}")
        con.execute("UPDATE lake.schema_version SET version = 2")
        opened.close()
        cut_off = Home(settings)
        with monkeypatch.context() as patch:
            patch.setattr(migrate, "_execute", within)
            with pytest.raises(duckdb.Error):
                cut_off.lake.snapshot()
            cut_off.lake.close()
        again = Home(settings)
        assert list(transactions.page(again.reading, TransactionFilter(), after=None, limit=None)) == []
        assert again.lake.con.execute(VENDORS).fetchall() == [("aws", "2024-02-01"), ("rent", "2024-03-01")]
        assert lake_version(again) == [(VERSION,)]
        again.close()


def test_a_lake_that_a_newer_version_wrote_is_refused(home: Home, tmp_path: Path) -> None:
    with empty_database(home) as database:
        migrate_database(database)
        settings = Settings(home=tmp_path, database_url=database.url)
        opened = Home(settings)
        opened.lake.con.execute("UPDATE lake.schema_version SET version = 99")
        opened.close()
        newer = Home(settings)
        with pytest.raises(StoreUnavailableError, match=f"the lake has version 99, this LedgerWatch knows {VERSION}"):
            newer.lake.snapshot()
        newer.close()


def test_a_field_that_came_after_the_lake_was_made_is_added(home: Home, tmp_path: Path) -> None:
    with empty_database(home) as database:
        migrate_database(database)
        settings = Settings(home=tmp_path, database_url=database.url)
        opened = Home(settings)
        opened.lake.con.execute("ALTER TABLE lake.transactions DROP COLUMN reference")
        opened.close()
        for again in (Home(settings), Home(settings)):  # the first one only reads, the other one writes
            assert list(transactions.page(again.reading, TransactionFilter(), after=None, limit=None)) == []
            again.lake.con.execute("SELECT reference FROM lake.transactions")
            again.close()


def test_an_alert_of_before_is_explained_as_far_as_its_snapshot_goes(migrated: Home) -> None:
    alert = next(each for each in all_alerts(migrated) if each.analyzer == "duplicate")
    explanation = explain(migrated, load_registry(migrated.settings), alert.name, TESTER)
    assert explanation.then.unavailable == "the snapshot has the tables of an earlier version of LedgerWatch"
    assert explanation.transactions
    assert explanation.today.verdict is Verdict.SAME
