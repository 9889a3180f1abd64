"""The inbox: a place with one folder an organization. Finds what lies in it and receives what is new, in one delivery.

Files are left where they are; what was done to each is in the load registry, and where each stands in that of inbox files.
What cannot be received is refused by name, and keeps nobody else's files from being received. Watching it: ``watch``. What a
folder or a store is, and how it is listed and read: ``folder``, ``objects``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.archive import is_kept
from ledgerwatch_pipeline.importing.receive.files import (
    Archived,
    Delivery,
    Receipt,
    UnreachedFile,
    UnreadableFile,
    archive,
    as_delivered,
    register,
)
from ledgerwatch_pipeline.importing.receive.source import Inbox
from ledgerwatch_pipeline.model.errors import InboxUnavailableError
from ledgerwatch_pipeline.model.inbox import InboxFile, InboxState, Sight, as_sighted, observed, taken_in
from ledgerwatch_pipeline.model.load import ImportOptions, LoadStatus
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.stores.postgres import inbox_files, loads, organizations

_Outcome = Archived | UnreadableFile | UnreachedFile


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that could not become a load, and why; ``organization`` is what its folder is called. Both as people read them.

    told_before: it was refused for the same reason by an earlier look, and has not changed since.
    """

    file: str
    organization: str | None
    reason: str
    told_before: bool = False


