"""What people do to alerts, on a real PostgreSQL: every action from every state, one alert or all that a filter means, alerts raised by
hand, the filters and the pages of lists. Alerts are raised by hand where it does not matter where they come from.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from uuid import uuid4

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.access.principal import Principal, Role, local_operator
from ledgerwatch_pipeline.alerting.act import change_alert, change_alerts, count_alerts, raise_alert
from ledgerwatch_pipeline.alerting.cases import CaseAct, alerts_of, change_case
from ledgerwatch_pipeline.model.alert import (
    MANUAL,
    TRANSITIONS,
    AlertAct,
    AlertAction,
    AlertCursor,
    AlertFilter,
    AlertNumber,
    AlertRow,
    AlertStatus,
    Outcome,
    RaisedByHand,
    Severity,
    states_meant,
    transition,
)
from ledgerwatch_pipeline.model.audit import AuditRow, Subject, SubjectType
from ledgerwatch_pipeline.model.case import CaseAction, CaseCursor, CaseFilter, CaseRow, CaseStatus
from ledgerwatch_pipeline.model.errors import AccessDeniedError, ConflictError, UnknownThingError, UsageError
from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.stores.postgres import alerts, audit, cases, locks
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_pipeline.stores.postgres.tables import cases as cases_table
from ledgerwatch_tests.conftest import TESTER, Tenant, rows

MARCH = date(2024, 3, 1)
EVE = local_operator("eve")
ACTS = {
    AlertAction.ACKNOWLEDGE: AlertAct(AlertAction.ACKNOWLEDGE, note="said"),
    AlertAction.RESOLVE: AlertAct(AlertAction.RESOLVE, outcome="fixed", note="said"),
    AlertAction.REOPEN: AlertAct(AlertAction.REOPEN, note="said"),
    AlertAction.ASSIGN: AlertAct(AlertAction.ASSIGN, assignee="ann", note="said"),
    AlertAction.COMMENT: AlertAct(AlertAction.COMMENT, note="said"),
}
BY_HAND = RaisedByHand("Invoice without order", "INV-88 names no order.", Severity.HIGH, MARCH, Decimal("12.50"))


def raised(tenant: Tenant, **values: object) -> AlertRow:
    return raise_alert(tenant.home, tenant.slug, replace(BY_HAND, **values), TESTER)  # type: ignore[arg-type]


def do(tenant: Tenant, alert: AlertRow, act: AlertAct, person: Principal = EVE) -> AlertRow:
    return change_alert(
        tenant.home,
        alert.name,
        act.action,
        principal=person,
        outcome=act.outcome,
        note=act.note,
        assignee=act.assignee,
    )


def in_state(tenant: Tenant, status: AlertStatus, **values: object) -> AlertRow:
    alert = raised(tenant, **values)
    if status is AlertStatus.OPEN:
        return alert
    return do(
        tenant,
        alert,
        AlertAct(AlertAction.ACKNOWLEDGE)
        if status is AlertStatus.ACKNOWLEDGED
        else AlertAct(AlertAction.RESOLVE, outcome="accepted"),
    )


def now(tenant: Tenant, alert: AlertRow) -> AlertRow:
    with tenant.home.database.transaction() as connection:
        return alerts.get(connection, alert.name, TESTER)


def history(tenant: Tenant, id_: object, kind: SubjectType = SubjectType.ALERT) -> list[AuditRow]:
    with tenant.home.database.transaction() as connection:
        return audit.history(connection, Subject(kind, str(id_)), TESTER)


def matching(tenant: Tenant, wanted: AlertFilter) -> list[str]:
    with tenant.home.database.transaction() as connection:
        found = list(alerts.ranked(connection, wanted, TESTER, limit=None, after=None))
        assert alerts.count(connection, wanted, TESTER) == len(found)
    return [each.title for each in found]


def listed_case(tenant: Tenant, subject: str, number: int = 1, **values: object) -> CaseRow:
    """A case of March as ranking leaves it."""
    kept = {
        "organization_id": tenant.id,
        "number": number,
        "id": uuid4(),
        "month": MARCH,
        "subject": subject,
        "name": subject,
        "rank": number,
        "score": 100,
        "stake": Decimal(10),
        "kinds": ["repeat"],
        "signals": [],
        "transactions": [],
        "score_version": 1,
        "listed": True,
        **values,
    }
    with tenant.home.database.transaction() as connection:
        connection.execute(cases_table.insert().values(**kept))
    return case_now(tenant, kept["id"])


def case_now(tenant: Tenant, id_: object) -> CaseRow:
    wanted = CaseFilter(date(2024, 6, 1), tuple(CaseStatus), organization_id=tenant.id, everything=True)
    with tenant.home.database.transaction() as connection:
        return next(e for e in cases.ranked(connection, wanted, TESTER, limit=None, after=None) if e.id == id_)


@pytest.mark.parametrize(("status", "action"), list(product(AlertStatus, AlertAction)))
def test_every_action_leads_somewhere_from_every_state_or_is_a_conflict(
    tenant: Tenant, status: AlertStatus, action: AlertAction
) -> None:
    """In the model and in the database: a conflict changes nothing there, whatever else it was to change."""
    before = in_state(tenant, status)
    events = len(history(tenant, before.id))
    step = TRANSITIONS[action]
    if status in step.needs:
        assert transition(before.name, status, action) == step
        after = do(tenant, before, ACTS[action])
        assert after.status == (status if step.leads_to is None else step.leads_to)
        assert (after.note, after.version) == ("said", before.version + 1)
        assert (after.outcome, after.resolved_by) == (
            ("fixed", "eve")
            if action is AlertAction.RESOLVE
            else (None, None)
            if action is AlertAction.REOPEN
            else (before.outcome, before.resolved_by)
        )
        *_, event = history(tenant, before.id)
        assert (event.event_type, event.actor, event.metadata["note"]) == (step.event_type, "eve", "said")
        assert len(history(tenant, before.id)) == events + 1
        return
    needed = " or ".join(step.needs)
    words = f"alert {before.name} is {status}; to {action} it, it must be {needed}. Nothing was changed."
    with pytest.raises(ConflictError) as error:
        do(tenant, before, ACTS[action])
    assert str(error.value) == words
    assert now(tenant, before) == before
    assert len(history(tenant, before.id)) == events


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (AlertAct(AlertAction.RESOLVE), "to resolve an alert give an outcome: fixed, false_positive, accepted"),
        (AlertAct(AlertAction.REOPEN, outcome="fixed"), "only resolving an alert has an outcome, not to reopen"),
        (AlertAct(AlertAction.COMMENT), "a comment says something"),
        (AlertAct(AlertAction.COMMENT, note="  "), "a comment says something"),
        (AlertAct(AlertAction.COMMENT, note="x" * 4_001), "a note has at most 4,000 characters, not 4,001"),
        (AlertAct(AlertAction.ASSIGN, assignee=" "), "an assignee has a name of 1 to 100 characters"),
        (AlertAct(AlertAction.ASSIGN, assignee="eve "), "without blanks around it, not 'eve '"),
        (AlertAct(AlertAction.ASSIGN, assignee="e" * 101), "an assignee has a name of 1 to 100 characters"),
        (AlertAct(AlertAction.ASSIGN, assignee="None"), "'None' is nobody's name"),
        (AlertAct(AlertAction.ASSIGN, assignee="me"), "'me' is nobody's name"),
    ],
)
def test_what_does_not_go_together_is_refused(act: AlertAct, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        act.require_whole()


def test_the_whole_history_of_an_alert_is_kept_with_each_note(tenant: Tenant) -> None:
    alert = raised(tenant)
    do(tenant, alert, AlertAct(AlertAction.ASSIGN, assignee="ann"))
    do(tenant, alert, AlertAct(AlertAction.COMMENT, note="asked"), local_operator("ann"))
    do(tenant, alert, AlertAct(AlertAction.RESOLVE, outcome="fixed", note="refunded"))
    do(tenant, alert, AlertAct(AlertAction.REOPEN, note="the refund bounced"))
    last = do(tenant, alert, AlertAct(AlertAction.ASSIGN))
    assert [(each.event_type, each.actor, each.metadata.get("note")) for each in history(tenant, alert.id)] == [
        ("ALERT_RAISED", "test", None),
        ("ALERT_ASSIGNED", "eve", None),
        ("ALERT_COMMENTED", "ann", "asked"),
        ("ALERT_RESOLVED", "eve", "refunded"),
        ("ALERT_REOPENED", "eve", "the refund bounced"),
        ("ALERT_ASSIGNED", "eve", None),
    ]
    assert [each.metadata.get("assignee", "-") for each in history(tenant, alert.id)][1::4] == ["ann", None]
    assert (last.assignee, last.status, last.note, last.outcome) == (None, AlertStatus.OPEN, "the refund bounced", None)
    assert last.reopened_at is not None


def test_of_many_reopening_at_once_one_succeeds(tenant: Tenant) -> None:
    alert = in_state(tenant, AlertStatus.RESOLVED)

    def attempt(person: int) -> bool:
        try:
            do(tenant, alert, AlertAct(AlertAction.REOPEN), local_operator(f"person {person}"))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    assert [each.event_type for each in history(tenant, alert.id)].count("ALERT_REOPENED") == 1


# Raised by hand


def test_an_alert_is_raised_by_hand_with_the_next_number_and_its_audit_row(tenant: Tenant) -> None:
    first, second = raised(tenant), raised(tenant, vendor=" City  Rail ", severity=Severity.LOW)
    assert [each.name for each in (first, second)] == [AlertNumber(tenant.slug, 1), AlertNumber(tenant.slug, 2)]
    assert (first.analyzer, first.status, first.severity) == (MANUAL, AlertStatus.OPEN, Severity.HIGH)
    assert (first.amount, first.month, first.transactions, first.analysis_run_id) == (Decimal("12.50"), MARCH, (), None)
    assert (first.subject, first.vendor_key, first.evidence) == (first.title, None, {})
    assert (second.subject, second.vendor_key) == ("City  Rail", "city rail")
    (event,) = history(tenant, first.id)
    assert (event.event_type, event.actor, event.metadata["amount"]) == ("ALERT_RAISED", "test", "12.50")


def test_of_many_who_raise_at_once_each_alert_has_a_number_of_its_own(tenant: Tenant) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda place: raised(tenant, title=str(place)), range(8)))
    assert sorted(each.number for each in found) == list(range(1, 9))
    assert {each.title for each in found} == set(map(str, range(8)))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"title": "  "}, "a title has 1 to 255 characters, not 0"),
        ({"title": "x" * 256}, "a title has 1 to 255 characters, not 256"),
        ({"message": ""}, "a message has 1 to 4,000 characters, not 0"),
        ({"vendor": ""}, "a vendor has 1 to 255 characters, not 0"),
        ({"vendor": "a", "subject": "b"}, "about a vendor or about something else"),
        ({"amount": Decimal("-1")}, "the amount at stake is 0 or more, not -1"),
        ({"amount": Decimal("1.005")}, "the organization's currency has 2 decimals, 1.005 has more"),
    ],
)
def test_what_cannot_be_raised_leaves_nothing(tenant: Tenant, values: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        raised(tenant, **values)
    assert matching(tenant, AlertFilter(organization_id=tenant.id)) == []


def test_who_only_reads_and_who_is_of_elsewhere_raises_and_changes_nothing(
    tenant: Tenant, new_tenant: Callable[[], Tenant]
) -> None:
    alert = raised(tenant)
    viewer = Principal("viewer", Role.VIEWER)
    stranger = Principal("stranger", Role.OPERATOR, frozenset([new_tenant().id]))
    wanted = AlertFilter(organization_id=tenant.id)
    act = ACTS[AlertAction.COMMENT]
    with pytest.raises(AccessDeniedError):
        raise_alert(tenant.home, tenant.slug, BY_HAND, viewer)
    with pytest.raises(AccessDeniedError):
        change_alerts(tenant.home, wanted, act, viewer)
    with pytest.raises(UnknownThingError):
        raise_alert(tenant.home, tenant.slug, BY_HAND, stranger)
    assert change_alerts(tenant.home, wanted, act, stranger).done == ()
    assert count_alerts(tenant.home, wanted, stranger) == 0
    assert [each.event_type for each in history(tenant, alert.id)] == ["ALERT_RAISED"]


def test_analyses_leave_alone_what_was_raised_by_hand_and_tell_vendors_by_key(tenant: Tenant) -> None:
    """It is in the vendor's case all the same. One analysis for both: keys that ``lower`` does not give are found too."""
    odd = "Straße  ＡＢ"
    tenant.deliver(rows(*(f"2024-03-0{day},{vendor},50.00,Office,x" for vendor in ("Acme Ltd", odd) for day in (1, 2))))
    by_hand = [raised(tenant, vendor="ACME  ltd"), raised(tenant)]
    tenant.analyze()
    tenant.deliver(rows("2024-03-09,Bolt,1.00,Office,x"))
    tenant.analyze("duplicate")
    assert [now(tenant, each) for each in by_hand] == by_hand
    found = {each.subject: each for each in tenant.alerts("duplicate")}
    assert {each.subject: each.vendor_key for each in found.values()} == {
        vendor: vendor_key(vendor) for vendor in ("Acme Ltd", odd)
    }
    assert found[odd].vendor_key == "strasse ab"
    wanted = CaseFilter(date(2024, 6, 1), organization_id=tenant.id, vendor_key="acme ltd")
    with tenant.home.database.transaction() as connection:
        (case,) = cases.ranked(connection, wanted, TESTER, limit=None, after=None)
        assert {each.number for each in alerts_of(connection, case)} >= {by_hand[0].number, found["Acme Ltd"].number}
        everywhere = {
            link.number
            for each in cases.ranked(
                connection, replace(wanted, vendor_key=None, everything=True), TESTER, limit=None, after=None
            )
            for link in alerts_of(connection, each)
        }
    assert by_hand[1].number not in everywhere
    change_case(tenant.home, case.case, CaseAct(CaseAction.RESOLVE, outcome="fixed"), date(2024, 6, 1), EVE)
    assert now(tenant, by_hand[0]).outcome is Outcome.FIXED


