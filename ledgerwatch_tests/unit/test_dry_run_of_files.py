"""A dry run by the importer's own code: what it says is what the import then does, and nothing is kept of it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ledgerwatch_pipeline.importing.dry_run import dry_run_files, dry_run_inbox
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.receive.folder import FolderInbox
from ledgerwatch_pipeline.model.load import ImportOptions, LoadRow, OnInvalid
from ledgerwatch_pipeline.model.row_issue import IssueKind
from ledgerwatch_pipeline.stores.postgres import audit
from ledgerwatch_pipeline.stores.postgres.tables import loads
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.samples import FILES
from ledgerwatch_tests.steps import import_these


def told(load: LoadRow) -> tuple[Any, ...]:
    """What is said of a load that is decided: not when, nor by whose lease."""
    figures = (load.rows, load.accepted, load.rejected, load.skipped, load.blank, load.months)
    amounts = (load.expense, load.income, load.refund)
    return load.id, load.file, load.status, *figures, *amounts, load.rules, load.reason, load.decided_with


def kept(tenant: Tenant) -> tuple[int, int, int]:
    """What the stores hold: loads of the tenant, audit events, snapshots of the lake."""
    with tenant.home.database.transaction() as connection:
        of_tenant = connection.execute(select(loads.c.id).where(loads.c.organization_id == tenant.id)).all()
        return len(of_tenant), audit.count(connection), tenant.home.lake.snapshot()


@pytest.mark.parametrize("on_invalid", OnInvalid)
def test_it_says_what_the_import_then_does_and_keeps_nothing(tenant: Tenant, on_invalid: OnInvalid) -> None:
    options = ImportOptions(on_invalid)
    files = [tenant.write(text, name) for name, text in FILES.items()]
    before = kept(tenant)
    foretold = dry_run_files(tenant.home, [*files, files[0]], tenant.slug, options, TESTER)
    assert kept(tenant) == before
    receipts = receive(tenant.home, files, tenant.slug, options, TESTER)
    import_these(tenant.home, TESTER, [receipt.load_id for receipt in receipts])
    found = [tenant.load(receipt.load_id) for receipt in receipts]
    assert [told(each.load) for each in foretold[:-1]] == [told(load) for load in found]
    assert [each.report.of_kind(IssueKind.REJECTED) for each in foretold[:-1]] == [
        tenant.issues(load) for load in found
    ]
    assert [each.before for each in foretold] == [None] * len(files) + [foretold[0].load]
    again = dry_run_files(tenant.home, files[:1], tenant.slug, options, TESTER)
    assert again[0].before == found[0]


def test_of_an_inbox_it_says_which_files_would_be_refused(tenant: Tenant, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    for slug, name in ((tenant.slug, "a.csv"), (tenant.slug, "b.csv"), ("nobody", "c.csv")):
        (inbox / slug).mkdir(parents=True, exist_ok=True)
        (inbox / slug / name).write_text(rows(f"2024-03-01,{name},1.00,Office,x"))
    (inbox / tenant.slug / "gone.csv").symlink_to(inbox / "nowhere")
    before = kept(tenant)
    outcome = dry_run_inbox(tenant.home, FolderInbox(inbox), ImportOptions(), TESTER)
    assert kept(tenant) == before
    assert [(each.load.file, each.load.status) for each in outcome.files] == [
        ("a.csv", "ACCEPTED"),
        ("b.csv", "ACCEPTED"),
    ]
    assert [each.file for each in outcome.refused] == ["c.csv", "gone.csv"]
