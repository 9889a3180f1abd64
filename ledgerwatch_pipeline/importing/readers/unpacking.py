"""Unpacks what is delivered compressed, and refuses what would unpack to far more than anybody's ledger: a bomb."""

import errno
import gzip
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from ledgerwatch_pipeline.importing.limits import FREE_EXPANSION, MAX_EXPANSION, MAX_UNPACKED
from ledgerwatch_pipeline.importing.readers.source import scratch_file
from ledgerwatch_pipeline.model.errors import FileRejectedError

GZIP = b"\x1f\x8b"
_CHUNK = 8 * 1024 * 1024


def gunzipped(path: Path, scratch: Path) -> Path:
    """Gunzip here: DuckDB takes a truncated gzip for its beginning, without a word."""
    target = scratch_file(scratch, ".unpacked")
    limit = _limit(path.stat().st_size)
    written = 0
    try:
        with gzip.open(path) as packed, target.open("wb") as out:
            while chunk := packed.read(_CHUNK):
                written += len(chunk)
                if written > limit:
                    raise _bomb("gzip", limit)
                out.write(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileRejectedError("gzip", f"the gzip file is truncated or damaged: {error}") from error
    return target


def checked_zip(path: Path, look: Callable[[str, bytes], None]) -> tuple[str, ...]:
    """Read a ZIP archive to its end without keeping it; the names in it. ``look`` is shown each piece, with its entry's name.

    Raises FileRejectedError for one that is damaged, a bomb, or locked with a password.

    Each entry is read: the sizes an archive claims are not believed.
    """
    limit = _limit(path.stat().st_size)
    read = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.flag_bits & 1:
                    raise FileRejectedError("encrypted", "the file is locked with a password; deliver it without one")
                with archive.open(entry) as unpacked:
                    while chunk := unpacked.read(_CHUNK):
                        read += len(chunk)
                        if read > limit:
                            raise _bomb("workbook", limit)
                        look(entry.filename, chunk)
            return tuple(archive.namelist())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (
            None,
            errno.EINVAL,
        ):  # a place before the beginning is the file's
            raise
        raise FileRejectedError(
            "format", f"the file begins as a ZIP or Excel file does, and is truncated or damaged: {error}"
        ) from error


def _limit(packed: int) -> int:
    return min(MAX_UNPACKED, max(FREE_EXPANSION, packed * MAX_EXPANSION))


def _bomb(what: str, limit: int) -> FileRejectedError:
    return FileRejectedError(
        "expansion",
        f"the {what} unpacks to more than {limit:,} bytes: no ledger is packed to a {MAX_EXPANSION}th of its size, and none is that "
        "large; deliver it unpacked, or in parts",
    )