# Cases


def test_who_reopens_an_alert_reopens_its_resolved_case_and_nothing_else_does(tenant: Tenant) -> None:
    case = listed_case(tenant, "acme")
    other = listed_case(tenant, "bolt", 2)
    alert = raised(tenant, vendor="Acme")
    for each in (case, other):
        change_case(
            tenant.home,
            each.case,
            CaseAct(CaseAction.RESOLVE, outcome="fixed"),
            date(2024, 6, 1),
            local_operator("ann"),
        )
    assert now(tenant, alert).status is AlertStatus.RESOLVED
    do(tenant, alert, AlertAct(AlertAction.ASSIGN, assignee="ann"))
    do(tenant, alert, AlertAct(AlertAction.COMMENT, note="looked again"))
    assert case_now(tenant, case.id).status is CaseStatus.RESOLVED
    do(tenant, alert, AlertAct(AlertAction.REOPEN, note="the refund bounced"))
    reopened = case_now(tenant, case.id)
    assert (reopened.status, reopened.outcome, reopened.resolved_by) == (CaseStatus.OPEN, None, None)
    *_, event = history(tenant, case.id, SubjectType.CASE)
    assert (event.event_type, event.actor, event.metadata["alert"]) == ("CASE_REOPENED", "eve", str(alert.name))
    assert case_now(tenant, other.id).status is CaseStatus.RESOLVED
    do(tenant, alert, AlertAct(AlertAction.RESOLVE, outcome="accepted"))
    assert case_now(tenant, case.id).status is CaseStatus.OPEN  # a case is more than its alerts


