"""The audit log's chains, on a real PostgreSQL: what they refuse, what they notice, and that they wait for nobody else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from io import StringIO
from uuid import UUID, uuid4

import pytest
from psycopg2 import Error as PsycopgError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from ledgerwatch_pipeline.access.principal import SYSTEM, Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import GENESIS, INSTALLATION_CHAIN, AuditEvent, AuditRow, Subject, SubjectType
from ledgerwatch_pipeline.model.audit_chain import BrokenChainError, MissingHeadError
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.stores.postgres import audit, locks, organizations
from ledgerwatch_pipeline.stores.postgres.audit import AuditFilter
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_tests.conftest import TESTER
from ledgerwatch_tests.databases import AUDIT_TABLES, CHANGES, migrated_database


@pytest.fixture
def database(home: Home) -> Iterator[Database]:
    """A database of its own: what is done to its log is no other test's business."""
    with migrated_database(home) as given:
        yield given


def add(database: Database, slug: str) -> UUID:
    """An organization, whose chain begins with its being made."""
    organization = Organization(uuid4(), slug, slug.title())
    with database.transaction() as connection:
        organizations.add(connection, organization, TESTER)
    return organization.id


def note(organization_id: UUID | None, number: int = 0, subject: Subject | None = None) -> AuditEvent:
    about = subject or Subject(SubjectType.LOAD, str(uuid4()))
    return AuditEvent("LOAD_RECEIVED", "eve", about, organization_id, {"number": number})


def append(database: Database, *events: AuditEvent) -> None:
    with database.transaction() as connection:
        audit.append(connection, events)


@contextmanager
def tampered(database: Database, *statements: str) -> Iterator[Connection]:
    """What somebody does who may switch the triggers off; undone at the end."""
    with database.transaction() as connection:
        for table in AUDIT_TABLES:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount > 0
        yield connection
        connection.get_transaction().rollback()  # type: ignore[union-attr]


def heads(database: Database) -> dict[UUID, str]:
    with database.transaction() as connection:
        return {each.chain_id: each.hash for each in audit.heads(connection, TESTER)}


@pytest.fixture
def acme(database: Database) -> UUID:
    """An organization with a chain of six events, beside another with one."""
    add(database, "bystander")
    organization_id = add(database, "acme")
    append(database, *(note(organization_id, number) for number in range(5)))
    return organization_id


def test_each_organization_has_a_chain_of_its_own(database: Database, acme: UUID) -> None:
    append(database, note(None))
    with database.transaction() as connection:
        assert audit.verify(connection) == {"the installation": 1, "acme": 6, "bystander": 1}
        assert audit.count(connection) == 8
        (first,) = (
            each
            for each in audit.list_recent(connection, AuditFilter(organization_id=acme), TESTER, limit=None, after=None)
            if each.seq == 1
        )
    assert (first.chain_id, first.event_type, first.previous_hash) == (acme, "ORGANIZATION_CREATED", GENESIS)


@pytest.mark.parametrize("role", ["origin", "replica"])
@pytest.mark.usefixtures("acme")
def test_the_database_refuses_to_change_the_log(database: Database, role: str) -> None:
    with database.transaction() as connection:
        audit.record_verification(connection, TESTER, {"acme": 6}, None)
    for change in CHANGES:
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as connection:
            connection.execute(text(f"SET LOCAL session_replication_role = {role}; {change}"))


INSERT = (
    "INSERT INTO audit_events (chain_id, seq, organization_id, event_type, actor, subject_type, subject_id, created_at,"
    " metadata, previous_hash, hash) SELECT '{chain}', {seq}, NULL, 'LOAD_RECEIVED', 'mallory', 'load', 'x', now(), '{{}}',"
    " '{previous}', repeat('e', 64)"
)


@pytest.mark.parametrize(
    ("seq", "follows"),
    [(7, "another hash"), (8, "its end"), (3, "its end"), (1, "nothing"), (2, "nothing")],
    ids=["another hash", "a gap", "in the middle", "a second beginning", "nothing before it"],
)
def test_the_database_refuses_what_does_not_follow_the_chains_end(
    database: Database, acme: UUID, seq: int, follows: str
) -> None:
    previous = {"its end": heads(database)[acme], "another hash": "d" * 64, "nothing": GENESIS}[follows]
    with pytest.raises(DBAPIError, match="does not follow|duplicate key"), database.transaction() as connection:
        connection.execute(text(INSERT.format(chain=acme, seq=seq, previous=previous)))


