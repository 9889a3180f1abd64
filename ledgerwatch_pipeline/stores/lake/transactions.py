"""Looking transactions up in the ledger: by filters, page by page, and by id. Nothing is written here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import load_and_row, transaction_id
from ledgerwatch_pipeline.model.transaction import FILE_FIELDS
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.lake.session import Bindable, execute_bound

_FETCHED = 10_000
_TEXTS = tuple(field.name for field in FILE_FIELDS if field.text and not field.required)
_TEXT_COLUMNS = ", ".join(f"t.{name}" for name in _TEXTS)


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A transaction of the ledger. texts: its optional texts by the field's name, None where it has none."""

    id: UUID
    organization: str
    load_id: UUID
    row_number: int
    date: date
    vendor: str
    amount: Decimal
    type: str
    currency: str
    currency_decimals: int
    texts: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class TransactionFilter:
    """What a transaction must be; None asks nothing. ``vendor_key`` is a key, not a name; the category goes without case."""

    organization_id: UUID | None = None
    vendor_key: str | None = None
    category: str | None = None
    type: str | None = None
    first: date | None = None
    last: date | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TransactionCursor:
    """Where a page ended: the date and id of its last transaction."""

    date: date
    id: UUID

    def __str__(self) -> str:
        return f"{self.date}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "TransactionCursor":
        """Read what ``str`` wrote; raises UsageError for anything else."""
        try:
            day, _, identity = text.partition(":")
            return cls(date.fromisoformat(day), UUID(identity))
        except ValueError:
            raise UsageError(f"{text!r} is not what a page printed as next") from None


class Which(Enum):
    """Which transactions are meant: those of the ledger, or those that corrections took out of it."""

    LEDGER = "ledger_transactions"
    TAKEN_OUT = "taken_out_transactions"


_CONDITIONS = {
    "organization_id": "t.organization_id = $organization_id",
    "vendor_key": "t.vendor_key = $vendor_key",
    "category": "lower(t.category) = lower($category)",
    "type": "t.type = $type",
    "first": "t.date >= $first AND t.month >= date_trunc('month', $first)",  # months leave out whole files
    "last": "t.date <= $last AND t.month <= $last",
    "minimum": "t.amount >= $minimum",
    "maximum": "t.amount <= $maximum",
}


def page(
    con: duckdb.DuckDBPyConnection,
    wanted: TransactionFilter,
    *,
    after: TransactionCursor | None,
    limit: int | None,
    which: Which = Which.LEDGER,
) -> Iterator[TransactionRow]:
    """Transactions in the order (date, id), from behind ``after``; None for ``limit`` is all of them, a few at a time."""
    values: dict[str, Bindable | Sequence[Bindable]] = {
        name: getattr(wanted, name) for name in _CONDITIONS if getattr(wanted, name) is not None
    }
    conditions = [condition for name, condition in _CONDITIONS.items() if name in values]
    if after is not None:
        load, row = load_and_row(after.id)
        values |= {"after_date": after.date, "after_load": load, "after_row": row}
        conditions.append("(t.date, t.load_id, t.row_number) > ($after_date, $after_load, $after_row)")
    values["limit"] = limit
    ledger.define(con)
    text = sql_text(
        "lake/transactions_page",
        ledger=which.value,
        texts=_TEXT_COLUMNS,
        conditions=" AND ".join(conditions) or "true",
    )
    yield from _transactions(execute_bound(con, text, values))


def cursor_of(row: TransactionRow) -> TransactionCursor:
    """Where the list continues behind ``row``."""
    return TransactionCursor(row.date, row.id)


def with_ids(
    con: duckdb.DuckDBPyConnection, ids: Sequence[UUID], first_month: date, last_month: date
) -> list[TransactionRow]:
    """The transactions of these ids, which lie in the months given (their first days), in the order (date, id); what was taken out
    of the ledger too."""
    places = [load_and_row(each) for each in ids]
    values: dict[str, Bindable | Sequence[Bindable]] = {
        "loads": [load for load, _ in places],
        "rows": [row for _, row in places],
        "first_month": first_month,
        "last_month": last_month,
    }
    return list(_transactions(execute_bound(con, sql_text("lake/transactions_of", texts=_TEXT_COLUMNS), values)))


def _transactions(found: duckdb.DuckDBPyConnection) -> Iterator[TransactionRow]:
    while part := found.fetchmany(_FETCHED):
        for load_id, row_number, organization, day, vendor, amount, kind, currency, decimals, *texts in part:
            yield TransactionRow(
                transaction_id(load_id, row_number),
                organization,
                load_id,
                row_number,
                day,
                vendor,
                amount,
                kind,
                currency,
                decimals,
                dict(zip(_TEXTS, texts, strict=True)),
            )
