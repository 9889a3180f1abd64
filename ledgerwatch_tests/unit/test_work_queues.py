"""The queues of imports and analyses: who gets what, what a death means, and that nobody commits what another took over."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from hashlib import sha256
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import LeaseLostError
from ledgerwatch_pipeline.model.load import ImportOptions, LoadRow, LoadStatus, NewLoad, load_id
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.work import MAX_DEATHS, Cause, NewWork, WorkItem, WorkStatus
from ledgerwatch_pipeline.stores.postgres import leases, loads, organizations, work
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.loads import SMALL, Lane
from ledgerwatch_tests.conftest import TESTER
from ledgerwatch_tests.databases import migrated_database

ALL = 2**40
YEAR = MonthRange(Month(2024, 1), Month(2024, 12))


@pytest.fixture
def database(home: Home) -> Iterator[Database]:
    """A database of its own, whose queues hold what the test puts there."""
    with migrated_database(home) as given:
        yield given


@pytest.fixture
def acme(database: Database) -> UUID:
    return add(database, "acme")


def add(database: Database, slug: str) -> UUID:
    organization = Organization(uuid4(), slug, slug)
    with database.transaction() as connection:
        organizations.add(connection, organization, TESTER)
    return organization.id


def receive(database: Database, organization_id: UUID, *sizes: int, suffix: str = ".csv") -> list[UUID]:
    """Files of these sizes, in this order."""
    found = []
    for place, size in enumerate(sizes):
        digest = sha256(f"{suffix} {place} {size}".encode()).hexdigest()
        new = NewLoad(
            load_id(organization_id, digest), organization_id, digest, f"{place:04}{suffix}", size, ImportOptions()
        )
        with database.transaction() as connection:
            assert loads.receive(connection, [new], "eve") == {new.id}
        found.append(new.id)
    return found


def claim_loads(database: Database, worker: int, lane: Lane = Lane.SMALL, limit: int = ALL) -> list[LoadRow]:
    with database.transaction() as connection:
        return loads.claim(connection, worker, lane, limit)


def load(database: Database, id_: UUID) -> LoadRow:
    with database.transaction() as connection:
        return loads.by_ids(connection, [id_])[id_]


def enqueue(database: Database, *items: tuple[UUID, str, str]) -> None:
    """organization, analyzer and month of each item"""
    new = [
        NewWork(each, analyzer, MonthRange(Month.parse(month), Month.parse(month)), Cause.LOAD)
        for each, analyzer, month in items
    ]
    with database.transaction() as connection:
        work.enqueue(connection, new, "eve")


def claim_work(
    database: Database,
    worker: int,
    *,
    within: MonthRange = YEAR,
    analyzers: Sequence[str] = ("a", "b"),
    limit: int = 99,
) -> list[WorkItem]:
    with database.transaction() as connection:
        return work.claim(connection, worker, analyzers=analyzers, within=within, organization_ids=None, limit=limit)


def test_a_claim_is_bounded_by_bytes_and_in_the_order_of_delivery(database: Database, acme: UUID) -> None:
    ids = receive(database, acme, 400, 300, 300, 500, 100)
    with leases.worker(database) as first, leases.worker(database) as second:
        assert [each.id for each in claim_loads(database, first, limit=1000)] == ids[:3]
        assert [each.id for each in claim_loads(database, second, limit=550)] == ids[3:4]
        assert [each.id for each in claim_loads(database, second, limit=550)] == ids[4:]
        assert claim_loads(database, first) == []


def test_a_file_larger_than_the_bound_is_claimed_alone(database: Database, acme: UUID) -> None:
    ids = receive(database, acme, 900, 10)
    with leases.worker(database) as worker:
        assert [each.id for each in claim_loads(database, worker, limit=100)] == ids[:1]


def test_a_compressed_file_counts_as_what_it_holds(database: Database, acme: UUID) -> None:
    ids = receive(database, acme, 100, 100, suffix=".csv.GZ")
    with leases.worker(database) as worker:
        assert [each.id for each in claim_loads(database, worker, limit=1500)] == ids[:1]


def test_small_files_never_wait_for_large_ones(database: Database, acme: UUID) -> None:
    large, small, border = receive(database, acme, SMALL * 50, 100, SMALL)
    with leases.worker(database) as worker:
        assert [each.id for each in claim_loads(database, worker, Lane.SMALL)] == [small]
        assert [each.id for each in claim_loads(database, worker, Lane.LARGE)] == [large, border]


def test_what_a_dead_worker_had_is_up_again_and_what_a_living_one_has_is_not(database: Database, acme: UUID) -> None:
    ids = receive(database, acme, 1, 2)
    with leases.worker(database) as living, leases.worker(database) as other:
        with leases.worker(database) as dying:
            assert len(claim_loads(database, dying, limit=1)) == 1
            assert [each.id for each in claim_loads(database, living)] == ids[1:]
            assert claim_loads(database, other) == []
        again = claim_loads(database, other)
        assert [(each.id, each.attempts) for each in again] == [(ids[0], 2)]
        assert claim_loads(database, living) == []


def test_what_was_given_back_is_no_death(database: Database, acme: UUID) -> None:
    (id_,) = receive(database, acme, 1)
    for _ in range(MAX_DEATHS + 2):
        with leases.worker(database) as worker:
            assert claim_loads(database, worker)
            with database.transaction() as connection:
                loads.release(connection, worker)
    assert load(database, id_).status is LoadStatus.RECEIVED


def test_who_was_taken_for_dead_commits_nothing(database: Database, acme: UUID) -> None:
    receive(database, acme, 1)
    with leases.worker(database) as lost:
        (before,) = claim_loads(database, lost)
        with database.transaction() as connection:
            loads.require_lease(connection, lost, [before])
    with leases.worker(database) as other:
        (after,) = claim_loads(database, other)
        with pytest.raises(LeaseLostError, match="acme/0000.csv"), database.transaction() as connection:
            loads.require_lease(connection, lost, [before])
        with database.transaction() as connection:
            loads.require_lease(connection, other, [after])
            loads.fail(connection, lost, {before.id: "not mine any more"})
    assert load(database, before.id).status is LoadStatus.RECEIVED


def test_the_same_worker_with_an_older_lease_commits_nothing(database: Database, acme: UUID) -> None:
    receive(database, acme, 1)
    with leases.worker(database, 77):
        (before,) = claim_loads(database, 77)
    with leases.worker(database, 78):
        claim_loads(database, 78)
    with leases.worker(database, 77):  # a number that comes again, as those of Dagster's runs do
        (after,) = claim_loads(database, 77)
        with pytest.raises(LeaseLostError), database.transaction() as connection:
            loads.require_lease(connection, 77, [before])
        with database.transaction() as connection:
            loads.require_lease(connection, 77, [after])


def test_what_kills_its_workers_is_claimed_alone_and_then_failed(database: Database, acme: UUID) -> None:
    killer, *_ = receive(database, acme, 1, 2, 3)
    sizes = []
    for _ in range(MAX_DEATHS):
        with leases.worker(database) as worker:
            taken = claim_loads(database, worker)
            sizes.append(len(taken))
            assert taken[0].id == killer
            with database.transaction() as connection:  # it dies over the first one, the others were given back
                connection.execute(
                    text("UPDATE loads SET worker = NULL WHERE worker = :worker AND id <> :killer"),
                    {"worker": worker, "killer": killer},
                )
    assert sizes == [3, 3] + [1] * (MAX_DEATHS - 2)
    with leases.worker(database) as worker:
        assert len(claim_loads(database, worker)) == 2
    failed = load(database, killer)
    assert failed.status is LoadStatus.FAILED
    assert failed.error is not None
    assert f"{MAX_DEATHS} workers died" in failed.error
    with database.transaction() as connection:
        assert [each.id for each in loads.retry(connection, [acme])] == [killer]
    with leases.worker(database) as worker:
        assert len(claim_loads(database, worker)) == 3  # with all its lives again


def test_many_workers_get_every_load_once(database: Database, acme: UUID) -> None:
    ids = receive(database, acme, *range(200))
    got: list[UUID] = []

    def take_all(_: int) -> None:
        with leases.worker(database) as worker:
            while taken := claim_loads(database, worker, limit=500):
                got.extend(each.id for each in taken)
            started.append(worker)
            while len(started) < 8:  # nobody dies before everybody is done
                all_done.wait(0.01)

    started: list[int] = []
    all_done = Event()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take_all, range(8)))
    assert Counter(got) == Counter(ids)


def test_waiting_for_a_living_worker_keeps_nobody_from_a_dead_ones_work(database: Database, acme: UUID) -> None:
    ids = receive(database, acme, 1, 2)
    with ExitStack() as stack:
        dying, living = sorted(stack.enter_context(leases.worker(database, key)) for key in (1, 2))
        claim_loads(database, dying, limit=1)
        claim_loads(database, living)
        with database.transaction() as connection:  # worker 1 is dead from here on
            connection.execute(text("UPDATE loads SET worker = 3 WHERE worker = 1"))
            connection.execute(text("UPDATE loads SET worker = 4 WHERE worker = 2"))
        stack.enter_context(leases.worker(database, 4))
        waiting = Thread(target=loads.wait_for, args=(database, ids))
        waiting.start()
        try:
            wait_for_waiter(database)
            with leases.worker(database) as other:
                assert [each.id for each in claim_loads(database, other)] == ids[:1]
        finally:
            stack.close()
            waiting.join()


def wait_for_waiter(database: Database) -> None:
    """Until somebody waits for an advisory lock."""
    for _ in range(2_000):
        with database.transaction() as connection:
            waits = "SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
            where = "WHERE l.locktype = 'advisory' AND NOT l.granted AND a.datname = current_database()"
            if connection.execute(text(f"{waits} {where}")).scalar_one():
                return
        Event().wait(0.01)
    raise AssertionError("nobody came to wait")


def test_the_analyses_of_an_organization_are_one_workers_at_a_time(database: Database, acme: UUID) -> None:
    other = add(database, "other")
    enqueue(database, (acme, "a", "2024-01"), (other, "a", "2024-01"), (acme, "b", "2024-02"))
    with leases.worker(database) as first, leases.worker(database) as second:
        taken = claim_work(database, first, limit=1)
        assert [(each.organization, each.analyzer) for each in taken] == [("acme", "a"), ("acme", "b")]
        enqueue(database, (acme, "a", "2024-03"))
        (others,) = claim_work(database, second)
        assert others.organization == "other"
        with database.transaction() as connection:
            work.done(connection, [*taken, others])
        (late,) = claim_work(database, second)
        assert (late.organization, str(late.months)) == ("acme", "2024-03")


def test_only_what_lies_within_the_months_and_is_for_the_analyzers_is_claimed(database: Database, acme: UUID) -> None:
    enqueue(database, (acme, "a", "2023-12"), (acme, "a", "2024-01"), (acme, "b", "2024-01"), (acme, "a", "2025-01"))
    with leases.worker(database) as worker:
        (taken,) = claim_work(database, worker, analyzers=["a"])
    assert (taken.analyzer, str(taken.months)) == ("a", "2024-01")


def test_an_analysis_that_was_taken_over_commits_nothing(database: Database, acme: UUID) -> None:
    enqueue(database, (acme, "a", "2024-01"))
    with leases.worker(database) as lost:
        (before,) = claim_work(database, lost)
    with leases.worker(database) as other:
        (after,) = claim_work(database, other)
        assert (before.attempts, after.attempts) == (1, 2)
        with pytest.raises(LeaseLostError, match="analysis of acme by a"), database.transaction() as connection:
            work.require_lease(connection, lost, [before])
        with database.transaction() as connection:
            work.fail(connection, lost, {before.id: "not mine any more"})
            work.require_lease(connection, other, [after])


def test_a_worker_that_takes_up_again_leases_anew(database: Database, acme: UUID) -> None:
    enqueue(database, (acme, "a", "2024-01"))
    with leases.worker(database, 99):
        (before,) = claim_work(database, 99)
    with leases.worker(database, 99):  # a run of Dagster that is executed again
        (again,) = claim_work(database, 99)
        with pytest.raises(LeaseLostError), database.transaction() as connection:
            work.require_lease(connection, 99, [before])
        with database.transaction() as connection:
            work.require_lease(connection, 99, [again])
            assert work.leased(connection, 99) == [again]


def test_an_analysis_that_kills_its_workers_is_failed_and_can_be_retried(database: Database, acme: UUID) -> None:
    enqueue(database, (acme, "a", "2024-01"))
    for _ in range(MAX_DEATHS):
        with leases.worker(database) as worker:
            assert claim_work(database, worker)
    with leases.worker(database) as worker:
        assert claim_work(database, worker) == []
    with database.transaction() as connection:
        (failed,) = work.failed(connection)
        assert failed.status is WorkStatus.FAILED
        assert "workers died" in str(failed.error)
        assert work.pending(connection) == []
        assert [each.id for each in work.retry(connection, [acme])] == [failed.id]
    with leases.worker(database) as worker:
        (again,) = claim_work(database, worker)
    assert (again.id, again.error) == (failed.id, None)


def test_many_workers_get_every_organization_once(database: Database) -> None:
    tenants = [add(database, f"org-{number}") for number in range(20)]
    enqueue(
        database, *((each, analyzer, f"2024-0{month}") for each in tenants for analyzer in "ab" for month in (1, 2))
    )
    got: list[tuple[int, UUID]] = []
    finished: list[int] = []

    def take_all(_: int) -> None:
        with leases.worker(database) as worker:
            while taken := [each for each in claim_work(database, worker, limit=3) if each.attempts == 1]:
                got.extend((worker, each.organization_id) for each in taken)
                with database.transaction() as connection:
                    work.require_lease(connection, worker, taken)
                    work.done(connection, taken)
            finished.append(worker)
            while len(finished) < 8:
                Event().wait(0.01)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take_all, range(8)))
    assert Counter(organization for _, organization in got) == dict.fromkeys(tenants, 4)
    assert len(set(got)) == len(tenants)  # each organization was one worker's


def test_what_is_due_for_an_unknown_analyzer_waits_as_failed(database: Database, acme: UUID) -> None:
    enqueue(database, (acme, "a", "2024-01"), (acme, "gone", "2024-01"))
    with database.transaction() as connection:
        work.fail_unknown(connection, ["a", "b"], "not known")
        assert [each.analyzer for each in work.failed(connection)] == ["gone"]
        assert [each.analyzer for each in work.pending(connection)] == ["a"]
