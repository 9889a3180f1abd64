"""Takes delivered files in: archive the bytes unchanged under their sha256, then register the load. Nothing is read yet."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from ledgerwatch_pipeline.database import audit_log, loads, organizations
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.profile import Profile, named_profile
from ledgerwatch_pipeline.model.audit import AuditEvent
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import LoadStatus, OnInvalid, load_id

_CHUNK = 4 * 1024 * 1024


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
    home: Home, files: Iterable[Path], organization_slug: str, *, profile_name: str | None, on_invalid: OnInvalid,
    actor: str,
) -> list[Receipt]:  # fmt: skip
    """Archive and register ``files`` for one organization; files delivered before are named in their receipt."""
    paths = [_readable(path) for path in files]
    profile: Profile | None = named_profile(profile_name, home.settings.profiles) if profile_name else None
    with home.database.transaction() as cursor:
        organization = organizations.get(cursor, organization_slug)
    archived = [(path, *_archive(path, home.settings.archive)) for path in paths]
    receipts = []
    with home.database.transaction() as cursor:
        events = []
        for path, sha256, size in archived:
            identity = load_id(organization.id, sha256)
            new = loads.receive(
                cursor, load_id=identity, organization_id=organization.id, sha256=sha256, file=path.name, size=size,
                on_invalid=on_invalid, profile=profile.as_json() if profile else None,
            )  # fmt: skip
            first = loads.by_ids(cursor, [identity])[identity]
            receipts.append(Receipt(identity, path.name, new, first["file"], LoadStatus(first["status"])))
            if new:
                events.append(
                    AuditEvent(
                        "LOAD_RECEIVED", actor, str(identity), organization.slug,
                        {"file": path.name, "sha256": sha256, "bytes": size},
                    )
                )  # fmt: skip
        audit_log.append(cursor, events)
    return receipts


def _readable(path: Path) -> Path:
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name the files in it")
    if not path.exists():
        raise UsageError(f"there is no file {path}")
    if not os.access(path, os.R_OK):
        raise UsageError(f"the file {path} may not be read")
    return path


def _archive(path: Path, archive: Path) -> tuple[str, int]:
    """Copy the bytes under their sha256 and return it with their number; what is archived already stays as it is."""
    archive.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as source, tempfile.NamedTemporaryFile(dir=archive, delete=False) as copy:
        try:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
                size += len(chunk)
            copy.flush()
            target = archive_path(archive, digest.hexdigest())
            target.parent.mkdir(exist_ok=True)
            Path(copy.name).replace(target)
        except BaseException:
            Path(copy.name).unlink(missing_ok=True)
            raise
    return digest.hexdigest(), size
