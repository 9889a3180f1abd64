"""``budget_threshold`` on small ledgers against plain Python, written from docs/analyzers.md and not from the SQL."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledgerwatch_pipeline.analysis.analyzers.budget_threshold import BUDGET_THRESHOLD
from ledgerwatch_pipeline.analysis.texts import findings_sql
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.threshold import Operator, Period, ScopeKind, Threshold
from ledgerwatch_tests.long_runs import drawn
from ledgerwatch_tests.small_lake import SmallLake

FIRST = date(2023, 11, 20)
DAYS = 70  # to 28 January 2024: two ends of months, of a quarter and of a year, ISO weeks over both
MONTHS = MonthRange(Month(2023, 11), Month(2024, 1))


@dataclass(frozen=True)
class Posted:
    id: UUID
    day: date
    vendor: str
    amount: Decimal
    type: str
    category: str | None


@dataclass(frozen=True)
class Expected:
    threshold: str
    month: str
    period_start: str
    level: str
    total: str
    crossed_by: str | None
    severity: int
    at_stake: Decimal
    transactions: tuple[str, ...]


def bucket_of(period: Period, day: date) -> tuple[date, date]:
    """The first and the last day of the bucket that a day lies in."""
    if period is Period.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}.get(period)
    if months is None:
        return day, day
    first = (day.month - 1) // months * months + 1
    return date(day.year, first, 1), Month(day.year, first).plus(months - 1).last_day


def holds(threshold: Threshold, total: Decimal) -> bool:
    limit = threshold.amount
    return {
        Operator.ABOVE: total > limit,
        Operator.AT_LEAST: total >= limit,
        Operator.BELOW: total < limit,
        Operator.AT_MOST: total <= limit,
    }[threshold.operator]


def warns(threshold: Threshold, total: Decimal) -> bool:
    return threshold.warn_at is not None and total * 100 >= threshold.amount * threshold.warn_at


def counts(threshold: Threshold, row: Posted) -> bool:
    if threshold.type.value != row.type and not (
        threshold.type == "expense" and row.type == "refund" and threshold.period is not Period.TRANSACTION
    ):
        return False
    if threshold.valid_from and row.day < threshold.valid_from or threshold.valid_to and row.day > threshold.valid_to:
        return False
    wanted = (threshold.scope.value or "").casefold().split()
    if threshold.scope.kind is ScopeKind.VENDOR:
        return row.vendor.casefold().split() == wanted
    if threshold.scope.kind is ScopeKind.CATEGORY:
        return row.category is not None and row.category.casefold().split() == wanted
    return True


def net(row: Posted) -> Decimal:
    return -row.amount if row.type == "refund" else row.amount


def expected(threshold: Threshold, ledger: Sequence[Posted], month: Month) -> Iterator[Expected]:
    rows = sorted((row for row in ledger if counts(threshold, row)), key=lambda row: (row.day, row.id))
    rows = [row for row in rows if row.day <= month.last_day]
    if threshold.period is Period.TRANSACTION:
        for row in rows:
            if Month.of(row.day) == month and (holds(threshold, row.amount) or warns(threshold, row.amount)):
                yield told(threshold, month, row.day, row.amount, row, [row])
        return
    if threshold.operator.waits:
        yield from expected_at_the_end(threshold, ledger, rows, month)
        return
    for start in sorted({bucket_of(threshold.period, row.day)[0] for row in rows}):
        bucket = [row for row in rows if bucket_of(threshold.period, row.day)[0] == start]
        total = sum(map(net, bucket), Decimal(0))
        level = holds if holds(threshold, total) else warns
        running, crossing = Decimal(0), None
        for row in bucket:
            before, running = running, running + net(row)
            if level(threshold, running) and not level(threshold, before):
                crossing = row
        if level(threshold, total) and crossing is not None and Month.of(crossing.day) == month:
            yield told(threshold, month, start, total, crossing, bucket)


def expected_at_the_end(
    threshold: Threshold, ledger: Sequence[Posted], rows: Sequence[Posted], month: Month
) -> Iterator[Expected]:
    beginning = min((row.day for row in ledger), default=None)
    for number in range((month.last_day - month.first_day).days + 1):
        day = month.first_day + timedelta(days=number)
        start, end = bucket_of(threshold.period, day)
        ends = min(end, threshold.valid_to or end)
        valid = threshold.valid_from is None or threshold.valid_from <= day
        if day != ends or not valid or beginning is None or beginning > day:
            continue
        bucket = [row for row in rows if start <= row.day <= end]
        total = sum(map(net, bucket), Decimal(0))
        if holds(threshold, total):
            yield told(threshold, month, start, total, None, bucket)


def told(
    threshold: Threshold, month: Month, start: date, total: Decimal, crossing: Posted | None, bucket: Sequence[Posted]
) -> Expected:
    exceeded = holds(threshold, total)
    largest = sorted(bucket, key=lambda row: (row != crossing, -row.amount, row.id))
    return Expected(
        threshold=threshold.slug,
        month=str(month),
        period_start=start.isoformat(),
        level="exceeded" if exceeded else "approached",
        total=f"{total:.2f}",
        crossed_by=None if crossing is None else str(crossing.id),
        severity={"LOW": 1, "MEDIUM": 2, "HIGH": 3}[threshold.severity.value] if exceeded else 1,
        at_stake=abs(total - threshold.amount) if exceeded else total,
        transactions=tuple(str(row.id) for row in largest[:100]),
    )


def found(lake: SmallLake) -> list[Expected]:
    lake.evaluate(BUDGET_THRESHOLD, lake.scope(str(MONTHS.first), str(MONTHS.last)))
    rows = lake.con.execute(
        f"SELECT month, severity, amount, evidence, transactions FROM ({findings_sql(lake.con, BUDGET_THRESHOLD)})",
        {"analyzer": "budget_threshold", "run": UUID(int=0), "snapshot": 0},
    ).fetchall()
    told = []
    for month, severity, amount, evidence, transactions in rows:
        figures = json.loads(evidence)
        told.append(
            Expected(
                figures["threshold"],
                str(Month.of(month)),
                figures["period_start"],
                figures["level"],
                figures["total"],
                figures["crossed_by"],
                severity,
                amount,
                tuple(map(str, transactions)),
            )
        )
    return told


def posted(lake: SmallLake) -> list[Posted]:
    rows = lake.con.execute(
        "SELECT transaction_id(load_id, row_number), date, vendor, amount, type, category FROM lake.transactions"
    ).fetchall()
    return [Posted(*row) for row in rows]


BUSY = ["2023-11-30", "2023-12-01", "2023-12-14", "2023-12-31", "2024-01-01"]
"""Days on which much is posted: ends of buckets, and totals that go up and down within a day."""
days = st.one_of(
    st.integers(0, DAYS - 1).map(lambda offset: str(FIRST + timedelta(days=offset))),
    *[st.sampled_from(BUSY)] * 3,
)
amounts = st.sampled_from(["20.00", "79.99", "80.00", "100.00", "100.01"])
transactions = st.tuples(
    days,
    st.sampled_from(["Acme", " acme ", "Rail"]),
    amounts,
    st.sampled_from(["expense", "expense", "expense", "refund", "refund", "income"]),
    st.sampled_from([None, "Travel", "travel ", "Food"]),
)
limits = st.fixed_dictionaries(
    {
        "period": st.sampled_from([each.value for each in Period]),
        "operator": st.sampled_from([each.value for each in Operator]),
        "amount": st.sampled_from(["20.00", "100.00", "200.00"]),
        "scope": st.sampled_from(["all", "all", "all", "vendor:ACME", "category:  TRAVEL"]),
        "type": st.sampled_from(["expense", "expense", "expense", "income"]),
        "severity": st.sampled_from(["LOW", "HIGH"]),
    },
    optional={
        "valid_from": st.sampled_from(["2023-11-25", "2023-12-15"]),
        "valid_to": st.sampled_from(["2023-12-20", "2024-01-10"]),
    },
)


@pytest.mark.slow
@settings(max_examples=drawn(30, 150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(transactions, max_size=24), chosen=st.lists(limits, min_size=3, max_size=8))
def test_the_findings_are_those_of_plain_python(
    rows: list[tuple[str, str, str, str, str | None]], chosen: list[dict[str, str]]
) -> None:
    with SmallLake() as lake:
        lake.organization("acme")
        thresholds = [lake.threshold(f"limit-{place}", **limit) for place, limit in enumerate(chosen)]
        for day, vendor, amount, kind, category in rows:
            lake.add(day, vendor, amount, kind, category=category)
        ledger = posted(lake)
        wanted = [each for threshold in thresholds for month in MONTHS for each in expected(threshold, ledger, month)]
        assert sorted(found(lake), key=repr) == sorted(wanted, key=repr)
