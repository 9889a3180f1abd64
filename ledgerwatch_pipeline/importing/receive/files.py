"""Takes delivered files in: archive the bytes unchanged under their sha256, then register the loads. Nothing is read yet.

What a delivery is made of is the caller's: files named by a person (``receive``), or a folder (``inbox``).
"""

import hashlib
import json
import stat
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.profile import named_profile
from ledgerwatch_pipeline.model.audit import AuditEvent
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import LoadStatus, OnInvalid, load_id
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_pipeline.stores.postgres import loads, organizations

_CHUNK = 4 * 1024 * 1024
_READERS = 4
"""Files hashed at once: hashing and copying let go of the interpreter, and the disk likes company."""


@dataclass(frozen=True)
class Delivery:
    """One file for one organization; ``file`` is what the registry calls it."""

    path: Path
    file: str
    organization: Organization


@dataclass(frozen=True)
class Archived:
    """A delivery whose bytes are in the archive."""

    delivery: Delivery
    sha256: str
    size: int

    @property
    def load_id(self) -> UUID:
        return load_id(self.delivery.organization.id, self.sha256)


@dataclass(frozen=True)
class UnreadableFile:
    """A delivery whose bytes could not be had, and why."""

    delivery: Delivery
    reason: str


@dataclass(frozen=True)
class Terms:
    """How the loads of one delivery are to be read; ``profile`` as the registry keeps it, None for the one that fits."""

    profile: dict[str, Any] | None
    on_invalid: OnInvalid

    @classmethod
    def of(cls, home: Home, profile_name: str | None, on_invalid: OnInvalid) -> "Terms":
        profile = named_profile(profile_name, home.settings.profiles).as_json() if profile_name else None
        return cls(profile, on_invalid)

    def are_of(self, row: dict[str, Any]) -> bool:
        """Whether the registry's ``row`` was delivered on these terms."""
        return row["on_invalid"] == self.on_invalid and row["profile"] == json.loads(json.dumps(self.profile))


@dataclass(frozen=True)
class Receipt:
    """What became of one delivered file: ``new`` is False when its bytes were delivered for the organization before."""

    load_id: UUID
    file: str
    new: bool
    first_file: str
    first_status: LoadStatus


def archive_path(archive: Path, sha256: str) -> Path:
    return archive / sha256[:2] / sha256


def receive(
    home: Home,
    files: Iterable[Path],
    organization_slug: str,
    *,
    profile_name: str | None,
    on_invalid: OnInvalid,
    actor: str,
) -> list[Receipt]:
    """Archive and register ``files`` for one organization; files delivered before are named in their receipt.

    Raises UsageError, and nothing is registered, when one of them cannot be read.
    """
    deliveries = deliveries_for(home, files, organization_slug)
    terms = Terms.of(home, profile_name, on_invalid)
    archived = []
    for outcome in archive(home, deliveries):
        if isinstance(outcome, UnreadableFile):
            raise UsageError(outcome.reason)
        archived.append(outcome)
    return register(home, archived, terms, actor)


def deliveries_for(home: Home, files: Iterable[Path], organization_slug: str) -> list[Delivery]:
    """Files that a person names, for one organization; raises UsageError for one that is not there."""
    paths = [_existing(path) for path in files]
    with home.database.transaction() as cursor:
        organization = organizations.get(cursor, organization_slug)
    return [Delivery(path, path.name, organization) for path in paths]


def archive(home: Home, deliveries: Sequence[Delivery]) -> list[Archived | UnreadableFile]:
    """Put the bytes of every delivery into the archive, in the order given; one that cannot be read is said to be so."""
    home.settings.archive.mkdir(parents=True, exist_ok=True)
    with home.database.transaction() as cursor:
        known_sizes = loads.known_sizes(cursor, {each.organization.id for each in deliveries})
    with ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(partial(_archived, home.settings.archive, known_sizes), deliveries))


def register(home: Home, archived: Sequence[Archived], terms: Terms, actor: str) -> list[Receipt]:
    """Register archived files as RECEIVED with their audit rows, all in one transaction."""
    first_of = {each.load_id: each for each in reversed(archived)}  # the same bytes twice in one delivery are one load
    with home.database.transaction() as cursor:
        new = loads.receive(
            cursor,
            [
                {
                    "id": identity,
                    "organization_id": each.delivery.organization.id,
                    "sha256": each.sha256,
                    "file": each.delivery.file,
                    "bytes": each.size,
                    "on_invalid": terms.on_invalid,
                    "profile": terms.profile,
                }
                for identity, each in first_of.items()
            ],
        )
        known = loads.by_ids(cursor, list(first_of))
        fresh = [each for each in archived if each.load_id in new and first_of[each.load_id] is each]
        audit_log.append(
            cursor,
            [
                AuditEvent(
                    "LOAD_RECEIVED",
                    actor,
                    str(each.load_id),
                    each.delivery.organization.slug,
                    {"file": each.delivery.file, "sha256": each.sha256, "bytes": each.size},
                )
                for each in fresh
            ],
        )
    return [
        Receipt(
            each.load_id,
            each.delivery.file,
            each.load_id in new and first_of[each.load_id] is each,
            known[each.load_id]["file"],
            LoadStatus(known[each.load_id]["status"]),
        )
        for each in archived
    ]


def _existing(path: Path) -> Path:
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name the files in it")
    if not path.exists():
        raise UsageError(f"there is no file {path}")
    return path


def _archived(
    archive_folder: Path, known_sizes: set[tuple[UUID, int]], delivery: Delivery
) -> Archived | UnreadableFile:
    """Archive one file. Where a load of its size is known the file is hashed first: it is likely to be that one again,
    and reading costs a third of copying."""
    try:
        state = delivery.path.stat()
        if not stat.S_ISREG(state.st_mode):  # opening a pipe would wait for somebody to write into it
            return UnreadableFile(delivery, f"{delivery.path} is not a file")
        size = state.st_size
        if (delivery.organization.id, size) in known_sizes:
            with delivery.path.open("rb") as source:
                sha256 = hashlib.file_digest(source, "sha256").hexdigest()
            target = archive_path(archive_folder, sha256)
            if target.exists() and target.stat().st_size == size:
                return Archived(delivery, sha256, size)
        source = delivery.path.open("rb")
    except OSError as error:
        return UnreadableFile(delivery, f"the file {delivery.path} cannot be read: {error.strerror}")
    with source:
        return Archived(delivery, *_copied(source, archive_folder))


def _copied(source: Any, archive_folder: Path) -> tuple[str, int]:
    """Copy the bytes under their sha256 and return it with their number."""
    digest = hashlib.sha256()
    size = 0
    with tempfile.NamedTemporaryFile(dir=archive_folder, delete=False) as copy:
        try:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
                size += len(chunk)
            copy.flush()
            target = archive_path(archive_folder, digest.hexdigest())
            target.parent.mkdir(exist_ok=True)
            Path(copy.name).replace(target)
        except BaseException:
            Path(copy.name).unlink(missing_ok=True)
            raise
    return digest.hexdigest(), size
