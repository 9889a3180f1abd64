"""Leases: a worker has an item of work as long as its process lives, and a fencing number tells its commit from a later one.

A worker is a number whose advisory lock its process holds on a connection of its own. Items carry the worker's number; an
item whose worker's lock is free is up again. As a connection can be lost while its process lives on, whoever commits work
checks, in the transaction that commits, that the item still carries its worker and the attempt it was leased with.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.locks import number

_WORKERS = number("ledgerwatch.worker")


@contextmanager
def worker(database: Database, key: int | None = None) -> Iterator[int]:
    """A worker's number, alive until the block ends or the process dies. ``key``: a given one, 0 to 2³¹ − 1."""
    chosen = secrets.randbits(31) if key is None else key
    with database.hold(_WORKERS, chosen):
        yield chosen


def dead(connection: Connection, workers: Iterable[int]) -> list[int]:
    """Those of ``workers`` whose process is gone. Nobody else can become one of them until the transaction ends."""
    return [
        key
        for key in sorted(set(workers))
        if connection.execute(
            text("SELECT pg_try_advisory_xact_lock(:space, :key)"), {"space": _WORKERS, "key": key}
        ).scalar_one()
    ]


def wait_for_end(connection: Connection, workers: Iterable[int]) -> None:
    """Wait until every one of ``workers`` has ended. Of none of them a lock is kept: who holds it keeps a dead worker's items
    from everybody else."""
    for key in sorted(set(workers)):
        savepoint = connection.begin_nested()
        connection.execute(text("SELECT pg_advisory_xact_lock(:space, :key)"), {"space": _WORKERS, "key": key})
        savepoint.rollback()
