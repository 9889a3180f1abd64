"""The ledger as a relation: transactions without what corrections took out. The one place that says what that is.

``define`` makes the temporary views ``ledger_transactions``, ``ledger_totals`` and ``ledger_vendors``, which have the columns of
the lake's ``transactions``, ``load_totals`` and ``load_vendors``. Whoever reads the ledger calls it first, in the transaction it reads
in: what was taken out is that of the moment. What corrections are: docs/corrections.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.model.transaction import FILE_FIELDS
from ledgerwatch_pipeline.sql import sql_text

TRANSACTIONS = "ledger_transactions"
"""The relation of the ledger's rows in DuckDB: one row a transaction, with the columns of ``model.transaction``."""
CORRECTED = (
    "SELECT EXISTS (FROM lake.taken_out WHERE {which}) OR EXISTS (FROM lake.withdrawn_loads WHERE {which}) AS corrected"
)
_VIEWS = ("taken_out_transactions", "ledger_vendors", "ledger_totals", "ledger_transactions")
_TEMPORARY = ("taken_vendors", "taken_rows", "withdrawn")


def define(
    con: duckdb.DuckDBPyConnection, organization_ids: Iterable[UUID] | None = None, *, corrected: bool | None = None
) -> bool:
    """Make the views of the ledger as ``con`` sees the lake now; whether anything of these organizations (None: of any) is taken
    out. Of others than these they may show what was taken out.

    corrected: False where PostgreSQL has no correction of theirs, so that nothing need be looked for; None: look.
    """
    if corrected is None:
        which = "true"
        if organization_ids is not None:
            named = ", ".join(f"'{each}'" for each in sorted(set(organization_ids)))
            which = f"organization_id IN ({named})" if named else "false"
        corrected = _is_corrected(con, which)
    for statement in statements(corrected):
        con.execute(statement)
    return corrected


def statements(corrected: bool) -> list[str]:
    """The texts that make the views, for a DuckDB that is asked in another way than ``define`` does."""
    names = ("taken_rows", "ledger") if corrected else ("ledger_uncorrected",)
    return [sql_text(f"lake/{name}") for name in names]


def _is_corrected(con: duckdb.DuckDBPyConnection, which: str) -> bool:
    try:
        return con.execute(CORRECTED.format(which=which)).fetchall() == [(True,)]
    except duckdb.CatalogException:
        return False  # a snapshot of an earlier version, or a ledger that is no lake's: nothing was corrected


def forget(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what ``define`` made."""
    for view in _VIEWS:
        con.execute(f"DROP VIEW IF EXISTS temp.{view}")
    for table in _TEMPORARY:
        con.execute(f"DROP TABLE IF EXISTS temp.{table}")


def corrections_of(con: duckdb.DuckDBPyConnection, organization_ids: Iterable[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The corrections that the lake has, by organization, of these."""
    found: dict[UUID, set[UUID]] = {each: set() for each in organization_ids}
    for organization, correction in con.execute(
        "SELECT organization_id, correction_id FROM lake.taken_out WHERE organization_id IN (SELECT unnest($organizations))"
        " UNION SELECT organization_id, correction_id FROM lake.withdrawn_loads"
        " WHERE organization_id IN (SELECT unnest($organizations))",
        {"organizations": list(found)},
    ).fetchall():
        found[organization].add(correction)
    return {organization: frozenset(theirs) for organization, theirs in found.items()}


@dataclass(frozen=True, slots=True)
class CorrectedRow:
    """The transaction that a correction is about, as far as people are told of it. month: its first day."""

    month: date
    date: date
    vendor: str
    amount: Decimal
    type: str


def write_row(
    con: duckdb.DuckDBPyConnection, correction_id: UUID, load_id: UUID, row_number: int, *, out: bool
) -> CorrectedRow | None:
    """Take a transaction out of the ledger, or bring it back; None, and nothing is written, if the lake has no such row."""
    place = {"load": load_id, "row": row_number}
    found = row_of(con, load_id, row_number)
    if found is None:
        return None
    con.execute(
        "INSERT INTO lake.taken_out BY NAME SELECT CAST($correction AS UUID) AS correction_id, organization_id, load_id,"
        " row_number, month, vendor_key, type, amount, CAST($sign AS TINYINT) AS sign FROM lake.transactions"
        " WHERE load_id = $load AND row_number = $row",
        {**place, "correction": correction_id, "sign": 1 if out else -1},
    )
    return found


def row_of(con: duckdb.DuckDBPyConnection, load_id: UUID, row_number: int) -> CorrectedRow | None:
    """A transaction that the loads brought, whether it is in the ledger or out."""
    found = con.execute(
        "SELECT month, date, vendor, amount, type FROM lake.transactions WHERE load_id = $load AND row_number = $row",
        {"load": load_id, "row": row_number},
    ).fetchone()
    return None if found is None else CorrectedRow(*found)


def texts_of(con: duckdb.DuckDBPyConnection, load_id: UUID, row_number: int) -> dict[str, str | None] | None:
    """The fields of a transaction that a file may have, each as text; None: the lake has no such row."""
    names = [field.name for field in FILE_FIELDS]
    columns = ", ".join(f"CAST({name} AS VARCHAR)" for name in names)
    found = con.execute(
        f"SELECT {columns} FROM lake.transactions WHERE load_id = $load AND row_number = $row",
        {"load": load_id, "row": row_number},
    ).fetchone()
    return None if found is None else dict(zip(names, found, strict=True))


def write_withdrawal(con: duckdb.DuckDBPyConnection, correction_id: UUID, organization_id: UUID, load_id: UUID) -> None:
    """Take all transactions of a load out of the ledger."""
    con.execute(
        "INSERT INTO lake.withdrawn_loads BY NAME SELECT CAST($correction AS UUID) AS correction_id,"
        " CAST($organization AS UUID) AS organization_id, CAST($load AS UUID) AS load_id",
        {"correction": correction_id, "organization": organization_id, "load": load_id},
    )


def owner_of_same_id(con: duckdb.DuckDBPyConnection, load_id: UUID, row_number: int) -> tuple[UUID, int] | None:
    """The transaction of the ledger (load and row) that has the external id of this one, if one has: ``define`` was called."""
    found = con.execute(
        "SELECT l.load_id, l.row_number FROM ledger_transactions AS l"
        " JOIN (FROM lake.transactions WHERE load_id = $load AND row_number = $row) AS r"
        " ON r.external_id = l.external_id AND r.organization_id = l.organization_id"
        " AND r.account IS NOT DISTINCT FROM l.account"
        " WHERE NOT (l.load_id = r.load_id AND l.row_number = r.row_number) LIMIT 1",
        {"load": load_id, "row": row_number},
    ).fetchone()
    return None if found is None else (found[0], found[1])