def test_raising_an_alert_about_what_was_settled_reopens_the_case(tenant: Tenant) -> None:
    case = listed_case(tenant, "acme")
    change_case(tenant.home, case.case, CaseAct(CaseAction.RESOLVE, outcome="fixed"), date(2024, 6, 1), EVE)
    raised(tenant, vendor="Acme", month=date(2024, 4, 1))
    assert case_now(tenant, case.id).status is CaseStatus.RESOLVED
    raised(tenant, vendor="ACME")
    assert case_now(tenant, case.id).status is CaseStatus.OPEN


def test_an_act_on_a_case_is_said_in_its_alerts_history(tenant: Tenant) -> None:
    case = listed_case(tenant, "acme")
    alert = raised(tenant, vendor="Acme")
    for act in (
        CaseAct(CaseAction.TAKE),
        CaseAct(CaseAction.COMMENT, note="asked"),
        CaseAct(CaseAction.SNOOZE, until=date(2099, 1, 1)),
        CaseAct(CaseAction.RESOLVE, outcome="accepted", note="agreed"),
        CaseAct(CaseAction.REOPEN),
    ):
        change_case(tenant.home, case.case, act, date(2024, 6, 1), EVE)
    assert [(e.event_type, e.metadata.get("note"), e.metadata.get("case")) for e in history(tenant, alert.id)[1:]] == [
        ("ALERT_ACKNOWLEDGED", None, str(case.case)),
        ("ALERT_COMMENTED", "asked", str(case.case)),
        ("ALERT_RESOLVED", "agreed", str(case.case)),
        ("ALERT_REOPENED", None, str(case.case)),
    ]
    last = now(tenant, alert)
    assert (last.status, last.assignee, last.note) == (AlertStatus.OPEN, "eve", "agreed")


