"""vendor_spike over small ledgers, each written down whole: bounds, kinds, refunds, gaps (docs/analyzers.md)."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from ledgerwatch_pipeline.analysis.analyzers.vendor_spike import VENDOR_SPIKE
from ledgerwatch_tests.small_lake import Finding, SmallLake


@pytest.fixture
def lake() -> Iterator[SmallLake]:
    with SmallLake() as opened:
        opened.add("2020-01-01", "Long ago", "1.00")  # the organization has a past
        yield opened


def found(lake: SmallLake, first: str, last: str | None = None, **values: Decimal) -> list[Finding]:
    return lake.findings(VENDOR_SPIKE, lake.scope(first, last), dict.fromkeys(lake.organizations, values))


def said(lake: SmallLake, first: str, last: str | None = None, **values: Decimal) -> list[tuple[str, str, str]]:
    """Month, kind and severity of each finding."""
    return [
        (each.month, each.kind, ("LOW", "MEDIUM", "HIGH")[each.severity - 1])
        for each in found(lake, first, last, **values)
    ]


@pytest.mark.parametrize(
    ("current", "severity"),
    [("1000.00", None), ("1249.99", None), ("1250.00", "LOW"), ("1499.99", "LOW"), ("1500.00", "MEDIUM")],
)
def test_the_bounds_hold_to_the_cent(lake: SmallLake, current: str, severity: str | None) -> None:
    lake.add("2023-12-31", "AWS", "1000.00")
    lake.add("2024-01-01", " aws ", current)
    assert said(lake, "2024-01") == ([("2024-01", "spike", severity)] if severity else [])


def test_a_spike_says_its_figures(lake: SmallLake) -> None:
    lake.add("2024-02-10", "AWS", "300.00")
    lake.add("2024-03-20", "Aws", "400.00")
    lake.add("2024-03-10", "aWS", "1.00")
    (finding,) = found(lake, "2024-03")
    assert json.loads(finding.evidence) == {
        "vendor": "aWS",
        "kind": "spike",
        "previous": "300.00",
        "current": "401.00",
        "increase_pct": "33.67",
    }
    assert (finding.title, finding.amount, finding.transactions) == ("Spend up 33.67 %: aWS", Decimal("101.00"), 2)


def test_a_vendor_is_new_once(lake: SmallLake) -> None:
    lake.add("2024-02-10", "AWS", "300.00")
    lake.add("2024-03-10", "AWS", "300.00")
    (finding,) = found(lake, "2024-01", "2024-03")
    assert (finding.month, finding.kind, finding.amount) == ("2024-02", "new", Decimal("300.00"))
    assert json.loads(finding.evidence) == {
        "vendor": "AWS",
        "kind": "new",
        "previous": "0.00",
        "current": "300.00",
        "increase_pct": None,
    }


@pytest.mark.parametrize("kind", ["expense", "income", "refund"])
def test_any_earlier_transaction_makes_a_vendor_known(lake: SmallLake, kind: str) -> None:
    lake.add("2022-06-10", "AWS", "5.00", kind)
    lake.add("2024-03-10", "AWS", "300.00")
    assert said(lake, "2024-03") == [("2024-03", "returning", "LOW")]


def test_a_gap_of_a_month_makes_a_vendor_return(lake: SmallLake) -> None:
    lake.add("2024-01-10", "AWS", "300.00")
    lake.add("2024-03-10", "AWS", "300.00")
    assert said(lake, "2024-01", "2024-04") == [("2024-01", "new", "LOW"), ("2024-03", "returning", "LOW")]
    assert said(lake, "2024-03") == [("2024-03", "returning", "LOW")]


@pytest.mark.parametrize(("refund", "shown"), [("300.00", "0.00"), ("350.00", "-50.00")])
def test_a_month_before_without_net_spend_counts_as_none(lake: SmallLake, refund: str, shown: str) -> None:
    lake.add("2024-02-10", "AWS", "300.00")
    lake.add("2024-02-20", "AWS", refund, "refund")
    lake.add("2024-03-10", "AWS", "300.00")
    (finding,) = found(lake, "2024-03")
    assert (finding.kind, finding.amount) == ("returning", Decimal("300.00"))
    assert json.loads(finding.evidence)["previous"] == shown


def test_refunds_lessen_the_spend_and_income_does_not_count(lake: SmallLake) -> None:
    lake.add("2024-02-10", "AWS", "1000.00")
    lake.add("2024-03-10", "AWS", "1300.00")
    lake.add("2024-03-11", "AWS", "50.01", "refund")
    lake.add("2024-03-12", "AWS", "9000.00", "income")
    assert said(lake, "2024-03") == []
    lake.add("2024-03-13", "AWS", "0.01")
    (finding,) = found(lake, "2024-03")
    assert (finding.kind, finding.transactions) == ("spike", 3)  # those that make the spend, refunds too


def test_nothing_is_said_of_a_spend_up_to_the_least(lake: SmallLake) -> None:
    lake.add("2024-03-10", "AWS", "300.00")
    lake.add("2024-03-10", "Back", "10.00")
    lake.add("2024-03-11", "Back", "10.00", "refund")
    assert len(found(lake, "2024-03")) == 1
    assert said(lake, "2024-03", min_spend=Decimal("299.99")) == [("2024-03", "new", "LOW")]
    assert said(lake, "2024-03", min_spend=Decimal("300.00")) == []


def test_the_percentages_are_parameters(lake: SmallLake) -> None:
    lake.add("2024-02-10", "AWS", "1000.00")
    lake.add("2024-03-10", "AWS", "1333.30")
    assert said(lake, "2024-03", spike_percent=Decimal("33.33")) == [("2024-03", "spike", "LOW")]
    assert said(lake, "2024-03", spike_percent=Decimal("33.3301")) == []
    assert said(lake, "2024-03", medium_percent=Decimal("33.33")) == [("2024-03", "spike", "MEDIUM")]


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        ("0", "1", "0.00"),
        ("1", "8000", "0.01"),
        ("0.9999", "20000", "0.00"),
        ("1", "20000", "0.01"),
        ("999999999.9999", "0.0001", "999999999999900.00"),
        ("1000000000", "0.0001", "1000000000000000.00"),
        ("1", "1000000000000", "0.00"),
    ],
)
def test_a_percentage_is_shown_exactly_rounded_half_up(lake: SmallLake, part: str, whole: str, percent: str) -> None:
    row = lake.con.execute(
        "SELECT exact_percentage(CAST($part AS DECIMAL(28, 4)), CAST($whole AS DECIMAL(28, 4)))",
        {"part": part, "whole": whole},
    ).fetchone()
    assert row == (Decimal(percent),)


def test_the_first_month_of_an_organization_has_nothing_to_compare_with() -> None:
    with SmallLake() as lake:
        lake.add("2024-03-10", "AWS", "300.00")
        lake.add("2024-04-10", "Rent", "300.00")
        evaluation = lake.evaluate(VENDOR_SPIKE, lake.scope("2024-02", "2024-04"))
        ((reason,),) = evaluation.insufficient.values()
        assert (reason.reason, str(reason.months)) == ("no transaction before the month", "2024-02..2024-03")
        assert said(lake, "2024-02", "2024-04") == [("2024-04", "new", "LOW")]


def test_what_comes_later_changes_nothing(lake: SmallLake) -> None:
    lake.add("2024-03-10", "AWS", "300.00")
    before = found(lake, "2024-03")
    lake.add("2024-04-10", "AWS", "900.00")
    assert found(lake, "2024-03") == before


def test_yen_have_no_decimals(lake: SmallLake) -> None:
    lake.organization("tokyo", "JPY")
    lake.add("2023-12-10", "AWS", "400", slug="tokyo")
    lake.add("2024-01-10", "AWS", "500", slug="tokyo")
    (finding,) = lake.findings(VENDOR_SPIKE, lake.scope("2024-01", None, "tokyo"))
    assert finding.message == "500 with AWS, 400 the month before: 25.00 % more."


def test_the_largest_hundred_transactions_are_named(lake: SmallLake) -> None:
    for number in range(120):
        lake.add("2024-03-10", "AWS", f"{number + 1}.00")
    (finding,) = found(lake, "2024-03")
    assert finding.transactions == 100
    smallest = lake.con.execute(
        "SELECT min(amount) FROM (SELECT unnest(transactions) AS id FROM staged_findings) AS f"
        " JOIN lake.transactions AS t ON transaction_id(t.load_id, t.row_number) = f.id"
    ).fetchone()
    assert smallest == (Decimal("21.0000"),)


def test_each_organization_has_its_own(lake: SmallLake) -> None:
    lake.add("2024-02-10", "AWS", "300.00")
    lake.add("2024-02-10", "Rent", "300.00", slug="other")
    lake.add("2024-03-10", "AWS", "300.00", slug="other")
    assert [(each.organization, each.month, each.kind) for each in found(lake, "2024-03")] == [
        ("other", "2024-03", "new")
    ]