def test_the_database_refuses_a_copy_that_does_not_follow(database: Database, acme: UUID) -> None:
    line = f"{acme}\t9\t\\N\tLOAD_RECEIVED\tmallory\tload\tx\tnow\t{{}}\t{heads(database)[acme]}\t{'e' * 64}\n"
    columns = "chain_id, seq, organization_id, event_type, actor, subject_type, subject_id, created_at, metadata, previous_hash, hash"
    with database.transaction() as connection, closing(connection.connection.cursor()) as cursor:
        with pytest.raises(PsycopgError, match="audit event 9 of chain .* does not follow"):
            cursor.copy_expert(f"COPY audit_events ({columns}) FROM STDIN", StringIO(line))
        connection.get_transaction().rollback()  # type: ignore[union-attr]


def test_an_event_that_is_left_out_as_a_conflict_moves_no_head(database: Database, acme: UUID) -> None:
    before = heads(database)
    twice = INSERT.format(chain=acme, seq=7, previous=before[acme]).replace("repeat('e', 64)", f"'{before[acme]}'")
    with database.transaction() as connection:
        assert connection.execute(text(f"{twice} ON CONFLICT (hash) DO NOTHING")).rowcount == 0
    assert heads(database) == before


def test_a_chain_begins_with_its_first_event(database: Database) -> None:
    with pytest.raises(DBAPIError, match="does not follow"), database.transaction() as connection:
        connection.execute(text(INSERT.format(chain=uuid4(), seq=2, previous="d" * 64)))


@pytest.mark.parametrize(
    ("change", "event"),
    [
        ("UPDATE audit_events SET actor = 'mallory' WHERE {acme} AND seq = 2", 2),
        ("UPDATE audit_events SET metadata = '{{}}' WHERE {acme} AND seq = 3", 3),
        ("UPDATE audit_events SET created_at = created_at + interval '1 s' WHERE {acme} AND seq = 4", 4),
        ("UPDATE audit_events SET subject_id = 'other' WHERE {acme} AND seq = 6", 6),
        ("UPDATE audit_events SET organization_id = NULL WHERE {acme} AND seq = 5", 5),
        ("UPDATE audit_events SET hash = repeat('a', 64) WHERE {acme} AND seq = 4", 4),
        ("UPDATE audit_events SET form = 1, form1_subject = subject_id WHERE {acme} AND seq = 4", 4),
        ("DELETE FROM audit_events WHERE {acme} AND seq = 3", 3),
        ("DELETE FROM audit_events WHERE {acme} AND seq = 1", 1),
        ("DELETE FROM audit_events WHERE {acme} AND seq > 4", 5),
        ("UPDATE audit_events SET seq = seq + 10 WHERE {acme} AND seq > 3", 4),
    ],
    ids=lambda value: str(value).partition(" WHERE")[0],
)
def test_verify_names_the_event_that_was_altered_or_removed(
    database: Database, acme: UUID, change: str, event: int
) -> None:
    with tampered(database, change.format(acme=f"chain_id = '{acme}'")) as connection:
        with pytest.raises(BrokenChainError) as broken:
            audit.verify(connection)
    assert (broken.value.chain, broken.value.seq) == ("acme", event)
    with database.transaction() as connection:
        assert audit.verify(connection)["acme"] == 6


def test_verify_names_the_event_that_was_inserted(database: Database, acme: UUID) -> None:
    chain = f"chain_id = '{acme}'"
    make_room = [f"UPDATE audit_events SET seq = {seq + 1} WHERE {chain} AND seq = {seq}" for seq in (6, 5, 4)]
    forged = INSERT.format(chain=acme, seq=4, previous="0" * 64).replace(
        f"'{'0' * 64}'", f"(SELECT hash FROM audit_events WHERE {chain} AND seq = 3)"
    )
    move_head = f"UPDATE audit_heads SET seq = 7 WHERE {chain}"
    with tampered(database, *make_room, forged, move_head) as connection, pytest.raises(BrokenChainError) as broken:
        audit.verify(connection)
    assert (broken.value.chain, broken.value.seq) == ("acme", 4)
    appended = INSERT.format(chain=acme, seq=7, previous=heads(database)[acme])
    with tampered(database, appended) as connection, pytest.raises(BrokenChainError) as broken:
        audit.verify(connection)
    assert (broken.value.chain, broken.value.seq) == ("acme", 7)


