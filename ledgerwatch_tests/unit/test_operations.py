"""An operator's look at all organizations: what it tells, and what it says needs a person. On a home of its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.access.principal import Principal, Role, local_operator
from ledgerwatch_pipeline.alerting.act import change_alert
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.receive.places import inbox_at
from ledgerwatch_pipeline.model.alert import AlertAction, Severity
from ledgerwatch_pipeline.model.audit_chain import BrokenChainError
from ledgerwatch_pipeline.model.cadence import Cadence
from ledgerwatch_pipeline.model.errors import AccessDeniedError, ConflictError, UnknownThingError, UsageError
from ledgerwatch_pipeline.model.inbox import FileStamp, InboxFile, InboxState
from ledgerwatch_pipeline.model.load import ImportOptions, LoadRow, LoadStatus
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.pipeline.audit import verify_chains
from ledgerwatch_pipeline.pipeline.close import close_loads
from ledgerwatch_pipeline.pipeline.operations import Attention, Concern, Operations, operations
from ledgerwatch_pipeline.pipeline.retry import retry_failed
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.lake import load_totals
from ledgerwatch_pipeline.stores.postgres import audit, inbox_files, loads, organizations, overview
from ledgerwatch_pipeline.stores.postgres.tables import metadata
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.databases import owned, unguarded
from ledgerwatch_tests.template import home_of_its_own

NOW = datetime.now(UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
TWICE = rows("2025-02-03,Print,640.00,,", "2025-02-04,Print,640.00,,")


@pytest.fixture(scope="module")
def kept() -> Iterator[Home]:
    with home_of_its_own() as opened:
        yield opened


@pytest.fixture
def own(kept: Home) -> Home:
    """The home with every table of PostgreSQL empty: of what others left in the lake nothing is anybody's any more."""
    kept.settings = Settings(home=kept.settings.home)
    tables = ", ".join(each.name for each in metadata.sorted_tables)
    with owned(kept) as database, unguarded(database) as connection:
        connection.execute(text(f"TRUNCATE {tables}"))
    return kept


@pytest.fixture
def acme(own: Home, tmp_path: Path) -> Tenant:
    return Tenant(own, tmp_path)


def execute(home: Home, statement: str, **values: object) -> None:
    with home.database.transaction() as connection:
        connection.execute(text(statement), values)


def look(home: Home, now: datetime = NOW) -> Operations:
    return operations(home, TESTER, now=now)


def concerns(found: Operations) -> dict[Concern, Attention]:
    return {each.concern: each for each in found.attention}


def expect(tenant: Tenant, delivers: str, since: date) -> None:
    """Say when its files are due, as if that had been said on ``since``."""
    with tenant.home.database.transaction() as connection:
        organizations.change(connection, tenant.slug, {"delivers": Cadence.parse(delivers)}, TESTER)
    execute(tenant.home, "UPDATE organizations SET delivers_since = :since WHERE id = :id", since=since, id=tenant.id)


def came(load: LoadRow, home: Home, day: date) -> None:
    """Let the load have been received on that day."""
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    execute(home, "UPDATE loads SET received_at = :moment WHERE id = :id", moment=moment, id=load.id)


def wait_for_import(tenant: Tenant, content: str = TWICE) -> LoadRow:
    (receipt,) = receive(tenant.home, [tenant.write(content)], tenant.slug, ImportOptions(), TESTER)
    return tenant.load(receipt.load_id)


def test_a_home_in_which_nothing_happened_needs_nobody(own: Home) -> None:
    found = look(own)
    assert found.attention == []
    assert (found.oldest_wait, found.keeps_up, found.last_closed, found.verification) == (None, True, None, None)


def test_only_operators_look_at_all_organizations(own: Home) -> None:
    with pytest.raises(AccessDeniedError):
        operations(own, Principal("ann", Role.ADMIN))


