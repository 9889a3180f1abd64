"""Void, replace, restore, add and withdraw, on a real database and lake: what is in the ledger then, and what is told of it."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from ledgerwatch_pipeline.analysis import reconcile
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import correct
from ledgerwatch_pipeline.importing.withdraw import withdraw
from ledgerwatch_pipeline.model.correction import CorrectionStatus
from ledgerwatch_pipeline.model.errors import ConflictError, UnknownThingError, UsageError
from ledgerwatch_pipeline.model.load import LoadStatus, load_id
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.stores.lake.load_totals import by_organization_and_month
from ledgerwatch_pipeline.stores.lake.reading import connect_for_reading
from ledgerwatch_pipeline.stores.lake.transactions import TransactionFilter, Which, page
from ledgerwatch_pipeline.stores.postgres import audit, overview, work
from ledgerwatch_pipeline.stores.postgres.audit import AuditFilter
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.correcting import (
    REASON,
    add,
    ledger_of,
    replace,
    restore,
    row_id,
    totals_of,
    vendors_of,
    void,
    withdrawn,
)

JANUARY, FEBRUARY = date(2024, 1, 1), date(2024, 2, 1)
FILE = rows(
    "2024-01-05,Acme,10.00,Office,paper",
    "2024-01-05,Acme,10.00,Office,paper",
    "2024-02-07,Beta,25.50,Rent,",
)


def events(tenant: Tenant) -> list[tuple[str, str]]:
    with tenant.home.database.transaction() as connection:
        found = list(
            audit.list_recent(connection, AuditFilter(organization_id=tenant.id), TESTER, limit=None, after=None)
        )
    return [(each.event_type, each.actor) for each in reversed(found)]


def reconciled(tenant: Tenant) -> dict[UUID, str]:
    months = MonthRange(Month(2024, 1), Month(2024, 12))
    return reconcile.differences(tenant.home, [ScopeRow(tenant.id, months)])


def test_a_voided_transaction_is_out_and_the_raw_rows_are_as_they_were(tenant: Tenant) -> None:
    load = tenant.deliver(FILE)
    done = void(tenant.home, row_id(load, 3))
    assert (done.status, done.actor, done.reason) == (CorrectionStatus.APPLIED, "test", REASON)
    assert ledger_of(tenant) == [
        (date(2024, 1, 5), "Acme", Decimal(10), "expense"),
        (date(2024, 1, 5), "Acme", Decimal(10), "expense"),
    ]
    assert totals_of(tenant) == {(JANUARY, "expense"): (2, Decimal(20))}
    assert vendors_of(tenant) == {"acme": JANUARY}
    con = tenant.home.lake.con
    assert con.execute("SELECT count(*) FROM lake.transactions WHERE load_id = $1", [load.id]).fetchone() == (3,)
    assert not reconciled(tenant)
    assert ("TRANSACTION_VOIDED", "test") in events(tenant)


def test_of_equal_rows_one_is_voided(tenant: Tenant) -> None:
    load = tenant.deliver(FILE)
    void(tenant.home, row_id(load, 1))
    assert len(ledger_of(tenant)) == 2
    assert totals_of(tenant)[JANUARY, "expense"] == (1, Decimal(10))


def test_what_is_out_cannot_be_voided_again_and_can_be_brought_back(tenant: Tenant) -> None:
    load = tenant.deliver(FILE)
    before = ledger_of(tenant)
    with pytest.raises(ConflictError, match="is in the ledger: there is nothing to restore"):
        correct.restore(tenant.home, row_id(load, 1), REASON, TESTER)
    void(tenant.home, row_id(load, 1))
    with pytest.raises(ConflictError, match=f"was voided already, by test: {REASON}"):
        correct.void(tenant.home, row_id(load, 1), REASON, TESTER)
    assert restore(tenant.home, row_id(load, 1)).status is CorrectionStatus.APPLIED
    assert ledger_of(tenant) == before
    void(tenant.home, row_id(load, 1))
    assert len(ledger_of(tenant)) == 2
    assert not reconciled(tenant)


def test_a_vendor_whose_first_row_is_voided_is_first_seen_later(tenant: Tenant) -> None:
    load = tenant.deliver(rows("2024-01-05,Acme,10.00,,", "2024-03-05,Acme,10.00,,", "2024-01-05,Beta,1.00,,"))
    void(tenant.home, row_id(load, 1))
    assert vendors_of(tenant) == {"acme": date(2024, 3, 1), "beta": JANUARY}
    restore(tenant.home, row_id(load, 1))
    assert vendors_of(tenant) == {"acme": JANUARY, "beta": JANUARY}


def test_what_is_replaced_differs_in_the_fields_named(tenant: Tenant) -> None:
    load = tenant.deliver(FILE)
    done = replace(tenant.home, row_id(load, 3), amount="26.00", date="2024-03-01", category="")
    assert done.status is CorrectionStatus.APPLIED
    assert ledger_of(tenant)[-1] == (date(2024, 3, 1), "Beta", Decimal(26), "expense")
    assert totals_of(tenant) == {
        (JANUARY, "expense"): (2, Decimal(20)),
        (date(2024, 3, 1), "expense"): (1, Decimal(26)),
    }
    assert done.new_load_id is not None
    carrier = tenant.load(done.new_load_id)
    assert (carrier.origin, carrier.status, carrier.accepted) == ("correction", LoadStatus.ACCEPTED, 1)
    reading = connect_for_reading(tenant.home.settings, tenant.home.database)
    (row,) = page(
        reading,
        TransactionFilter(organization_id=tenant.id, first=date(2024, 3, 1)),
        after=None,
        limit=None,
    )
    assert (row.id, row.texts["category"], row.texts["description"]) == (done.new_transaction, None, None)
    with pytest.raises(ConflictError, match=f"was replaced by {done.new_transaction} already"):
        correct.void(tenant.home, row_id(load, 3), REASON, TESTER)
    with pytest.raises(ConflictError, match="void that one first"):
        correct.restore(tenant.home, row_id(load, 3), REASON, TESTER)
    assert done.new_transaction is not None
    void(tenant.home, done.new_transaction)
    restore(tenant.home, row_id(load, 3))
    assert ledger_of(tenant)[-1] == (date(2024, 2, 7), "Beta", Decimal("25.50"), "expense")
    assert not reconciled(tenant)
    assert [kind for kind, _ in events(tenant) if kind.startswith("TRANSACTION_")] == [
        "TRANSACTION_REPLACED",
        "TRANSACTION_VOIDED",
        "TRANSACTION_RESTORED",
    ]


def test_a_row_that_breaks_a_rule_changes_nothing(tenant: Tenant) -> None:
    load = tenant.deliver(FILE)
    before = ledger_of(tenant)
    done = replace(tenant.home, row_id(load, 3), amount="1,000.00")
    assert (done.status, done.error) == (CorrectionStatus.REJECTED, "1 of 1 rows break a rule")
    assert done.new_load_id is not None
    carrier = tenant.load(done.new_load_id)
    assert tenant.bad_rows(carrier) == [(1, "amount", "amount_thousands")]
    assert (carrier.status, carrier.closed_by) == (LoadStatus.REJECTED, "test")
    assert ledger_of(tenant) == before
    assert void(tenant.home, row_id(load, 3)).status is CorrectionStatus.APPLIED  # it is free for another one


def test_nothing_to_replace_is_said(tenant: Tenant) -> None:
    load = tenant.deliver(FILE)
    with pytest.raises(UsageError, match="nothing would be replaced"):
        correct.replace(tenant.home, row_id(load, 3), {"amount": "25.50"}, REASON, TESTER)


def test_equal_rows_are_added_as_often_as_one_likes_but_not_by_a_retry(tenant: Tenant) -> None:
    fields = {"date": "2024-03-14", "vendor": "City Rail", "amount": "48.20", "category": "Travel"}
    add(tenant, **fields)
    add(tenant, **fields)
    first = add(tenant, key="receipt-1", **fields)
    again = correct.add(tenant.home, tenant.slug, fields, REASON, TESTER, "receipt-1")
    assert (again.new, again.correction.id) == (False, first.id)
    assert ledger_of(tenant) == [(date(2024, 3, 14), "City Rail", Decimal("48.20"), "expense")] * 3
    with pytest.raises(ConflictError, match="the key 'receipt-1' was used for another correction"):
        correct.add(tenant.home, tenant.slug, {**fields, "amount": "48.21"}, REASON, TESTER, "receipt-1")


def test_a_rejected_key_may_be_used_again(tenant: Tenant) -> None:
    bad = add(tenant, key="k", date="2024-03-14", vendor="", amount="1.00")
    assert bad.status is CorrectionStatus.REJECTED
    assert add(tenant, key="k", date="2024-03-14", vendor="A", amount="1.00").status is CorrectionStatus.APPLIED


def test_of_many_who_void_the_same_transaction_one_succeeds(tenant: Tenant) -> None:
    load = tenant.deliver(FILE)
    homes = [Home(tenant.home.settings) for _ in range(3)]

    def ask(home: Home) -> str:
        try:
            return void(home, row_id(load, 1)).status
        except ConflictError as error:
            return str(error)

    with ThreadPoolExecutor(len(homes)) as pool:
        told = list(pool.map(ask, homes))
    for each in homes:
        each.close()
    assert {status for status in told if status == CorrectionStatus.APPLIED} == {CorrectionStatus.APPLIED}
    assert all("Nothing was changed" in each for each in told if each != CorrectionStatus.APPLIED)
    con = tenant.home.lake.con
    found = con.execute("SELECT count(*) FROM lake.taken_out WHERE load_id = $1", [load.id]).fetchone()
    assert found == (1,)
    assert len(ledger_of(tenant)) == 2
    assert [kind for kind, _ in events(tenant) if kind == "TRANSACTION_VOIDED"] == ["TRANSACTION_VOIDED"]


@pytest.mark.parametrize(("reason", "told"), [(" ", "--reason is empty"), ("x" * 2001, "2,001 characters")])
def test_a_reason_that_cannot_be_kept(tenant: Tenant, reason: str, told: str) -> None:
    load = tenant.deliver(FILE)
    with pytest.raises(UsageError, match=told):
        correct.void(tenant.home, row_id(load, 1), reason, TESTER)


def test_what_is_not_there_is_unknown(tenant: Tenant) -> None:
    load = tenant.deliver(FILE)
    for unknown in (uuid4(), row_id(load, 4)):
        with pytest.raises(UnknownThingError, match="unknown transaction"):
            correct.void(tenant.home, unknown, REASON, TESTER)


def test_a_withdrawn_load_is_out_and_its_bytes_come_in_again_with_other_ids(tenant: Tenant) -> None:
    path = tenant.write(FILE)
    load, _ = tenant.deliver_file(path)
    void(tenant.home, row_id(load, 1))
    assert withdrawn(tenant.home, load).status is CorrectionStatus.APPLIED
    assert ledger_of(tenant) == []
    assert totals_of(tenant) == {}
    assert vendors_of(tenant) == {}
    now = tenant.load(load.id)
    assert (now.status, now.withdrawn_by, now.withdrawn_reason) == (LoadStatus.WITHDRAWN, "test", REASON)
    with pytest.raises(ConflictError, match="was withdrawn already, by test"):
        withdraw(tenant.home, str(load.id), REASON, TESTER)
    with pytest.raises(ConflictError, match="which test has withdrawn"):
        correct.restore(tenant.home, row_id(load, 1), REASON, TESTER)

    again, new = tenant.deliver_file(path)
    assert new
    assert (again.id, again.ordinal) == (load_id(tenant.id, load.sha256, 2), 2)
    assert again.id != load.id
    assert len(ledger_of(tenant)) == 3
    assert tenant.deliver_file(path) == (again, False)
    withdrawn(tenant.home, again)
    third, _ = tenant.deliver_file(path)
    assert third.ordinal == 3
    assert len(ledger_of(tenant)) == 3
    assert not reconciled(tenant)
    assert [kind for kind, _ in events(tenant) if kind == "LOAD_WITHDRAWN"] == ["LOAD_WITHDRAWN"] * 2


def test_only_an_accepted_file_can_be_withdrawn(tenant: Tenant) -> None:
    bad = tenant.deliver(rows("2024-01-05,,10.00,,"))
    with pytest.raises(ConflictError, match="is REJECTED; only what was accepted can be withdrawn"):
        withdraw(tenant.home, str(bad.id), REASON, TESTER)
    added = add(tenant, date="2024-01-05", vendor="A", amount="1.00")
    with pytest.raises(ConflictError, match="one transaction that was entered by hand; void that"):
        withdraw(tenant.home, str(added.new_load_id), REASON, TESTER)


IDENTIFIED = "date,vendor,amount,external_id\n"


def test_external_ids_of_what_is_out_are_free(tenant: Tenant) -> None:
    first = tenant.deliver(IDENTIFIED + "2024-01-05,Acme,10.00,A1\n2024-01-06,Acme,11.00,A2\n")
    void(tenant.home, row_id(first, 1))
    second = tenant.deliver(IDENTIFIED + "2024-01-05,Acme,12.00,A1\n2024-01-06,Acme,11.00,A2\n")
    assert (second.accepted, second.skipped) == (1, 1)
    taken = restore(tenant.home, row_id(first, 1))
    assert taken.status is CorrectionStatus.REJECTED
    assert "has its external id by now" in str(taken.error)
    withdrawn(tenant.home, second)
    assert restore(tenant.home, row_id(first, 1)).status is CorrectionStatus.APPLIED


def test_a_row_that_replaces_another_has_its_external_id(tenant: Tenant) -> None:
    load = tenant.deliver(IDENTIFIED + "2024-01-05,Acme,10.00,A1\n2024-01-06,Acme,11.00,A2\n")
    assert replace(tenant.home, row_id(load, 1), amount="10.50").status is CorrectionStatus.APPLIED
    assert [row[2] for row in ledger_of(tenant)] == [Decimal("10.50"), Decimal(11)]
    same_id = replace(tenant.home, row_id(load, 2), external_id="A1")
    assert same_id.status is CorrectionStatus.REJECTED
    known = add(tenant, date="2024-01-06", vendor="Acme", amount="11.00", external_id="A2")
    assert (known.status, known.error) == (CorrectionStatus.REJECTED, "its row is in the ledger already")
    assert [row[2] for row in ledger_of(tenant)] == [Decimal("10.50"), Decimal(11)]


def test_all_that_shows_the_ledger_honours_corrections(home: Home, tenant: Tenant) -> None:
    load = tenant.deliver(FILE)
    with home.database.transaction() as connection:
        before = overview.counts(connection).ledger_rows
    void(home, row_id(load, 2))
    reading = connect_for_reading(home.settings, home.database)
    (january, _) = sorted(by_organization_and_month(reading, tenant.id, None, None), key=lambda each: each.month)
    assert (january.rows, january.expense) == (1, Decimal(10))
    with home.database.transaction() as connection:
        assert overview.counts(connection).ledger_rows == before - 1
    wanted = TransactionFilter(organization_id=tenant.id)
    listed = [row.id for row in page(reading, wanted, after=None, limit=None)]
    assert listed == [row_id(load, 1), row_id(load, 3)]
    out = [row.id for row in page(reading, wanted, after=None, limit=None, which=Which.TAKEN_OUT)]
    assert out == [row_id(load, 2)]
    months = MonthRange(Month(2024, 1), Month(2024, 1))
    assert reconcile.ledger_totals(home, months).by_month[Month(2024, 1)].organizations >= 1


def test_what_it_touches_is_due_and_its_findings_change(tenant: Tenant, new_tenant: Callable[[], Tenant]) -> None:
    other = new_tenant()
    for each in (tenant, other):
        each.deliver(FILE)
        each.analyze()
        assert each.findings("duplicate") == [("2024-01", "LOW", Decimal(10))]
    with tenant.home.database.transaction() as connection:
        assert not [item for item in work.pending(connection) if item.organization_id in (tenant.id, other.id)]
    load = tenant.deliver(rows("2024-01-20,Gamma,5.00,,"))
    tenant.analyze("duplicate")
    first = row_id(tenant.load(load_id(tenant.id, _sha())), 1)
    void(tenant.home, first)
    with tenant.home.database.transaction() as connection:
        due = {item.organization_id for item in work.pending(connection)}
    assert tenant.id in due
    assert other.id not in due
    tenant.analyze("duplicate")
    assert tenant.findings("duplicate") == []
    assert other.findings("duplicate") == [("2024-01", "LOW", Decimal(10))]
    restore(tenant.home, first)
    tenant.analyze("duplicate")
    assert tenant.findings("duplicate") == [("2024-01", "LOW", Decimal(10))]
    assert load.accepted == 1


def _sha() -> str:
    return hashlib.sha256(FILE.encode()).hexdigest()
