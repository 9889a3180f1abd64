"""A load that cannot be decided fails alone, and who finished a load is told as it was."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest

from ledgerwatch_pipeline.access.principal import SYSTEM, local_operator
from ledgerwatch_pipeline.importing.check import suite
from ledgerwatch_pipeline.importing.receive.archive import archive_path
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.reconcile import loads_failing_reconciliation
from ledgerwatch_pipeline.model.audit import AuditRow, Subject, SubjectType
from ledgerwatch_pipeline.model.load import ImportOptions, LoadStatus
from ledgerwatch_pipeline.stores.postgres import audit
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.steps import import_these

pytestmark = pytest.mark.slow  # processes are started, or there are very many


def good(tenant: Tenant, vendor: str = "Acme") -> str:
    """A file unlike any other tenant's: equal bytes are one file of the archive."""
    return rows(f"2024-03-01,{vendor},1.00,Office,{tenant.slug}")


def received(tenant: Tenant, vendor: str = "Acme") -> UUID:
    (receipt,) = receive(tenant.home, [tenant.write(good(tenant, vendor))], tenant.slug, ImportOptions(), TESTER)
    return receipt.load_id


def archived(tenant: Tenant, load_id: UUID) -> Path:
    return archive_path(tenant.home.settings.archive, tenant.load(load_id).sha256)


def history(tenant: Tenant, load_id: UUID) -> list[AuditRow]:
    with tenant.home.database.transaction() as connection:
        return audit.history(connection, Subject(SubjectType.LOAD, str(load_id)), SYSTEM)


@pytest.mark.parametrize("damage", ["missing", "cut", "a folder"])
def test_a_load_whose_archived_bytes_are_damaged_fails_alone(new_tenant: Callable[[], Tenant], damage: str) -> None:
    tenants = [new_tenant() for _ in range(3)]
    ids = [received(tenant) for tenant in tenants]
    path = archived(tenants[1], ids[1])
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[:-5])
    elif damage == "a folder":
        path.mkdir()
    import_these(tenants[0].home, TESTER, ids)
    found = [tenant.load(load_id) for tenant, load_id in zip(tenants, ids, strict=True)]
    assert [load.status for load in found] == ["ACCEPTED", "FAILED", "ACCEPTED"]
    sha256 = found[1].sha256
    assert found[1].error is not None
    assert (
        f"load {ids[1]} ({tenants[1].slug}/{found[1].file}): its file archive/{sha256[:2]}/{sha256}" in found[1].error
    )
    if damage == "a folder":
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    again, new = tenants[1].deliver_file(tenants[1].write(content))
    assert (new, again.status) == (True, LoadStatus.ACCEPTED)


def test_a_load_that_rules_and_expectations_judge_differently_fails_alone(
    new_tenant: Callable[[], Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of staging, as far as one file is concerned: it lets a row pass that it should have named."""
    tenants = [new_tenant() for _ in range(3)]
    ids = [received(tenants[0]), received(tenants[1], "forged"), received(tenants[2])]
    check = suite.check

    def forging(con: duckdb.DuckDBPyConnection, *arguments: Any) -> Sequence[Any]:
        con.execute("UPDATE typed SET vendor = repeat('x', 300) WHERE vendor = 'forged'")
        return check(con, *arguments)

    monkeypatch.setattr(suite, "check", forging)
    import_these(tenants[0].home, TESTER, ids)
    found = [tenant.load(load_id) for tenant, load_id in zip(tenants, ids, strict=True)]
    assert [load.status for load in found] == ["ACCEPTED", "FAILED", "ACCEPTED"]
    assert "for the vendor, the rules name 0 bad rows, the expectations find 1" in (found[1].error or "")
    assert loads_failing_reconciliation(tenants[0].home, ids) == []


def test_all_that_decided_a_load_is_kept_with_it(tenant: Tenant) -> None:
    load = tenant.deliver(good(tenant))
    decided = load.decided_with
    assert decided is not None
    assert (decided.profile.name, decided.currency, decided.currency_decimals) == ("ledgerwatch", "USD", 2)
    assert (decided.revenue_categories, str(decided.first_month)) == (("Revenue",), "2010-01")
    assert (decided.reader, decided.rules) == ("delimited 2", 3)
    assert tenant.deliver(b"\x00", name="broken.csv").decided_with is None


def test_an_import_is_signed_by_whoever_delivered_the_file(tenant: Tenant) -> None:
    load = tenant.deliver(good(tenant))
    assert [(event.event_type, event.actor) for event in history(tenant, load.id)] == [
        ("LOAD_RECEIVED", "test"),
        ("TRANSACTIONS_IMPORTED", "test"),
    ]


def test_an_import_that_finishes_somebody_elses_load_signs_as_what_it_is(tenant: Tenant) -> None:
    load_id = received(tenant)
    import_these(tenant.home, local_operator("somebody"), [load_id])
    event = history(tenant, load_id)[-1]
    assert (event.event_type, event.actor) == ("TRANSACTIONS_IMPORTED", "system")
    assert (event.metadata["delivered_by"], event.metadata["finished_by"]) == ("test", "somebody")
    assert event.metadata["expense"] == "1.00"


def test_a_redelivered_load_shows_only_the_issues_of_its_last_attempt(tenant: Tenant) -> None:
    content = rows("2024-03-01,Acme,1.00,Office,x", "2024-03-02,,2.00,Office,x", "2024-03-03,Acme,0,Office,x")
    rejected = tenant.deliver(content)
    assert (rejected.status, rejected.rejected, len(tenant.issues(rejected))) == ("REJECTED", 2, 2)
    again = tenant.deliver(content, on_invalid="quarantine")
    assert (again.status, again.accepted, again.rejected, again.reason) == ("ACCEPTED", 1, 2, None)
    assert len(tenant.issues(again)) == 2