def test_when_files_are_due_is_kept_with_the_day_on_which_that_was_said(acme: Tenant) -> None:
    def change(delivers: str) -> tuple[str, ...]:
        with acme.home.database.transaction() as connection:
            return organizations.change(connection, acme.slug, {"delivers": Cadence.parse(delivers)}, TESTER)

    def kept() -> tuple[str, date | None]:
        with acme.home.database.transaction() as connection:
            found = organizations.get(connection, acme.slug, TESTER)
        return str(found.delivers), found.delivers_since

    assert change("weekly friday") == ("delivers",)
    assert kept() == ("weekly friday", datetime.now(UTC).date())
    execute(acme.home, "UPDATE organizations SET delivers_since = '2026-01-01'")
    assert change("weekly friday") == ()
    assert kept() == ("weekly friday", date(2026, 1, 1))  # said again: it has been so since then
    assert change("none") == ("delivers",)
    assert kept() == ("None", None)
    with acme.home.database.transaction() as connection:
        changed = list(
            audit.list_recent(connection, audit.AuditFilter("ORGANIZATION_UPDATED"), TESTER, limit=9, after=None)
        )
    assert changed[0].metadata == {"before": {"delivers": "weekly friday"}, "after": {"delivers": None}}


def test_who_delivers_nothing_by_their_day_is_named_with_the_day(acme: Tenant, tmp_path: Path) -> None:
    home, other = acme.home, Tenant(acme.home, tmp_path)
    expect(acme, "daily", TODAY - 10 * DAY)
    expect(other, "daily", TODAY - 1 * DAY)  # its first due day is today, which is not over
    found = look(home)
    assert found.expected == 2
    (late,) = found.overdue_deliveries
    assert (late.organization, str(late.delivers), late.since, late.missed) == (acme.slug, "daily", TODAY - 9 * DAY, 9)
    assert (late.delivered_at, late.rejected_at) == (None, None)
    told = concerns(found)[Concern.DELIVERIES]
    assert told.count == 1
    assert told.sentence.startswith(
        f"1 organization delivered nothing by their day: {acme.slug} (due {late.since}); ask"
    )
    came(acme.deliver(TWICE), home, TODAY - 1 * DAY)
    assert look(home).overdue_deliveries == []
    assert [each.organization for each in look(home, NOW + 2 * DAY).overdue_deliveries] == [acme.slug, other.slug]


def test_a_file_that_waits_is_delivered_and_one_that_was_rejected_is_not(acme: Tenant) -> None:
    expect(acme, "daily", TODAY - 3 * DAY)
    bad = acme.deliver(rows("2025-02-03,,10.00,,"))
    assert bad.status is LoadStatus.REJECTED
    came(bad, acme.home, TODAY - 1 * DAY)
    (late,) = look(acme.home).overdue_deliveries
    assert late.rejected_at is not None
    assert (late.rejected_at.date(), late.delivered_at) == (TODAY - 1 * DAY, None)
    came(wait_for_import(acme), acme.home, TODAY - 1 * DAY)
    assert look(acme.home).overdue_deliveries == []


def test_what_was_rejected_stands_until_somebody_closes_it_or_it_is_delivered_again(acme: Tenant) -> None:
    home = acme.home
    bad = acme.deliver(rows("2025-02-03,,10.00,,"), "bad.csv")
    found = look(home, NOW + 400 * DAY)
    assert (found.rejected.count, [each.id for each in found.rejected.first]) == (1, [bad.id])
    assert concerns(found)[Concern.REJECTED].count == 1
    (closed,) = close_loads(home, [str(bad.id)[:13]], "sent as better.csv", local_operator("ann"))
    assert (closed.closed_by, closed.closed_note, closed.status) == ("ann", "sent as better.csv", LoadStatus.REJECTED)
    assert Concern.REJECTED not in concerns(look(home))
    with home.database.transaction() as connection:
        (event,) = audit.list_recent(connection, audit.AuditFilter("LOAD_CLOSED"), TESTER, limit=9, after=None)
        assert loads.rejected_within(connection, timedelta(days=7), 9).count == 0
    assert (event.actor, event.subject_id) == ("ann", str(bad.id))
    assert event.metadata == {"file": "bad.csv", "status": "REJECTED", "note": "sent as better.csv"}
    with pytest.raises(ConflictError, match="bad.csv was closed by ann already"):
        close_loads(home, [str(bad.id)], None, TESTER)
    again = acme.deliver(rows("2025-02-03,,10.00,,"), "bad.csv")
    assert (again.id, again.status, again.closed_by, again.closed_note) == (bad.id, LoadStatus.REJECTED, None, None)
    assert look(home).rejected.count == 1