def cut(chain: UUID, end: int) -> tuple[str, str]:
    """Remove the events behind ``end``, and make the chain's head say that it always ended there."""
    return (
        f"DELETE FROM audit_events WHERE chain_id = '{chain}' AND seq > {end}",
        f"UPDATE audit_heads SET seq = {end}, hash = (SELECT hash FROM audit_events WHERE chain_id = '{chain}' AND"
        f" seq = {end}) WHERE chain_id = '{chain}'",
    )


def remove(chain: UUID) -> tuple[str, str]:
    """Remove a chain and its head."""
    return f"DELETE FROM audit_events WHERE chain_id = '{chain}'", f"DELETE FROM audit_heads WHERE chain_id = '{chain}'"


def test_a_tail_that_was_cut_is_noticed_by_who_noted_a_head(database: Database, acme: UUID) -> None:
    noted = heads(database)[acme]
    append(database, note(acme, 5))
    with database.transaction() as connection:
        assert audit.verify(connection, [noted])["acme"] == 7
    with tampered(database, *cut(acme, 4)) as connection:
        assert audit.verify(connection)["acme"] == 4  # nothing in the log itself tells
        with pytest.raises(
            MissingHeadError, match=f"^no event has the hash {noted}: it was never here, or a tail was cut off$"
        ):
            audit.verify(connection, [noted])
    with tampered(database, *cut(acme, 6)) as connection:
        audit.verify(connection, [noted])  # what was noted is still there


def test_a_tail_that_was_cut_is_noticed_by_the_heads_that_the_installation_recorded(
    database: Database, acme: UUID
) -> None:
    with database.transaction() as connection:
        audit.record_heads(connection, SYSTEM)
    append(database, note(acme, 5))
    with tampered(database, *cut(acme, 5)) as connection, pytest.raises(BrokenChainError) as broken:
        audit.verify(connection)
    assert (broken.value.chain, broken.value.seq) == ("acme", 6)
    with tampered(database, *cut(acme, 6)) as connection:
        assert audit.verify(connection)["acme"] == 6


def test_a_chain_that_was_written_anew_is_noticed_by_the_recorded_heads(database: Database, acme: UUID) -> None:
    with database.transaction() as connection:
        audit.record_heads(connection, SYSTEM)
    with tampered(database, *cut(acme, 3)) as connection:
        connection.execute(text("ALTER TABLE audit_events ENABLE TRIGGER USER"))
        audit.append(connection, [note(acme, 9) for _ in range(5)])
        with pytest.raises(BrokenChainError, match="recorded another hash") as broken:
            audit.verify(connection)
    assert (broken.value.chain, broken.value.seq) == ("acme", 6)


def test_a_chain_that_was_removed_as_a_whole_is_noticed(database: Database, acme: UUID) -> None:
    noted = heads(database)[acme]
    with tampered(database, *remove(acme)) as connection:
        with pytest.raises(BrokenChainError) as broken:
            audit.verify(connection)
        assert (broken.value.chain, broken.value.seq) == ("acme", 1)
        with pytest.raises(BrokenChainError):
            audit.verify(connection, [noted])


def test_a_chain_cut_back_is_noticed_even_if_a_later_record_agrees(database: Database, acme: UUID) -> None:
    with database.transaction() as connection:
        audit.record_heads(connection, SYSTEM)
    with tampered(database, *cut(acme, 4)) as connection:
        connection.execute(text("ALTER TABLE audit_events ENABLE TRIGGER USER"))
        audit.record_heads(connection, SYSTEM)  # as if it had always ended there
        with pytest.raises(BrokenChainError, match="it had 6 events when its head was recorded") as broken:
            audit.verify(connection)
    assert (broken.value.chain, broken.value.seq) == ("acme", 5)


@pytest.mark.usefixtures("acme")
def test_the_installations_chain_cut_or_removed_is_noticed_by_the_record_of_verifications(database: Database) -> None:
    def verified() -> None:
        with database.transaction() as connection:
            audit.record_heads(connection, SYSTEM)
            audit.record_verification(connection, SYSTEM, audit.verify(connection), None)

    verified()
    verified()
    for statements, event in ((cut(INSTALLATION_CHAIN, 1), 2), (remove(INSTALLATION_CHAIN), 1)):
        with tampered(database, *statements) as connection:
            with pytest.raises(BrokenChainError, match="the chains were found whole 2 times") as broken:
                audit.verify(connection)
        assert (broken.value.chain, broken.value.seq) == ("the installation", event)


