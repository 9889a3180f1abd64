"""The archive: the bytes of every delivered file, unchanged, under their sha256. Written durably, before the registry knows.

Which load a file becomes is ``files``' business.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

_CHUNK = 4 * 1024 * 1024
_READERS = 4
"""Files hashed at once: hashing and copying let go of the interpreter, and the disk likes company."""


@dataclass(frozen=True, slots=True)
class ToArchive:
    """A file to be archived; ``familiar``: a file of its size was delivered before, and is likely to be this one."""

    path: Path
    familiar: bool = False


@dataclass(frozen=True, slots=True)
class ArchivedBytes:
    """What a file's bytes are known by."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why the bytes of a file could not be had."""

    reason: str


def archive_path(archive: Path, sha256: str) -> Path:
    """Where the bytes with this hash lie."""
    return archive / sha256[:2] / sha256


def shown(path: Path | str) -> str:
    """A path for people: what is no UTF-8 in it is written with backslashes (``caf\\xe9.csv``)."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def store(archive: Path, files: Sequence[ToArchive]) -> list[ArchivedBytes | Unreadable]:
    """Put the bytes of every file into the archive, in the order given; one that cannot be read is said to be so.

    When this returns, what it names is on the disk: the files, and the folders that lead to them. Raises OSError where the
    archive cannot be written.
    """
    _make_folder(archive)
    with ThreadPoolExecutor(_READERS) as pool:
        stored = list(pool.map(lambda file: _stored(archive, file), files))
    written = {archive_path(archive, each.sha256).parent for each in stored if isinstance(each, ArchivedBytes)}
    if written:
        _sync_folders([*sorted(written), archive])
    return stored


def read_regular(path: Path) -> BufferedReader | Unreadable:
    """The file, open; only a regular one, because opening a pipe waits for somebody to write into it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return Unreadable(f"the file {shown(path)} cannot be read: {error.strerror}")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return Unreadable(f"{shown(path)} is not a file")
    return os.fdopen(descriptor, "rb")


def hashed(path: Path) -> ArchivedBytes | Unreadable:
    """What the file's bytes are known by, without keeping them."""
    source = read_regular(path)
    if isinstance(source, Unreadable):
        return source
    with source:
        try:
            before = _state(source)
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
            return _unless_changed(path, source, before, ArchivedBytes(sha256, source.tell()))
        except OSError as error:
            return Unreadable(f"the file {shown(path)} cannot be read: {error.strerror}")


def _stored(archive: Path, file: ToArchive) -> ArchivedBytes | Unreadable:
    """Archive one file. A familiar one is hashed first: it is likely to be there, and reading costs a third of copying."""
    if file.familiar:
        known = hashed(file.path)
        if isinstance(known, Unreadable):
            return known
        target = archive_path(archive, known.sha256)
        if target.is_file() and target.stat().st_size == known.size:
            return known
    source = read_regular(file.path)
    if isinstance(source, Unreadable):
        return source
    with source:
        return _copied(file.path, source, archive)


def _copied(path: Path, source: BufferedReader, archive: Path) -> ArchivedBytes | Unreadable:
    """Copy the bytes under their sha256, and see that all of them are on the disk."""
    digest = hashlib.sha256()
    size = 0
    before = _state(source)
    with tempfile.NamedTemporaryFile(dir=archive, delete=False) as copy:
        temporary = Path(copy.name)
        try:
            while chunk := _read(source):
                if isinstance(chunk, OSError):
                    return Unreadable(f"the file {shown(path)} cannot be read: {chunk.strerror}")
                digest.update(chunk)
                copy.write(chunk)
                size += len(chunk)
            copied = _unless_changed(path, source, before, ArchivedBytes(digest.hexdigest(), size))
            if isinstance(copied, ArchivedBytes):
                copy.flush()
                os.fsync(copy.fileno())
                if os.fstat(copy.fileno()).st_size != size:
                    raise OSError(f"the archive kept only a part of {shown(path)}")
                target = archive_path(archive, copied.sha256)
                target.parent.mkdir(exist_ok=True)
                try:
                    temporary.replace(target)
                except IsADirectoryError:
                    return Unreadable(f"{shown(path)} cannot be archived: {target} is a folder; remove it")
            return copied
        finally:
            temporary.unlink(missing_ok=True)


def _read(source: BufferedReader) -> bytes | OSError:
    """The next bytes; an error of the source is handed back, since one of the archive is another matter."""
    try:
        return source.read(_CHUNK)
    except OSError as error:
        return error


def _state(source: BufferedReader) -> tuple[int, int]:
    state = os.fstat(source.fileno())
    return state.st_size, state.st_mtime_ns


def _unless_changed(
    path: Path, source: BufferedReader, before: tuple[int, int], read: ArchivedBytes
) -> ArchivedBytes | Unreadable:
    if _state(source) == before and before[0] == read.size:
        return read
    return Unreadable(f"{shown(path)} was changed while it was read; deliver it when it is written to its end")


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
