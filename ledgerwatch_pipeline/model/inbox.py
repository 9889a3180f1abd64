"""A file of an inbox that is watched, from its first sight to the load it became: the state machine, without any file or table.

``observed`` is what a look at the inbox makes of a file, ``taken_in`` what receiving makes of it. Who looks, and when:
``importing.receive.watch``. A file is a file of a folder or an object of a store: here they are the same.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class InboxState(StrEnum):
    """Where a file stands.

    SETTLING: it may still be written to. SETTLED: it waits to be received. RECEIVED: it is a load. MISPLACED: it can be no load
    where it lies, or as it is called. UNREADABLE: its bytes could not be had; that is tried again when the file changes, its
    permissions included.
    """

    SETTLING = "SETTLING"
    SETTLED = "SETTLED"
    RECEIVED = "RECEIVED"
    MISPLACED = "MISPLACED"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True, slots=True)
class FileStamp:
    """By what a file is known to have changed. changed_ns: the later of its content's and its entry's time, nanoseconds.

    etag: what an object store calls these bytes, None of a file. It is no hash of them.
    """

    bytes: int
    changed_ns: int
    etag: str | None = None


NO_STAMP = FileStamp(0, 0)
"""Of what has none: a folder that cannot be listed, or a file that cannot even be looked at."""


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A file below an inbox. path: relative to it; since: when it came into its state; seen_at: when it was first seen as it is.

    organization: what its folder is called, which may be no organization. reason: why it is MISPLACED or UNREADABLE.
    """

    path: str
    organization: str | None
    stamp: FileStamp
    state: InboxState
    since: datetime
    seen_at: datetime
    load_id: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class InboxCount:
    """How many files stand in one state, and since when the one does that has stood in it longest."""

    files: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look found. path: below the inbox, as people read it; misplaced: why the file can be no load as it lies there."""

    path: str
    organization: str | None
    stamp: FileStamp
    misplaced: str | None = None

    @property
    def file(self) -> str:
        """Where it lies below its organization's folder: what the registry of loads calls it."""
        return self.path if self.organization is None else self.path[len(self.organization) + 1 :]


def observed(known: InboxFile | None, sight: Sight, now: datetime, settle: timedelta) -> InboxFile:
    """The file after a look. One that has not changed for ``settle`` is SETTLED; one that is not as it was begins anew."""
    if sight.misplaced is not None:
        if known is not None and (known.state, known.reason) == (InboxState.MISPLACED, sight.misplaced):
            return known
        return misplaced(sight, now)
    if known is None or known.state is InboxState.MISPLACED or known.stamp != sight.stamp:
        return _new(sight, InboxState.SETTLING, now)
    if known.state is InboxState.SETTLING and now - known.since >= settle:
        return replace(known, state=InboxState.SETTLED, since=now)
    return known


def as_sighted(known: InboxFile | None, sight: Sight, now: datetime) -> InboxFile:
    """The file that is about to be taken in: the known one if it has not changed since, else one that is seen for the first time."""
    if known is None or known.state is InboxState.MISPLACED or known.stamp != sight.stamp:
        return _new(sight, InboxState.SETTLED, now)
    return known


def misplaced(sight: Sight, now: datetime) -> InboxFile:
    """A file that can be no load where it lies."""
    return _new(sight, InboxState.MISPLACED, now, sight.misplaced)


def taken_in(
    file: InboxFile, now: datetime, *, load_id: UUID | None = None, unreadable: str | None = None
) -> InboxFile:
    """The file after it was received as the load ``load_id``, or could not be read."""
    state = InboxState.RECEIVED if load_id is not None else InboxState.UNREADABLE
    if (file.state, file.load_id, file.reason) == (state, load_id, unreadable):
        return file
    return replace(file, state=state, since=now, load_id=load_id, reason=unreadable)


def _new(sight: Sight, state: InboxState, now: datetime, reason: str | None = None) -> InboxFile:
    return InboxFile(sight.path, sight.organization, sight.stamp, state, now, now, None, reason)