# All that a filter means


def test_all_that_match_are_changed_in_one_go_with_an_audit_row_each(tenant: Tenant) -> None:
    small = [raised(tenant, amount=Decimal(each)) for each in (10, 20, 50)]
    large = raised(tenant, amount=Decimal("50.01"))
    act = AlertAct(AlertAction.RESOLVE, outcome="accepted", note="too small")
    wanted = AlertFilter(states_meant(act.action), tenant.id, maximum=Decimal(50))
    outcome = change_alerts(tenant.home, wanted, act, EVE, expected=3)
    assert (outcome.done, outcome.unchanged, outcome.conflicts) == (tuple(each.name for each in small), (), ())
    assert {(now(tenant, each).outcome, now(tenant, each).note) for each in small} == {(Outcome.ACCEPTED, "too small")}
    assert now(tenant, large) == large
    for each in small:
        *_, event = history(tenant, each.id)
        assert (event.event_type, event.metadata["number"], event.metadata["of"]) == ("ALERT_RESOLVED", each.number, 3)
    with tenant.home.database.transaction() as connection:
        assert audit.verify(connection)[tenant.slug] == 1 + 4 + 3


def test_another_number_than_expected_is_a_conflict_and_changes_nothing(tenant: Tenant) -> None:
    before = [raised(tenant), raised(tenant)]
    with pytest.raises(ConflictError, match="the filter means 2 alerts, not 3. Nothing was changed."):
        change_alerts(tenant.home, AlertFilter(organization_id=tenant.id), ACTS[AlertAction.RESOLVE], EVE, expected=3)
    assert [now(tenant, each) for each in before] == before


