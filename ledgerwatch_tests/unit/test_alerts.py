"""The alert's life, on a real PostgreSQL and lake: numbered by organization, worked on by people, kept in line by the system."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from ledgerwatch_pipeline.access.principal import Principal, Role, local_operator
from ledgerwatch_pipeline.alerting.act import change_alert, raise_alert
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import (
    MANUAL,
    AlertAction,
    AlertCursor,
    AlertFilter,
    AlertNumber,
    AlertRow,
    AlertStatus,
    RaisedByHand,
    Severity,
)
from ledgerwatch_pipeline.model.audit import Subject, SubjectType
from ledgerwatch_pipeline.model.errors import AccessDeniedError, ConflictError, UnknownThingError, UsageError
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.stores.postgres import alerts, audit
from ledgerwatch_tests.conftest import TESTER, Tenant, rows

PAIR = ("2024-03-01,Acme,50.00,Office,x", "2024-03-02,Acme,50.00,Office,x")
MARCH = MonthRange(Month(2024, 3), Month(2024, 3))
EVE = local_operator("eve")


@pytest.fixture
def alert(tenant: Tenant) -> AlertNumber:
    """An open alert over a pair of equal payments: the first one of its organization."""
    tenant.deliver(rows(*PAIR))
    tenant.analyze("duplicate")
    (found,) = tenant.alerts("duplicate")
    return found.name


def raised(tenant: Tenant, amount: Decimal = Decimal(0)) -> AlertNumber:
    said = RaisedByHand("Invoice without order", "INV-88 names no order.", Severity.LOW, MARCH.first.first_day, amount)
    return raise_alert(tenant.home, tenant.slug, said, TESTER).name


@pytest.fixture
def by_hand(tenant: Tenant) -> AlertNumber:
    """An open alert that no analysis found: where it does not matter where it comes from."""
    return raised(tenant)


def history(home: Home, alert: AlertRow) -> list[tuple[str, str]]:
    with home.database.transaction() as connection:
        events = audit.history(connection, Subject(SubjectType.ALERT, str(alert.id)), TESTER)
    return [(event.event_type, event.actor) for event in events]


def analyse_again(tenant: Tenant) -> None:
    analyses.request(tenant.home, TESTER, MARCH, slugs=[tenant.slug])
    tenant.analyze("duplicate")


def without_times(found: AlertRow) -> AlertRow:
    """What says when and in which run it was seen changes when it is seen again."""
    return replace(found, last_seen=found.first_seen, analysis_run_id=None, ledger_snapshot=None, version=0)


def test_each_organization_counts_its_alerts_from_one(new_tenant: Callable[[], Tenant]) -> None:
    first, second = new_tenant(), new_tenant()
    for tenant in (first, second):
        tenant.deliver(rows(*PAIR, "2024-03-05,Big,900.00,,", "2024-03-06,Big,900.00,,"))
        tenant.analyze()
    for tenant in (first, second):
        assert [(str(each.name), each.subject) for each in tenant.alerts("duplicate")] == [
            (f"{tenant.slug}-1", "Big"),  # in the order people rank them
            (f"{tenant.slug}-2", "Acme"),
        ]
    first.deliver(rows("2024-04-05,Late,5.00,,", "2024-04-06,Late,5.00,,"))
    first.analyze()
    assert {each.number for each in first.alerts("vendor_spike")} == {3}  # Late is new in April
    assert {each.number for each in first.alerts("duplicate")} == {1, 2, 4}
    assert {each.number for each in second.alerts("duplicate")} == {1, 2}


def test_of_many_acknowledging_at_once_one_succeeds(home: Home, tenant: Tenant, by_hand: AlertNumber) -> None:
    def acknowledge(person: int) -> bool:
        try:
            change_alert(home, by_hand, AlertAction.ACKNOWLEDGE, principal=local_operator(f"person {person}"))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(acknowledge, range(8))) == 1
    (found,) = tenant.alerts(MANUAL)
    assert history(home, found) == [("ALERT_RAISED", "test"), ("ALERT_ACKNOWLEDGED", str(found.acknowledged_by))]
    assert found.version == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no-such-organization-1", "unknown organization 'no-such-organization'"),
        ("{slug}-999", "unknown alert '{slug}-999'"),
    ],
)
@pytest.mark.usefixtures("by_hand")
def test_an_unknown_alert_is_named(home: Home, tenant: Tenant, name: str, message: str) -> None:
    unknown = AlertNumber.parse(name.format(slug=tenant.slug))
    with pytest.raises(UnknownThingError, match=message.format(slug=tenant.slug)):
        change_alert(home, unknown, AlertAction.ACKNOWLEDGE, principal=EVE)


def test_nobody_touches_an_alert_of_an_organization_that_is_not_theirs(
    new_tenant: Callable[[], Tenant], by_hand: AlertNumber
) -> None:
    other = new_tenant()
    stranger = Principal("stranger", Role.OPERATOR, frozenset([other.id]))
    with pytest.raises(UnknownThingError, match=f"unknown organization '{by_hand.organization}'; known: {other.slug} "):
        change_alert(other.home, by_hand, AlertAction.ACKNOWLEDGE, principal=stranger)
    with other.home.database.transaction() as connection:
        assert list(alerts.ranked(connection, AlertFilter(), stranger, limit=None, after=None)) == []


def test_who_only_reads_changes_nothing(home: Home, tenant: Tenant, by_hand: AlertNumber) -> None:
    with pytest.raises(AccessDeniedError, match="needs analyst"):
        change_alert(home, by_hand, AlertAction.ACKNOWLEDGE, principal=Principal("viewer", Role.VIEWER))
    assert [each.status for each in tenant.alerts(MANUAL)] == [AlertStatus.OPEN]


@pytest.mark.parametrize(
    ("action", "outcome"),
    [(AlertAction.RESOLVE, None), (AlertAction.RESOLVE, "no_longer_holds"), (AlertAction.ACKNOWLEDGE, "fixed")],
)
def test_an_outcome_goes_with_resolving_and_with_nothing_else(
    home: Home, by_hand: AlertNumber, action: AlertAction, outcome: str | None
) -> None:
    with pytest.raises(UsageError, match="outcome"):
        change_alert(home, by_hand, action, principal=EVE, outcome=outcome)


def test_what_people_do_is_kept_with_the_alert_and_in_its_history(home: Home, by_hand: AlertNumber) -> None:
    acknowledged = change_alert(home, by_hand, AlertAction.ACKNOWLEDGE, principal=EVE, note="I call them")
    assert (acknowledged.status, acknowledged.acknowledged_by, acknowledged.note) == (
        AlertStatus.ACKNOWLEDGED,
        "eve",
        "I call them",
    )
    resolved = change_alert(home, by_hand, AlertAction.RESOLVE, principal=local_operator("bob"), outcome="fixed")
    assert (resolved.status, resolved.resolved_by, resolved.outcome, resolved.note) == (
        AlertStatus.RESOLVED,
        "bob",
        "fixed",
        "I call them",
    )
    assert history(home, resolved)[1:] == [("ALERT_ACKNOWLEDGED", "eve"), ("ALERT_RESOLVED", "bob")]
    with pytest.raises(ConflictError, match="is RESOLVED"):
        change_alert(home, by_hand, AlertAction.RESOLVE, principal=EVE, outcome="fixed")


@pytest.mark.usefixtures("alert")
def test_analysing_again_changes_nothing(tenant: Tenant) -> None:
    before = tenant.alerts("duplicate")
    analyse_again(tenant)
    assert list(map(without_times, tenant.alerts("duplicate"))) == list(map(without_times, before))
    assert history(tenant.home, before[0]) == []


def stored(tenant: Tenant) -> list[tuple[object, ...]]:
    """Each alert of the organization as it is stored, with the transaction that wrote its row."""
    with tenant.home.database.transaction() as connection:
        found = connection.execute(
            text("SELECT xmin, * FROM alerts WHERE organization_id = :id ORDER BY number"), {"id": tenant.id}
        )
        return [tuple(row) for row in found]


@pytest.mark.usefixtures("alert")
def test_an_alert_whose_finding_says_the_same_is_not_written_again(tenant: Tenant) -> None:
    before = stored(tenant)
    analyse_again(tenant)
    assert stored(tenant) == before


def test_an_alert_of_before_there_were_hashes_gets_one_and_is_not_changed(tenant: Tenant, alert: AlertNumber) -> None:
    with tenant.home.database.transaction() as connection:
        connection.execute(text("UPDATE alerts SET content = NULL WHERE organization_id = :id"), {"id": tenant.id})
        before = alerts.get(connection, alert, TESTER)
    analyse_again(tenant)
    written = stored(tenant)
    with tenant.home.database.transaction() as connection:
        assert alerts.get(connection, alert, TESTER) == before
        hashes = connection.scalars(
            text("SELECT content FROM alerts WHERE organization_id = :id"), {"id": tenant.id}
        ).all()
    assert None not in hashes
    analyse_again(tenant)
    assert stored(tenant) == written


def test_a_resolved_alert_stays_resolved_until_the_evidence_is_worse(tenant: Tenant, alert: AlertNumber) -> None:
    change_alert(tenant.home, alert, AlertAction.RESOLVE, principal=EVE, outcome="accepted")
    analyse_again(tenant)
    assert tenant.alerts("duplicate") == []
    tenant.deliver(rows("2024-03-03,Acme,50.00,Office,another"))
    tenant.analyze("duplicate")
    (again,) = tenant.alerts("duplicate")
    assert (again.name, again.regressed, again.evidence["count"]) == (alert, True, 3)
    assert (again.outcome, again.resolved_by, again.resolved_at) == (None, None, None)
    assert history(tenant.home, again) == [("ALERT_RESOLVED", "eve"), ("ALERT_REGRESSED", "system")]


def test_an_alert_that_no_longer_holds_is_resolved_by_the_system_and_reopened_when_it_does(
    tenant: Tenant, alert: AlertNumber
) -> None:
    tenant.deliver("date,vendor,amount,type\n2024-03-04,Acme,50.00,refund\n")
    tenant.analyze("duplicate")
    (gone,) = tenant.alerts("duplicate", AlertStatus.RESOLVED)
    assert (gone.name, gone.outcome, gone.resolved_by) == (alert, "no_longer_holds", "system")
    tenant.deliver(rows("2024-03-03,Acme,50.00,Office,another"))
    tenant.analyze("duplicate")
    (again,) = tenant.alerts("duplicate")
    assert (again.name, again.status, again.outcome) == (alert, AlertStatus.OPEN, None)
    assert history(tenant.home, again) == [("ALERT_AUTO_RESOLVED", "system"), ("ALERT_REOPENED", "system")]


def test_an_analysis_of_one_organization_touches_no_other(new_tenant: Callable[[], Tenant]) -> None:
    first, second = new_tenant(), new_tenant()
    for tenant in (first, second):
        tenant.deliver(rows(*PAIR))
        tenant.analyze("duplicate")
    before = second.alerts("duplicate")
    analyse_again(first)
    assert second.alerts("duplicate") == before


def paged(connection: Connection, wanted: AlertFilter, reader: Principal, size: int) -> Iterator[AlertRow]:
    """The alerts of all pages of that size, one after the other."""
    after = None
    while page := list(alerts.ranked(connection, wanted, reader, limit=size, after=after)):
        yield from page
        end = AlertCursor(page[-1].rank_key, page[-1].organization_id, page[-1].number)
        after = AlertCursor.parse(str(end))
        assert after == end


@pytest.mark.parametrize("tenants", [1, 2])
def test_pages_give_every_alert_once_in_rank_order(new_tenant: Callable[[], Tenant], tenants: int) -> None:
    """Also pages over several organizations, which are merged of theirs."""
    those = [new_tenant() for _ in range(tenants)]
    for tenant in those:
        for amount in (3, 1, 7, 2, 6, 4, 5):
            raised(tenant, Decimal(amount))
    wanted = AlertFilter(organization_id=those[0].id if tenants == 1 else None, analyzer=MANUAL)
    reader = Principal("reader", Role.VIEWER, frozenset(each.id for each in those))
    with those[0].home.database.transaction() as connection:
        whole = list(alerts.ranked(connection, wanted, reader, limit=None, after=None))
        for size in (1, 2, 10):
            assert list(paged(connection, wanted, reader, size)) == whole
    assert len(whole) == 7 * tenants
    assert [each.amount for each in whole] == sorted((each.amount for each in whole), reverse=True)
