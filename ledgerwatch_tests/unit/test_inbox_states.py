"""A file of a watched inbox, edge by edge; then looks at real folders."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.folder import FolderInbox
from ledgerwatch_pipeline.importing.receive.inbox import receive_inbox, receive_settled
from ledgerwatch_pipeline.importing.receive.watch import InboxLook, look
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.inbox import FileStamp, InboxFile, InboxState, Sight, misplaced, observed, taken_in
from ledgerwatch_pipeline.model.load import ImportOptions
from ledgerwatch_pipeline.stores.postgres import inbox_files
from ledgerwatch_tests.conftest import TESTER, Tenant, rows

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=5)
SETTLE = timedelta(seconds=5)
OLD, NEW = FileStamp(10, 1), FileStamp(20, 2)
GOOD = rows("2024-03-01,Acme,1.00,Office,x")


def seen(stamp: FileStamp = OLD, why: str | None = None) -> Sight:
    return Sight("acme/a.csv", "acme", stamp, why)


def standing(state: InboxState, reason: str | None = None) -> InboxFile:
    return InboxFile("acme/a.csv", "acme", OLD, state, NOON, NOON, None, reason)


def test_a_file_is_settled_once_it_has_been_as_it_is_for_a_while() -> None:
    first = observed(None, seen(), NOON, SETTLE)
    assert first == standing(InboxState.SETTLING)
    assert observed(first, seen(), LATER - timedelta(microseconds=1), SETTLE) is first
    settled = observed(first, seen(), LATER, SETTLE)
    assert (settled.state, settled.since, settled.seen_at) == (InboxState.SETTLED, LATER, NOON)


@pytest.mark.parametrize("state", [each for each in InboxState if each is not InboxState.MISPLACED])
def test_a_file_that_is_not_as_it_was_begins_anew(state: InboxState) -> None:
    again = observed(standing(state), seen(NEW), LATER, SETTLE)
    assert (again.state, again.stamp, again.seen_at, again.load_id, again.reason) == (
        InboxState.SETTLING,
        NEW,
        LATER,
        None,
        None,
    )


@pytest.mark.parametrize("state", [InboxState.SETTLED, InboxState.RECEIVED, InboxState.UNREADABLE])
def test_nothing_comes_of_looking_at_one_that_is_as_it_was(state: InboxState) -> None:
    known = standing(state)
    assert observed(known, seen(), LATER, SETTLE) is known


def test_a_misplaced_file_is_told_once_for_each_reason_and_settles_when_it_is_in_place() -> None:
    told = observed(standing(InboxState.SETTLED), seen(why="unknown organization"), NOON, SETTLE)
    assert (told.state, told.reason) == (InboxState.MISPLACED, "unknown organization")
    assert observed(told, seen(why="unknown organization"), LATER, SETTLE) is told
    assert observed(told, seen(why="not UTF-8"), LATER, SETTLE) == misplaced(seen(why="not UTF-8"), LATER)
    assert observed(told, seen(), LATER, SETTLE).state is InboxState.SETTLING


def test_what_is_taken_in_is_received_or_unreadable_and_stays_so() -> None:
    file = standing(InboxState.SETTLED)
    unreadable = taken_in(file, LATER, unreadable="Permission denied")
    assert (unreadable.state, unreadable.since, unreadable.reason) == (
        InboxState.UNREADABLE,
        LATER,
        "Permission denied",
    )
    assert taken_in(unreadable, NOON, unreadable="Permission denied") is unreadable


class Watched:
    """An inbox, looked at as often as a test says, each look ten seconds after the one before."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.clock = NOON
        folder.mkdir()

    def put(self, path: str, content: str = GOOD) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        return file

    def look(self) -> InboxLook:
        self.clock += timedelta(seconds=10)
        return look(self.home, FolderInbox(self.folder), self.clock, SETTLE)

    def receive(self) -> list[str]:
        return [
            each.file for each in receive_settled(self.home, FolderInbox(self.folder), ImportOptions(), TESTER).receipts
        ]

    def states(self) -> dict[str, str]:
        with self.home.database.transaction() as connection:
            found = inbox_files.of_inbox(connection, FolderInbox(self.folder).name)
        return {path: each.state.value for path, each in found.items()}