def test_those_that_are_so_or_cannot_be_stay_as_they_are_and_are_named(tenant: Tenant) -> None:
    ready = in_state(tenant, AlertStatus.OPEN)
    so_already = in_state(tenant, AlertStatus.ACKNOWLEDGED)
    gone = in_state(tenant, AlertStatus.RESOLVED)
    wanted = AlertFilter(tuple(AlertStatus), tenant.id)
    act = AlertAct(AlertAction.ACKNOWLEDGE)
    outcome = change_alerts(tenant.home, wanted, act, EVE)
    assert (outcome.done, outcome.unchanged) == ((ready.name,), (so_already.name,))
    assert outcome.conflicts == ((gone.name, AlertStatus.RESOLVED),)
    assert [now(tenant, each) for each in (so_already, gone)] == [so_already, gone]
    again = change_alerts(tenant.home, wanted, act, EVE)
    assert (again.done, len(again.unchanged)) == ((), 2)
    # one resolved otherwise is not what was asked for
    other = change_alerts(tenant.home, wanted, AlertAct(AlertAction.RESOLVE, outcome="fixed"), EVE)
    assert (len(other.done), other.conflicts) == (2, ((gone.name, AlertStatus.RESOLVED),))


def test_where_it_can_be_done_to_none_it_is_a_conflict_that_names_the_first(tenant: Tenant) -> None:
    found = [in_state(tenant, AlertStatus.RESOLVED) for _ in range(7)]
    with pytest.raises(ConflictError) as error:
        change_alerts(
            tenant.home, AlertFilter((AlertStatus.RESOLVED,), tenant.id), AlertAct(AlertAction.ACKNOWLEDGE), EVE
        )
    named = ", ".join(f"{each.name} is RESOLVED" for each in found[:5])
    assert str(error.value) == f"{named} and 2 more; to acknowledge them, they must be OPEN. Nothing was changed."