def test_what_failed_and_was_closed_is_neither_named_nor_tried_again(acme: Tenant) -> None:
    home, load = acme.home, wait_for_import(acme)
    execute(home, "UPDATE loads SET status = 'FAILED', error = 'its bytes are gone'")
    found = look(home)
    assert (found.failed, [each.error for each in found.failed_loads.first]) == (1, ["its bytes are gone"])
    assert concerns(found)[Concern.FAILED].sentence == "1 failed; mend the cause, then: ledgerwatch retry"
    close_loads(home, [str(load.id)], None, TESTER)
    assert look(home).failed == 0
    assert retry_failed(home, TESTER).loads == ()
    with home.database.transaction() as connection:
        assert overview.failures(connection, TESTER) == []
    expect(acme, "daily", TODAY - 3 * DAY)
    came(load, home, TODAY)
    assert [each.organization for each in look(home).overdue_deliveries] == [
        acme.slug
    ]  # nothing of it is in the ledger


def test_all_loads_are_closed_or_none(acme: Tenant) -> None:
    bad, good = acme.deliver(rows("2025-02-03,,10.00,,")), acme.deliver(TWICE)
    with pytest.raises(ConflictError, match="is ACCEPTED; only what was rejected or FAILED can be closed"):
        close_loads(acme.home, [str(bad.id), str(good.id)], None, TESTER)
    with pytest.raises(UnknownThingError):
        close_loads(acme.home, [str(bad.id), "ffff"], None, TESTER)
    with pytest.raises(AccessDeniedError):
        close_loads(acme.home, [str(bad.id)], None, Principal("vic", Role.VIEWER))
    assert look(acme.home).rejected.count == 1


def test_a_failed_analysis_is_named_with_its_error(acme: Tenant) -> None:
    acme.deliver(TWICE)
    execute(acme.home, "UPDATE analysis_work SET status = 'FAILED', error = 'boom' WHERE analyzer = 'duplicate'")
    found = look(acme.home)
    assert [(each.organization, each.analyzer, each.error) for each in found.failed_analyses] == [
        (acme.slug, "duplicate", "boom")
    ]
    assert concerns(found)[Concern.FAILED].count == 1


def test_the_queue_keeps_up_while_nothing_waits_for_more_than_an_hour(acme: Tenant) -> None:
    wait_for_import(acme)
    found = look(acme.home, datetime.now(UTC))
    assert (found.imports.waiting, found.imports.came, found.imports.done, found.keeps_up) == (1, 1, 0, True)
    later = look(acme.home, datetime.now(UTC) + timedelta(minutes=61))
    assert not later.keeps_up
    assert concerns(later)[Concern.QUEUE].sentence.startswith("work has waited since ")
    acme.deliver(rows("2025-03-03,Print,1.00,,"))
    found = look(acme.home, datetime.now(UTC))
    assert (found.imports.waiting, found.imports.done) == (0, 2)
    assert found.analyses.waiting == 6  # one an analyzer, and the ranking of cases
    acme.analyze()
    found = look(acme.home, datetime.now(UTC))
    assert (found.analyses.waiting, found.analyses.since, found.analyses.done) == (0, None, found.analyses.came)


def test_what_waits_in_the_inbox_is_told_by_folder_and_since_when(own: Home) -> None:
    since = NOW - timedelta(hours=5)
    states = [
        ("a", InboxState.SETTLED, None),
        ("b", InboxState.MISPLACED, "no such organization"),
        ("c", InboxState.SETTLING, None),
    ]
    with own.database.transaction() as connection:
        inbox_files.write(
            connection,
            inbox_at(own.settings.inbox_location).name,
            [
                InboxFile(f"{name}/x.csv", name, FileStamp(1, 1), state, since, since, None, why)
                for name, state, why in states
            ],
        )
    found = look(own)
    assert [(each.organization, each.state.value, each.files, each.since) for each in found.inbox] == [
        ("a", "SETTLED", 1, since),
        ("b", "MISPLACED", 1, since),
        ("c", "SETTLING", 1, since),
    ]
    assert (found.oldest_wait, found.keeps_up) == (since, False)
    assert concerns(found).keys() == {Concern.INBOX, Concern.QUEUE}
    assert concerns(found)[Concern.INBOX].sentence == (
        "1 file of the inbox can be no load in that place; ledgerwatch import --inbox names them"
    )


