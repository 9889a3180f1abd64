"""The inbox: a folder with one folder an organization. Finds what lies in it and receives what is new, in one delivery.

Files are left where they are; what was done to each is in the load registry, and where each stands in that of inbox files.
What cannot be received is refused by name, and keeps nobody else's files from being received. Watching it: ``watch``.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.archive import shown
from ledgerwatch_pipeline.importing.receive.files import (
    Archived,
    Delivery,
    Receipt,
    UnreadableFile,
    archive,
    not_utf8,
    register,
    utf8_name,
)
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.inbox import FileStamp, InboxFile, InboxState, Sight, misplaced, taken_in
from ledgerwatch_pipeline.model.load import ImportOptions, LoadStatus
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.stores.postgres import inbox_files, loads, organizations


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that could not become a load, and why; ``organization`` is what its folder is called. Both as people read them.

    told_before: it was refused for the same reason by an earlier look, and has not changed since.
    """

    file: str
    organization: str | None
    reason: str
    told_before: bool = False

    @property
    def path(self) -> str:
        """Where it lies below the inbox."""
        return "/".join(part for part in (self.organization, self.file) if part)


@dataclass(frozen=True, slots=True)
class InboxReceipt:
    """What became of the files of an inbox: received, now or before; or refused, and then in no registry."""

    receipts: list[Receipt]
    refused: list[RefusedFile]


@dataclass(frozen=True, slots=True)
class _Found:
    """A file; or a folder that cannot be looked into, and why."""

    path: Path
    unlisted: str | None = None


def receive_inbox(home: Home, folder: Path, options: ImportOptions, principal: Principal) -> InboxReceipt:
    """Archive and register every new file of ``folder``/<organization>/…; raises UsageError when there is no such folder.

    A file that was rejected before is not new: nothing but other options (a profile, setting bad rows aside) or a person
    who names it makes it start again. Otherwise each look into the inbox would reject it once more.
    """
    principal.require(Role.ANALYST)
    deliveries, refused = deliveries_of(home, folder, principal)
    return _take_in(home, folder, deliveries, refused, options, principal)


def receive_settled(home: Home, folder: Path, options: ImportOptions, principal: Principal) -> InboxReceipt:
    """As ``receive_inbox``, but only files that stand SETTLED and have not changed since; others are left for later."""
    principal.require(Role.ANALYST)
    with home.database.transaction() as connection:
        settled = inbox_files.of_inbox(connection, inbox_name(folder), [InboxState.SETTLED])
    if not settled:
        return InboxReceipt([], [])
    deliveries, _ = deliveries_of(home, folder, principal)
    as_they_were = [
        each
        for each in deliveries
        if (known := settled.get(path_of(each))) is not None and known.stamp == stamp_of(each)
    ]
    return _take_in(home, folder, as_they_were, [], options, principal)


def _take_in(
    home: Home,
    folder: Path,
    deliveries: Sequence[Delivery],
    refused: Sequence[RefusedFile],
    options: ImportOptions,
    principal: Principal,
) -> InboxReceipt:
    stamps = {path_of(each): stamp_of(each) for each in deliveries}  # before they are read: what comes later is new
    archived: list[Archived] = []
    unreadable: list[RefusedFile] = []
    for outcome in archive(home, deliveries):
        if isinstance(outcome, UnreadableFile):
            slug = outcome.delivery.organization.slug
            unreadable.append(RefusedFile(outcome.delivery.file, slug, outcome.reason))
        else:
            archived.append(outcome)
    rejected = _rejected_with(home, options, archived)
    fresh = iter(register(home, [each for each in archived if each.load_id not in rejected], options, principal))
    receipts = [
        Receipt(each.load_id, each.delivery.file, False, rejected[each.load_id], LoadStatus.REJECTED)
        if each.load_id in rejected
        else next(fresh)
        for each in archived
    ]
    now = datetime.now(UTC)
    seen = [
        taken_in(
            _unknown(each.delivery.organization.slug, path_of(each.delivery), stamps, now), now, load_id=each.load_id
        )
        for each in archived
    ]
    seen += [
        taken_in(_unknown(each.organization, each.path, stamps, now), now, unreadable=each.reason)
        for each in unreadable
    ]
    seen += [misplaced(Sight(each.path, each.organization, NO_STAMP, each.reason), now) for each in refused]
    before = _noted(home, folder, seen)
    return InboxReceipt(receipts, [replace(each, told_before=each.path in before) for each in (*refused, *unreadable)])