def test_assigning_all_leaves_those_that_the_person_has(tenant: Tenant) -> None:
    first, second = raised(tenant), raised(tenant)
    do(tenant, first, AlertAct(AlertAction.ASSIGN, assignee="ann"))
    act = AlertAct(AlertAction.ASSIGN, assignee="ann")
    outcome = change_alerts(tenant.home, AlertFilter(organization_id=tenant.id), act, EVE)
    assert (outcome.done, outcome.unchanged) == ((second.name,), (first.name,))


def test_reopening_all_reopens_their_cases(tenant: Tenant) -> None:
    found = [listed_case(tenant, f"vendor {place}", place) for place in (1, 2, 3)]
    for place in (1, 2, 3):
        raised(tenant, vendor=f"Vendor {place}", amount=Decimal(place))
    for each in found:
        change_case(tenant.home, each.case, CaseAct(CaseAction.RESOLVE, outcome="fixed"), date(2024, 6, 1), EVE)
    wanted = AlertFilter((AlertStatus.RESOLVED,), tenant.id, minimum=Decimal(2))
    assert len(change_alerts(tenant.home, wanted, AlertAct(AlertAction.REOPEN), EVE).done) == 2
    assert [case_now(tenant, each.id).status for each in found] == ["RESOLVED", "OPEN", "OPEN"]


def test_of_several_who_change_all_at_once_each_alert_is_changed_once(tenant: Tenant) -> None:
    found = [raised(tenant) for _ in range(12)]
    wanted = AlertFilter(organization_id=tenant.id)

    def resolve(_: int) -> int:
        return len(change_alerts(tenant.home, wanted, ACTS[AlertAction.RESOLVE], EVE).done)

    def acknowledge(alert: AlertRow) -> int:
        try:
            do(tenant, alert, AlertAct(AlertAction.ACKNOWLEDGE))
        except ConflictError:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        alone = list(pool.map(acknowledge, found[::4]))
        bulk = list(pool.map(resolve, range(4)))
    assert sum(alone) + sum(bulk) == len(found)
    for each in found:
        assert len(history(tenant, each.id)) == 2


def test_who_changes_all_waits_for_an_analysis_that_changes_many_and_neither_fails(tenant: Tenant) -> None:
    """An analysis locks rows in another order: were the first row locked already, it would be a deadlock."""
    first, second = raised(tenant), raised(tenant)
    wanted = AlertFilter(organization_id=tenant.id)
    lock = text("SELECT 1 FROM alerts WHERE id = :id FOR UPDATE")
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid))")
    with ThreadPoolExecutor(1) as pool:
        with tenant.home.database.transaction() as analysis:
            locks.hold(analysis, Lock.ALERTS, [tenant.id])
            analysis.execute(lock, {"id": second.id})
            bulk = pool.submit(change_alerts, tenant.home, wanted, ACTS[AlertAction.RESOLVE], EVE)
            pid = analysis.execute(text("SELECT pg_backend_pid()")).scalar_one()
            came = 0
            while not came:
                assert not wait([bulk], timeout=0.02).done
                with (
                    tenant.home.database.transaction() as look
                ):  # a transaction sees those who were there at its first look
                    came = look.execute(waiting, {"pid": pid}).scalar_one()
            analysis.execute(lock, {"id": first.id})
        assert len(bulk.result().done) == 2


# Reading


