"""Work in bulk, fail alone: what fails together is repeated in halves until the items that fail are found.

Which errors are an item's and which the installation's is decided here; what an item is, by the steps.
"""

import errno
from collections.abc import Callable, Sequence
from typing import TypeVar

import duckdb
from sqlalchemy import exc

from ledgerwatch_pipeline.model.errors import LeaseLostError, LedgerWatchError, StoreUnavailableError

Item = TypeVar("Item")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EROFS)


def in_halves(
    items: Sequence[Item], do: Callable[[Sequence[Item]], None], on_failure: Callable[[Item, Exception], None]
) -> None:
    """Call ``do`` with all items; where it raises, with each half, down to single ones, which go to ``on_failure``.

    ``do`` leaves nothing behind when it raises. An error of the installation ends it all: no item is to blame.
    """
    if not items:
        return
    try:
        do(items)
    except Exception as error:
        if is_of_the_installation(error):
            raise
        if len(items) == 1:
            on_failure(items[0], error)
            return
    else:
        return
    middle = len(items) // 2
    in_halves(items[:middle], do, on_failure)
    in_halves(items[middle:], do, on_failure)


def is_of_the_installation(error: Exception) -> bool:
    """Whether ``error`` says nothing of the item that was being worked on: PostgreSQL is away, the disk is full."""
    if isinstance(
        error, StoreUnavailableError | LeaseLostError | exc.OperationalError | exc.TimeoutError | MemoryError
    ):
        return True
    if isinstance(error, duckdb.OutOfMemoryException):
        return True
    if isinstance(error, duckdb.IOException):
        return "No space left" in str(error) or "Read-only file system" in str(error)
    return isinstance(error, OSError) and error.errno in _FULL


def words(error: Exception) -> str:
    """An error as people read it in a list of failures: one line, a defect with its type."""
    text = " ".join(str(error).split()) or type(error).__name__
    return (text if isinstance(error, LedgerWatchError) else f"{type(error).__name__}: {text}")[:2_000]
