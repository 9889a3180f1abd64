"""Takes delivered files in: archives their bytes unchanged, then registers the loads. Nothing is read yet.

What a delivery is made of is the caller's: files named by a person (``receive``), or a place of many (``inbox``).
"""

import errno
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive import archive as archiving
from ledgerwatch_pipeline.importing.receive.archive import ArchivedBytes, ToArchive, Unreached, Unreadable
from ledgerwatch_pipeline.importing.receive.folder import FileSource, not_utf8, utf8_name
from ledgerwatch_pipeline.importing.receive.source import Source
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.errors import InboxUnavailableError, StoreUnavailableError, UsageError
from ledgerwatch_pipeline.model.load import ImportOptions, LoadRow, LoadStatus, NewLoad, load_id
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_pipeline.stores.postgres import leases, loads, organizations


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file for one organization; ``file`` is what the registry calls it. bytes: its size when it was found, if it was seen."""

    source: Source
    file: str
    organization: Organization
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Archived:
    """A delivery whose bytes are in the archive. ordinal: which delivery of these bytes it is; those before it were withdrawn."""

    delivery: Delivery
    sha256: str
    size: int
    ordinal: int = 1

    @property
    def load_id(self) -> UUID:
        """The id of the load it is."""
        return load_id(self.delivery.organization.id, self.sha256, self.ordinal)


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A delivery whose bytes could not be had, and why. denied: because the credentials do not allow it."""

    delivery: Delivery
    reason: str
    denied: bool = False