@pytest.fixture(scope="module")
def ledger_of_alerts() -> dict[str, dict[str, object]]:
    return {
        "a": {"vendor": "Acme Ltd", "severity": Severity.HIGH, "amount": Decimal(900)},
        "b": {"vendor": "ACME  ltd", "severity": Severity.LOW, "amount": Decimal(100), "month": date(2024, 4, 1)},
        "c": {"vendor": "Acme 100% _x", "severity": Severity.LOW, "amount": Decimal(50), "month": date(2024, 5, 1)},
        "d": {"subject": "the till", "severity": Severity.MEDIUM, "amount": Decimal(0)},
    }


def test_a_filter_means_what_it_says(tenant: Tenant, ledger_of_alerts: dict[str, dict[str, object]]) -> None:
    there = {title: raised(tenant, title=title, **values) for title, values in ledger_of_alerts.items()}
    do(tenant, there["b"], AlertAct(AlertAction.ASSIGN, assignee="ann"))
    do(tenant, there["d"], AlertAct(AlertAction.RESOLVE, outcome="accepted"))
    every = AlertFilter(tuple(AlertStatus), tenant.id)
    for values, expected in (
        ({}, "adbc"),  # by severity, then amount
        ({"statuses": (AlertStatus.OPEN,)}, "abc"),
        ({"analyzer": MANUAL}, "adbc"),
        ({"analyzer": "duplicate"}, ""),
        ({"severity": Severity.LOW}, "bc"),
        ({"first_month": date(2024, 4, 1)}, "bc"),
        ({"last_month": date(2024, 4, 1)}, "adb"),
        ({"first_month": date(2024, 4, 1), "last_month": date(2024, 4, 1)}, "b"),
        ({"vendor_key": "acme ltd"}, "ab"),
        ({"vendor_prefix": "acme"}, "abc"),
        ({"vendor_prefix": "acme 100% _"}, "c"),
        ({"vendor_prefix": "acme %"}, ""),
        ({"assignee": "ann"}, "b"),
        ({"assignee": ""}, "adc"),
        ({"outcome": Outcome.ACCEPTED}, "d"),
        ({"minimum": Decimal(100)}, "ab"),
        ({"maximum": Decimal(100)}, "dbc"),
        ({"regressed": True}, ""),
    ):
        found = matching(tenant, replace(every, **values))
        assert "".join(found) == expected, values


@pytest.mark.parametrize("everywhere", [False, True])
def test_pages_neither_double_nor_lose_an_alert_while_alerts_arrive_and_change(
    new_tenant: Callable[[], Tenant], everywhere: bool
) -> None:
    """Also over several organizations, whose lists are merged. Between any two pages alerts arrive at every place of the list, one
    that was shown is resolved, and one that was not yet is commented."""
    tenant, other = new_tenant(), new_tenant()
    standing = [raised(each, amount=Decimal(place)) for place in range(6) for each in (tenant, other)]
    standing = [each for each in standing if everywhere or each.organization_id == tenant.id]
    reader = Principal("reader", Role.VIEWER, frozenset({tenant.id, other.id}))
    wanted = AlertFilter(organization_id=None if everywhere else tenant.id)
    shown: list[AlertRow] = []
    after = None
    while True:
        with tenant.home.database.transaction() as connection:
            page = list(alerts.ranked(connection, wanted, reader, limit=3, after=after))
        if not page:
            break
        shown += page
        after = AlertCursor.parse(str(alerts.cursor_of(page[-1])))
        for amount in (Decimal(99), page[-1].amount, Decimal("0.01")):
            if len(shown) < 20:
                raised(tenant, amount=amount)
        do(tenant, page[0], AlertAct(AlertAction.RESOLVE, outcome="fixed"))
        for each in standing:
            if each.id not in {row.id for row in shown}:
                do(tenant, each, AlertAct(AlertAction.COMMENT, note="not yet"))
                break
    names = [each.name for each in shown]
    assert len(names) == len(set(names))
    assert {each.name for each in standing} <= set(names)
    ranks = [(each.rank_key, each.organization_id, each.number) for each in shown]
    assert ranks == sorted(ranks)


