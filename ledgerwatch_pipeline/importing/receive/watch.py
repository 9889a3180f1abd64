"""Looks at the inbox again and again: which files have settled, and what is new about the others. Receives nothing: ``inbox`` does.

What a look makes of a file is ``model.inbox``'s; nothing is read but names, sizes and times.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledgerwatch_pipeline.access.principal import SYSTEM
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.inbox import contents_of
from ledgerwatch_pipeline.importing.receive.source import Inbox
from ledgerwatch_pipeline.model.inbox import InboxFile, InboxState, Sight, observed
from ledgerwatch_pipeline.stores.postgres import inbox_files

_QUIET = timedelta(seconds=1)
"""How long a file must have been as it is that nobody is known to write to: some programs close it between two writes."""


@dataclass(frozen=True, slots=True)
class InboxLook:
    """What one look found. settled: how many files wait to be received; settling: how many may still be written to;
    newly_misplaced: files that can be no load where they lie, each told once."""

    settled: int
    settling: int
    newly_misplaced: tuple[InboxFile, ...]


def look(home: Home, inbox: Inbox, now: datetime, settle: timedelta) -> InboxLook:
    """Look at every file of the inbox; it is SETTLED when it has been as it is for ``settle``, or for a second if nobody writes to it.

    Raises UsageError when there is no such inbox, InboxUnavailableError when it cannot be looked into.
    """
    sights = contents_of(home, inbox, SYSTEM).sights
    with home.database.transaction() as connection:
        known = inbox_files.of_inbox(connection, inbox.name)

        def patience(sight: Sight) -> timedelta:
            before = known.get(sight.path)
            waits = before is not None and before.state is InboxState.SETTLING and before.stamp == sight.stamp
            written_to = inbox.written_to(sight) if waits else None
            return settle if written_to is None else timedelta.max if written_to else min(settle, _QUIET)

        files = {each.path: observed(known.get(each.path), each, now, patience(each)) for each in sights}
        changed = [each for path, each in files.items() if each is not known.get(path)]
        inbox_files.write(connection, inbox.name, changed)
        inbox_files.forget(connection, inbox.name, known.keys() - files.keys())
    return InboxLook(
        settled=sum(each.state is InboxState.SETTLED for each in files.values()),
        settling=sum(each.state is InboxState.SETTLING for each in files.values()),
        newly_misplaced=tuple(each for each in changed if each.state is InboxState.MISPLACED),
    )
