"""Looking transactions up in the ledger: by filters, page by page, and by id. Nothing is written here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.model.load import load_and_row, transaction_id
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.session import Bindable, execute_bound

_FETCHED = 10_000
_LARGEST = Decimal("999999999999.99")


@dataclass(frozen=True)
class TransactionFilter:
    """What a transaction must be; None, or the widest bound, asks nothing. ``vendor_key`` is a key, not a name."""

    organization: UUID | None = None
    vendor_key: str | None = None
    category: str | None = None
    type: str | None = None
    first: date = date.min
    last: date = date.max
    minimum: Decimal = -_LARGEST
    maximum: Decimal = _LARGEST


@dataclass(frozen=True)
class Place:
    """Where a page ended: the date and id of its last transaction."""

    date: date
    id: UUID


def page(
    con: duckdb.DuckDBPyConnection, wanted: TransactionFilter, *, after: Place | None, limit: int | None
) -> Iterator[dict[str, Any]]:
    """Transactions in the order (date, id), from behind ``after``; None for ``limit`` is all of them, a few at a time."""
    load, row = load_and_row(after.id) if after else (None, None)
    values: dict[str, Bindable] = {
        "organization": wanted.organization,
        "vendor_key": wanted.vendor_key,
        "category": wanted.category,
        "type": wanted.type,
        "first": wanted.first,
        "last": wanted.last,
        "minimum": wanted.minimum,
        "maximum": wanted.maximum,
        "after_date": after.date if after else None,
        "after_load": load,
        "after_row": row,
        "limit": limit,
    }
    found = execute_bound(con, sql_text("lake/transactions_page"), values)
    yield from _transactions(found)


def with_ids(
    con: duckdb.DuckDBPyConnection, ids: Sequence[UUID], first_month: date, last_month: date
) -> list[dict[str, Any]]:
    """The transactions of these ids, which lie in the months given (their first days), in the order (date, id)."""
    places = [load_and_row(each) for each in ids]
    values: dict[str, Bindable | Sequence[Bindable]] = {
        "loads": [load for load, _ in places],
        "rows": [row for _, row in places],
        "first_month": first_month,
        "last_month": last_month,
    }
    found = execute_bound(con, sql_text("lake/transactions_of"), values)
    return list(_transactions(found))


def _transactions(found: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    columns = [column[0] for column in found.description]
    while part := found.fetchmany(_FETCHED):
        for values in part:
            row = dict(zip(columns, values, strict=True))
            yield {"id": transaction_id(row["load_id"], row["row_number"]), **row}