def test_pages_of_cases_neither_double_nor_lose_one_while_cases_arrive_and_change(tenant: Tenant) -> None:
    standing = [listed_case(tenant, f"v{place}", place, score=100 - place // 3) for place in range(1, 10)]
    wanted = CaseFilter(date(2024, 6, 1), organization_id=tenant.id)
    shown: list[CaseRow] = []
    after = None
    number = 10
    while True:
        with tenant.home.database.transaction() as connection:
            page = list(cases.ranked(connection, wanted, TESTER, limit=2, after=after))
        if not page:
            break
        shown += page
        after = CaseCursor.parse(str(cases.cursor_of(page[-1])))
        for score in (200, page[-1].score):  # ahead of the page, and right behind it
            if number < 16:
                listed_case(tenant, f"v{number}", number, score=score)
                number += 1
        change_case(tenant.home, page[0].case, CaseAct(CaseAction.RESOLVE, outcome="fixed"), date(2024, 6, 1), EVE)
    assert len({each.id for each in shown}) == len(shown)
    assert {each.id for each in standing} <= {each.id for each in shown}


def test_cases_are_filtered_alike(tenant: Tenant) -> None:
    listed_case(tenant, "acme ltd", 1, stake=Decimal(10))
    listed_case(tenant, "acme 100%", 2, stake=Decimal(20), assignee="ann", month=date(2024, 4, 1))
    done = listed_case(tenant, "bolt", 3, stake=Decimal(30))
    change_case(tenant.home, done.case, CaseAct(CaseAction.RESOLVE, outcome="fixed"), date(2024, 6, 1), EVE)
    every = CaseFilter(date(2024, 6, 1), tuple(CaseStatus), tenant.id)
    for values, expected in (
        ({}, {1, 2, 3}),
        ({"first_month": date(2024, 4, 1)}, {2}),
        ({"last_month": date(2024, 3, 1)}, {1, 3}),
        ({"vendor_key": "acme ltd"}, {1}),
        ({"vendor_prefix": "acme"}, {1, 2}),
        ({"vendor_prefix": "acme 100%"}, {2}),
        ({"assignee": "ann"}, {2}),
        ({"assignee": ""}, {1, 3}),
        ({"outcome": Outcome.FIXED}, {3}),
        ({"minimum": Decimal(20)}, {2, 3}),
        ({"kind": "repeat"}, {1, 2, 3}),
        ({"kind": "size"}, set()),
    ):
        with tenant.home.database.transaction() as connection:
            found = cases.ranked(connection, replace(every, **values), TESTER, limit=None, after=None)
            assert {each.number for each in found} == expected, values


def test_alerts_are_counted_by_kind(tenant: Tenant) -> None:
    raised(tenant, amount=Decimal("10.50"))
    in_state(tenant, AlertStatus.ACKNOWLEDGED, amount=Decimal(5))
    in_state(tenant, AlertStatus.RESOLVED, amount=Decimal(1000))
    raised(tenant, severity=Severity.LOW, month=date(2024, 4, 1), amount=Decimal(0))
    wanted = AlertFilter(tuple(AlertStatus), tenant.id)
    with tenant.home.database.transaction() as connection:
        found = alerts.by_kind(connection, wanted, TESTER)
    assert [(e.month.month, e.severity, e.open, e.acknowledged, e.resolved, e.amount) for e in found] == [
        (4, Severity.LOW, 1, 0, 0, Decimal(0)),
        (3, Severity.HIGH, 1, 1, 1, Decimal("15.50")),
    ]


def test_what_was_decided_about_the_same_subject_is_found_the_latest_first(tenant: Tenant) -> None:
    old, late, other = (raised(tenant, vendor=vendor) for vendor in ("Acme", "ACME ", "Bolt"))
    till = [raised(tenant, subject="the till") for _ in range(2)]
    for each, outcome in ((old, "fixed"), (late, "accepted"), (other, "fixed"), (till[0], "fixed")):
        do(tenant, each, AlertAct(AlertAction.RESOLVE, outcome=outcome))
    with tenant.home.database.transaction() as connection:
        about = raised(tenant, vendor="acme")
        assert [each.name for each in alerts.decided_about(connection, about, 5)] == [late.name, old.name]
        assert [each.name for each in alerts.decided_about(connection, about, 1)] == [late.name]
        assert [each.name for each in alerts.decided_about(connection, till[1], 5)] == [till[0].name]
        assert alerts.decided_about(connection, other, 5) == []