@dataclass(frozen=True, slots=True)
class UnreachedFile:
    """A delivery of which nothing is known, since the place it lies in could not be used."""

    delivery: Delivery
    error: InboxUnavailableError


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one delivered file: ``new`` is False when its bytes were delivered for the organization before.

    awaited: by another process, which delivered them a moment ago and still waits for what becomes of them.
    """

    load_id: UUID
    file: str
    new: bool
    first_file: str
    first_status: LoadStatus
    awaited: bool = False


def receive(
    home: Home,
    files: Iterable[Path],
    organization_slug: str,
    options: ImportOptions,
    principal: Principal,
    delivery: int | None = None,
) -> list[Receipt]:
    """Archive and register ``files`` for one organization; files delivered before are named in their receipt. delivery: a worker
    (``stores.postgres.leases``) that lives as long as the caller waits for what becomes of them; None: nobody does.

    Raises UsageError, and nothing is registered, when one of them cannot be read.
    """
    principal.require(Role.ANALYST)
    archived = []
    for outcome in archive(home, deliveries_for(home, files, organization_slug, principal)):
        if isinstance(outcome, UnreadableFile):
            raise UsageError(outcome.reason)
        if isinstance(outcome, UnreachedFile):
            raise outcome.error
        archived.append(outcome)
    return register(home, as_delivered(home, archived, again=True), options, principal, delivery)


def as_delivered(home: Home, archived: Sequence[Archived], *, again: bool) -> list[Archived]:
    """These files as the deliveries of their bytes that they are.

    again: what was withdrawn is delivered anew, because a person names it. A look into an inbox does not: the file lies there still.
    """
    with home.database.transaction() as connection:
        last = loads.deliveries(connection, {(each.delivery.organization.id, each.sha256) for each in archived})
    return [
        replace(each, ordinal=delivery_number(last.get((each.delivery.organization.id, each.sha256)), again=again))
        for each in archived
    ]


def delivery_number(last: tuple[int, LoadStatus] | None, *, again: bool) -> int:
    """Which delivery of its bytes a file is, after the last one and how that stands; None: it is the first."""
    if last is None:
        return 1
    ordinal, status = last
    return ordinal + 1 if again and status is LoadStatus.WITHDRAWN else ordinal


def deliveries_for(home: Home, files: Iterable[Path], organization_slug: str, principal: Principal) -> list[Delivery]:
    """Files that a person names, for one organization; raises UsageError for one that is not there or too large."""
    paths = [existing(path) for path in files]
    with home.database.transaction() as connection:
        organization = organizations.get(connection, organization_slug, principal)
    found = [Delivery(FileSource(path), path.name, organization, _size(path)) for path in paths]
    for each in found:
        if (each.bytes or 0) > home.settings.max_file_bytes:
            raise UsageError(too_large(each, home.settings.max_file_bytes))
    return found


def archive(home: Home, deliveries: Sequence[Delivery]) -> list[Archived | UnreadableFile | UnreachedFile]:
    """Put the bytes of every delivery into the archive, in the order given; one that cannot be read is said to be so.

    Raises StoreUnavailableError where the archive's disk is full. What lies elsewhere is never familiar: to see that it is the one we have would cost as much as fetching it.
    """
    if not deliveries:
        return []
    with home.database.transaction() as connection:
        known_sizes = loads.known_sizes(connection, {each.organization.id for each in deliveries})
    most = home.settings.max_file_bytes
    fitting = [each for each in deliveries if each.bytes is None or each.bytes <= most]
    try:
        stored = archiving.store(
            home.settings.archive,
            [
                ToArchive(
                    each.source, each.source.path is not None and (each.organization.id, each.bytes) in known_sizes
                )
                for each in fitting
            ],
        )
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        raise StoreUnavailableError(
            f"the archive {home.settings.archive} cannot be written: {error.strerror}. Mend that and run the command again: none of these "
            "files is registered yet"
        ) from error
    outcomes = {id(each): _outcome(each, bytes_) for each, bytes_ in zip(fitting, stored, strict=True)}
    return [outcomes.get(id(each)) or UnreadableFile(each, too_large(each, most)) for each in deliveries]


def too_large(delivery: Delivery, most: int) -> str:
    """Why a file of more than ``most`` bytes is not taken in."""
    return (
        f"{delivery.source.shown} has {delivery.bytes or 0:,} bytes; at most {most:,} are taken in (LEDGERWATCH_MAX_FILE_BYTES): "
        "deliver it in parts, or packed with gzip"
    )


def register(
    home: Home,
    archived: Sequence[Archived],
    options: ImportOptions,
    principal: Principal,
    delivery: int | None = None,
) -> list[Receipt]:
    """Register archived files as RECEIVED with their audit rows, all in one transaction. delivery: as for ``receive``."""
    if not archived:
        return []
    first_of = {each.load_id: each for each in reversed(archived)}  # the same bytes twice in one delivery are one load
    with home.database.transaction() as connection:
        given = [_new_load(each, options) for each in first_of.values()]
        new = loads.receive(connection, given, principal.name, delivery)
        known = loads.by_ids(connection, list(first_of))
        awaited = _awaited(connection, [row for row in known.values() if row.id not in new])
        fresh = [each for each in archived if each.load_id in new and first_of[each.load_id] is each]
        audit_log.append(connection, [_received(each, principal) for each in fresh])
    return [
        Receipt(
            each.load_id,
            each.delivery.file,
            each.load_id in new and first_of[each.load_id] is each,
            known[each.load_id].file,
            known[each.load_id].status,
            each.load_id in awaited,
        )
        for each in archived
    ]


def _awaited(connection: Connection, rows: Sequence[LoadRow]) -> set[UUID]:
    """Which of these a living process delivered that waits for them."""
    waiting = {row.id: row.delivery for row in rows if row.status is LoadStatus.RECEIVED and row.delivery is not None}
    gone = leases.dead(connection, waiting.values())
    return {load_id for load_id, delivery in waiting.items() if delivery not in gone}


def existing(path: Path) -> Path:
    """The path, where a file is that can be received; raises UsageError."""
    if not utf8_name(path.name):
        raise UsageError(not_utf8(path.name))
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name the files in it")
        if not path.exists():
            raise UsageError(f"there is no file {path}")
    except OSError as error:
        raise UsageError(f"the file {path} cannot be read: {error.strerror}") from error
    return path


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None  # whoever opens it says why


def _outcome(
    delivery: Delivery, stored: ArchivedBytes | Unreadable | Unreached
) -> Archived | UnreadableFile | UnreachedFile:
    if isinstance(stored, Unreached):
        return UnreachedFile(delivery, stored.error)
    if isinstance(stored, Unreadable):
        return UnreadableFile(delivery, stored.reason, stored.denied)
    return Archived(delivery, stored.sha256, stored.size)


def _new_load(archived: Archived, options: ImportOptions) -> NewLoad:
    delivery = archived.delivery
    return NewLoad(
        archived.load_id,
        delivery.organization.id,
        archived.sha256,
        delivery.file,
        archived.size,
        options,
        archived.ordinal,
    )


def _received(archived: Archived, principal: Principal) -> AuditEvent:
    delivery = archived.delivery
    return AuditEvent(
        "LOAD_RECEIVED",
        principal.name,
        Subject(SubjectType.LOAD, str(archived.load_id)),
        delivery.organization.id,
        {
            "file": delivery.file,
            "sha256": archived.sha256,
            "bytes": archived.size,
            **({"delivery": archived.ordinal} if archived.ordinal > 1 else {}),
            **({"object": delivery.source.shown} if delivery.source.path is None else {}),
        },
    )