def _unknown(organization: str | None, path: str, stamps: Mapping[str, FileStamp], now: datetime) -> InboxFile:
    return InboxFile(path, organization, stamps[path], InboxState.SETTLED, now, now)


def _noted(home: Home, folder: Path, seen: Sequence[InboxFile]) -> set[str]:
    """Write where files stand now; the paths of those that stood there before, for the same reason and unchanged."""
    inbox = inbox_name(folder)
    with home.database.transaction() as connection:
        known = inbox_files.of_inbox(connection, inbox)
        same = {
            each.path
            for each in seen
            if (before := known.get(each.path)) is not None
            and (before.state, before.stamp, before.load_id, before.reason)
            == (each.state, each.stamp, each.load_id, each.reason)
        }
        inbox_files.write(connection, inbox, [each for each in seen if each.path not in same])
    return same


def inbox_name(folder: Path) -> str:
    """What the registry of inbox files calls this inbox."""
    return shown(folder.absolute())


def path_of(delivery: Delivery) -> str:
    """Where a delivered file lies below its inbox."""
    return f"{delivery.organization.slug}/{delivery.file}"


NO_STAMP = FileStamp(0, 0)
"""Of what has none: a file that is misplaced, or cannot even be looked at."""


def stamp_of(delivery: Delivery) -> FileStamp:
    """The file as it is now. Whoever opens one that cannot be looked at says why."""
    try:
        found = delivery.path.stat()
    except OSError:
        return NO_STAMP
    return FileStamp(found.st_size, max(found.st_mtime_ns, found.st_ctime_ns))


def deliveries_of(home: Home, folder: Path, principal: Principal) -> tuple[list[Delivery], list[RefusedFile]]:
    """The files of the organizations' folders, and those that cannot be delivered: of no known organization, say.

    Raises UsageError when there is no such folder, or it cannot be looked into.
    """
    if not folder.is_dir():
        raise UsageError(
            f"there is no inbox {shown(folder)}: make it, and in it one folder for each organization, called by its slug"
        )
    with home.database.transaction() as connection:
        known = {each.slug: each for each in organizations.list_all(connection, principal)}
    deliveries, refused = [], []
    for found in _visible_files(folder):
        outcome = _delivery(folder, found, known)
        if isinstance(outcome, Delivery):
            deliveries.append(outcome)
        else:
            refused.append(outcome)
    return deliveries, refused


def _delivery(folder: Path, found: _Found, known: Mapping[str, Organization]) -> Delivery | RefusedFile:
    slug, *inside = found.path.relative_to(folder).parts
    file = "/".join(inside)
    if found.unlisted is not None:
        return RefusedFile(shown(file), shown(slug), f"the folder {shown(found.path)} cannot be read: {found.unlisted}")
    if not inside:
        reason = f"{shown(slug)} lies in no organization's folder; move it to {shown(folder)}/<organization>/"
        return RefusedFile(shown(slug), None, reason)
    if slug not in known:
        return RefusedFile(shown(file), shown(slug), str(organizations.unknown(shown(slug), known)))
    if not utf8_name(file):
        return RefusedFile(shown(file), slug, not_utf8(file))
    return Delivery(found.path, file, known[slug])


def _visible_files(inbox: Path) -> Iterator[_Found]:
    """The files in the folders of ``inbox``, in a settled order; a name with a dot before it is a program's own, or of a file
    still being written. A link may lead to a file or to an organization's folder, not further: links can go round.
    """
    try:
        entries = sorted(inbox.iterdir())
    except OSError as error:
        raise UsageError(f"the inbox {shown(inbox)} cannot be read: {error.strerror}") from error
    for entry in entries:
        if entry.name.startswith("."):
            continue
        try:
            is_folder = entry.is_dir()
        except OSError as error:
            yield _Found(entry, error.strerror)
            continue
        if is_folder:
            yield from _files_below(entry)
        else:
            yield _Found(entry)


def _files_below(top: Path) -> Iterator[_Found]:
    unlisted: list[_Found] = []

    def note(error: OSError) -> None:
        unlisted.append(_Found(Path(error.filename), error.strerror))

    for root, folders, files in os.walk(top, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (_Found(Path(root) / name) for name in sorted(files) if not name.startswith("."))
    yield from unlisted


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