def test_many_who_append_at_once_leave_every_chain_whole(database: Database) -> None:
    chains = [add(database, f"org-{number}") for number in range(4)]

    def work(thread: int) -> None:
        for number in range(10):
            mixed = [note(chains[(thread + step) % 4], number) for step in range(1 + thread % 3)]
            append(database, *mixed)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    with database.transaction() as connection:
        counts = audit.verify(connection)
        stored = connection.execute(text("SELECT count(*) FROM audit_events")).scalar_one()
    assert sum(counts.values()) == stored == 4 + 10 * sum(1 + thread % 3 for thread in range(16))


def test_two_organizations_do_not_wait_for_each_other(database: Database, acme: UUID) -> None:
    other = add(database, "other")
    with database.transaction() as busy:
        locks.hold(busy, Lock.AUDIT, [acme])
        with database.transaction() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            audit.append(connection, [note(other)])
        with database.transaction() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(DBAPIError, match="lock timeout"):
                audit.append(connection, [note(acme)])


def test_the_history_of_a_subject_is_one_look_up(database: Database, acme: UUID) -> None:
    subject = Subject(SubjectType.ALERT, str(uuid4()))
    append(database, *(note(acme, number) for number in range(3_000)))
    append(database, note(acme, 1, subject))
    append(database, note(acme, 2, subject))
    with database.transaction() as connection:
        connection.execute(text("ANALYZE audit_events"))
        found = audit.history(connection, subject, TESTER)
        plan = connection.execute(
            text("EXPLAIN SELECT * FROM audit_events WHERE subject_type = :type AND subject_id = :id"),
            {"type": subject.type.value, "id": subject.id},
        ).scalars()
        assert "audit_events_of_subject" in "\n".join(plan)
    assert [each.metadata["number"] for each in found] == [1, 2]


def test_who_may_see_one_organization_sees_its_events_alone(database: Database, acme: UUID) -> None:
    append(database, note(None))
    analyst = Principal("ann", Role.ANALYST, frozenset([acme]))
    with database.transaction() as connection:
        found = list(audit.list_recent(connection, AuditFilter(), analyst, limit=None, after=None))
        assert [each.chain_id for each in audit.heads(connection, analyst)] == [acme]
    assert {each.organization_id for each in found} == {acme}
    assert len(found) == 6
    assert INSTALLATION_CHAIN in heads(database)


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.usefixtures("acme")
def test_pages_give_every_event_once(database: Database, size: int) -> None:
    with database.transaction() as connection:
        whole = list(audit.list_recent(connection, AuditFilter(), TESTER, limit=None, after=None))
        paged = []
        after = None
        while page := list(audit.list_recent(connection, AuditFilter(), TESTER, limit=size, after=after)):
            paged += page
            end = audit.AuditCursor(page[-1].created_at, page[-1].chain_id, page[-1].seq)
            after = audit.AuditCursor.parse(str(end))
            assert after == end
    assert paged == whole


def test_what_is_undone_leaves_no_event(database: Database, acme: UUID) -> None:
    def fail(connection: Connection) -> None:
        audit.append(connection, [note(acme)])
        raise RuntimeError

    before = heads(database)
    with pytest.raises(RuntimeError), database.transaction() as connection:
        fail(connection)
    assert heads(database) == before


def test_what_is_appended_while_the_chains_are_walked_breaks_none(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = add(database, "acme")
    walk, walked = audit._walk, []

    def appending_first(connection: Connection, chain: UUID) -> Iterator[AuditRow]:
        append(database, note(acme), note(None))  # by another connection, after the heads were read
        walked.append(chain)
        yield from walk(connection, chain)

    monkeypatch.setattr(audit, "_walk", appending_first)
    with database.snapshot() as connection:
        before = audit.count(connection)
        assert sum(audit.verify(connection).values()) == before
    monkeypatch.undo()
    with database.snapshot() as connection:
        assert sum(audit.verify(connection).values()) == before + 2 * len(walked)
    with database.snapshot() as connection, pytest.raises(DBAPIError, match="read-only"):
        audit.append(connection, [note(acme)])
    with database.transaction() as connection:  # the pool's connections are as before
        audit.append(connection, [note(acme)])
        assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"
