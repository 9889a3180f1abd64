"""burn_rate over small ledgers, each written down whole: bounds, window, opening date, both bases (docs/analyzers.md)."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from ledgerwatch_pipeline.analysis.analyzers.burn_rate import BURN_RATE
from ledgerwatch_tests.small_lake import Finding, SmallLake


@pytest.fixture
def lake() -> Iterator[SmallLake]:
    with SmallLake() as opened:
        yield opened


def found(lake: SmallLake, first: str, last: str | None = None, **values: Decimal | str) -> list[Finding]:
    return lake.findings(BURN_RATE, lake.scope(first, last), dict.fromkeys(lake.organizations, values))


def levels(lake: SmallLake, first: str, last: str | None = None, **values: Decimal | str) -> dict[str, str]:
    """The severity of each month that has a finding."""
    return {each.month: ("LOW", "MEDIUM", "HIGH")[each.severity - 1] for each in found(lake, first, last, **values)}


def reasons(lake: SmallLake, first: str, last: str | None = None, **values: Decimal | str) -> dict[str, str]:
    evaluation = lake.evaluate(BURN_RATE, lake.scope(first, last), dict.fromkeys(lake.organizations, values))
    return {
        str(month): each.reason for poor in evaluation.insufficient.values() for each in poor for month in each.months
    }


@pytest.mark.parametrize(
    ("balance", "expected"),
    [
        ("399.99", {"2024-03": "HIGH"}),  # 299.99 left at 100.00 a month
        ("400.00", {"2024-03": "MEDIUM"}),  # exactly 3 months
        ("699.99", {"2024-03": "MEDIUM"}),
        ("700.00", {}),  # exactly 6 months
        ("100.00", {"2024-03": "HIGH"}),  # nothing left
        ("-5000.00", {"2024-03": "HIGH"}),  # less than nothing counts as nothing
    ],
)
def test_the_bounds_hold_to_the_cent(lake: SmallLake, balance: str, expected: dict[str, str]) -> None:
    lake.organization("acme", balance=balance, opened="2024-03-01")
    lake.add("2024-03-10", "Rent", "100.00")
    assert levels(lake, "2024-03") == expected


def test_no_runway_is_rounded_before_it_is_compared(lake: SmallLake) -> None:
    """Burned 100.00 in 3 months, 99.99 left: 2.9997 months, shown as 2.99."""
    lake.organization("acme", balance="199.99", opened="2024-01-01")
    lake.add("2024-01-10", "Rent", "33.34")
    lake.add("2024-02-10", "Rent", "33.33")
    lake.add("2024-03-10", "Rent", "33.33")
    (finding,) = found(lake, "2024-03")
    assert finding.severity == 3
    assert json.loads(finding.evidence) == {
        "net_burn": "33.33",
        "cash": "99.99",
        "runway": "2.99",
        "months": 3,
        "basis": "cash",
    }
    assert finding.amount == Decimal("33.33")
    assert finding.transactions == 0


def test_refunds_and_income_lessen_the_burn_and_come_in(lake: SmallLake) -> None:
    lake.organization("acme", balance="1000.00", opened="2024-03-01")
    lake.add("2024-03-01", "Rent", "700.00")
    lake.add("2024-03-02", "Rent", "100.00", "refund")
    lake.add("2024-03-03", "Customer", "300.00", "income")
    (finding,) = found(lake, "2024-03")
    assert json.loads(finding.evidence) == {
        "net_burn": "300.00",
        "cash": "700.00",
        "runway": "2.33",
        "months": 1,
        "basis": "cash",
    }


@pytest.mark.parametrize("income", ["100.00", "100.01"])
def test_who_burns_nothing_has_no_finding(lake: SmallLake, income: str) -> None:
    lake.organization("acme", balance="0.00", opened="2024-03-01")
    lake.add("2024-03-01", "Rent", "100.00")
    lake.add("2024-03-02", "Customer", income, "income")
    assert levels(lake, "2024-03") == {}
    assert reasons(lake, "2024-03") == {}


def test_months_without_transactions_count(lake: SmallLake) -> None:
    """Each month alone says what the range says, over a turn of the year."""
    lake.organization("acme", balance="1000.00", opened="2023-11-01")
    lake.add("2023-11-20", "Rent", "300.00")
    lake.add("2024-01-20", "Rent", "300.00")
    figures = {
        month: (json.loads(finding.evidence)["net_burn"], json.loads(finding.evidence)["months"])
        for month in ("2023-11", "2023-12", "2024-01", "2024-02", "2024-03")
        for finding in found(lake, month)
    }
    assert figures == {
        "2023-11": ("300.00", 1),
        "2023-12": ("150.00", 2),
        "2024-01": ("200.00", 3),
        "2024-02": ("100.00", 3),
        "2024-03": ("100.00", 3),
    }
    whole = {each.month: json.loads(each.evidence)["net_burn"] for each in found(lake, "2023-10", "2024-06")}
    assert whole == {month: burn for month, (burn, _) in figures.items()}


def test_the_window_is_a_parameter(lake: SmallLake) -> None:
    lake.organization("acme", balance="2000.00", opened="2024-01-01")
    for month, amount in (("01", "900.00"), ("02", "0.01"), ("03", "100.00")):
        lake.add(f"2024-{month}-20", "Rent", amount)
    assert levels(lake, "2024-03") == {"2024-03": "HIGH"}  # 999.99 at 333.34 a month
    assert levels(lake, "2024-03", window_months=Decimal(1)) == {}
    assert levels(lake, "2024-03", window_months=Decimal(120)) == {"2024-03": "HIGH"}


def test_an_opening_balance_counts_from_its_day_on(lake: SmallLake) -> None:
    """Of the opening month only what is dated on that day or later moved the balance; the burn is of whole months."""
    lake.organization("acme", balance="1000.00", opened="2024-02-15")
    lake.add("2024-01-10", "Rent", "100.00")
    lake.add("2024-02-14", "Rent", "200.00")
    lake.add("2024-02-15", "Rent", "300.00")
    lake.add("2024-03-10", "Rent", "100.00")
    cash = {each.month: json.loads(each.evidence)["cash"] for each in found(lake, "2024-02", "2024-03")}
    assert cash == {"2024-02": "700.00", "2024-03": "600.00"}


def test_an_opening_balance_of_the_months_last_day_is_of_the_month(lake: SmallLake) -> None:
    lake.organization("acme", balance="100.00", opened="2024-02-29")
    lake.add("2024-02-28", "Rent", "100.00")
    assert reasons(lake, "2024-01", "2024-02") == {"2024-01": "no transaction up to the month"}
    assert levels(lake, "2024-02") == {"2024-02": "HIGH"}


def test_what_is_not_enough(lake: SmallLake) -> None:
    lake.organization("acme", balance="100.00", opened="2024-03-01")
    lake.add("2024-02-10", "Rent", "100.00")
    after = "the opening balance is of a day after the month"
    assert reasons(lake, "2024-01", "2024-03") == {"2024-01": "no transaction up to the month", "2024-02": after}
    assert levels(lake, "2024-01", "2024-02") == {}
    lake.organization("other")
    lake.add("2024-02-10", "Rent", "100.00", slug="other")
    assert reasons(lake, "2024-03") == {"2024-03": "no opening balance"}
    assert reasons(lake, "2024-03", basis="revenue") == {}


@pytest.mark.parametrize(
    ("income", "expected"), [("299.99", "HIGH"), ("300.00", "MEDIUM"), ("599.99", "MEDIUM"), ("600.00", None)]
)
def test_income_may_be_the_basis(lake: SmallLake, income: str, expected: str | None) -> None:
    """Two months, no opening balance: income against the 100.00 more that were spent."""
    lake.organization("acme")
    lake.add("2024-02-10", "Customer", income, "income")
    lake.add("2024-03-10", "Rent", str(Decimal(income) + 100))
    assert levels(lake, "2024-03", basis="revenue") == ({"2024-03": expected} if expected else {})


def test_no_income_covers_nothing(lake: SmallLake) -> None:
    lake.organization("acme")
    lake.add("2024-03-10", "Rent", "100.00")
    (finding,) = found(lake, "2024-03", basis="revenue")
    assert json.loads(finding.evidence) == {
        "net_burn": "100.00",
        "cash": None,
        "runway": "0.00",
        "months": 1,
        "basis": "revenue",
    }
    assert finding.title == "Income covers 0.00 months of net burn"


def test_yen_have_no_decimals(lake: SmallLake) -> None:
    lake.organization("acme", "JPY", balance="1000", opened="2024-01-01")
    lake.add("2024-01-10", "Rent", "100")
    lake.add("2024-02-10", "Rent", "101")
    lake.add("2024-03-10", "Rent", "300")
    (finding,) = found(lake, "2024-03")
    assert json.loads(finding.evidence)["net_burn"] == "167"
    assert finding.message == (
        "167 a month more are spent than come in (months in the window: 3); the cash at the end of the month, 499, lasts "
        "2.98 months."
    )
    assert finding.severity == 3


def test_each_organization_has_its_own(lake: SmallLake) -> None:
    lake.organization("acme", balance="1000.00", opened="2024-03-10")
    lake.organization("other", balance="350.00", opened="2024-02-01")
    lake.add("2024-03-10", "Rent", "100.00")
    lake.add("2024-03-09", "Rent", "100.00", slug="other")
    assert [(each.organization, each.month) for each in found(lake, "2024-03")] == [("other", "2024-03")]
