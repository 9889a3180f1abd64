"""The inbox: a folder with one folder an organization. Finds what lies in it and receives what is new, in one delivery.

Files are left where they are; what was done to each is in the load registry. Called by ``ledgerwatch import --inbox``.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import (
    Archived,
    Delivery,
    Receipt,
    Terms,
    UnreadableFile,
    archive,
    register,
)
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import LoadStatus, OnInvalid
from ledgerwatch_pipeline.stores.postgres import loads, organizations


@dataclass(frozen=True)
class RefusedFile:
    """A file that could not become a load, and why; ``organization`` is what its folder is called."""

    file: str
    organization: str | None
    reason: str


@dataclass(frozen=True)
class InboxReceipt:
    """What became of the files of an inbox: received, now or before; or refused, and then in no registry."""

    receipts: list[Receipt]
    refused: list[RefusedFile]


def receive_inbox(
    home: Home, folder: Path, *, profile_name: str | None, on_invalid: OnInvalid, actor: str
) -> InboxReceipt:
    """Archive and register every new file of ``folder``/<organization>/…; raises UsageError when there is no such folder.

    A file that was rejected before is not new: nothing but other terms (a profile, setting bad rows aside) or a person
    who names it makes it start again. Otherwise each look into the inbox would reject it once more.
    """
    terms = Terms.of(home, profile_name, on_invalid)
    deliveries, refused = deliveries_of(home, folder)
    archived: list[Archived] = []
    for outcome in archive(home, deliveries):
        if isinstance(outcome, UnreadableFile):
            slug = outcome.delivery.organization.slug
            refused.append(RefusedFile(outcome.delivery.file, slug, outcome.reason))
        else:
            archived.append(outcome)
    settled = _rejected_on(home, terms, archived)
    fresh = iter(register(home, [each for each in archived if each.load_id not in settled], terms, actor))
    receipts = [
        Receipt(each.load_id, each.delivery.file, False, settled[each.load_id], LoadStatus.REJECTED)
        if each.load_id in settled
        else next(fresh)
        for each in archived
    ]
    return InboxReceipt(receipts, refused)


def deliveries_of(home: Home, folder: Path) -> tuple[list[Delivery], list[RefusedFile]]:
    """The files of the organizations' folders, and those that belong to no known organization.

    Raises UsageError when there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(
            f"there is no inbox {folder}: make it, and in it one folder for each organization, called by its slug"
        )
    with home.database.transaction() as cursor:
        known = {each.slug: each for each in organizations.every(cursor)}
    deliveries, refused = [], []
    for path in _visible_files(folder):
        slug, *inside = path.relative_to(folder).parts
        if not inside:
            refused.append(
                RefusedFile(slug, None, f"{slug} lies in no organization's folder; move it to {folder}/<organization>/")
            )
        elif slug not in known:
            refused.append(RefusedFile("/".join(inside), slug, str(organizations.unknown(slug, known))))
        else:
            deliveries.append(Delivery(path, "/".join(inside), known[slug]))
    return deliveries, refused


def _visible_files(folder: Path) -> Iterator[Path]:
    """The files in ``folder`` and its folders, in a settled order; a name with a dot before it is a program's own, or of
    a file still being written. A link may lead to a file or to an organization's folder, not further: links can go round.
    """
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if not entry.is_dir():
            yield entry
            continue
        for root, folders, files in os.walk(entry):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(root) / name for name in sorted(files) if not name.startswith("."))


def _rejected_on(home: Home, terms: Terms, archived: Sequence[Archived]) -> dict[UUID, str]:
    """Which of the files were rejected before and would be read the same way again; the name each had then."""
    with home.database.transaction() as cursor:
        known = loads.by_ids(cursor, [each.load_id for each in archived])
    return {
        identity: row["file"]
        for identity, row in known.items()
        if row["status"] == LoadStatus.REJECTED and terms.are_of(row)
    }
