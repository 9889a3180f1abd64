"""Reconciles the ledger's months with the control totals of the loads, before any analyzer looks at them."""

from dataclasses import dataclass, field

from ledgerwatch_pipeline.analysis.scope import AnalysisRequest, set_scope
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import LedgerWatchError
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.sql import sql_text


class LedgerDiffersError(LedgerWatchError):
    """The ledger's totals are not the loads' control totals: rows were lost or doubled behind LedgerWatch's back."""


@dataclass
class MonthTotals:
    """What the ledger holds in one month: rows by type, and of how many organizations. Amounts are not summed here:
    organizations have different currencies."""

    rows_by_type: dict[str, int] = field(default_factory=lambda: {"expense": 0, "income": 0, "refund": 0})
    organizations: int = 0

    @property
    def rows(self) -> int:
        return sum(self.rows_by_type.values())


def reconcile_ledger(home: Home, request: AnalysisRequest) -> dict[Month, MonthTotals]:
    """Recompute the months' totals, hold them against the loads' control totals, keep them; what each month holds.

    Raises LedgerDiffersError naming the first month that differs.
    """
    con = home.lake.con
    set_scope(home, request)
    with home.database.lock("ledger_months"):
        with home.lake.transaction():
            con.execute(sql_text("lake/ledger_months"), request.bounds)
            differing = con.execute(sql_text("lake/reconcile"), request.bounds).fetchall()
        if differing:
            slug, month, kind, rows, expected, *_ = differing[0]
            raise LedgerDiffersError(
                f"the ledger of {slug} has {rows} rows of type {kind} in {Month.of(month)}, its loads accepted {expected}; "
                f"{len(differing)} totals differ"
            )
        with home.lake.writing():
            con.execute(
                "DELETE FROM lake.ledger_months WHERE month BETWEEN $first AND $last"
                " AND organization_id IN (SELECT organization_id FROM scope)",
                request.bounds,
            )
            con.execute("INSERT INTO lake.ledger_months FROM recomputed ORDER BY month, organization_id, type")
    totals = {month: MonthTotals() for month in request.months}
    for month, kind, rows in con.execute("SELECT month, type, sum(rows) FROM recomputed GROUP BY ALL").fetchall():
        totals[Month.of(month)].rows_by_type[kind] = int(rows)
    for month, organizations_ in con.execute(
        "SELECT month, count(DISTINCT organization_id) FROM recomputed GROUP BY ALL"
    ).fetchall():
        totals[Month.of(month)].organizations = organizations_
    return totals
