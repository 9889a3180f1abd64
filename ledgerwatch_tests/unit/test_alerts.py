"""The alert's life and the audit log, on a real PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from ledgerwatch_pipeline.alerting.act import change_alert
from ledgerwatch_pipeline.alerting.raising import raise_alerts
from ledgerwatch_pipeline.analysis import plan as planning
from ledgerwatch_pipeline.analysis import run as running
from ledgerwatch_pipeline.analysis.registry import ANALYZERS, ANALYZERS_BY_NAME
from ledgerwatch_pipeline.analysis.scope import AnalysisRequest
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import AlertAction
from ledgerwatch_pipeline.model.errors import ConflictError, UnknownThingError
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_tests.conftest import Tenant, rows
from ledgerwatch_tests.processes import analyze_due

PAIR = ("2024-03-01,Acme,50.00,Office,x", "2024-03-02,Acme,50.00,Office,x")


@pytest.fixture
def alert(tenant: Tenant) -> int:
    tenant.deliver(rows(*PAIR))
    tenant.analyze()
    (found,) = tenant.alerts("duplicate")
    return int(found["number"])


def test_of_many_acknowledging_at_once_one_succeeds(home: Home, alert: int) -> None:
    def acknowledge(person: int) -> bool:
        try:
            change_alert(home, alert, AlertAction.ACKNOWLEDGE, actor=f"person {person}")
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(acknowledge, range(8))) == 1
    with home.database.transaction() as cursor:
        events = [e for e in audit_log.newest(cursor, limit=100) if e["subject"] == f"alert {alert}"]
    assert [event["event_type"] for event in events] == ["ALERT_ACKNOWLEDGED"]


def test_an_unknown_alert_is_named(home: Home) -> None:
    with pytest.raises(UnknownThingError, match="unknown alert '999999'"):
        change_alert(home, 999999, AlertAction.ACKNOWLEDGE, actor="eve")


def analyse_again(tenant: Tenant) -> None:
    request = AnalysisRequest(MonthRange(Month(2024, 3), Month(2024, 3)), (tenant.slug,))
    running.run_analyzer(tenant.home, ANALYZERS_BY_NAME["duplicate"], request)
    raise_alerts(tenant.home, ANALYZERS_BY_NAME["duplicate"], request)


def test_analysing_again_changes_nothing(tenant: Tenant, alert: int) -> None:
    before = tenant.alerts("duplicate")
    analyse_again(tenant)
    assert tenant.alerts("duplicate") == before


def test_a_resolved_alert_stays_resolved_until_the_evidence_is_worse(tenant: Tenant, alert: int) -> None:
    change_alert(tenant.home, alert, AlertAction.RESOLVE, actor="eve", outcome="accepted")
    analyse_again(tenant)
    assert tenant.alerts("duplicate") == []
    tenant.deliver(rows("2024-03-03,Acme,50.00,Office,another"))
    tenant.analyze()
    (again,) = tenant.alerts("duplicate")
    assert (again["number"], again["regressed"], again["evidence"]["count"]) == (alert, True, 3)


def test_an_alert_that_no_longer_holds_is_resolved_by_the_system(tenant: Tenant, alert: int) -> None:
    tenant.deliver("date,vendor,amount,type\n2024-03-04,Acme,50.00,refund\n")
    tenant.analyze()
    (gone,) = tenant.alerts("duplicate", "RESOLVED")
    assert (gone["number"], gone["outcome"], gone["resolved_by"]) == (alert, "no_longer_holds", "system")


@pytest.mark.parametrize(
    "change", ["UPDATE audit_events SET actor = 'x'", "DELETE FROM audit_events", "TRUNCATE audit_events"]
)
def test_the_database_refuses_to_change_the_audit_log(home: Home, alert: int, change: str) -> None:
    with pytest.raises(psycopg2.Error, match="append-only"), home.database.transaction() as cursor:
        cursor.execute(change)


def test_the_chain_names_the_event_that_was_tampered_with(home: Home, alert: int) -> None:
    with home.database.transaction() as cursor:
        count = audit_log.verify(cursor)
        assert count > 0
        cursor.execute("ALTER TABLE audit_events DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_events SET actor = 'mallory' WHERE seq = 2")
        with pytest.raises(audit_log.BrokenChainError, match="event 2"):
            audit_log.verify(cursor)
        cursor.connection.rollback()
    with home.database.transaction() as cursor:
        assert audit_log.verify(cursor) == count


def test_a_cut_tail_is_noticed(home: Home, alert: int) -> None:
    with home.database.transaction() as cursor, pytest.raises(audit_log.BrokenChainError, match="tail was cut off"):
        audit_log.verify(cursor, "f" * 64)


def test_new_data_asks_for_the_months_it_reaches_and_for_its_own_organization(
    new_tenant: Callable[[], Tenant],
) -> None:
    early, late = new_tenant(), new_tenant()
    analyze_due(early.home)
    early.deliver(rows("2019-01-05,Acme,10.00,,", "2019-03-05,Acme,10.00,,"))
    late.deliver(rows("2023-01-05,Acme,10.00,,", "2024-06-05,Acme,10.00,,"))
    requests, seqs = planning.plan(early.home, ANALYZERS)
    assert [(str(request.months), request.organizations) for request in requests] == [
        ("2019-01..2019-03", (early.slug,)),
        ("2023-01..2023-12", (late.slug,)),
        ("2024-06", (late.slug,)),
    ]
    planning.finish_plan(early.home, seqs)
