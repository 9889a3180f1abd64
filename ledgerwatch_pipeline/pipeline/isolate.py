"""Work in bulk, fail alone: what fails together is repeated in halves until the items that fail are found.

A commit that another one got in the way of is no failure: it is tried anew (``retrying``). Which errors are an item's and which the installation's is decided here; what an item is, by the steps.
"""

import errno
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import duckdb
from sqlalchemy import exc

from ledgerwatch_pipeline.model.errors import LeaseLostError, LedgerWatchError, StoreUnavailableError

Item = TypeVar("Item")
Result = TypeVar("Result")
_CONFLICTS = 10
"""How often a commit is tried anew that maintenance of the lake got in the way of."""
_LOST = (
    "server closed the connection",
    "terminating connection",
    "Unable to connect to Postgres",
    "no connection to the server",
    'Failed to execute query "ROLLBACK"',
)
"""What DuckDB says where the lake's catalog was lost in the middle of a transaction; its type of error says nothing."""
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_OF_THE_MACHINE = (errno.EMFILE, errno.ENFILE, errno.EROFS)


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
        if _is_full_disk(error):
            raise StoreUnavailableError(
                f"{words(error)}: no space is left on a disk that is needed. Free some, or name another, and run the command again: "
                "what was begun is done anew, and nothing is there half or twice"
            ) from error
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


def retrying(do: Callable[[], Result]) -> Result:
    """What ``do`` gives, called again where its commit conflicts with another one in the lake; it leaves nothing behind then."""
    for attempt in range(_CONFLICTS):
        try:
            return do()
        except duckdb.TransactionException:
            time.sleep(0.05 * 2**attempt)
    return do()


def is_of_the_installation(error: Exception) -> bool:
    """Whether ``error`` says nothing of the item that was being worked on: PostgreSQL is away, the disk is full."""
    if isinstance(
        error, StoreUnavailableError | LeaseLostError | exc.OperationalError | exc.TimeoutError | MemoryError
    ):
        return True
    if isinstance(error, duckdb.OutOfMemoryException):
        return True
    if isinstance(error, duckdb.Error) and any(each in str(error) for each in _LOST):
        return True
    if isinstance(error, duckdb.IOException):
        return _is_full_disk(error) or "Read-only file system" in str(error)
    return _is_full_disk(error) or (isinstance(error, OSError) and error.errno in _OF_THE_MACHINE)


def _is_full_disk(error: Exception) -> bool:
    if isinstance(error, duckdb.IOException):
        return "No space left" in str(error)
    return isinstance(error, OSError) and error.errno in _NO_SPACE


def words(error: Exception) -> str:
    """An error as people read it in a list of failures: one line, a defect with its type."""
    text = " ".join(str(error).split()) or type(error).__name__
    return (text if isinstance(error, LedgerWatchError) else f"{type(error).__name__}: {text}")[:2_000]
