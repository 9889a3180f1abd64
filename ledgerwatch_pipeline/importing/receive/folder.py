"""An inbox that is a folder, and files that are read where they lie."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from ledgerwatch_pipeline.importing.receive.source import CHUNK, UnreadableError
from ledgerwatch_pipeline.importing.receive.writers import written_to
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.inbox import NO_STAMP, FileStamp, Sight


def shown(path: Path | str) -> str:
    """A path for people: what is no UTF-8 in it is written with backslashes (``caf\\xe9.csv``)."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def utf8_name(file: str) -> bool:
    """Whether a file's name is text: one that is not UTF-8 has no spelling in the registry."""
    try:
        file.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def not_utf8(file: str) -> str:
    """Why a file of such a name is refused."""
    return f"the file's name is not UTF-8 ({shown(file)}); rename it"


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on this machine."""

    path: Path

    @property
    def shown(self) -> str:
        """Its path."""
        return shown(self.path)

    def chunks(self) -> Iterator[bytes]:
        """All bytes; raises UnreadableError, also when the file was changed meanwhile."""
        with self._opened() as file:
            before, size = _state(file), 0
            while chunk := self._read(file):
                size += len(chunk)
                yield chunk
            if _state(file) != before or before[0] != size:
                raise UnreadableError(
                    f"{self.shown} was changed while it was read; deliver it when it is written to its end"
                )

    def _opened(self) -> BufferedReader:
        """Only a regular file, because opening a pipe waits for somebody to write into it."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise self._unreadable(error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UnreadableError(f"{self.shown} is not a file")
        return os.fdopen(descriptor, "rb")

    def _read(self, file: BufferedReader) -> bytes:
        try:
            return file.read(CHUNK)
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> UnreadableError:
        return UnreadableError(f"the file {self.shown} cannot be read: {error.strerror}")


def _state(file: BufferedReader) -> tuple[int, int]:
    state = os.fstat(file.fileno())
    return state.st_size, state.st_mtime_ns


@dataclass(frozen=True, slots=True)
class FolderInbox:
    """A folder with one folder an organization."""

    folder: Path

    @property
    def name(self) -> str:
        """Its absolute path."""
        return shown(self.folder.absolute())

    @property
    def seconds_between_looks(self) -> float:
        """A look at a folder costs next to nothing."""
        return 0

    @property
    def made(self) -> bool:
        """Whether there is such a folder."""
        return self.folder.is_dir()

    def written_to(self, sight: Sight) -> bool | None:
        """What the system knows of the file."""
        return written_to(self.folder / sight.path)

    def source(self, sight: Sight) -> FileSource:
        """The file that was found."""
        return FileSource(self.folder / sight.path)

    def list(self) -> Iterator[Sight]:
        """The files in the folders; a name with a dot before it is a program's own, or of a file still being written. A link may
        lead to a file or to an organization's folder, not further: links can go round.
        """
        if not self.made:
            raise UsageError(
                f"there is no inbox {shown(self.folder)}: make it, and in it one folder for each organization, called by its slug"
            )
        try:
            entries = sorted(self.folder.iterdir())
        except OSError as error:
            raise UsageError(f"the inbox {shown(self.folder)} cannot be read: {error.strerror}") from error
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                is_folder = entry.is_dir()
            except OSError as error:
                yield self._unlisted(entry, error)
                continue
            if is_folder:
                yield from self._below(entry)
            else:
                reason = f"{shown(entry.name)} lies in no organization's folder; move it to {shown(self.folder)}/<organization>/"
                yield Sight(shown(entry.name), None, _stamp(entry), reason)

    def _below(self, top: Path) -> Iterator[Sight]:
        unlisted: list[Sight] = []

        def note(error: OSError) -> None:
            unlisted.append(self._unlisted(Path(error.filename), error))

        organization = shown(top.name)
        for root, folders, files in os.walk(top, onerror=note):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if name.startswith("."):
                    continue
                path = Path(root, name)
                file = "/".join(path.relative_to(top).parts)
                misplaced = None if utf8_name(file) else not_utf8(file)
                yield Sight(f"{organization}/{shown(file)}", organization, _stamp(path), misplaced)
        yield from unlisted

    def _unlisted(self, folder: Path, error: OSError) -> Sight:
        organization, *_ = folder.relative_to(self.folder).parts
        reason = f"the folder {shown(folder)} cannot be read: {error.strerror}"
        return Sight(shown(folder.relative_to(self.folder)), shown(organization), NO_STAMP, reason)


def _stamp(path: Path) -> FileStamp:
    """The file as it is now. Whoever opens one that cannot be looked at says why."""
    try:
        found = path.stat()
    except OSError:
        return NO_STAMP
    return FileStamp(found.st_size, max(found.st_mtime_ns, found.st_ctime_ns))
