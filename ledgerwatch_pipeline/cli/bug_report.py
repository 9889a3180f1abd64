"""What a bug leaves behind: a file for those who mend it, one line for the person who met it, and no secret in either.

Expected errors are no bugs: they are ``model.errors``, and ``main`` prints them. Called by ``main`` alone.
"""

import os
import platform
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from ledgerwatch_pipeline import __version__
from ledgerwatch_pipeline.model.errors import LedgerWatchError
from ledgerwatch_pipeline.settings import Settings

_LINE = 300
"""Characters of an error's own words on the terminal; the file has all of them."""


def report_bug(error: Exception) -> str:
    """Write the traceback to a file in ``<home>/logs`` (or, if that cannot be, in the machine's folder for temporary
    files), and return the one line to show."""
    try:
        settings: Settings | None = Settings.from_environment()
    except LedgerWatchError:
        settings = None
    secrets = _passwords(settings.database_url) if settings and settings.database_url else []
    details = "".join(
        (
            f"ledgerwatch {__version__}, Python {platform.python_version()}, {platform.platform()}\n",
            f"{sys.argv}\n\n",
            *traceback.format_exception(error),
        )
    )
    folders = [settings.home / "logs"] if settings else []
    file = _written(_without(secrets, details), [*folders, Path(tempfile.gettempdir())])
    what = f"{type(error).__name__}: {_without(secrets, str(error))}".partition("\n")[0][:_LINE].rstrip(": ")
    return f"unexpected error: {what}; " + (f"details: {file}" if file else "its details could not be written anywhere")


def _written(details: str, folders: list[Path]) -> Path | None:
    """The file with the details, readable by its owner only, in the first of the folders that takes it."""
    name = f"ledgerwatch-error-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.txt"
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).touch(mode=0o600, exist_ok=False)
            (folder / name).write_bytes(details.encode("utf-8", "backslashreplace"))
        except OSError:
            continue
        return folder / name
    return None


def _passwords(url: str) -> list[str]:
    """The password of a database's address as it is written there and as it is meant; drivers' messages repeat both."""
    try:
        parts = urlsplit(url)
        written = [parts.password or "", *parse_qs(parts.query).get("password", [])]
    except ValueError:
        return [url]
    return sorted({each for text in written for each in (text, unquote(text)) if each}, key=len, reverse=True)


def _without(secrets: list[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
