"""Where delivered bytes are read from: what the archive asks of a file (``folder``) and of an object (``objects``)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ledgerwatch_pipeline.model.inbox import Sight

CHUNK = 4 * 1024 * 1024
"""Bytes read at once."""


class UnreadableError(Exception):
    """The bytes cannot be had, or are not those of one moment. denied: because the credentials do not allow it."""

    def __init__(self, reason: str, *, denied: bool = False) -> None:
        self.reason = reason
        self.denied = denied
        super().__init__(reason)


class Source(Protocol):
    """Bytes of a delivery. Reading it changes nothing where they lie."""

    @property
    def shown(self) -> str:
        """The place, for people."""

    @property
    def path(self) -> Path | None:
        """The file on this machine; None: the bytes lie elsewhere, and reading them twice costs twice."""

    def chunks(self) -> Iterator[bytes]:
        """All bytes, a part at a time.

        Raises UnreadableError where these cannot be had, and InboxUnavailableError where none of their place can.
        """


class Inbox(Protocol):
    """A place with one folder an organization, and files in it. It is looked at and read, never written to."""

    @property
    def name(self) -> str:
        """What the registry of inbox files calls it: folder or address, for people."""

    @property
    def seconds_between_looks(self) -> float:
        """How long whoever watches it waits after a look, because looking costs."""

    @property
    def made(self) -> bool:
        """Whether there is anything to look into: a folder that nobody made is an inbox that nobody uses."""

    def list(self) -> Iterator[Sight]:
        """Every file, in a settled order; misplaced are those that could be no load of any organization.

        Raises UsageError when there is no such inbox, InboxUnavailableError when it cannot be looked into.
        """

    def written_to(self, sight: Sight) -> bool | None:
        """Whether somebody is writing to a file that was found; None: that cannot be known, and only time tells."""

    def source(self, sight: Sight) -> Source:
        """The bytes of a file that was found, as they were then."""
