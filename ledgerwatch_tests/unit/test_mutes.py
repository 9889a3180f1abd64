"""Mutes on a real PostgreSQL: what they cover, where it is left out, and how they end. Alerts are put in as rows, for speed; that an
import leads there too is told by one test."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledgerwatch_pipeline.access.principal import Principal, Role, local_operator
from ledgerwatch_pipeline.alerting.cases import CaseAct, change_case, take_next
from ledgerwatch_pipeline.alerting.mutes import add_mute, end_due, end_mute, mute_alert
from ledgerwatch_pipeline.model.alert import AlertNumber, Severity
from ledgerwatch_pipeline.model.audit import Subject, SubjectType
from ledgerwatch_pipeline.model.case import CaseAction, CaseFilter
from ledgerwatch_pipeline.model.errors import AccessDeniedError, ConflictError, UnknownThingError, UsageError
from ledgerwatch_pipeline.model.mute import MuteEnd, MuteFilter, MuteNumber, MuteState, NewMute
from ledgerwatch_pipeline.model.notification import Destination, Kind
from ledgerwatch_pipeline.pipeline.maintain import maintain
from ledgerwatch_pipeline.stores.postgres import audit, cases, mutes, notifications, operations
from ledgerwatch_pipeline.stores.postgres.tables import alerts as alerts_table
from ledgerwatch_pipeline.stores.postgres.tables import cases as cases_table
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.desk import EVE, LATER, TODAY, TOMORROW, Desk


@pytest.fixture
def desk(tenant: Tenant) -> Desk:
    return Desk(tenant)


@pytest.mark.parametrize(
    ("analyzer", "vendor", "covered"),
    [
        ("duplicate", None, [1, 2]),
        ("duplicate", " GROSSHANDEL ", [1]),  # as vendors are compared: ß is ss without case
        (None, "acme", [2, 3]),
        (None, None, [1, 2, 3, 4]),
        ("burn_rate", None, [4]),
        ("burn_rate", "acme", []),
        ("repeat", None, []),  # a kind of signals is no analyzer
    ],
)
def test_a_mute_covers_an_analyzer_a_vendor_both_or_everything(
    desk: Desk, new_tenant: Callable[[], Tenant], analyzer: str | None, vendor: str | None, covered: list[int]
) -> None:
    other = Desk(new_tenant())
    theirs = other.alert("duplicate", "Acme")
    names = [
        desk.alert("duplicate", "Großhandel"),
        desk.alert("duplicate", "Acme"),
        desk.alert("vendor_spike", "ACME"),
        desk.alert("burn_rate", None),
    ]
    mute = desk.mute(analyzer, vendor)
    expected = [names[each - 1] for each in covered]
    assert desk.seen(muted=True) == expected
    assert desk.seen(muted=False) == [each for each in names if each not in expected]
    assert desk.seen(muted=None) == names
    assert {each.muted_by for each in desk.alerts(True)} == ({mute.number} if covered else set())
    assert other.seen() == [theirs]


def test_a_mute_ends_with_the_clock_and_says_so_once(desk: Desk) -> None:
    name = desk.alert("duplicate", "Acme")
    mute = desk.mute("duplicate", until=TOMORROW)
    assert desk.seen(today=TODAY) == []
    assert desk.seen(today=TOMORROW) == [name]
    assert (mute.state(TODAY), mute.state(TOMORROW)) == (MuteState.ACTIVE, MuteState.EXPIRED)
    end_due(desk.home, TODAY)
    assert desk.mute_now(mute.name).ended_how is None
    end_due(desk.home, TOMORROW)
    end_due(desk.home, TOMORROW + timedelta(days=9))
    assert [(each.event_type, each.actor, each.metadata.get("how")) for each in desk.history(mute)] == [
        ("MUTE_CREATED", "eve", None),
        ("MUTE_ENDED", "system", "expired"),
    ]
    assert desk.mute_now(mute.name).state(TODAY) is MuteState.EXPIRED  # written down: it does not come back


def test_maintenance_writes_down_what_has_expired(desk: Desk) -> None:
    mute = desk.mute("duplicate", until=TOMORROW)
    tomorrow = datetime.combine(TOMORROW, datetime.min.time(), UTC)
    maintain(desk.home, now=tomorrow - timedelta(seconds=1))
    assert desk.mute_now(mute.name).ended_how is None
    assert maintain(desk.home, now=tomorrow).mutes_ended >= 1
    assert desk.mute_now(mute.name).ended_how is MuteEnd.EXPIRED


def test_a_mute_ends_by_hand_and_only_once(desk: Desk) -> None:
    name = desk.alert("duplicate", "Acme")
    mute = desk.mute("duplicate")
    ended = end_mute(desk.home, mute.name, TODAY, local_operator("mel"), "it is over")
    assert (ended.state(TODAY), ended.ended_how, ended.ended_by) == (MuteState.ENDED, MuteEnd.BY_HAND, "mel")
    assert desk.seen() == [name]
    with pytest.raises(ConflictError, match="has ended already; to end it, it must be active. Nothing was changed"):
        end_mute(desk.home, mute.name, TODAY, EVE)
    created, end = desk.history(mute)
    assert created.metadata == {
        "number": mute.number,
        "analyzer": "duplicate",
        "vendor": None,
        "until": LATER.isoformat(),
        "reason": "seasonal",
        "up_to_severity": None,
        "up_to_amount": None,
        "alert": None,
    }
    assert (end.event_type, end.actor, end.metadata) == (
        "MUTE_ENDED",
        "mel",
        {"number": mute.number, "how": "by_hand", "note": "it is over"},
    )


def test_of_many_who_mute_or_end_the_same_at_once_one_succeeds(desk: Desk) -> None:
    def muting(_: int) -> bool:
        return succeeds(lambda: desk.mute("duplicate", "Acme"))

    def ending(_: int) -> bool:
        return succeeds(lambda: end_mute(desk.home, MuteNumber(desk.tenant.slug, 1), TODAY, EVE))

    def succeeds(act: Callable[[], object]) -> bool:
        try:
            act()
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(6) as people:
        assert sum(people.map(muting, range(6))) == 1
        assert sum(people.map(ending, range(6))) == 1
    mute = desk.mute_now(MuteNumber(desk.tenant.slug, 1))
    assert [each.event_type for each in desk.history(mute)] == ["MUTE_CREATED", "MUTE_ENDED"]


def test_an_expired_mute_is_not_ended_by_hand_and_another_may_follow(desk: Desk) -> None:
    mute = desk.mute("duplicate", "Acme", until=TOMORROW)
    with pytest.raises(ConflictError, match="has expired already"):
        end_mute(desk.home, mute.name, TOMORROW, EVE)
    with pytest.raises(ConflictError, match=f"{mute.name} is about the same, until {TOMORROW}; end it first"):
        desk.mute("duplicate", "ACME ")
    again = add_mute(desk.home, desk.tenant.slug, NewMute("duplicate", "acme", LATER, "still"), TOMORROW, EVE)
    assert again.number == mute.number + 1


@pytest.mark.parametrize(
    ("bounds", "worse"),
    [
        ({"up_to_severity": Severity.MEDIUM}, {"severity": Severity.HIGH}),
        ({"up_to_amount": Decimal(100)}, {"amount": "100.01"}),
        ({"up_to_severity": Severity.MEDIUM, "up_to_amount": Decimal(100)}, {"amount": "100.01"}),
    ],
)
def test_what_is_worse_than_the_mute_says_is_seen_and_ends_it(
    desk: Desk, bounds: dict[str, Any], worse: dict[str, Any]
) -> None:
    before = desk.alert("duplicate", "Acme", **worse)  # it was so when the mute was made: seen, but nothing got worse
    within = desk.alert("duplicate", "Acme", Severity.MEDIUM, "100.00")
    mute = desk.mute("duplicate", "Acme", **bounds)
    assert desk.seen() == [before]
    assert end_due(desk.home, TODAY) == 0
    after = desk.alert("duplicate", "Acme", **worse)
    assert desk.seen() == [before, after]
    assert desk.mute_now(mute.name).state(TODAY) is MuteState.ACTIVE
    assert end_due(desk.home, TODAY) == 1
    assert end_due(desk.home, TODAY) == 0
    assert set(desk.seen()) == {before, after, within}
    assert desk.mute_now(mute.name).state(LATER) is MuteState.ENDED
    assert desk.history(mute)[-1].metadata == {
        "number": mute.number,
        "how": "worse",
        "alert": AlertNumber.parse(after).number,
        "subject": "Acme",
    }


def test_what_gets_worse_elsewhere_ends_no_mute(desk: Desk, new_tenant: Callable[[], Tenant]) -> None:
    mute = desk.mute("duplicate", "Acme", up_to_severity=Severity.LOW)
    desk.alert("duplicate", "Bolt", Severity.HIGH)
    desk.alert("vendor_spike", "Acme", Severity.HIGH)
    desk.alert("duplicate", None, Severity.HIGH)
    Desk(new_tenant()).alert("duplicate", "Acme", Severity.HIGH)
    assert end_due(desk.home, TODAY) == 0
    assert desk.mute_now(mute.name).state(TODAY) is MuteState.ACTIVE


def test_an_alert_mutes_what_it_is_one_of_up_to_its_severity(desk: Desk) -> None:
    medium = desk.alert("vendor_spike", "Acme", Severity.MEDIUM)
    low = desk.alert("vendor_spike", "acme")
    high = desk.alert("vendor_spike", "Acme", Severity.HIGH)
    other = desk.alert("duplicate", "Acme")
    mute = mute_alert(desk.home, AlertNumber.parse(medium), LATER, " building works ", TODAY, EVE)
    assert (mute.analyzer, mute.vendor, mute.reason) == ("vendor_spike", "Acme", "building works")
    assert (mute.up_to_severity, mute.up_to_amount, mute.alert) == (Severity.MEDIUM, None, 1)
    assert desk.seen(muted=True) == [medium, low]
    assert desk.seen() == [high, other]


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (
            NewMute("duplicate", None, TODAY, "why"),
            f"a mute ends on a day after {TODAY}: --until YYYY-MM-DD, not {TODAY}",
        ),
        (NewMute("duplicate", None, LATER, " "), "a mute has a reason, which others read"),
        (NewMute("duplicate", None, LATER, "x" * 2001), "a reason has at most 2,000 characters, not 2,001"),
        (NewMute("duplicate", "  ", LATER, "why"), "the vendor is empty; leave --vendor out"),
        (NewMute("duplicate", None, LATER, "why", None, Decimal(0)), "an amount lies above 0, not 0"),
        (NewMute("duplicate", None, LATER, "why", None, Decimal("0.001")), "0.001 has more decimals than USD has"),
    ],
)
def test_what_cannot_be_a_mute_is_named(desk: Desk, new: NewMute, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        add_mute(desk.home, desk.tenant.slug, new, TODAY, EVE)
    with desk.home.database.transaction() as connection:
        assert list(mutes.listed(connection, MuteFilter(TODAY, desk.tenant.id), TESTER, limit=None, after=None)) == []


def test_who_may_mute_and_what_they_see(desk: Desk, new_tenant: Callable[[], Tenant]) -> None:
    mute = desk.mute("duplicate")
    reader = Principal("reader", Role.VIEWER, frozenset([desk.tenant.id]))
    with pytest.raises(AccessDeniedError, match="reader has the role viewer; this needs analyst"):
        end_mute(desk.home, mute.name, TODAY, reader)
    stranger = Principal("stranger", Role.ANALYST, frozenset([new_tenant().id]))
    with pytest.raises(UnknownThingError, match="unknown organization"):
        end_mute(desk.home, mute.name, TODAY, stranger)
    with desk.home.database.transaction() as connection:
        assert list(mutes.listed(connection, MuteFilter(TODAY), stranger, limit=None, after=None)) == []
    with pytest.raises(UnknownThingError, match=f"unknown mute '{desk.tenant.slug}-m99'"):
        end_mute(desk.home, MuteNumber(desk.tenant.slug, 99), TODAY, EVE)


def test_lists_tell_states_apart_and_go_on_behind_a_page(desk: Desk) -> None:
    by_hand, expired, active = (
        desk.mute("duplicate"),
        desk.mute("burn_rate", until=TOMORROW),
        desk.mute("vendor_spike"),
    )
    end_mute(desk.home, by_hand.name, TODAY, EVE)

    def listed(state: MuteState | None, after: MuteNumber | None = None, limit: int | None = None) -> list[MuteNumber]:
        wanted = MuteFilter(TOMORROW, desk.tenant.id, state)
        with desk.home.database.transaction() as connection:
            return [each.name for each in mutes.listed(connection, wanted, TESTER, limit=limit, after=after)]

    for _ in range(2):  # whether anybody wrote down that it has expired makes no difference
        assert listed(MuteState.ACTIVE) == [active.name]
        assert listed(MuteState.EXPIRED) == [expired.name]
        assert listed(MuteState.ENDED) == [by_hand.name]
        end_due(desk.home, TOMORROW)
    assert listed(None, limit=2) == [active.name, expired.name]
    assert listed(None, after=expired.name) == [by_hand.name]


def test_a_case_is_muted_when_all_its_signals_and_alerts_are(desk: Desk) -> None:
    muted = desk.case("acme", {"repeat": "50"})
    desk.alert("duplicate", "Acme")
    more = desk.case("bolt", {"repeat": "50", "same_ref": "50"}, 2)  # a reference paid twice says more than a repeat
    desk.alert("duplicate", "Bolt")
    other_alert = desk.case("cord", {"repeat": "50"}, 3)
    desk.alert("vendor_spike", "Cord")
    desk.mute("duplicate")
    assert [each.case for each in desk.cases()] == [more, other_alert]
    assert [(each.case, each.muted) for each in desk.cases(muted=True)] == [(muted, True)]
    assert len(desk.cases(muted=None)) == 3
    assert [each.case for each in desk.cases(today=LATER)] == [muted, more, other_alert]
    taken = [take_next(desk.home, CaseFilter(TODAY, organization_id=desk.tenant.id), EVE).case for _ in range(2)]
    assert taken == [more, other_alert]
    with pytest.raises(ConflictError, match="no case of this view is nobody's"):
        take_next(desk.home, CaseFilter(TODAY, organization_id=desk.tenant.id), EVE)


def test_a_kind_of_signals_is_muted_up_to_a_stake(desk: Desk) -> None:
    small, large = desk.case("acme", {"new": "99.99"}), desk.case("bolt", {"new": "100.01"}, 2)
    mute = desk.mute("new", up_to_amount=Decimal(100))
    assert [each.case for each in desk.cases()] == [large]
    assert end_due(desk.home, TODAY) == 0
    desk.case("cord", {"new": "200"}, 3)
    assert end_due(desk.home, TODAY) == 1
    assert small in [each.case for each in desk.cases()]
    assert desk.history(mute)[-1].metadata["subject"] == "cord"


def test_a_case_about_no_vendor_follows_its_alert(desk: Desk) -> None:
    name = desk.alert("burn_rate", None, Severity.MEDIUM)
    case = desk.case("(burn_rate) f1", {"burn_rate": "1"})
    mute = mute_alert(desk.home, AlertNumber.parse(name), LATER, "known", TODAY, EVE)
    assert [each.case for each in desk.cases(muted=True)] == [case]
    end_mute(desk.home, mute.name, TODAY, EVE)
    assert [each.case for each in desk.cases()] == [case]


def test_what_is_muted_is_not_told_until_it_is_seen_again(desk: Desk) -> None:
    desk.alert("duplicate", "Acme")
    told = desk.alert("vendor_spike", "Bolt")
    desk.mute("duplicate", until=TOMORROW)
    destination = Destination(
        f"d-{desk.tenant.slug}",
        "json://x",
        "url",
        frozenset([desk.tenant.id]),
        frozenset([Kind.ALERTS]),
        Severity.LOW,
        None,
    )
    with desk.home.database.snapshot() as connection:
        (digest,) = notifications.new_alerts(connection, destination, 5, TODAY)
        assert [str(each.number) for each in digest.first] == [told]
        (digest,) = notifications.new_alerts(connection, destination, 5, TOMORROW)
        assert digest.by_severity[Severity.LOW] == 2


def test_what_is_muted_is_no_work_and_never_overdue(desk: Desk) -> None:
    desk.alert("duplicate", "Acme", Severity.HIGH)
    desk.alert("vendor_spike", "Bolt", Severity.HIGH)
    desk.mute("duplicate", until=TOMORROW)
    later = datetime.now(UTC) + timedelta(days=99)

    def standing(today: date) -> list[tuple[int, int]]:
        with desk.home.database.transaction() as connection:
            found = operations.standing_alerts(connection, later, {Severity.HIGH: later}, today)
        return [(each.unresolved, each.overdue) for each in found if each.organization == desk.tenant.slug]

    assert standing(TODAY) == [(1, 1)]
    assert standing(TOMORROW) == [(2, 2)]


PAIR = ("2024-03-01,Großhandel,50.00,Office,x", "2024-03-02,GROSSHANDEL,50.00,Office,x")


@pytest.fixture
def imported(tenant: Tenant) -> Desk:
    tenant.deliver(rows(*PAIR))
    tenant.analyze()
    return Desk(tenant)


def test_what_an_import_raises_is_muted_and_ends_the_mute_if_it_is_worse(imported: Desk) -> None:
    tenant = imported.tenant
    (alert,) = tenant.alerts("duplicate")
    mute = mute_alert(imported.home, alert.name, LATER, "rent", TODAY, EVE, up_to_amount=Decimal(50))
    (case,) = imported.cases(muted=True)
    snoozed = change_case(imported.home, case.case, CaseAct(CaseAction.SNOOZE, until=LATER), TODAY, EVE)
    assert snoozed.snoozed_until == LATER
    assert imported.seen() == []
    tenant.deliver(rows("2024-03-03,grosshandel,50.00,Office,x"))  # now three: 100.00 at stake
    tenant.analyze()
    ended = imported.mute_now(mute.name)
    assert (ended.ended_how, ended.ended_by) == (MuteEnd.WORSE, "system")
    assert imported.history(mute)[-1].metadata["alert"] == alert.number
    assert imported.seen() == [str(alert.name)]
    (case,) = imported.cases()
    assert case.snoozed_until is None  # its stake is higher too
    with imported.home.database.transaction() as connection:
        *_, last = audit.history(connection, Subject(SubjectType.CASE, str(case.id)), TESTER)
    assert (last.event_type, last.actor, last.metadata["how"]) == ("CASE_REOPENED", "system", "worse")


def worse_alert(desk: Desk) -> str:
    return desk.alert("duplicate", "Acme", Severity.MEDIUM, "10")


def higher_alert(desk: Desk) -> None:
    with desk.home.database.transaction() as connection:
        connection.execute(
            alerts_table.update().where(alerts_table.c.organization_id == desk.tenant.id).values(amount=11)
        )


def more_severe(desk: Desk) -> None:
    with desk.home.database.transaction() as connection:
        connection.execute(
            alerts_table.update().where(alerts_table.c.organization_id == desk.tenant.id).values(severity=3)
        )


def higher_stake(desk: Desk) -> None:
    with desk.home.database.transaction() as connection:
        connection.execute(cases_table.update().where(cases_table.c.organization_id == desk.tenant.id).values(stake=51))


def of_another_vendor(desk: Desk) -> None:
    desk.alert("duplicate", "Bolt", Severity.HIGH, "9999")


def muted_alert(desk: Desk) -> None:
    desk.mute("vendor_spike")
    desk.alert("vendor_spike", "Acme", Severity.HIGH, "9999")


def nothing(_: Desk) -> None:
    pass


@pytest.mark.parametrize(
    ("happens", "ends"),
    [
        (worse_alert, True),
        (higher_alert, True),
        (more_severe, True),
        (higher_stake, True),
        (of_another_vendor, False),
        (muted_alert, False),
        (nothing, False),
    ],
)
def test_a_snooze_ends_when_its_case_gets_worse(desk: Desk, happens: Callable[[Desk], object], ends: bool) -> None:
    desk.alert("duplicate", "Acme", Severity.LOW, "10")
    case = desk.case("acme", {"repeat": "50"})
    change_case(desk.home, case, CaseAct(CaseAction.SNOOZE, until=LATER), TODAY, EVE)
    assert desk.cases() == []
    happens(desk)
    with desk.home.database.transaction() as connection:
        ended = cases.end_worse_snoozes(connection, [desk.tenant.id], TODAY)
        again = cases.end_worse_snoozes(connection, [desk.tenant.id], TODAY)
    assert ([each.case for each in ended], again) == ([case] if ends else [], [])
    assert [each.case for each in desk.cases()] == ([case] if ends else [])
