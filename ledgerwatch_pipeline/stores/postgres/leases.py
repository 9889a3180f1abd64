"""Leases: a worker has an item of work as long as its process lives, and a fencing number tells its commit from a later one.

A worker is a number whose advisory lock its process holds on a connection of its own. Items carry the worker's number; an
item whose worker's lock is free is up again. As a connection can be lost while its process lives on, whoever commits work
checks, in the transaction that commits, that the item still carries its worker and the attempt it was leased with.

``Queue`` is what the two queues have in common: imports are ``loads``, analyses ``work``. Which items are handed out is theirs.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, and_, exists, select, text

from ledgerwatch_pipeline.model.work import MAX_DEATHS, WorkStatus
from ledgerwatch_pipeline.stores.postgres import locks
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.locks import Lock, number

Id = TypeVar("Id")
_WORKERS = number("ledgerwatch.worker")
_PRESENT = number("ledgerwatch.present")
_FAILED = WorkStatus.FAILED.value


@contextmanager
def present(database: Database) -> Iterator[Callable[[], None]]:
    """Show that this process stays and takes up work as it comes, until the block ends or the process dies.

    Gives what raises sqlalchemy's OperationalError once the connection that shows it is lost.
    """
    with database.hold(_PRESENT, 0, shared=True) as connection:
        yield lambda: connection.execute(text("SELECT")).close()


def count_present(connection: Connection) -> int:
    """How many such processes there are on this database."""
    query = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted"
        " AND classid::int8 = CAST(:space AS int8) & 4294967295 AND objid = 0"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return int(connection.execute(query, {"space": _PRESENT}).scalar_one())


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


@dataclass(frozen=True, slots=True)
class Queue(Generic[Id]):
    """Rows that are items of work, with the columns id, status, worker, attempts, deaths and error.

    waits: the status of an item that waits, and of one that a worker has leased.
    """

    table: Table
    waits: str

    @property
    def waiting(self) -> ColumnElement[bool]:
        """The items that wait or are leased."""
        return self.table.c.status == self.waits

    @property
    def free(self) -> ColumnElement[bool]:
        """The items that wait."""
        return and_(self.waiting, self.table.c.worker.is_(None))

    @property
    def failed(self) -> ColumnElement[bool]:
        """The items that are FAILED."""
        return self.table.c.status == _FAILED

    def living(self, connection: Connection) -> list[int]:
        """The workers that have any of what waits and whose process lives."""
        workers = self._workers(connection, self.waiting, None)
        gone = dead(connection, workers)
        return [key for key in workers if key not in gone]

    def free_orphans(self, connection: Connection, worker: int | None = None) -> list[int]:
        """Give back what dead workers have, or mark it as FAILED if it was too many; the workers that live, ``worker`` left
        out. Nobody else claims until the transaction ends."""
        locks.hold(connection, Lock.CLAIM)
        others = self._workers(connection, self.waiting, worker)
        gone = dead(connection, others)
        item = self.table.c
        orphaned = and_(self.waiting, item.worker.in_(gone))
        connection.execute(self.table.update().where(orphaned).values(worker=None, deaths=item.deaths + 1))
        connection.execute(
            self.table.update()
            .where(self.free, item.deaths >= MAX_DEATHS)
            .values(status=_FAILED, error=f"{MAX_DEATHS} workers died over it, one after the other")
        )
        return [key for key in others if key not in gone]

    def lost(self, connection: Connection, worker: int, attempts: Mapping[Id, int]) -> set[Id]:
        """Lock these items, by id with the attempt they were claimed with, until the transaction ends; which of them are
        another worker's by now."""
        item = self.table.c
        query = (
            select(item.id, item.attempts)
            .where(item.id.in_(list(attempts)), item.worker == worker, self.waiting)
            .order_by(item.id)
            .with_for_update()
        )
        held = {row.id: row.attempts for row in connection.execute(query)}
        return {each for each, attempt in attempts.items() if held.get(each) != attempt}

    def fail(self, connection: Connection, worker: int, errors: Mapping[Id, str]) -> None:
        """Mark items that the worker has leased as FAILED, each with its error."""
        for each, error in errors.items():
            connection.execute(
                self.table.update()
                .where(self.table.c.id == each, self.table.c.worker == worker)
                .values(status=_FAILED, worker=None, error=error)
            )

    def release(self, connection: Connection, worker: int) -> None:
        """Give back what the worker has leased and not finished."""
        connection.execute(self.table.update().where(self.table.c.worker == worker).values(worker=None))

    def take_up_again(self, connection: Connection, ids: Sequence[Id]) -> None:
        """Let these FAILED items wait again, their deaths forgotten."""
        connection.execute(
            self.table.update().where(self.table.c.id.in_(ids)).values(status=self.waits, error=None, deaths=0)
        )

    def wait_for_others(self, database: Database, these: ColumnElement[bool], worker: int | None = None) -> bool:
        """Wait until no worker but ``worker`` has any of ``these`` that wait; whether some are left to be claimed."""
        wanted = and_(self.waiting, these)
        with database.transaction() as connection:
            wait_for_end(connection, self._workers(connection, wanted, worker))
        with database.transaction() as connection:
            return bool(connection.execute(select(exists().where(wanted))).scalar())

    def _workers(self, connection: Connection, which: ColumnElement[bool], left_out: int | None) -> list[int]:
        worker = self.table.c.worker
        query = select(worker).where(which, worker.is_not(None)).distinct()
        return [key for key in connection.scalars(query) if key is not None and key != left_out]