@pytest.fixture
def inbox(home: Home, tmp_path: Path) -> Watched:
    return Watched(home, tmp_path / "inbox")


def test_many_files_settle_and_are_received_together(inbox: Watched, new_tenant: Callable[[], Tenant]) -> None:
    one, two = new_tenant().slug, new_tenant().slug
    for path in (f"{one}/a.csv", f"{one}/b.csv", f"{two}/2024/c.csv"):
        inbox.put(path, GOOD + "\n" * len(path))
    assert (inbox.look().settling, inbox.receive()) == (3, [])
    assert inbox.look().settled == 3
    assert inbox.receive() == ["a.csv", "b.csv", "2024/c.csv"]
    assert set(inbox.states().values()) == {"RECEIVED"}
    assert (inbox.look(), inbox.receive()) == (InboxLook(0, 0, ()), [])


def test_a_file_that_grows_is_left_until_it_does_not(inbox: Watched, tenant: Tenant) -> None:
    file = inbox.put(f"{tenant.slug}/a.csv")
    for _ in range(3):
        assert inbox.look().settled == 0
        with file.open("a") as growing:
            growing.write("2024-03-02,Acme,2.00,Office,x\n")
    assert inbox.look().settled == 0
    assert inbox.look().settled == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who writes")
def test_a_file_that_somebody_has_open_for_writing_is_left_however_long_it_rests(
    inbox: Watched, tenant: Tenant
) -> None:
    file = inbox.put(f"{tenant.slug}/a.csv")
    with file.open("a"):
        for _ in range(5):
            assert inbox.look().settling == 1
    assert inbox.look().settled == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who writes")
def test_one_that_nobody_writes_to_settles_after_a_second(inbox: Watched, tenant: Tenant) -> None:
    inbox.put(f"{tenant.slug}/a.csv")
    patient = timedelta(hours=1)
    folder = FolderInbox(inbox.folder)
    assert look(inbox.home, folder, NOON, patient).settling == 1
    assert look(inbox.home, folder, NOON + timedelta(seconds=0.9), patient).settling == 1
    assert look(inbox.home, folder, NOON + timedelta(seconds=1), patient).settled == 1


def test_a_file_that_changes_after_it_settled_is_not_taken_half(inbox: Watched, tenant: Tenant) -> None:
    file = inbox.put(f"{tenant.slug}/a.csv")
    inbox.look()
    inbox.look()
    file.write_text(GOOD + "2024-03-02,Acme,2.00,Office,x\n")
    assert inbox.receive() == []
    inbox.look()
    inbox.look()
    assert inbox.receive() == ["a.csv"]


def test_a_replaced_file_is_new_and_a_renamed_one_is_the_load_it_was(inbox: Watched, tenant: Tenant) -> None:
    file = inbox.put(f"{tenant.slug}/a.csv")
    inbox.look()
    inbox.look()
    inbox.receive()
    file.write_text(GOOD.replace("1.00", "2.00"))
    file.rename(file.with_name("b.csv"))
    inbox.put(f"{tenant.slug}/a.csv")
    inbox.look()
    inbox.look()
    received = receive_settled(inbox.home, FolderInbox(inbox.folder), ImportOptions(), TESTER).receipts
    assert [(each.file, each.new) for each in received] == [("a.csv", False), ("b.csv", True)]


def test_a_file_that_is_gone_is_forgotten(inbox: Watched, tenant: Tenant) -> None:
    file = inbox.put(f"{tenant.slug}/a.csv")
    inbox.look()
    file.unlink()
    inbox.look()
    assert inbox.states() == {}


