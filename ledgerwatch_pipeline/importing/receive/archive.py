"""The archive: the bytes of every delivered file, unchanged, under their sha256. Written durably, before the registry knows.

Which load a file becomes is ``files``' business, where its bytes come from a ``source``'s.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ledgerwatch_pipeline.importing.receive.source import Source, UnreadableError
from ledgerwatch_pipeline.model.errors import InboxUnavailableError

_READERS = 4
"""Files hashed at once: hashing and copying let go of the interpreter, and the disk likes company."""
READERS_ELSEWHERE = 16
"""Objects fetched at once: each waits for a store most of the time."""


@dataclass(frozen=True, slots=True)
class ToArchive:
    """A file to be archived; ``familiar``: a file of its size was delivered before, and is likely to be this one."""

    source: Source
    familiar: bool = False


@dataclass(frozen=True, slots=True)
class ArchivedBytes:
    """What a file's bytes are known by."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why the bytes of a file could not be had. denied: because the credentials do not allow it."""

    reason: str
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Unreached:
    """Nothing is known of a file: its place could not be used. Where that is so of many in a row the others are not tried."""

    error: InboxUnavailableError


def archive_path(archive: Path, sha256: str) -> Path:
    """Where the bytes with this hash lie."""
    return archive / sha256[:2] / sha256


def is_kept(archive: Path, sha256: str, size: int) -> bool:
    """Whether the archive has a file of that size under the hash."""
    path = archive_path(archive, sha256)
    return path.is_file() and path.stat().st_size == size


def store(archive: Path, files: Sequence[ToArchive]) -> list[ArchivedBytes | Unreadable | Unreached]:
    """Put the bytes of every file into the archive, in the order given; one that cannot be read is said to be so.

    When this returns, what it names is on the disk: the files, and the folders that lead to them. Raises OSError where the
    archive cannot be written.
    """
    _make_folder(archive)
    readers = READERS_ELSEWHERE if any(file.source.path is None for file in files) else _READERS
    unreached: list[Unreached] = []  # since the last that was reached

    def stored_unless_unreached(file: ToArchive) -> ArchivedBytes | Unreadable | Unreached:
        if len(unreached) >= readers:
            return unreached[0]
        try:
            stored = _stored(archive, file)
        except InboxUnavailableError as error:
            unreached.append(Unreached(error))
            return unreached[-1]
        unreached.clear()
        return stored

    with ThreadPoolExecutor(readers) as pool:
        stored = list(pool.map(stored_unless_unreached, files))
    written = {archive_path(archive, each.sha256).parent for each in stored if isinstance(each, ArchivedBytes)}
    if written:
        _sync_folders([*sorted(written), archive])
    return stored


def hashed(source: Source) -> ArchivedBytes | Unreadable:
    """What the bytes are known by, without keeping them; raises InboxUnavailableError."""
    return _read(source, None)


def copied(source: Source, target: IO[bytes]) -> ArchivedBytes | Unreadable:
    """Write the bytes, and say what they are known by; raises InboxUnavailableError, and OSError of the target."""
    return _read(source, target)


def _read(source: Source, target: IO[bytes] | None) -> ArchivedBytes | Unreadable:
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in source.chunks():
            digest.update(chunk)
            size += len(chunk)
            if target is not None:
                target.write(chunk)
    except UnreadableError as error:
        return Unreadable(error.reason, error.denied)
    return ArchivedBytes(digest.hexdigest(), size)


def _stored(archive: Path, file: ToArchive) -> ArchivedBytes | Unreadable:
    """Archive one file. A familiar one is hashed first: it is likely to be there, and reading costs a third of copying."""
    if file.familiar:
        known = hashed(file.source)
        if isinstance(known, Unreadable):
            return known
        if is_kept(archive, known.sha256, known.size):
            return known
    return _kept(archive, file.source)


def _kept(archive: Path, source: Source) -> ArchivedBytes | Unreadable:
    """Copy the bytes under their sha256, and see that all of them are on the disk."""
    with tempfile.NamedTemporaryFile(dir=archive, delete=False) as copy:
        temporary = Path(copy.name)
        try:
            known = copied(source, copy.file)
            if isinstance(known, Unreadable):
                return known
            copy.flush()
            os.fsync(copy.fileno())
            if os.fstat(copy.fileno()).st_size != known.size:
                raise OSError(f"the archive kept only a part of {source.shown}")
            target = archive_path(archive, known.sha256)
            target.parent.mkdir(exist_ok=True)
            try:
                temporary.replace(target)
            except IsADirectoryError:
                return Unreadable(f"{source.shown} cannot be archived: {target} is a folder; remove it")
            return known
        finally:
            temporary.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    """Make the folder and those above it, durably."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    _sync_folders(each.parent for each in missing)


def _sync_folders(folders: Iterable[Path]) -> None:
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
