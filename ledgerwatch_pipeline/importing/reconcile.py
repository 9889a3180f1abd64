"""Holds the registry's figures of accepted loads, also of those that were withdrawn since, against their control totals in the lake."""

from collections.abc import Iterable
from uuid import UUID

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.load import LoadStatus
from ledgerwatch_pipeline.stores.lake import load_totals
from ledgerwatch_pipeline.stores.postgres import loads


def loads_failing_reconciliation(home: Home, load_ids: Iterable[UUID]) -> list[str]:
    """Accepted loads whose totals in the lake are not the registry's figures, each in a sentence: none, or a defect."""
    with home.database.transaction() as connection:
        decided = loads.by_ids(connection, load_ids).values()
    registered = [load for load in decided if load.status in (LoadStatus.ACCEPTED, LoadStatus.WITHDRAWN)]
    kept = load_totals.of_loads(home.lake.con, [load.id for load in registered])
    failing = []
    for load in registered:
        totals = kept.get(load.id)
        rows = totals.accepted if totals else 0
        amounts = (totals.expense, totals.income, totals.refund) if totals else (0, 0, 0)
        if (load.accepted, load.expense, load.income, load.refund) != (rows, *amounts):
            failing.append(f"load {load.id} accepted {load.accepted} rows, the lake has {rows}")
    return failing
