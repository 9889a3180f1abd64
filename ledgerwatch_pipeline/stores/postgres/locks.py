"""Advisory locks, all of them, in the order in which a transaction takes them. Nobody holds one while computing.

A lock with an organization is taken for each organization meant, in the order of their ids, and PostgreSQL frees it when the
transaction ends. Rows that are locked (loads and work items of a lease) come before all of these. That a worker lives is
shown by a lock of its own, see ``leases``.
"""

import zlib
from collections.abc import Iterable
from enum import Enum
from uuid import UUID

from sqlalchemy import Connection, text

_PREFIX = "ledgerwatch."
_TAKEN = "ledgerwatch locks"


class Lock(Enum):
    """What is locked; the members stand in lock order."""

    DEMO = "demo"
    """One process writes the demo's files."""
    MIGRATE = "migrate"
    """The schema of PostgreSQL."""
    LAKE_SCHEMA = "lake schema"
    """Making and migrating the lake's tables."""
    DAGSTER_SCHEMA = "dagster schema"
    """Making Dagster's tables."""
    MAINTENANCE = "maintenance"
    """One process tidies the lake."""
    NOTIFY = "notify"
    """By destination of notifications: one process sends to it, and records what it sent."""
    CLAIM = "claim"
    """Handing out work, for milliseconds."""
    EXTERNAL_IDS = "external ids"
    """By organization: committing rows that were held against its ledger, by external id or for overlaps, and corrections."""
    ALERTS = "alerts"
    """By organization: giving numbers to new alerts, and changing many."""
    CASES = "cases"
    """By organization: giving numbers to new cases."""
    MUTES = "mutes"
    """By organization: giving numbers to new mutes, of which no two are about the same."""
    AUDIT = "audit"
    """By chain: appending to it. The last one, so that a chain waits for nothing else."""


_ORDER = {lock: place for place, lock in enumerate(Lock)}
_NOTHING: tuple[int, frozenset[int]] = (-1, frozenset())
"""What a transaction holds of its last lock: the lock's place in the order, and the keys of its owners."""


class LockOrderError(Exception):
    """A transaction wants a lock that comes before one it holds: a defect, which could end in a deadlock."""


def space(lock: Lock) -> int:
    """The first of the two numbers of an advisory lock."""
    return number(_PREFIX + lock.value)


def number(name: str) -> int:
    """A stable number for a name (32 bits, as the two-number form of PostgreSQL's locks takes)."""
    return zlib.crc32(name.encode()) - 2**31


def forget(connection: Connection) -> None:
    """A transaction begins: it holds nothing yet."""
    connection.info[_TAKEN] = _NOTHING


def hold(connection: Connection, lock: Lock, owners: Iterable[UUID] = ()) -> None:
    """Take ``lock`` until the transaction ends, for each of the organizations (or chains) if it is by owner.

    Raises LockOrderError when one that comes later is held: another lock, or this one of a later owner.
    """
    place, (last, held) = _ORDER[lock], connection.info.get(_TAKEN, _NOTHING)
    if place < last:
        raise LockOrderError(f"{lock} is wanted behind a later lock")
    if place > last:
        held = frozenset()
    keys = sorted({number(str(owner)) for owner in owners} - held) or ([] if held else [0])
    if keys and held and keys[0] < max(held):
        raise LockOrderError(f"{lock} is wanted of one owner behind that of a later one; take them together")
    connection.info[_TAKEN] = (place, held.union(keys))
    connection.execute(
        text(
            "SELECT pg_advisory_xact_lock(:space, key)"
            " FROM (SELECT key FROM unnest(CAST(:keys AS int[])) AS u (key) ORDER BY key) AS ordered"
        ),
        {"space": space(lock), "keys": keys},
    )
