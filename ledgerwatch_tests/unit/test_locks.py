"""Locks: one order, one place that takes them, and nobody who computes while holding one."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

import ledgerwatch_pipeline
from ledgerwatch_pipeline.analysis import run as running
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import accept, judge
from ledgerwatch_pipeline.stores.postgres import locks
from ledgerwatch_pipeline.stores.postgres.locks import Lock, LockOrderError
from ledgerwatch_tests.conftest import Tenant, rows

PACKAGE = Path(ledgerwatch_pipeline.__file__).parent
HELD = (
    "SELECT l.classid, l.objid FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
    " WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()"
    " AND l.classid <> CAST(:workers & 4294967295 AS oid) AND a.pid <> pg_backend_pid()"
)
OPEN_TRANSACTIONS = (
    "SELECT pid, query FROM pg_stat_activity WHERE application_name = 'ledgerwatch' AND datname = current_database()"
    " AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
)


def test_locks_are_taken_in_their_order(home: Home) -> None:
    organization = uuid4()
    with home.database.transaction() as connection:
        locks.hold(connection, Lock.CLAIM)
        locks.hold(connection, Lock.ALERTS, [organization])
        locks.hold(connection, Lock.AUDIT, [organization])
        for earlier in (Lock.MAINTENANCE, Lock.CLAIM, Lock.EXTERNAL_IDS, Lock.ALERTS):
            with pytest.raises(LockOrderError, match=re.escape(str(earlier))):
                locks.hold(connection, earlier, [organization])
    with home.database.transaction() as connection:  # another transaction holds nothing yet
        locks.hold(connection, Lock.CLAIM)


def in_lock_order() -> Sequence[UUID]:
    return sorted((UUID(int=number) for number in range(3)), key=lambda each: locks.number(str(each)))


def test_a_lock_is_taken_of_organizations_in_their_order(home: Home) -> None:
    first, second, third = in_lock_order()
    with home.database.transaction() as connection:
        locks.hold(connection, Lock.ALERTS, [second])
        locks.hold(connection, Lock.ALERTS, [second])  # it has it
        locks.hold(connection, Lock.ALERTS, [third, second])
        with pytest.raises(LockOrderError):
            locks.hold(connection, Lock.ALERTS, [first])


def test_who_wants_several_organizations_in_any_order_never_ends_in_a_deadlock(home: Home) -> None:
    several = list(in_lock_order())

    def take(number: int) -> None:
        with home.database.transaction() as connection:
            locks.hold(connection, Lock.ALERTS, several[number % 3 :] + several[: number % 3])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(take, range(60)))


def test_a_lock_is_free_when_its_transaction_ends(home: Home) -> None:
    organization = uuid4()

    def fail() -> None:
        with home.database.transaction() as connection:
            locks.hold(connection, Lock.ALERTS, [organization])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with home.database.transaction() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        locks.hold(connection, Lock.ALERTS, [organization])


def test_every_lock_has_a_space_of_its_own() -> None:
    spaces = {locks.space(lock) for lock in Lock} | {locks.number("ledgerwatch.worker")}
    assert len(spaces) == len(Lock) + 1
    assert all(-(2**31) <= space < 2**31 for space in spaces)


def test_one_place_takes_advisory_locks() -> None:
    allowed = {"locks.py", "leases.py", "engine.py"}
    taken = {
        path.relative_to(PACKAGE).as_posix()
        for folder in (PACKAGE, PACKAGE.parent / "sql")
        for path in folder.rglob("*")
        if path.suffix in (".py", ".sql")
        if re.search(r"pg_(try_)?advisory", path.read_text()) and path.name not in allowed
    }
    assert taken == set()


class Witness:
    """Looks into PostgreSQL at the moment in which something is computed."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.moments = 0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **named: Any) -> Any:
            self._look()
            result = function(*arguments, **named)
            self._look()
            return result

        return watched

    def _look(self) -> None:
        self.moments += 1
        with self._home.database.transaction() as connection:
            held = connection.execute(text(HELD), {"workers": locks.number("ledgerwatch.worker")}).all()
            open_transactions = connection.execute(text(OPEN_TRANSACTIONS)).all()
        assert (held, open_transactions) == ([], [])


def test_nobody_holds_a_lock_or_a_transaction_while_computing(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    witness = Witness(tenant.home)
    for module, name in ((judge, "stage"), (judge, "_check"), (accept, "write"), (running, "evaluate")):
        monkeypatch.setattr(module, name, witness.around(getattr(module, name)))
    tenant.deliver(rows("2024-03-01,Acme,50.00,Office,x", "2024-03-02,Acme,50.00,Office,x"))
    imported = witness.moments
    assert imported == 6
    tenant.analyze()
    assert witness.moments == imported + 2 * len(load_registry(tenant.home.settings).analyzers)
    assert len(tenant.alerts("duplicate")) == 1


def test_the_witness_sees_a_lock_that_is_held(home: Home) -> None:
    with home.database.transaction() as connection:
        locks.hold(connection, Lock.ALERTS, [uuid4()])
        with pytest.raises(AssertionError):
            Witness(home).around(len)([])
