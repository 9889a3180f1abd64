"""Corrections asked for and finished in this process, for tests of what comes of them."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import correct
from ledgerwatch_pipeline.importing.correct import Asked
from ledgerwatch_pipeline.importing.withdraw import withdraw
from ledgerwatch_pipeline.model.correction import CorrectionRow
from ledgerwatch_pipeline.model.load import LoadRow, transaction_id
from ledgerwatch_pipeline.pipeline.corrections import finish_waiting
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.postgres import corrections
from ledgerwatch_tests.conftest import TESTER, Tenant
from ledgerwatch_tests.steps import import_these

REASON = "a test says so"
Row = tuple[date, str, Decimal, str]
"""Day, vendor, amount, type."""


def row_id(load: LoadRow, row: int) -> UUID:
    """The id of a row of a delimited file, the first below its header being 1."""
    return transaction_id(load.id, row + 1)


def finished(home: Home, asked: Asked) -> CorrectionRow:
    """The correction once it is in the ledger, or rejected."""
    if asked.correction.new_load_id is not None:
        import_these(home, TESTER, [asked.correction.new_load_id])
    finish_waiting(home)
    with home.database.transaction() as connection:
        return corrections.get(connection, asked.correction.id)


def void(home: Home, transaction: UUID, key: str | None = None) -> CorrectionRow:
    return finished(home, correct.void(home, transaction, REASON, TESTER, key))


def restore(home: Home, transaction: UUID) -> CorrectionRow:
    return finished(home, correct.restore(home, transaction, REASON, TESTER))


def replace(home: Home, transaction: UUID, **fields: str) -> CorrectionRow:
    return finished(home, correct.replace(home, transaction, fields, REASON, TESTER))


def add(tenant: Tenant, key: str | None = None, **fields: str) -> CorrectionRow:
    return finished(tenant.home, correct.add(tenant.home, tenant.slug, fields, REASON, TESTER, key))


def withdrawn(home: Home, load: LoadRow) -> CorrectionRow:
    return finished(home, withdraw(home, str(load.id), REASON, TESTER))


def ledger_of(tenant: Tenant) -> list[Row]:
    """The rows of the ledger as analyzers see it, in order."""
    con = tenant.home.lake.con
    ledger.define(con, [tenant.id])
    return con.execute(
        "SELECT date, vendor, amount, type FROM ledger_transactions WHERE organization_id = $1 ORDER BY ALL",
        [tenant.id],
    ).fetchall()


def totals_of(tenant: Tenant) -> dict[tuple[date, str], tuple[int, Decimal]]:
    """The control totals of what is in the ledger: month and type → rows and amount."""
    con = tenant.home.lake.con
    ledger.define(con, [tenant.id])
    return {
        (month, kind): (int(count), amount)
        for month, kind, count, amount in con.execute(
            "SELECT month, type, sum(rows), sum(amount) FROM ledger_totals WHERE organization_id = $1 GROUP BY ALL",
            [tenant.id],
        ).fetchall()
    }


def vendors_of(tenant: Tenant) -> dict[str, date]:
    """The vendors of the ledger, each with its first month."""
    con = tenant.home.lake.con
    ledger.define(con, [tenant.id])
    return dict(
        con.execute(
            "SELECT vendor_key, min(first_month) FROM ledger_vendors WHERE organization_id = $1 GROUP BY ALL",
            [tenant.id],
        ).fetchall()
    )