def test_alerts_are_new_for_a_day_and_overdue_after_the_days_of_their_severity(acme: Tenant) -> None:
    acme.deliver(TWICE)
    acme.analyze()
    (alert,) = acme.alerts("duplicate")
    now = datetime.now(UTC)
    severity = alert.severity

    def counts(found: Operations) -> list[int]:
        return [each[severity] for each in (found.unresolved_alerts, found.new_alerts, found.overdue_alerts)]

    home = acme.home
    home.settings = replace(home.settings, alert_days={severity: 7})
    found = look(home, now)
    assert counts(found) == [1, 1, 0]
    assert list(found.unresolved_alerts) == [Severity.HIGH, Severity.MEDIUM, Severity.LOW]
    found = look(home, now + 6 * DAY)
    assert counts(found) == [1, 0, 0]
    found = look(home, now + 8 * DAY)
    (standing,) = found.alerts
    assert (standing.organization, standing.overdue, standing.overdue_since, standing.who) == (
        acme.slug,
        1,
        alert.first_seen,
        None,
    )
    assert concerns(found)[Concern.ALERTS].sentence == (
        f"alerts are unresolved too long: 1 {severity} for more than 7 days; 1 of them with nobody; see: ledgerwatch alerts list"
    )
    change_alert(home, alert.name, AlertAction.ACKNOWLEDGE, principal=local_operator("ann"))
    assert [each.who for each in look(home, now + 8 * DAY).alerts] == ["ann"]
    execute(home, "UPDATE alerts SET assignee = 'bob'")
    assert [each.who for each in look(home, now + 8 * DAY).alerts] == ["bob"]
    home.settings = replace(home.settings, alert_days={})
    assert Concern.ALERTS not in concerns(look(home, now + 800 * DAY))


def test_an_alert_that_was_reopened_is_open_since_then(acme: Tenant) -> None:
    acme.deliver(TWICE)
    acme.analyze()
    (alert,) = acme.alerts("duplicate")
    execute(
        acme.home,
        "UPDATE alerts SET first_seen = :then, status = 'RESOLVED', outcome = 'no_longer_holds', resolved_at = :then",
        then=NOW - 100 * DAY,
    )
    acme.deliver(rows("2025-02-05,Print,640.00,,"))
    acme.analyze()
    (again,) = acme.alerts("duplicate")
    assert (again.id, again.first_seen) == (alert.id, NOW - 100 * DAY)
    assert again.reopened_at is not None
    found = look(acme.home, datetime.now(UTC))
    assert (found.new_alerts[alert.severity], found.overdue_alerts[alert.severity]) == (1, 0)


def test_a_month_is_closed_once_everybody_was_analysed_since_it_ended(acme: Tenant) -> None:
    now = datetime(2025, 3, 4, 6, tzinfo=UTC)
    acme.deliver(TWICE)
    found = look(acme.home, now)
    assert (found.last_month.month, found.last_month.organizations, found.last_month.open) == (
        Month(2025, 2),
        1,
        (acme.slug,),  # its analyses are due
    )
    acme.analyze()
    assert (look(acme.home, now).last_month.open, look(acme.home, now).attention) == ((), [])
    closed = look(acme.home, now).last_closed
    assert closed is not None
    assert closed.month == Month(2025, 2)
    execute(acme.home, "UPDATE analysis_runs SET finished_at = '2025-02-28 23:59:59+00'")  # before it had ended
    found = look(acme.home, now)
    assert (found.last_month.open, found.last_closed) == ((acme.slug,), None)
    assert concerns(found)[Concern.CLOSE].sentence == (
        f"2025-02 is not closed for 1 organization: {acme.slug}; close it: ledgerwatch analyze --from 2025-02 --to 2025-02"
    )
    assert Concern.CLOSE not in concerns(
        look(acme.home, datetime(2025, 3, 2, 6, tzinfo=UTC))
    )  # it is closed on the second


