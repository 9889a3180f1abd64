"""Looks at the inbox again and again: which files have settled, and what is new about the others. Receives nothing: ``inbox`` does.

What a look makes of a file is ``model.inbox``'s; nothing is read but names, sizes and times.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ledgerwatch_pipeline.access.principal import SYSTEM
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.inbox import NO_STAMP, deliveries_of, inbox_name, path_of, stamp_of
from ledgerwatch_pipeline.model.inbox import InboxFile, InboxState, Sight, observed
from ledgerwatch_pipeline.stores.postgres import inbox_files


@dataclass(frozen=True, slots=True)
class InboxLook:
    """What one look found. settled: how many files wait to be received; settling: how many may still be written to;
    newly_misplaced: files that can be no load where they lie, each told once."""

    settled: int
    settling: int
    newly_misplaced: tuple[InboxFile, ...]


def look(home: Home, folder: Path, now: datetime, settle: timedelta) -> InboxLook:
    """Look at every file of the inbox; it is SETTLED when it has been as it is for ``settle``.

    Raises UsageError when there is no such folder, or it cannot be looked into.
    """
    deliveries, refused = deliveries_of(home, folder, SYSTEM)
    sights = [Sight(path_of(each), each.organization.slug, stamp_of(each)) for each in deliveries]
    sights += [Sight(each.path, each.organization, NO_STAMP, each.reason) for each in refused]
    inbox = inbox_name(folder)
    with home.database.transaction() as connection:
        known = inbox_files.of_inbox(connection, inbox)
        files = {each.path: observed(known.get(each.path), each, now, settle) for each in sights}
        changed = [each for path, each in files.items() if each is not known.get(path)]
        inbox_files.write(connection, inbox, changed)
        inbox_files.forget(connection, inbox, known.keys() - files.keys())
    return InboxLook(
        settled=sum(each.state is InboxState.SETTLED for each in files.values()),
        settling=sum(each.state is InboxState.SETTLING for each in files.values()),
        newly_misplaced=tuple(each for each in changed if each.state is InboxState.MISPLACED),
    )
