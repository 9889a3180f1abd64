"""What makes a threshold valid, which months it covers, and how far a change of the ledger reaches through it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from ledgerwatch_pipeline.analysis.analyzers.budget_threshold import BUDGET_THRESHOLD
from ledgerwatch_pipeline.analysis.thresholds import ThresholdFields
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.threshold import (
    Operator,
    Period,
    ScopeKind,
    Threshold,
    ThresholdScope,
    ThresholdType,
    parse_amount,
    parse_percent,
)

ACME = Organization(uuid4(), "acme", "Acme")
GOOD = Threshold(
    id=uuid4(),
    organization_id=ACME.id,
    slug="travel",
    name="Travel",
    period=Period.MONTH,
    scope=ThresholdScope(ScopeKind.CATEGORY, "Travel"),
    type=ThresholdType.EXPENSE,
    operator=Operator.ABOVE,
    amount=Decimal("5000.00"),
    warn_at=Decimal(80),
)

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a slug with capitals": ({"slug": "Travel"}, "'Travel' is not a slug: lower-case letters"),
    "no slug": ({"slug": ""}, "'' is not a slug"),
    "a slug that is too long": ({"slug": "a" * 64}, "1 to 63 characters"),
    "no name": ({"name": "  "}, "name has 1 to 255 characters"),
    "a name that is too long": ({"name": "a" * 256}, "name has 1 to 255 characters"),
    "nothing": ({"amount": Decimal(0)}, "the amount of travel lies above 0"),
    "less than nothing": ({"amount": Decimal(-1)}, "the amount of travel lies above 0"),
    "13 digits": ({"amount": Decimal(10) ** 12}, "at most 12 digits"),
    "five decimals": ({"amount": Decimal("1.00001")}, "4 decimals"),
    "a warning at nothing": ({"warn_at": Decimal(0)}, "between 0 and 100, both excluded"),
    "a warning at the limit": ({"warn_at": Decimal(100)}, "between 0 and 100, both excluded"),
    "a warning with five decimals": ({"warn_at": Decimal("33.33333")}, "at most 4 decimals"),
    "no warning": ({"warn_at": None}, "travel has > and needs warn-at, a percentage such as 80"),
    "a warning with <": ({"operator": Operator.BELOW}, "warn-at goes with > and >= only: travel has <"),
    "a warning with <=": ({"operator": Operator.AT_MOST}, "warn-at goes with > and >= only: travel has <="),
    "a validity that runs backwards": (
        {"valid_from": date(2024, 3, 2), "valid_to": date(2024, 3, 1)},
        "valid from 2024-03-02 to 2024-03-01: that runs backwards",
    ),
}


@pytest.mark.parametrize("title", WRONG)
def test_what_cannot_be_is_refused_with_what_would_be_right(title: str) -> None:
    fields, message = WRONG[title]
    with pytest.raises(UsageError) as refused:
        replace(GOOD, **fields)
    assert message in str(refused.value)


def test_the_ends_of_every_bound_are_valid() -> None:
    for fields in (
        {"slug": "a" * 63},
        {"slug": "1"},
        {"name": "a" * 255},
        {"amount": Decimal("0.0001")},
        {"amount": Decimal("999999999999.9999")},
        {"warn_at": Decimal("0.0001")},
        {"warn_at": Decimal("99.9999")},
        {"valid_from": date(2024, 3, 1), "valid_to": date(2024, 3, 1)},
        {"operator": Operator.BELOW, "warn_at": None},
    ):
        replace(GOOD, **fields)


def test_an_amount_has_the_currencys_decimals() -> None:
    replace(GOOD, amount=Decimal("1.00")).require_decimals("JPY", 0)
    with pytest.raises(UsageError, match=r"the amount 1\.5 of travel has more decimals than JPY has \(0\)"):
        replace(GOOD, amount=Decimal("1.5")).require_decimals("JPY", 0)


@pytest.mark.parametrize(
    ("text", "scope", "key"),
    [
        ("all", ThresholdScope(ScopeKind.ALL), None),
        ("category: Office  Supplies ", ThresholdScope(ScopeKind.CATEGORY, "Office  Supplies"), "Office Supplies"),
        ("vendor:  AWS  Europe", ThresholdScope(ScopeKind.VENDOR, "AWS  Europe"), "aws europe"),
        ("vendor:a:b", ThresholdScope(ScopeKind.VENDOR, "a:b"), "a:b"),
    ],
)
def test_a_scope_is_read_and_compared_by_its_key(text: str, scope: ThresholdScope, key: str | None) -> None:
    assert ThresholdScope.parse(text) == scope
    assert scope.key == key
    assert ThresholdScope.parse(str(scope)) == scope


@pytest.mark.parametrize("text", ["", "everything", "all:", "all:x", "category", "category:", "vendor:  ", "Vendor:x"])
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"category|vendor"):
        ThresholdScope.parse(text)


def test_a_scopes_name_is_as_long_as_that_of_a_transaction() -> None:
    ThresholdScope(ScopeKind.CATEGORY, "a" * 100)
    ThresholdScope(ScopeKind.VENDOR, "a" * 255)
    for kind, length in ((ScopeKind.CATEGORY, 101), (ScopeKind.VENDOR, 256)):
        with pytest.raises(UsageError, match="needs a name"):
            ThresholdScope(kind, "a" * length)


def test_figures_are_read_exactly() -> None:
    assert parse_amount("50000.0001") == Decimal("50000.0001")
    assert parse_percent("66.6667") == Decimal("66.6667")
    assert parse_percent("80 %") == 80
    for text in ("", "0", "-1", "1,000.00", "1e3", "NaN", "1.00001", "1000000000000"):
        with pytest.raises(UsageError, match="is not an amount above 0"):
            parse_amount(text)
    for text in ("", "0", "100", "-1", "1e1", "80.12345"):
        with pytest.raises(UsageError, match="is not a percentage"):
            parse_percent(text)


def test_what_is_written_down_is_read_again() -> None:
    for threshold in (
        GOOD,
        replace(GOOD, operator=Operator.AT_MOST, warn_at=None, severity=Severity.HIGH, valid_to=date(2024, 2, 29)),
        replace(GOOD, scope=ThresholdScope(ScopeKind.ALL), amount=Decimal(100), valid_from=date(2024, 1, 1), version=7),
    ):
        assert Threshold.from_json(threshold.organization_id, threshold.as_json()) == threshold


def test_a_new_threshold_has_the_defaults_and_an_edit_changes_what_it_names() -> None:
    made = ThresholdFields(period=Period.MONTH, amount=Decimal(100)).new(ACME, "limit")
    assert (made.name, str(made.scope), made.type, made.operator, made.warn_at, made.severity) == (
        "limit",
        "all",
        ThresholdType.EXPENSE,
        Operator.ABOVE,
        Decimal(80),
        Severity.MEDIUM,
    )
    below = ThresholdFields(operator=Operator.BELOW, valid_to=date(2024, 12, 31)).of(ACME, made)
    assert (below.operator, below.warn_at, below.valid_to) == (Operator.BELOW, None, date(2024, 12, 31))
    above = ThresholdFields(operator=Operator.AT_LEAST, without=frozenset({"valid_to"})).of(ACME, below)
    assert above == replace(made, operator=Operator.AT_LEAST)
    with pytest.raises(UsageError, match="needs a period and an amount"):
        ThresholdFields(period=Period.MONTH).new(ACME, "limit")
    with pytest.raises(UsageError, match="more decimals than USD"):
        ThresholdFields(amount=Decimal("1.001")).of(ACME, made)


@pytest.mark.parametrize(
    ("period", "month", "last"),
    [
        (Period.TRANSACTION, (2024, 2), (2024, 2)),
        (Period.DAY, (2024, 2), (2024, 2)),
        (Period.WEEK, (2024, 2), (2024, 3)),  # 29 February is a Thursday
        (Period.WEEK, (2024, 3), (2024, 3)),  # 31 March is a Sunday
        (Period.WEEK, (2024, 12), (2025, 1)),
        (Period.MONTH, (2024, 12), (2024, 12)),
        (Period.QUARTER, (2024, 1), (2024, 3)),
        (Period.QUARTER, (2024, 3), (2024, 3)),
        (Period.QUARTER, (2024, 10), (2024, 12)),
        (Period.YEAR, (2024, 1), (2024, 12)),
        (Period.YEAR, (2024, 12), (2024, 12)),
    ],
)
def test_a_change_reaches_the_end_of_the_period(period: Period, month: tuple[int, int], last: tuple[int, int]) -> None:
    assert BUDGET_THRESHOLD.last_reached(Month(*month), {}, [replace(GOOD, period=period)]) == Month(*last)


def test_the_longest_period_that_is_valid_then_decides() -> None:
    quarter, year = replace(GOOD, period=Period.QUARTER), replace(GOOD, period=Period.YEAR)
    early = replace(year, valid_to=date(2024, 5, 20))
    assert BUDGET_THRESHOLD.last_reached(Month(2024, 1), {}, []) == Month(2024, 1)
    assert BUDGET_THRESHOLD.last_reached(Month(2024, 1), {}, [quarter, year]) == Month(2024, 12)
    assert BUDGET_THRESHOLD.last_reached(Month(2024, 1), {}, [quarter, early]) == Month(2024, 5)
    assert BUDGET_THRESHOLD.last_reached(Month(2024, 7), {}, [quarter, early]) == Month(2024, 9)


def test_where_too_little_counts_the_months_without_transactions_are_reached() -> None:
    low = [replace(GOOD, operator=Operator.BELOW, warn_at=None)]
    ledger = [Month(2024, 1), Month(2024, 2), Month(2024, 6), Month(2024, 7)]
    assert BUDGET_THRESHOLD.last_reached(Month(2024, 2), {}, low, ledger) == Month(2024, 5)
    assert BUDGET_THRESHOLD.last_reached(Month(2024, 6), {}, low, ledger) == Month(2024, 6)
    assert BUDGET_THRESHOLD.last_reached(Month(2024, 7), {}, low, ledger) == Month(2024, 7)
    assert BUDGET_THRESHOLD.last_reached(Month(2024, 1), {}, low, ledger) == Month(2024, 2), "the ledger began later"


def test_the_months_a_threshold_covers_are_those_of_its_validity() -> None:
    ledger = MonthRange(Month(2024, 1), Month(2024, 12))
    within = replace(GOOD, valid_from=date(2024, 3, 31), valid_to=date(2024, 5, 1))
    assert within.months(ledger) == MonthRange(Month(2024, 3), Month(2024, 5))
    assert GOOD.months(ledger) == ledger
    assert replace(GOOD, valid_from=date(2025, 1, 1)).months(ledger) is None
    assert replace(GOOD, valid_to=date(2023, 12, 31)).months(ledger) is None
