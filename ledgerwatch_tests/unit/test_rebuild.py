"""A rebuild finds the lake the same, names what differs and why, and puts right what was lost; on homes of their own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.importing.rebuild import Verdict
from ledgerwatch_pipeline.importing.receive.archive import archive_path
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.pipeline.maintain import maintain
from ledgerwatch_pipeline.pipeline.rebuild import rebuild
from ledgerwatch_pipeline.stores.postgres import audit
from ledgerwatch_pipeline.stores.postgres.audit import AuditFilter
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.correcting import (
    Row,
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
from ledgerwatch_tests.processes import Installation, everything, installation

IDENTIFIED = "date,vendor,amount,external_id\n"


@pytest.fixture
def place() -> Iterator[Installation]:
    with installation() as fresh:
        yield fresh


@pytest.fixture
def tenants(place: Installation, tmp_path: Path) -> tuple[Tenant, Tenant]:
    """Two organizations with all kinds of loads and corrections: bad rows, external ids, what was taken out and brought back."""
    first, second = Tenant(place.home, tmp_path), Tenant(place.home, tmp_path)
    for tenant in (first, second):
        load = tenant.deliver(
            rows(
                "2024-01-05,Acme,10.00,,",
                "2024-01-05,Acme,10.00,,",
                f"2024-02-07,Beta  Ltd,25.50,Rent,{tenant.slug}",
                "bad,,,,",
            ),
            on_invalid="quarantine",
        )
        tenant.deliver(rows("2024-01-05,,1.00,,"), "rejected.csv")
        void(place.home, row_id(load, 1))
        replace(place.home, row_id(load, 3), amount="26.00")
        add(tenant, date="2024-03-01", vendor="Cash", amount="3.00")
        path = tenant.write(IDENTIFIED + "2024-04-01,Acme,1.00,A1\n2024-04-02,Acme,2.00,A2\n", f"{tenant.slug}.csv")
        identified, _ = tenant.deliver_file(path)
        void(place.home, row_id(identified, 1))
        later = tenant.deliver(IDENTIFIED + "2024-04-01,Acme,1.50,A1\n2024-04-02,Acme,2.00,A2\n")
        assert (later.accepted, later.skipped) == (1, 1)
        withdrawn(place.home, identified)
        again, _ = tenant.deliver_file(path, on_invalid="quarantine")
        assert (again.accepted, again.rejected) == (1, 1)
        restore(place.home, row_id(load, 1))
        tenant.analyze()
    return first, second


def seen(*tenants: Tenant) -> list[tuple[list[Row], object, object]]:
    return [(ledger_of(each), totals_of(each), vendors_of(each)) for each in tenants]


@pytest.mark.slow
def test_what_nobody_touched_is_the_same(place: Installation, tenants: tuple[Tenant, Tenant]) -> None:
    done = rebuild(place.home, TESTER)
    assert done.comparison.equal, done.comparison
    assert (done.comparison.loads, done.put_right) == (14, False)
    assert rebuild(place.home, TESTER, [tenants[0].slug]).comparison.loads == 7


@pytest.mark.slow
def test_rows_that_were_lost_doubled_or_changed_are_named_and_put_right(
    place: Installation, tenants: tuple[Tenant, Tenant]
) -> None:
    first, second = tenants
    before, state = seen(first, second), everything(place.home)
    con = place.home.lake.con
    ours = "organization_id = $1 AND vendor = 'Acme' AND month = DATE '2024-01-01'"
    con.execute(f"INSERT INTO lake.transactions FROM lake.transactions WHERE {ours}", [first.id])
    con.execute(
        "UPDATE lake.transactions SET vendor = 'Acne' WHERE organization_id = $1 AND vendor = 'Cash'", [first.id]
    )
    con.execute("DELETE FROM lake.taken_out WHERE organization_id = $1", [second.id])
    assert seen(first, second) != before

    found = rebuild(place.home, TESTER).comparison
    assert {(each.load.organization, each.verdict) for each in found.differing} == {(first.slug, Verdict.LAKE)}
    assert "rows: 3 by archive and registry, 5 in the lake" in {each.told for each in found.differing}
    assert "rows: 1, but not the same" in {each.told for each in found.differing}
    assert not found.corrections
    assert not found.equal

    done = rebuild(place.home, TESTER, put_right=True)
    assert (done.put_right, done.replaced) == (True, 2)
    assert rebuild(place.home, TESTER).comparison.equal
    assert seen(first, second) == before
    for each in (first, second):
        each.analyze()
    assert {**everything(place.home), "runs": 0} == {**state, "runs": 0}
    with place.home.database.transaction() as connection:
        told = list(audit.list_recent(connection, AuditFilter("LEDGER_REBUILT"), TESTER, limit=None, after=None))
    assert {each.organization for each in told} == {first.slug, second.slug}


@pytest.mark.slow
def test_a_load_whose_bytes_or_figures_are_not_those_of_then_is_named_and_left_alone(
    place: Installation, tenants: tuple[Tenant, Tenant]
) -> None:
    first, second = tenants
    before = seen(first, second)
    with place.home.database.transaction() as connection:
        victim = connection.execute(
            text("SELECT id, sha256 FROM loads WHERE organization_id = :id AND accepted = 3"), {"id": first.id}
        ).one()
        connection.execute(
            text("UPDATE loads SET expense = expense + 1 WHERE organization_id = :id AND accepted = 3"),
            {"id": second.id},
        )
    path = archive_path(place.home.settings.archive, victim.sha256)
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b"Acme", b"Acne"))
    found = rebuild(place.home, TESTER, put_right=True)
    told = {each.load.organization: each for each in found.comparison.differing if each.load.accepted == 3}
    assert "its archived bytes were changed" in told[first.slug].told
    assert "expense 46.5000 then, 45.5000 now" in told[second.slug].told
    assert {each.verdict for each in told.values()} == {Verdict.REGISTRY}
    path.unlink()
    found = rebuild(place.home, TESTER, [first.slug])
    assert "its archived bytes are gone" in found.comparison.differing[0].told
    assert seen(second) == before[1:]


@pytest.mark.slow
def test_a_lake_whose_files_are_gone_is_made_anew(place: Installation, tenants: tuple[Tenant, Tenant]) -> None:

    maintain(place.home)  # what was inlined in the catalog is in files then
    before, state = seen(*tenants), everything(place.home)
    place.home.lake.close()
    shutil.rmtree(place.home.settings.lake_location)
    found = rebuild(place.home, TESTER).comparison
    assert "transactions" in found.lost
    with pytest.raises(UsageError, match="rebuild all organizations"):
        rebuild(place.home, TESTER, [tenants[0].slug], put_right=True)
    assert rebuild(place.home, TESTER, put_right=True).put_right
    assert rebuild(place.home, TESTER).comparison.equal
    assert seen(*tenants) == before
    for each in tenants:
        each.analyze()
    now = everything(place.home)
    assert now["findings"] == state["findings"]
    assert now["alerts"] == state["alerts"]
    assert now["row_issues"] == state["row_issues"]


@pytest.mark.slow
def test_a_lake_without_catalog_is_made_anew(place: Installation, tenants: tuple[Tenant, Tenant]) -> None:
    before = seen(*tenants)
    place.home.lake.close()
    with place.home.database.transaction() as connection:
        connection.execute(text("DROP SCHEMA ducklake CASCADE"))
    shutil.rmtree(place.home.settings.lake_location)
    done = rebuild(place.home, TESTER, put_right=True)
    assert done.put_right
    assert seen(*tenants) == before
    assert rebuild(place.home, TESTER).comparison.equal
