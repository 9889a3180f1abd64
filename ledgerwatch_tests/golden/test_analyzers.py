"""Worked examples of large_transaction and duplicate (docs/analyzers.md), each over the whole ledger it speaks of."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ledgerwatch_tests.conftest import Tenant, rows

pytestmark = pytest.mark.slow


def payments(count: int, amount: str) -> list[str]:
    """Payments to different vendors, so that none is a duplicate of another."""
    return [f"2024-03-{day + 1:02d},Vendor {day},{amount},Office,x" for day in range(count)]


LARGE = {
    "exactly the floor is not above it": (payments(5, "100.00") + ["2024-03-20,Big,10000.00,Office,x"], []),
    "a cent above the floor, above five times the mean": (
        payments(5, "100.00") + ["2024-03-20,Big,10000.01,Office,x"],
        [("2024-03", "HIGH", Decimal("10000.01"))],
    ),
    "above twice the mean": (
        payments(5, "6000.00") + ["2024-03-20,Big,20000.00,Office,x"],
        [("2024-03", "MEDIUM", Decimal("20000.00"))],
    ),
}


@pytest.mark.parametrize("title", LARGE)
def test_large_transaction(tenant: Tenant, title: str) -> None:
    lines, expected = LARGE[title]
    tenant.deliver(rows(*lines))
    tenant.analyze("large_transaction")
    assert tenant.findings("large_transaction") == expected


def test_large_transaction_says_its_figures(tenant: Tenant) -> None:
    tenant.deliver(rows(*payments(5, "6000.00"), "2024-03-20,Big,20000.00,Office,x"))
    tenant.analyze("large_transaction")
    (alert,) = tenant.alerts("large_transaction")
    assert alert.evidence == {
        "vendor": "Big",
        "amount": "20000.00",
        "date": "2024-03-20",
        "mean": "8333.33",
        "limit": "16666.67",
    }
    assert alert.message == (
        "20,000.00 with Big on 2024-03-20; the limit is 16,666.67, the mean of the baseline 8,333.33."
    )


def same(*dates: str, vendor: str = "Acme", amount: str = "50.00") -> list[str]:
    return [f"{day},{vendor},{amount},Office,x" for day in dates]


DUPLICATE = {
    "days 0, 2, 4 are one group of three": (
        same("2024-03-01", "2024-03-03", "2024-03-05"),
        [("2024-03", "LOW", Decimal(100))],
    ),
    "days 0 and 3 are too far apart": (same("2024-03-01", "2024-03-04"), []),
    "a subscription each month": (same("2024-01-15", "2024-02-15", "2024-03-15"), []),
    "one vendor, spelt twice": (
        ["2024-03-01,AWS,50.00,Office,x", "2024-03-01,  aws ,50.00,Office,x"],
        [("2024-03", "LOW", Decimal(50))],
    ),
    "a group over the turn of a month is seen in both": (
        same("2024-01-30", "2024-01-31", "2024-02-01"),
        [("2024-01", "LOW", Decimal(50)), ("2024-02", "LOW", Decimal(100))],
    ),
}


@pytest.mark.parametrize("title", DUPLICATE)
def test_duplicate(tenant: Tenant, title: str) -> None:
    lines, expected = DUPLICATE[title]
    tenant.deliver(rows(*lines))
    tenant.analyze("duplicate")
    assert tenant.findings("duplicate") == expected


def test_a_refund_takes_a_member_off(tenant: Tenant) -> None:
    tenant.deliver(
        "date,vendor,amount,type\n2024-03-01,Acme,50.00,\n2024-03-01,Acme,50.00,\n2024-03-03,Acme,50.00,refund\n"
    )
    tenant.analyze("duplicate")
    assert tenant.findings("duplicate") == []


def test_a_group_over_two_months_is_one_alert(tenant: Tenant) -> None:
    tenant.deliver(rows(*same("2024-01-30", "2024-01-31", "2024-02-01")))
    tenant.analyze("duplicate")
    (alert,) = tenant.alerts("duplicate")
    assert str(alert.month) == "2024-02-01"
    assert alert.evidence["dates"] == ["2024-01-30", "2024-01-31", "2024-02-01"]


def test_a_chain_longer_than_the_months_read_at_first_is_whole(tenant: Tenant) -> None:
    days = [str(date(2024, 1, 1) + timedelta(days=2 * step)) for step in range(90)]
    tenant.deliver(rows(*same(*days)))
    tenant.analyze("duplicate")
    (before,) = tenant.alerts("duplicate")
    tenant.deliver(rows("2024-06-28,Other,1.00,Office,x"))
    tenant.analyze("duplicate")
    (after,) = tenant.alerts("duplicate")
    assert before.evidence["count"] == after.evidence["count"] == len(days)


def test_groups_do_not_depend_on_the_order_of_equal_dates(tenant: Tenant) -> None:
    """Two chains of one vendor and amount, each with several members a day, among many others of the same kind."""
    days = ("2024-03-01", "2024-03-01", "2024-03-02", "2024-03-20", "2024-03-20", "2024-03-20", "2024-03-22")
    tenant.deliver(rows(*(line for vendor in range(500) for line in same(*days, vendor=f"Vendor {vendor}"))))
    tenant.analyze("duplicate")
    assert Counter(alert.evidence["count"] for alert in tenant.alerts("duplicate")) == {3: 500, 4: 500}
