"""Cases: listed from rankings, and what people do to them and their alerts, together or not at all."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import product

import pytest

from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.alerting.cases import CaseAct, alerts_of, change_case, take_next
from ledgerwatch_pipeline.model.alert import AlertStatus
from ledgerwatch_pipeline.model.audit import Subject, SubjectType
from ledgerwatch_pipeline.model.case import (
    NEEDS,
    TRANSITIONS,
    CaseAction,
    CaseFilter,
    CaseNumber,
    CaseRow,
    CaseStatus,
    transition,
)
from ledgerwatch_pipeline.model.errors import ConflictError, UnknownThingError, UsageError
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.stores.postgres import alerts, audit, cases
from ledgerwatch_tests.conftest import TESTER, Tenant, rows

TODAY = date(2024, 6, 1)
LEDGER = rows(
    "2024-01-10,Acme,250.00,Office,x",
    "2024-02-10,Acme,310.00,Office,x",
    "2024-03-05,Acme,1200.00,Office,x",
    "2024-03-05,Acme,1200.00,Office,x",
    "2024-03-09,Bolt,4120.30,Office,x",
    "2024-03-12,Bolt,4120.30,Office,x",
    "2024-03-20,Cord,77.00,Office,x",
    "2024-03-21,Cord,77.00,Office,x",
)


@pytest.fixture
def listed(tenant: Tenant) -> Tenant:
    tenant.deliver(LEDGER)
    tenant.analyze()
    return tenant


def of(tenant: Tenant, *, everything: bool = False, today: date = TODAY, assignee: str | None = None) -> list[CaseRow]:
    statuses = {"statuses": tuple(CaseStatus)} if everything else {}
    wanted = CaseFilter(
        today,
        organization_id=tenant.id,
        everything=everything,
        assignee=assignee,
        **statuses,  # type: ignore[arg-type]
    )
    with tenant.home.database.transaction() as connection:
        return list(cases.ranked(connection, wanted, TESTER, limit=None, after=None))


def about(tenant: Tenant, subject: str) -> CaseRow:
    return next(each for each in of(tenant, everything=True) if each.subject == subject and each.month.month == 3)


def events(tenant: Tenant, kind: SubjectType, id_: object) -> list[str]:
    with tenant.home.database.transaction() as connection:
        return [each.event_type for each in audit.history(connection, Subject(kind, str(id_)), TESTER)]


@pytest.mark.parametrize(("status", "action"), list(product(CaseStatus, CaseAction)))
def test_every_action_leads_somewhere_from_every_state_or_is_a_conflict(status: CaseStatus, action: CaseAction) -> None:
    name = CaseNumber("acme", 1)
    if status in NEEDS[action]:
        assert transition(name, status, action) == TRANSITIONS[action]
    else:
        with pytest.raises(ConflictError, match=f"case acme-c1 is {status}; to {action} it, it must be .* Nothing was"):
            transition(name, status, action)
    snoozed = status is not CaseStatus.RESOLVED
    if action is CaseAction.REOPEN and snoozed:
        assert transition(name, status, action, snoozed=True).leads_to is None


def test_what_somebody_has_is_not_taken() -> None:
    with pytest.raises(ConflictError, match="is eve's; to take it, it must be nobody's"):
        transition(CaseNumber("acme", 1), CaseStatus.ACKNOWLEDGED, CaseAction.TAKE, assignee="eve")


def test_a_months_list_is_ranked_numbered_and_says_why(listed: Tenant) -> None:
    march = [each for each in of(listed) if each.month.month == 3]
    assert [each.rank for each in march] == [1, 2, 3]
    assert {each.subject: each.name for each in march} == {"acme": "Acme", "bolt": "Bolt", "cord": "Cord"}
    assert sorted(each.number for each in of(listed)) == list(range(1, len(of(listed)) + 1))
    acme = about(listed, "acme")
    assert (acme.lead, acme.score_version, acme.listed) == ("repeat", 1, True)
    assert acme.signals[0].figures["payments"] == 2
    assert len(acme.transactions) == 2


def test_ranking_the_same_months_again_changes_nothing(listed: Tenant) -> None:
    before = of(listed, everything=True)
    listed.deliver(rows("2020-01-01,Elsewhere,1.00,Office,x"))
    listed.analyze()
    after = {each.id: each for each in of(listed, everything=True)}
    assert {each.id for each in before} <= after.keys()
    assert {each.id: (each.number, each.status) for each in before} == {
        each.id: (after[each.id].number, after[each.id].status) for each in before
    }


def test_an_act_on_a_case_is_one_on_its_alerts_each_with_its_audit_row(listed: Tenant) -> None:
    case = about(listed, "acme")
    with listed.home.database.transaction() as connection:
        links = alerts_of(connection, case)
    assert {each.analyzer for each in links} == {"duplicate", "vendor_spike"}
    acknowledged = change_case(listed.home, case.case, CaseAct(CaseAction.ACKNOWLEDGE), TODAY, TESTER)
    assert acknowledged.status is CaseStatus.ACKNOWLEDGED
    resolved = change_case(
        listed.home, case.case, CaseAct(CaseAction.RESOLVE, outcome="fixed", note="refunded"), TODAY, TESTER
    )
    assert (resolved.status, resolved.outcome, resolved.note) == (CaseStatus.RESOLVED, "fixed", "refunded")
    with listed.home.database.transaction() as connection:
        now = alerts.links_of_month(connection, listed.id, case.month)
    assert {each.id: (each.status, each.outcome) for each in now if each.id in {e.id for e in links}} == {
        each.id: (AlertStatus.RESOLVED, "fixed") for each in links
    }
    for each in links:
        assert events(listed, SubjectType.ALERT, each.id)[-2:] == ["ALERT_ACKNOWLEDGED", "ALERT_RESOLVED"]
    assert events(listed, SubjectType.CASE, case.id) == ["CASE_ACKNOWLEDGED", "CASE_RESOLVED"]
    reopened = change_case(listed.home, case.case, CaseAct(CaseAction.REOPEN), TODAY, TESTER)
    assert (reopened.status, reopened.outcome) == (CaseStatus.OPEN, None)
    with listed.home.database.transaction() as connection:
        again = [e for e in alerts.links_of_month(connection, listed.id, case.month) if e.id in {x.id for x in links}]
    assert {each.status for each in again} == {AlertStatus.OPEN}


def test_a_conflict_changes_nothing(listed: Tenant) -> None:
    case = about(listed, "acme")
    change_case(listed.home, case.case, CaseAct(CaseAction.RESOLVE, outcome="accepted"), TODAY, TESTER)
    with pytest.raises(ConflictError, match="is RESOLVED; to acknowledge it, it must be OPEN. Nothing was changed"):
        change_case(listed.home, case.case, CaseAct(CaseAction.ACKNOWLEDGE, note="late"), TODAY, TESTER)
    assert about(listed, "acme").note is None
    assert events(listed, SubjectType.CASE, case.id) == ["CASE_RESOLVED"]


def test_a_snoozed_case_is_seen_again_on_its_day_or_by_hand(listed: Tenant) -> None:
    case = about(listed, "acme")
    change_case(listed.home, case.case, CaseAct(CaseAction.SNOOZE, until=date(2024, 7, 1)), TODAY, TESTER)
    assert case.id not in {each.id for each in of(listed)}
    assert case.id in {each.id for each in of(listed, today=date(2024, 7, 1))}
    change_case(listed.home, case.case, CaseAct(CaseAction.REOPEN), TODAY, TESTER)
    assert case.id in {each.id for each in of(listed)}
    with pytest.raises(UsageError, match="a day after 2024-06-01"):
        change_case(listed.home, case.case, CaseAct(CaseAction.SNOOZE, until=TODAY), TODAY, TESTER)


def test_assigned_and_commented(listed: Tenant) -> None:
    case = about(listed, "acme")
    assert (
        change_case(listed.home, case.case, CaseAct(CaseAction.ASSIGN, assignee="eve"), TODAY, TESTER).assignee == "eve"
    )
    assert [each.id for each in of(listed, assignee="eve")] == [case.id]
    change_case(listed.home, case.case, CaseAct(CaseAction.COMMENT, note="asked"), TODAY, TESTER)
    assert events(listed, SubjectType.CASE, case.id) == ["CASE_ASSIGNED", "CASE_COMMENTED"]
    assert change_case(listed.home, case.case, CaseAct(CaseAction.ASSIGN), TODAY, TESTER).assignee is None
    with pytest.raises(UsageError, match="a comment says something"):
        change_case(listed.home, case.case, CaseAct(CaseAction.COMMENT), TODAY, TESTER)


def test_of_many_who_take_at_once_each_gets_another_case(listed: Tenant) -> None:
    view = CaseFilter(TODAY, organization_id=listed.id)
    count = len(of(listed))

    def take(number: int) -> str | None:
        try:
            return str(take_next(listed.home, view, local_operator(f"person-{number}")).case)
        except ConflictError:
            return None

    with ThreadPoolExecutor(count + 3) as people:
        taken = list(people.map(take, range(count + 3)))
    got = [each for each in taken if each is not None]
    assert len(got) == len(set(got)) == count
    assert {(each.status, each.assignee is None) for each in of(listed)} == {(CaseStatus.ACKNOWLEDGED, False)}


def test_what_was_judged_to_be_in_order_lowers_the_next_case_and_says_so(tenant: Tenant) -> None:
    tenant.deliver(LEDGER)
    tenant.analyze()
    case = about(tenant, "acme")
    change_case(tenant.home, case.case, CaseAct(CaseAction.RESOLVE, outcome="accepted"), TODAY, TESTER)
    tenant.deliver(rows("2024-04-05,Acme,1900.00,Office,x", "2024-04-05,Acme,1900.00,Office,x"))
    tenant.analyze()
    (april,) = [each for each in of(tenant) if each.month.month == 4]
    assert (april.lead, april.judged_in, april.judged_as) == ("repeat", case.number, "accepted")


def test_late_data_keeps_states_and_takes_off_the_list_what_no_longer_is(listed: Tenant) -> None:
    case = about(listed, "acme")
    other = about(listed, "bolt")
    change_case(listed.home, case.case, CaseAct(CaseAction.ACKNOWLEDGE), TODAY, TESTER)
    listed.deliver("date,vendor,amount,type\n2024-03-20,Acme,1200.00,refund\n2024-03-20,Bolt,4120.30,refund\n")
    listed.analyze()
    after = about(listed, "acme")
    assert (after.id, after.number, after.status) == (case.id, case.number, CaseStatus.ACKNOWLEDGED)
    assert not after.listed
    assert not about(listed, "bolt").listed
    assert case.id in {each.id for each in of(listed)}  # somebody is at it
    assert other.id not in {each.id for each in of(listed)}


def test_a_resolved_case_does_not_hide_an_alert_that_got_worse(listed: Tenant) -> None:
    case, other = about(listed, "cord"), about(listed, "bolt")
    for each in (case, other):
        change_case(listed.home, each.case, CaseAct(CaseAction.RESOLVE, outcome="accepted"), TODAY, TESTER)
    listed.deliver(rows("2024-03-22,Cord,77.00,Office,another"))
    listed.analyze("duplicate")
    again = about(listed, "cord")
    assert (again.status, again.outcome, again.resolved_by) == (CaseStatus.OPEN, None, None)
    assert events(listed, SubjectType.CASE, case.id) == ["CASE_RESOLVED", "CASE_REOPENED"]
    assert about(listed, "bolt").status is CaseStatus.RESOLVED


def test_a_list_has_as_many_cases_as_the_organization_wants(tenant: Tenant) -> None:
    from ledgerwatch_pipeline.ranking.settings import change

    change(tenant.home, tenant.slug, {"budget": "2"}, TESTER, reset=False)
    tenant.deliver(LEDGER)
    tenant.analyze()
    assert [each.rank for each in of(tenant) if each.month.month == 3] == [1, 2]
    with pytest.raises(UsageError, match="budget is a whole number from 1 to 1,000, not 'many'"):
        change(tenant.home, tenant.slug, {"budget": "many"}, TESTER, reset=False)


def test_a_rules_finding_about_no_vendor_is_a_case_of_its_own(
    tenant: Tenant, add_threshold: Callable[[], None]
) -> None:
    add_threshold()
    tenant.deliver(LEDGER)
    tenant.analyze()
    case = next(
        each for each in of(tenant) if each.lead == "budget_threshold" and each.month == Month(2024, 3).first_day
    )
    with tenant.home.database.transaction() as connection:
        (link,) = alerts_of(connection, case)
    assert link.analyzer == "budget_threshold"
    change_case(tenant.home, case.case, CaseAct(CaseAction.ACKNOWLEDGE), TODAY, TESTER)
    assert events(tenant, SubjectType.ALERT, link.id)[-1] == "ALERT_ACKNOWLEDGED"


def test_an_unknown_case_is_named(listed: Tenant) -> None:
    with pytest.raises(UnknownThingError, match=f"unknown case '{listed.slug}-c999'"):
        change_case(listed.home, CaseNumber(listed.slug, 999), CaseAct(CaseAction.ACKNOWLEDGE), TODAY, TESTER)


@pytest.fixture
def add_threshold(tenant: Tenant) -> Callable[[], None]:
    from decimal import Decimal

    from ledgerwatch_pipeline.analysis.thresholds import ThresholdFields, add
    from ledgerwatch_pipeline.model.threshold import Period

    return lambda: add(  # type: ignore[return-value]
        tenant.home, tenant.slug, "limit", ThresholdFields(period=Period.MONTH, amount=Decimal(5000)), TESTER
    )
