"""The files of a benchmark: one CSV an organization, 60 months, no row wrong; the same bytes for the same size.

Rows are in no order, as the worst case for a ledger kept by month. Vendors and amounts are skewed, some payments are far
above the mean and some are there twice, money runs out and limits are exceeded, so every analyzer has something to find.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

ORGANIZATIONS = 50
MONTHS = 60
_DAYS = MONTHS * 365 // 12
_VERSION = 1

_ROWS = """
    WITH draws AS (
        SELECT i,
               hash(i, $organization, 'day') % 1000003 / 1000003.0 AS day,
               hash(i, $organization, 'vendor') % 1000003 / 1000003.0 AS vendor,
               hash(i, $organization, 'amount') % 1000003 / 1000003.0 AS amount,
               hash(i, $organization, 'kind') % 1000 AS kind
        FROM (SELECT CASE WHEN n % 400 = 399 THEN n - 200 ELSE n END AS i FROM range($rows) AS r(n))  -- one row in 400 twice
    )
    SELECT DATE '2020-01-01' + CAST(floor(day * $days) AS INTEGER) AS date,
           CASE WHEN kind < 30 THEN 'Client ' || CAST(floor(vendor * 60) AS INTEGER)
                ELSE 'Supplier ' || CAST(floor(vendor * vendor * vendor * 400) AS INTEGER) END AS vendor,
           CAST(CASE WHEN kind < 30 THEN 500 + amount * 7500
                     WHEN kind = 999 AND amount > 0.9 THEN 15000 + vendor * 90000
                     ELSE 5 + 900 * amount * amount * amount END AS DECIMAL(14, 2)) AS amount,
           CASE WHEN kind < 30 THEN 'Revenue' ELSE 'Cost centre ' || (kind % 15) END AS category,
           'Invoice ' || $organization || '-' || i AS description
    FROM draws
"""


OPENING_DATE = date(2019, 12, 31)
CATEGORY = "Cost centre 3"


@dataclass(frozen=True, slots=True)
class Amounts:
    """What each organization has beside its rows: its opening balance on ``OPENING_DATE``, and its limits of a month: for all
    expenses, and for those of ``CATEGORY``. Whole units of its currency."""

    opening_balance: int
    limit: int
    category_limit: int

    @classmethod
    def of(cls, rows: int) -> "Amounts":
        """Of an organization with so many rows: money runs out in the last months, and limits are exceeded now and then."""
        return cls(rows * 100, rows * 225 // MONTHS, rows * 15 // MONTHS)

    def as_bound(self) -> dict[str, int]:
        """As the bare queries call them."""
        return {"opening": self.opening_balance, "limit": self.limit, "category_limit": self.category_limit}


def slug(organization: int) -> str:
    """What an organization is called, by its number."""
    return f"org-{organization:02d}"


def dataset(folder: Path, rows: int, organizations: int = ORGANIZATIONS) -> Path:
    """The folder with ``rows`` rows below ``folder``, generated if it is not there yet."""
    name = f"rows-{rows}" if organizations == ORGANIZATIONS else f"rows-{rows}-{organizations}"
    target = folder / name
    description = {"version": _VERSION, "rows": rows, "organizations": organizations, "months": MONTHS}
    note = folder / f"{name}.json"
    if note.exists() and json.loads(note.read_text()) == description:
        return target
    if target.exists():
        shutil.rmtree(target)
    con = duckdb.connect()
    for organization in range(organizations):
        file = target / slug(organization) / "transactions.csv"
        file.parent.mkdir(parents=True)
        values = {"organization": organization, "rows": rows // organizations, "days": _DAYS}
        con.execute(f"COPY ({_ROWS}) TO '{file}' (HEADER)", values)
    note.write_text(json.dumps(description))
    return target