def test_months_without_data_are_told_apart_from_those_that_nobody_has(acme: Tenant, tmp_path: Path) -> None:
    other = Tenant(acme.home, tmp_path)
    expect(other, "monthly 5", TODAY)
    acme.deliver(rows("2024-01-03,A,1.00,,", "2024-04-03,A,1.00,,", "2024-05-03,A,1.00,,"))
    other.deliver(rows("2024-02-03,A,1.00,,", "2024-05-03,A,1.00,,"))
    found = look(acme.home)
    assert [(each.organization, str(each.months), each.delivers is not None) for each in found.gaps] == [
        (other.slug, "2024-03..2024-04", True),
        (acme.slug, "2024-02..2024-03", False),
        (None, "2024-03", False),
    ]
    assert [str(each) for each in found.of_nobody] == ["2024-03"]


def test_whether_the_chains_were_whole_is_noted_each_time_they_are_walked(acme: Tenant) -> None:
    home = acme.home
    assert Concern.CHAINS not in concerns(look(home))
    late = look(home, datetime.now(UTC) + 3 * DAY)
    assert (
        concerns(late)[Concern.CHAINS].sentence
        == "the audit chains were not verified yet; verify them: ledgerwatch audit verify"
    )
    counts = verify_chains(home, local_operator("ann"))
    last = look(home).verification
    assert last is not None
    assert (last.verified_by, last.events, last.chains, last.problem) == (
        "ann",
        sum(counts.values()),
        len(counts),
        None,
    )
    assert Concern.CHAINS in concerns(look(home, datetime.now(UTC) + 3 * DAY))
    with owned(home) as database, unguarded(database) as connection:
        forge = text("UPDATE audit_events SET actor = 'mallory' WHERE seq = 1 AND chain_id = :id")
        connection.execute(forge, {"id": acme.id})
    with pytest.raises(BrokenChainError):
        verify_chains(home, TESTER)
    broken = concerns(look(home))[Concern.CHAINS].sentence
    assert broken.endswith(f"the audit log of {acme.slug} is broken at event 1: its content does not give its hash")


def test_control_totals_by_organization_and_month_are_exact(acme: Tenant, tmp_path: Path) -> None:
    dinar = Tenant(acme.home, tmp_path, "KWD", 3)
    acme.deliver(rows("2024-01-03,A,0.10,,", "2024-01-04,A,0.20,,", "2024-02-03,A,5.00,Revenue,"))
    acme.deliver("date,vendor,amount,type\n2024-01-05,B,0.05,refund\n")
    dinar.deliver(rows("2024-02-03,A,1.001,,"))
    con = acme.home.reading
    found = load_totals.by_organization_and_month(con, None, None, None)
    assert [(each.organization, each.month, each.loads, each.rows) for each in found] == [
        (acme.slug, date(2024, 2, 1), 1, 1),
        (dinar.slug, date(2024, 2, 1), 1, 1),
        (acme.slug, date(2024, 1, 1), 2, 3),
    ]
    january = found[2]
    assert (january.expense, january.refund, january.income) == (Decimal("0.30"), Decimal("0.05"), Decimal(0))
    assert (january.net, found[0].net, found[1].expense) == (Decimal("-0.25"), Decimal(5), Decimal("1.001"))
    assert load_totals.by_organization_and_month(con, dinar.id, None, date(2024, 1, 1)) == []
    assert load_totals.by_organization_and_month(con, acme.id, date(2024, 1, 1), date(2024, 1, 1)) == [january]


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("HIGH=3", {Severity.HIGH: 3}),
        ("HIGH=3, LOW=365", {Severity.HIGH: 3, Severity.LOW: 365}),
        ("none", {}),
        ("", {Severity.HIGH: 7, Severity.MEDIUM: 30}),
    ],
)
def test_after_how_many_days_alerts_are_overdue_is_a_setting(value: str, days: dict[Severity, int]) -> None:
    assert Settings.from_environment({"LEDGERWATCH_ALERT_DAYS": value}).alert_days == days


@pytest.mark.parametrize("value", ["HIGH", "HIGH=0", "high=3", "HIGH=3,HIGH=4", "HIGH=3,", "SOME=3", "HIGH=1.5"])
def test_a_setting_that_cannot_be_read_is_named(value: str) -> None:
    with pytest.raises(UsageError, match="LEDGERWATCH_ALERT_DAYS says after how many days .* such as HIGH=7,MEDIUM=30"):
        Settings.from_environment({"LEDGERWATCH_ALERT_DAYS": value})
