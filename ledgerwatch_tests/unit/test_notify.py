"""What destinations are told, and what they are told only once: with a real PostgreSQL and real receivers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.alerting.act import change_alert
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.alert import AlertAction
from ledgerwatch_pipeline.model.cadence import Cadence
from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError
from ledgerwatch_pipeline.model.load import ImportOptions
from ledgerwatch_pipeline.pipeline.notify import DestinationReport, Outcome, notify, send_trial
from ledgerwatch_pipeline.stores.postgres import organizations
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.receivers import Mailbox, Webhook, mailbox, silent, webhook

pytestmark = pytest.mark.slow  # each starts the process that sends

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
Configure = Callable[..., None]


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as received:
        yield received


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with mailbox() as received:
        yield received


@pytest.fixture
def configure(home: Home) -> Iterator[Configure]:
    """Write notifications.toml with these tables of destinations; it is removed at the end."""

    def write(*destinations: str) -> None:
        tables = "".join(f"[[destinations]]\n{each}\n" for each in destinations)
        home.settings.notifications.write_text(tables, encoding="utf-8")

    yield write
    home.settings.notifications.unlink(missing_ok=True)


def destination(tenant: Tenant, url: str, suffix: str = "hook", **keys: str) -> str:
    """A destination of one tenant, of a name that no other test has."""
    lines = [f'name = "{tenant.slug}-{suffix}"', f'url = "{url}"', f'organizations = ["{tenant.slug}"]']
    return "\n".join([*lines, *(f"{key} = {value}" for key, value in keys.items())])


def pairs(vendor: str, *amounts: int) -> str:
    """Equal payments, two of each amount: an alert of ``duplicate`` each."""
    lines = [f'2024-03-0{day},"{vendor}",{amount}.00,Office,x' for amount in amounts for day in (1, 2)]
    return rows(*lines)


def with_alerts(tenant: Tenant, *amounts: int, vendor: str = "Acme") -> int:
    """Deliver pairs, analyse, and say how many alerts the tenant has by now."""
    tenant.deliver(pairs(vendor, *amounts))
    tenant.analyze("duplicate")
    with tenant.home.database.transaction() as connection:
        count = text("SELECT count(*) FROM alerts WHERE organization_id = :id AND status <> 'RESOLVED'")
        return int(connection.execute(count, {"id": tenant.id}).scalar_one())


def report(home: Home, now: datetime = NOON, **options: bool | float) -> DestinationReport:
    """That of the only destination."""
    (only,) = notify(home, now=now, **options).destinations  # type: ignore[arg-type]
    return only


def execute(tenant: Tenant, statement: str) -> None:
    with tenant.home.database.transaction() as connection:
        connection.execute(text(statement), {"id": tenant.id})


def test_without_a_file_nothing_is_sent(home: Home) -> None:
    found = notify(home)
    assert (found.on, found.destinations, found.failed) == (False, (), False)


def test_new_alerts_are_one_digest_and_are_told_once(tenant: Tenant, hook: Webhook, configure: Configure) -> None:
    count = with_alerts(tenant, *range(101, 108))
    configure(destination(tenant, hook.url, kinds='["alerts"]'))
    assert report(tenant.home).outcome is Outcome.SENT
    (posted,) = hook.posted
    assert posted["title"] == f"LedgerWatch: {count} new alerts of Tenant {tenant.slug}"
    assert [line.split()[0] for line in posted["message"].splitlines() if line.startswith(f"{tenant.slug}-")] == [
        f"{tenant.slug}-{number}" for number in range(1, 6)
    ]
    assert f"and {count - 5} more" in posted["message"]
    assert "107.00 USD" in posted["message"]
    assert report(tenant.home).outcome is Outcome.NOTHING_NEW
    more = with_alerts(tenant, 300) - count
    assert report(tenant.home).outcome is Outcome.SENT
    assert hook.titles[1:] == [f"LedgerWatch: {more} new alert{'s' if more > 1 else ''} of Tenant {tenant.slug}"]


def test_an_alert_that_somebody_resolved_before_is_not_told(
    tenant: Tenant, hook: Webhook, configure: Configure
) -> None:
    with_alerts(tenant, 101)
    for alert in tenant.alerts("duplicate"):
        change_alert(tenant.home, alert.name, AlertAction.RESOLVE, principal=TESTER, outcome="fixed", note=None)
    configure(destination(tenant, hook.url, kinds='["alerts"]'))
    told = report(tenant.home)
    assert (told.outcome, hook.posted) == (Outcome.NOTHING_NEW, [])


def test_each_destination_is_told_what_it_asks_for(
    new_tenant: Callable[[], Tenant], hook: Webhook, configure: Configure
) -> None:
    first, second = new_tenant(), new_tenant()
    with_alerts(first, 101, 102)
    with_alerts(second, 101, 102)
    execute(first, "UPDATE alerts SET severity = CASE number WHEN 1 THEN 3 ELSE 1 END WHERE organization_id = :id")
    configure(
        destination(first, hook.url, "high", minimum_severity='"HIGH"'),
        destination(first, hook.url, "problems", kinds='["failed", "overdue"]'),
        destination(second, hook.url, "second"),
    )
    outcomes = [each.outcome for each in notify(first.home, now=NOON).destinations]
    assert outcomes == [Outcome.SENT, Outcome.NOTHING_NEW, Outcome.SENT]
    assert hook.titles[0] == f"LedgerWatch: 1 new alert of Tenant {first.slug}"
    assert f"Tenant {second.slug}" in hook.titles[1]
    execute(first, "UPDATE alerts SET severity = 3 WHERE organization_id = :id AND number = 2")  # it has become worse
    assert notify(first.home, now=NOON).destinations[0].outcome is Outcome.SENT
    assert f"{first.slug}-2  HIGH" in hook.posted[-1]["message"]


def test_a_mail_is_plain_text_and_what_comes_from_files_is_data_in_it(
    tenant: Tenant, mail: Mailbox, configure: Configure
) -> None:
    vendor = "<b>*Evil*</b> @everyone https://evil.example/?a=b `x` [y](z) \u202e" + "V" * 100
    with_alerts(tenant, 101, vendor=vendor)
    configure(destination(tenant, mail.url, "mail", kinds='["alerts"]'))
    assert report(tenant.home).outcome is Outcome.SENT
    (received,) = mail.mails
    body = plain_text(received)
    assert "‹b›∗Evil∗‹/b› ＠everyone https：//evil.example" in body
    assert not set("<>*@`[]\u202e") & set(body)
    assert max(map(len, body.splitlines())) < 200
    assert f"Tenant {tenant.slug}" in str(received["Subject"])


def plain_text(mail: Message) -> str:
    """The body of a mail that has nothing else."""
    parts = [part for part in mail.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == ["text/plain"]
    payload = parts[0].get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_a_rejected_file_is_told_once_and_again_when_it_is_rejected_again(
    tenant: Tenant, hook: Webhook, configure: Configure
) -> None:
    content = rows("2024-03-01,,1.00,Office,x")
    tenant.deliver(content, "bad.csv")
    configure(destination(tenant, hook.url))
    assert report(tenant.home).outcome is Outcome.SENT
    assert hook.titles == ["LedgerWatch: 1 problem (1 rejected)"]
    assert f"{tenant.slug}/bad.csv" in hook.posted[0]["message"]
    assert report(tenant.home).outcome is Outcome.NOTHING_NEW
    tenant.deliver(content, "bad.csv")
    assert report(tenant.home).outcome is Outcome.SENT
    assert len(hook.posted) == 2


def test_failed_work_is_told_until_it_is_mended_and_anew_when_it_fails_again(
    tenant: Tenant, hook: Webhook, configure: Configure
) -> None:
    receive(tenant.home, [tenant.write(pairs("Acme", 1), "a.csv")], tenant.slug, ImportOptions(), TESTER)
    failed = "UPDATE loads SET status = 'FAILED', error = 'disk on fire' WHERE organization_id = :id"
    work = (
        "INSERT INTO analysis_work (organization_id, analyzer, first_month, last_month, cause, requested_by, status, error)"
        " VALUES (:id, 'duplicate', '2024-03-01', '2024-03-01', 'request', 'test', 'FAILED', 'out of luck')"
    )
    execute(tenant, failed)
    execute(tenant, work)
    configure(destination(tenant, hook.url, kinds='["failed"]'))
    assert report(tenant.home).outcome is Outcome.SENT
    assert hook.titles == ["LedgerWatch: 2 problems (2 failed)"]
    for told in (f"{tenant.slug}/a.csv", "disk on fire", f"{tenant.slug}/analysis duplicate", "out of luck"):
        assert told in hook.posted[0]["message"]
    assert report(tenant.home).outcome is Outcome.NOTHING_NEW
    execute(tenant, "DELETE FROM analysis_work WHERE organization_id = :id")
    execute(tenant, "UPDATE loads SET status = 'RECEIVED', error = NULL WHERE organization_id = :id")
    assert report(tenant.home).outcome is Outcome.NOTHING_NEW
    execute(tenant, failed)  # the same load and error, without a lease in between
    assert report(tenant.home).outcome is Outcome.SENT
    assert hook.titles[1:] == ["LedgerWatch: 1 problem (1 failed)"]
    execute(tenant, "UPDATE loads SET status = 'RECEIVED', error = NULL WHERE organization_id = :id")


def test_work_that_is_due_for_long_is_told_once(tenant: Tenant, hook: Webhook, configure: Configure) -> None:
    receive(tenant.home, [tenant.write(pairs("Acme", 1), "late.csv")], tenant.slug, ImportOptions(), TESTER)
    configure(destination(tenant, hook.url, kinds='["overdue"]'))
    now = datetime.now(UTC)
    assert report(tenant.home, now + timedelta(hours=23)).outcome is Outcome.NOTHING_NEW
    assert report(tenant.home, now + timedelta(hours=25)).outcome is Outcome.SENT
    assert f"{tenant.slug}/late.csv\n  due since" in hook.posted[0]["message"]
    assert report(tenant.home, now + timedelta(hours=30)).outcome is Outcome.NOTHING_NEW


def test_nothing_is_sent_in_quiet_hours_and_all_of_it_after_them(
    tenant: Tenant, hook: Webhook, configure: Configure
) -> None:
    with_alerts(tenant, 101)
    quiet = '{ from = "20:00", to = "07:30", zone = "Europe/London" }'  # 19:00 to 06:30 UTC in summer
    configure(destination(tenant, hook.url, kinds='["alerts"]', quiet_hours=quiet))
    end = datetime(2026, 7, 2, 6, 30, tzinfo=UTC)
    for moment in (end.replace(day=1, hour=19, minute=0), end - timedelta(seconds=1)):
        found = report(tenant.home, moment)
        assert (found.outcome, found.quiet_until) == (Outcome.QUIET, end)
    assert report(tenant.home, end.replace(day=1, hour=18, minute=59), dry_run=True).outcome is Outcome.WOULD_BE_SENT
    assert hook.posted == []
    assert report(tenant.home, end).outcome is Outcome.SENT
    assert len(hook.posted) == 1


def test_a_destination_that_fails_stops_no_other_and_is_tried_again(
    tenant: Tenant, hook: Webhook, configure: Configure
) -> None:
    with_alerts(tenant, 101)
    with webhook() as broken:
        broken.status = 503
        secret = broken.url.replace("//", "//someone:hunter2@").replace("/hook", "/t0ken/x?+X-Key=k3y")
        configure(destination(tenant, secret, "broken"), destination(tenant, hook.url))
        found = notify(tenant.home, now=NOON)
        assert [each.outcome for each in found.destinations] == [Outcome.FAILED, Outcome.SENT]
        reason = found.destinations[0].reason or ""
        assert "503" in reason
        assert not [each for each in ("someone", "hunter2", "t0ken", "k3y") if each in f"{found}"]
        broken.status = 200
        found = notify(tenant.home, now=NOON)
        assert [each.outcome for each in found.destinations] == [Outcome.SENT, Outcome.NOTHING_NEW]
        assert len(broken.posted) == 1
    assert len(hook.posted) == 1


def test_a_message_that_is_refused_keeps_no_other_back(
    new_tenant: Callable[[], Tenant], hook: Webhook, configure: Configure
) -> None:
    first, second = new_tenant(), new_tenant()
    for tenant in (first, second):
        with_alerts(tenant, 101)
    both = f'["{first.slug}", "{second.slug}"]'
    configure(destination(first, hook.url).replace(f'["{first.slug}"]', both))
    hook.refused = first.slug
    found = report(first.home)
    assert (found.outcome, "400" in (found.reason or "")) == (Outcome.FAILED, True)
    assert [second.slug in title for title in hook.titles] == [True]
    hook.refused = None
    assert report(first.home).outcome is Outcome.SENT
    assert [first.slug in title for title in hook.titles] == [False, True]


def test_a_send_that_takes_too_long_is_given_up(tenant: Tenant, hook: Webhook, configure: Configure) -> None:
    with_alerts(tenant, 101)
    with silent() as address:
        configure(destination(tenant, address, "silent"), destination(tenant, hook.url))
        found = notify(tenant.home, now=NOON, seconds=5).destinations
    assert [each.outcome for each in found] == [Outcome.FAILED, Outcome.SENT]
    assert found[0].reason == "it took longer than 5 seconds and was given up"


def test_nobody_there_is_a_reason(tenant: Tenant, configure: Configure) -> None:
    with_alerts(tenant, 101)
    with silent() as address:
        url = address.partition("?")[0]
    configure(destination(tenant, url))
    found = report(tenant.home)
    assert found.outcome is Outcome.FAILED
    assert "onnection error" in (found.reason or "")


def test_a_dry_run_sends_and_records_nothing(tenant: Tenant, hook: Webhook, configure: Configure) -> None:
    with_alerts(tenant, 101)
    configure(destination(tenant, hook.url))
    found = report(tenant.home, dry_run=True)
    assert (found.outcome, hook.posted) == (Outcome.WOULD_BE_SENT, [])
    assert report(tenant.home).messages == found.messages


def test_a_url_that_apprise_cannot_use_is_named_before_anything_is_sent(
    tenant: Tenant, hook: Webhook, configure: Configure
) -> None:
    with_alerts(tenant, 101)
    configure(destination(tenant, hook.url), destination(tenant, "nosuch://hunter2/secret", "wrong"))
    with pytest.raises(
        UsageError, match=r"notifications.toml: destinations\[2\].url of .*-wrong is wrong: no URL"
    ) as told:
        notify(tenant.home, now=NOON)
    assert "hunter2" not in str(told.value)
    assert "secret" not in str(told.value)
    assert hook.posted == []


def test_a_test_message_is_sent_also_in_quiet_hours(tenant: Tenant, hook: Webhook, configure: Configure) -> None:
    quiet = '{ from = "00:00", to = "23:59", zone = "UTC" }'
    configure(destination(tenant, hook.url, quiet_hours=quiet))
    assert send_trial(tenant.home, f"{tenant.slug}-hook", now=NOON).outcome is Outcome.SENT
    assert hook.titles == ["LedgerWatch: a test"]
    assert "sent at 2026-07-01 12:00 UTC" in hook.posted[0]["message"]
    with pytest.raises(UnknownThingError, match="unknown destination 'nobody'"):
        send_trial(tenant.home, "nobody")


def test_secrets_may_be_in_a_variable(tenant: Tenant, hook: Webhook, configure: Configure) -> None:
    with_alerts(tenant, 101)
    configure(destination(tenant, hook.url).replace(f'url = "{hook.url}"', 'url_env = "NOTIFY_URL"'))
    with pytest.raises(UsageError, match=r"url_env = 'NOTIFY_URL' is wrong; it must be the name of an environment"):
        notify(tenant.home, now=NOON, environment={})
    (found,) = notify(tenant.home, now=NOON, environment={"NOTIFY_URL": hook.url}).destinations
    assert found.outcome is Outcome.SENT


def test_who_delivered_nothing_by_their_day_is_told_once_until_something_comes(
    home: Home, tenant: Tenant, hook: Webhook, configure: Configure
) -> None:
    configure(destination(tenant, hook.url, kinds='["overdue"]'))
    with home.database.transaction() as connection:
        organizations.change(connection, tenant.slug, {"delivers": Cadence.parse("monthly 5")}, TESTER)
    today = datetime.now(UTC)
    late = today + timedelta(days=40)  # a fifth of a month has passed
    assert notify(home, now=today).destinations[0].outcome is Outcome.NOTHING_NEW
    assert notify(home, now=late).destinations[0].outcome is Outcome.SENT
    assert f"{tenant.slug}/delivery" in hook.posted[0]["message"]
    assert "when its files were due" in hook.posted[0]["message"]
    assert notify(home, now=late + timedelta(days=40)).destinations[0].outcome is Outcome.NOTHING_NEW
    load = tenant.deliver(rows("2024-03-01,Print,1.00,,"))
    with home.database.transaction() as connection:
        connection.execute(
            text("UPDATE loads SET received_at = :then WHERE id = :id"),
            {"then": late + timedelta(days=40), "id": load.id},
        )
    tenant.analyze()
    assert notify(home, now=late + timedelta(days=41)).destinations[0].outcome is Outcome.NOTHING_NEW
    assert notify(home, now=late + timedelta(days=120)).destinations[0].outcome is Outcome.SENT
