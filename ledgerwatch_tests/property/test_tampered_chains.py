"""Whatever is done to some event of some chain by who can switch the triggers off: ``verify`` names that event."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType, event_hash
from ledgerwatch_pipeline.model.audit_chain import BrokenChainError, MissingHeadError
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.stores.postgres import audit, organizations
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.tables import audit_events
from ledgerwatch_tests.conftest import TESTER
from ledgerwatch_tests.databases import AUDIT_TABLES, migrated_database

LENGTHS = {"one": 1, "some": 12, "many": 40}
"""Events of each organization's chain."""


@dataclass(frozen=True)
class Chains:
    database: Database
    ids: dict[str, UUID]

    @contextmanager
    def tampered(self) -> Iterator[Connection]:
        """A transaction without triggers, undone at the end."""
        with self.database.transaction() as connection:
            for table in AUDIT_TABLES:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            yield connection
            connection.get_transaction().rollback()  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def chains(home: Home) -> Iterator[Chains]:
    with migrated_database(home) as database:
        ids = {slug: uuid4() for slug in LENGTHS}
        with database.transaction() as connection:
            organizations.add_all(
                connection, [Organization(id_, slug, slug.title()) for slug, id_ in ids.items()], TESTER
            )
        with database.transaction() as connection:
            # "some" and "many" by turns: what is read in one portion is of several chains
            audit.append(connection, [_event(ids[slug], n) for n in range(40) for slug in ids if n < LENGTHS[slug] - 1])
            assert audit.verify(connection) == LENGTHS
        yield Chains(database, ids)


def _event(chain: UUID, number: int) -> AuditEvent:
    subject = Subject(SubjectType.LOAD, str(uuid4()))
    return AuditEvent("LOAD_RECEIVED", "eve", subject, chain, {"number": number, "file": f"{number}.csv"})


ALTERATIONS = {
    "event_type": "'LOAD_REJECTED'",
    "actor": "actor || ' '",
    "subject_id": "upper(subject_id) || 'X'",
    "subject_type": "'run'",
    "metadata": "metadata || '{\"more\": true}'",
    "created_at": "created_at - interval '1 microsecond'",
    "organization_id": "NULL",
    "previous_hash": "repeat('b', 64)",
    "hash": "repeat('a', 64)",
    "form": "1, form1_subject = 'x'",
}
places = st.sampled_from([(slug, seq) for slug, length in LENGTHS.items() for seq in range(1, length + 1)])


def broken(connection: Connection) -> tuple[str, int]:
    with pytest.raises(BrokenChainError) as found:
        audit.verify(connection)
    return found.value.chain, found.value.seq


@settings(max_examples=60)
@given(place=places, column=st.sampled_from(sorted(ALTERATIONS)))
def test_an_event_that_was_altered_is_named(chains: Chains, place: tuple[str, int], column: str) -> None:
    slug, seq = place
    with chains.tampered() as connection:
        change = text(
            f"UPDATE audit_events SET {column} = {ALTERATIONS[column]} WHERE chain_id = :chain AND seq = :seq"
        )
        assert connection.execute(change, {"chain": chains.ids[slug], "seq": seq}).rowcount == 1
        assert broken(connection) == (slug, seq)


@settings(max_examples=30)
@given(place=places)
def test_an_event_that_was_removed_is_named(chains: Chains, place: tuple[str, int]) -> None:
    slug, seq = place
    with chains.tampered() as connection:
        remove = text("DELETE FROM audit_events WHERE chain_id = :chain AND seq = :seq")
        assert connection.execute(remove, {"chain": chains.ids[slug], "seq": seq}).rowcount == 1
        assert broken(connection) == (slug, seq)


@settings(max_examples=40)
@given(place=places, hashed=st.booleans(), after=st.booleans())
def test_an_event_that_was_inserted_is_named(chains: Chains, place: tuple[str, int], hashed: bool, after: bool) -> None:
    """Also one that fits the event before and has its right hash: then the next one does not fit it any more."""
    slug, seq = place
    seq += after
    chain = chains.ids[slug]
    with chains.tampered() as connection:
        for shift in (1000, -999):
            move = text("UPDATE audit_events SET seq = seq + :shift WHERE chain_id = :chain AND seq >= :seq")
            connection.execute(move, {"shift": shift, "chain": chain, "seq": seq if shift > 0 else seq + 1000})
        before = text("SELECT hash FROM audit_events WHERE chain_id = :chain AND seq = :seq")
        previous = connection.execute(before, {"chain": chain, "seq": seq - 1}).scalar() or "0" * 64
        now, forged = datetime.now(UTC), _event(chain, 99)
        connection.execute(
            audit_events.insert().values(
                chain_id=chain,
                seq=seq,
                organization_id=chain,
                event_type=forged.event_type,
                actor=forged.actor,
                subject_type=forged.subject.type.value,
                subject_id=forged.subject.id,
                created_at=now,
                metadata=dict(forged.metadata),
                previous_hash=previous,
                hash=event_hash(chain, seq, previous, now, forged) if hashed else "c" * 64,
            )
        )
        is_last = seq == LENGTHS[slug] + 1
        assert broken(connection) == (slug, seq + 1 if hashed and not is_last else seq)


@settings(max_examples=30)
@given(slug=st.sampled_from(["some", "many"]), data=st.data())
def test_of_events_that_changed_places_the_first_is_named(chains: Chains, slug: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, LENGTHS[slug] - 1))
    second = data.draw(st.integers(first + 1, LENGTHS[slug]))
    with chains.tampered() as connection:
        for old, new in ((first, 1000), (second, first), (1000, second)):
            move = text("UPDATE audit_events SET seq = :new WHERE chain_id = :chain AND seq = :old")
            connection.execute(move, {"old": old, "new": new, "chain": chains.ids[slug]})
        assert broken(connection) == (slug, first)


@settings(max_examples=30)
@given(place=places, data=st.data())
def test_a_tail_that_was_cut_off_is_noticed_by_a_head_in_it(
    chains: Chains, place: tuple[str, int], data: st.DataObject
) -> None:
    """Events and the chain's end say that it always ended there: only who noted a head that is gone can tell."""
    slug, seq = place
    noted = data.draw(st.integers(1, LENGTHS[slug]))
    this = {"chain": chains.ids[slug], "seq": seq, "noted": noted}
    with chains.tampered() as connection:
        hash_of = text("SELECT hash FROM audit_events WHERE chain_id = :chain AND seq = :noted")
        head = connection.execute(hash_of, this).scalar_one()
        connection.execute(text("DELETE FROM audit_events WHERE chain_id = :chain AND seq > :seq"), this)
        connection.execute(
            text(
                "UPDATE audit_heads AS h SET seq = e.seq, hash = e.hash FROM audit_events AS e"
                " WHERE (e.chain_id, e.seq, h.chain_id) = (:chain, :seq, :chain)"
            ),
            this,
        )
        assert audit.verify(connection)[slug] == seq
        if noted <= seq:
            audit.verify(connection, [head])
        else:
            with pytest.raises(MissingHeadError, match=head):
                audit.verify(connection, [head])


@pytest.mark.parametrize("slug", LENGTHS)
def test_a_chain_that_was_removed_as_a_whole_is_noticed(chains: Chains, slug: str) -> None:
    with chains.tampered() as connection:
        for table in ("audit_events", "audit_heads"):
            connection.execute(text(f"DELETE FROM {table} WHERE chain_id = :chain"), {"chain": chains.ids[slug]})
        assert broken(connection) == (slug, 1)
