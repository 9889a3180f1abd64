"""The errors people can meet, each carrying its fields and the exit code a command answers with.

Every message says what was wrong, where, and what would be right. Bugs are not here: they raise ordinary exceptions.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class LedgerWatchError(Exception):
    """Something a person can act on; the message is the whole story."""

    exit_code = 1


class UsageError(LedgerWatchError):
    """A value or a combination of options that cannot be meant."""

    exit_code = 2


class UnknownThingError(UsageError):
    """A name that is not known; says which known ones are close to it."""

    def __init__(self, kind: str, name: str, known: Iterable[str] | None, hint: str = "") -> None:
        """``known`` None: there are too many of them to be named."""
        self.kind = kind
        self.name = name
        self.known = sorted(known or ())
        close = get_close_matches(name, self.known, n=3, cutoff=0.5) or self.known[:5]
        message = f"unknown {kind} {name!r}"
        if close:
            more = len(self.known) - len(close)
            message += "; known: " + ", ".join(close) + (f" and {more} more" if more > 0 else "")
        elif known is not None:
            message += f"; there is no {kind} yet"
        super().__init__(message + (f" ({hint})" if hint else ""))


class ConflictError(LedgerWatchError):
    """The thing is not in the state the action needs; nothing was changed."""

    exit_code = 4


class AccessDeniedError(LedgerWatchError):
    """The principal's role does not allow it; nothing was changed."""


class FileRejectedError(LedgerWatchError):
    """A whole file that cannot become a load's rows: says which rule, and what would be right.

    ``rule`` is a stable word for the report, such as ``encoding`` or ``header``.
    """

    exit_code = 5

    def __init__(self, rule: str, message: str) -> None:
        self.rule = rule
        super().__init__(message)


class StoreUnavailableError(LedgerWatchError):
    """PostgreSQL, the lake or an extension of DuckDB cannot be used; says what was tried."""


class InboxUnavailableError(LedgerWatchError):
    """The store that an inbox lies in cannot be used now, or not by these credentials; says what to do, and no secret."""


class LeaseLostError(LedgerWatchError):
    """Somebody else has taken over this work meanwhile; nothing of it was committed here."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"another worker has taken over {what}: this one was taken for dead. Nothing was committed twice."
        )


class ItemError(LedgerWatchError):
    """Why one item of work cannot be done, where the cause lies in that item alone: it is marked FAILED, others go on."""