def test_what_lies_where_it_can_be_no_load_is_told_once(inbox: Watched, tenant: Tenant) -> None:
    inbox.put("stray.csv")
    inbox.put("nobody/a.csv")
    inbox.put("nobody/b.csv")
    inbox.put(f"{tenant.slug}/a.csv")
    first = inbox.look()
    assert [each.path for each in first.newly_misplaced] == ["nobody/a.csv", "nobody/b.csv", "stray.csv"]
    assert "unknown organization" in (first.newly_misplaced[0].reason or "")
    assert inbox.look() == InboxLook(1, 0, ())
    assert inbox.receive() == ["a.csv"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_tried_again_when_its_permissions_change(inbox: Watched, tenant: Tenant) -> None:
    file = inbox.put(f"{tenant.slug}/a.csv")
    file.chmod(0)
    inbox.look()
    inbox.look()
    assert (inbox.receive(), inbox.states()) == ([], {f"{tenant.slug}/a.csv": "UNREADABLE"})
    assert inbox.look().settled == 0
    file.chmod(0o600)
    inbox.look()
    inbox.look()
    assert inbox.receive() == ["a.csv"]


def test_a_link_to_nothing_is_tried_once(inbox: Watched, tenant: Tenant) -> None:
    folder = inbox.folder / tenant.slug
    folder.mkdir()
    (folder / "a.csv").symlink_to(inbox.folder / "nothing.csv")
    inbox.look()
    inbox.look()
    assert (inbox.receive(), inbox.states()) == ([], {f"{tenant.slug}/a.csv": "UNREADABLE"})
    assert inbox.look() == InboxLook(0, 0, ())


def test_what_the_command_imported_is_received_for_the_sensor_too(inbox: Watched, tenant: Tenant) -> None:
    inbox.put(f"{tenant.slug}/a.csv")
    inbox.put("stray.csv")
    told = [
        [
            each.told_before
            for each in receive_inbox(inbox.home, FolderInbox(inbox.folder), ImportOptions(), TESTER).refused
        ]
        for _ in range(2)
    ]
    assert told == [[False], [True]]
    assert inbox.states() == {f"{tenant.slug}/a.csv": "RECEIVED", "stray.csv": "MISPLACED"}
    assert inbox.look() == InboxLook(0, 0, ())


def test_what_is_taken_in_keeps_the_moment_it_was_first_seen(inbox: Watched, tenant: Tenant) -> None:
    inbox.put(f"{tenant.slug}/a.csv")
    inbox.look()
    first_seen = inbox.clock
    inbox.look()
    inbox.receive()
    with inbox.home.database.transaction() as connection:
        (file,) = inbox_files.of_inbox(connection, FolderInbox(inbox.folder).name).values()
    assert (file.state, file.seen_at) == (InboxState.RECEIVED, first_seen)


def test_an_object_of_the_same_size_and_time_has_changed_when_its_etag_has() -> None:
    received = standing(InboxState.RECEIVED)
    assert observed(received, seen(OLD), LATER, SETTLE) is received
    assert observed(received, seen(replace(OLD, etag='"x"')), LATER, SETTLE).state is InboxState.SETTLING


def test_a_thousand_files_are_written_in_few_statements(inbox: Watched, tenant: Tenant) -> None:
    folder = inbox.folder / tenant.slug
    folder.mkdir()
    for number in range(2_500):
        (folder / f"{number}.csv").touch()
    assert inbox.look().settling == 2_500
    assert inbox.look().settled == 2_500
    for number in range(2_400):
        (folder / f"{number}.csv").unlink()
    assert inbox.look().settled == 100


def test_there_must_be_an_inbox(home: Home, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no inbox"):
        look(home, FolderInbox(tmp_path / "none"), NOON, SETTLE)


def test_inboxes_are_kept_apart(home: Home, tmp_path: Path, tenant: Tenant) -> None:
    for name in ("one", "two"):
        Watched(home, tmp_path / name).put(f"{tenant.slug}/a.csv")
        look(home, FolderInbox(tmp_path / name), NOON, SETTLE)
    with home.database.transaction() as connection:
        count = connection.execute(
            text("SELECT count(*) FROM inbox_files WHERE path = :path"), {"path": f"{tenant.slug}/a.csv"}
        ).scalar_one()
    assert count == 2