@dataclass(frozen=True, slots=True)
class InboxReceipt:
    """What became of the files of an inbox: received, now or before; or refused, and then in no registry.

    trouble: why others were not read and wait, where the inbox could not be used to the end.
    """

    receipts: list[Receipt]
    refused: list[RefusedFile]
    trouble: InboxUnavailableError | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies in an inbox: every file, also those that can be no load; and the organizations, by slug."""

    sights: list[Sight]
    organizations: Mapping[str, Organization]

    @property
    def deliverable(self) -> list[Sight]:
        """Those that can be a load."""
        return [each for each in self.sights if each.misplaced is None]


def receive_inbox(
    home: Home, inbox: Inbox, options: ImportOptions, principal: Principal, delivery: int | None = None
) -> InboxReceipt:
    """Archive and register every new file of ``inbox``/<organization>/…

    A file that was rejected before is not new: nothing but other options (a profile, setting bad rows aside) or a person
    who names it makes it start again. delivery: as for ``receive``. Otherwise each look into the inbox would reject it once more. Raises UsageError when there
    is no such inbox, InboxUnavailableError when it cannot be looked into.
    """
    principal.require(Role.ANALYST)
    return _take_in(home, inbox, contents_of(home, inbox, principal), options, principal, delivery)


def receive_settled(home: Home, inbox: Inbox, options: ImportOptions, principal: Principal) -> InboxReceipt:
    """As ``receive_inbox``, but only files that stand SETTLED and have not changed since; others are left for later."""
    principal.require(Role.ANALYST)
    with home.database.transaction() as connection:
        settled = inbox_files.of_inbox(connection, inbox.name, [InboxState.SETTLED])
    if not settled:
        return InboxReceipt([], [])
    contents = contents_of(home, inbox, principal)
    as_they_were = [
        each
        for each in contents.deliverable
        if (known := settled.get(each.path)) is not None and known.stamp == each.stamp
    ]
    return _take_in(home, inbox, replace(contents, sights=as_they_were), options, principal)


def contents_of(home: Home, inbox: Inbox, principal: Principal) -> Contents:
    """What lies in the inbox now; raises as ``receive_inbox`` does."""
    with home.database.transaction() as connection:
        known = {each.slug: each for each in organizations.list_all(connection, principal)}
    return Contents([_judged(each, known) for each in inbox.list()], known)


def delivery_of(inbox: Inbox, sight: Sight, known: Mapping[str, Organization]) -> Delivery:
    """The delivery that a file which can be a load is."""
    return Delivery(inbox.source(sight), sight.file, known[sight.organization or ""], sight.stamp.bytes)


def refused(sight: Sight, reason: str) -> RefusedFile:
    """A file that was found and becomes no load."""
    return RefusedFile(sight.file, sight.organization, reason)


def _judged(sight: Sight, known: Mapping[str, Organization]) -> Sight:
    if sight.misplaced is not None or sight.organization in known:
        return sight
    return replace(sight, misplaced=str(organizations.unknown(sight.organization or "", known)))


def _take_in(
    home: Home,
    inbox: Inbox,
    contents: Contents,
    options: ImportOptions,
    principal: Principal,
    delivery: int | None = None,
) -> InboxReceipt:
    outcomes: dict[str, _Outcome] = {**_received_before(home, inbox, contents)}
    fetched = [each for each in contents.deliverable if each.path not in outcomes]
    found = archive(home, [delivery_of(inbox, each, contents.organizations) for each in fetched])
    trouble = _trouble(inbox, found)
    outcomes.update(
        (sight.path, outcome)
        for sight, outcome in zip(fetched, found, strict=True)
        if trouble is None or not _waits(outcome)
    )
    kept = {path: each for path, each in outcomes.items() if isinstance(each, Archived)}
    outcomes.update(zip(kept, as_delivered(home, list(kept.values()), again=False), strict=True))
    archived = [each for sight in contents.sights if isinstance(each := outcomes.get(sight.path), Archived)]
    rejected = _rejected_with(home, options, archived)
    to_register = [each for each in archived if each.load_id not in rejected]
    fresh = iter(register(home, to_register, options, principal, delivery))
    receipts = [
        Receipt(each.load_id, each.delivery.file, False, rejected[each.load_id], LoadStatus.REJECTED)
        if each.load_id in rejected
        else next(fresh)
        for each in archived
    ]
    misplaced = [(each, each.misplaced) for each in contents.sights if each.misplaced is not None]
    unreadable = [
        (sight, each.reason)
        for sight in contents.sights
        if isinstance(each := outcomes.get(sight.path), UnreadableFile)
    ]
    seen = [each for each in contents.sights if each.misplaced is not None or each.path in outcomes]
    noted = _noted(home, inbox, seen, outcomes)
    told = [replace(refused(each, why), told_before=each.path not in noted) for each, why in (*misplaced, *unreadable)]
    return InboxReceipt(receipts, told, trouble)


def _received_before(home: Home, inbox: Inbox, contents: Contents) -> dict[str, Archived]:
    """Objects that are as they were when they were received, and whose bytes the archive has: they are not fetched again. By path."""
    objects = [each for each in contents.deliverable if each.stamp.etag is not None]
    if not objects:
        return {}
    with home.database.transaction() as connection:
        known = inbox_files.of_inbox(connection, inbox.name, [InboxState.RECEIVED])
        unchanged = {
            each: load_id
            for each in objects
            if (file := known.get(each.path)) is not None
            and file.stamp == each.stamp
            and (load_id := file.load_id) is not None
        }
        rows = loads.by_ids(connection, unchanged.values())
    return {
        each.path: Archived(delivery_of(inbox, each, contents.organizations), row.sha256, row.bytes)
        for each, row in ((each, rows[load_id]) for each, load_id in unchanged.items())
        if is_kept(home.settings.archive, row.sha256, row.bytes)
    }


def _trouble(inbox: Inbox, outcomes: Sequence[_Outcome]) -> InboxUnavailableError | None:
    """Why files were not read for a reason that is none of theirs: the store failed, or lets us read nothing at all of it."""
    unreached = [each.error for each in outcomes if isinstance(each, UnreachedFile)]
    if unreached:
        return InboxUnavailableError(
            f"{len(unreached)} of {len(outcomes)} files were not read, and wait for the next import: {unreached[0]}"
        )
    denied = [each.reason for each in outcomes if isinstance(each, UnreadableFile) and each.denied]
    if denied and len(denied) == len(outcomes):
        return InboxUnavailableError(
            f"none of the {len(denied)} files of the inbox {inbox.name} may be read; they wait for the next import. {denied[0]}"
        )
    return None


def _waits(outcome: _Outcome) -> bool:
    """Whether a file waits where the inbox is in trouble."""
    return isinstance(outcome, UnreachedFile) or (isinstance(outcome, UnreadableFile) and outcome.denied)


def _noted(home: Home, inbox: Inbox, seen: Sequence[Sight], outcomes: Mapping[str, _Outcome]) -> set[str]:
    """Write where files stand now; the paths of those that did not stand there before, for the same reason and unchanged."""
    now = datetime.now(UTC)
    with home.database.transaction() as connection:
        known = inbox_files.of_inbox(connection, inbox.name)
        files = [_standing(known.get(each.path), each, outcomes.get(each.path), now) for each in seen]
        changed = [each for each in files if each is not known.get(each.path)]
        inbox_files.write(connection, inbox.name, changed)
    return {each.path for each in changed}


def _standing(known: InboxFile | None, sight: Sight, outcome: _Outcome | None, now: datetime) -> InboxFile:
    """Where a file stands after it was taken in, or refused. Its stamp is that of before it was read: what comes later is new."""
    match outcome:
        case Archived():
            return taken_in(as_sighted(known, sight, now), now, load_id=outcome.load_id)
        case UnreadableFile():
            return taken_in(as_sighted(known, sight, now), now, unreadable=outcome.reason)
    return observed(known, sight, now, timedelta())


def _rejected_with(home: Home, options: ImportOptions, archived: Sequence[Archived]) -> dict[UUID, str]:
    """Which of the files were rejected before and would be read the same way again; the name each had then."""
    if not archived:
        return {}
    with home.database.transaction() as connection:
        known = loads.by_ids(connection, [each.load_id for each in archived])
    return {
        identity: load.file
        for identity, load in known.items()
        if load.status is LoadStatus.REJECTED and load.options == options
    }
