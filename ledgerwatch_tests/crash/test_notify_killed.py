"""``ledgerwatch notify`` killed between sending and recording, and two of them at once."""

import subprocess
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.stores.postgres import locks
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_tests.processes import Installation, installation
from ledgerwatch_tests.receivers import Webhook, webhook

pytestmark = pytest.mark.slow


@pytest.fixture
def place() -> Iterator[Installation]:
    with installation() as fresh:
        fresh.alert_of("acme")
        yield fresh


@pytest.fixture
def hook(place: Installation) -> Iterator[Webhook]:
    with webhook() as received:
        place.home.settings.notifications.write_text(
            f'[[destinations]]\nname = "hook"\nurl = "{received.url}"\norganizations = "all"\n'
        )
        yield received


def test_killed_between_sending_and_recording_it_tells_twice_and_never_not_at_all(
    place: Installation, hook: Webhook
) -> None:
    place.kill_at(place.hold_table("notified_alerts"), "notify")
    assert len(hook.posted) == 1
    with place.home.database.transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM notified_alerts")).scalar_one() == 0
    again = place.json("notify")
    assert [each["outcome"] for each in again["destinations"]] == ["sent"]
    assert hook.posted[1] == hook.posted[0]
    assert [each["outcome"] for each in place.json("notify")["destinations"]] == ["nothing new"]
    assert len(hook.posted) == 2


def test_killed_before_it_sends_nothing_is_lost(place: Installation, hook: Webhook) -> None:
    place.kill_at(place.hold_table("notified_problems"), "notify")
    assert hook.posted == []
    assert [each["outcome"] for each in place.json("notify")["destinations"]] == ["sent"]
    assert len(hook.posted) == 1


def test_two_at_once_send_once(place: Installation, hook: Webhook) -> None:
    sending = place.hold_table("notified_alerts")
    with sending:
        first = place.start("notify")
        sending.wait_for_waiter(first)  # it has sent, and would record that
        second = place.start("notify")
        wait_for_its_turn(place, second)
    for process in (first, second):
        output, errors = process.communicate()
        assert (process.returncode, errors) == (0, ""), output
    assert len(hook.posted) == 1


def wait_for_its_turn(place: Installation, process: "subprocess.Popen[str]") -> None:
    """Wait until somebody waits for the lock of a destination; fails when the process ends instead."""
    waiting = text(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid = CAST(:space AS oid)"
    )
    while process.poll() is None:
        with place.home.database.transaction() as connection:
            if connection.execute(waiting, {"space": locks.space(Lock.NOTIFY) % 2**32}).first():
                return
    raise AssertionError(f"the process ended ({process.returncode}) before it came here")
