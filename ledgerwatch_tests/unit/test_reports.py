"""The forensic reports on ledgers that a test writes down: digits, counts and sums are exact, statistics follow from them."""

import math
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.model.errors import UnknownThingError
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.reports.chart import svg
from ledgerwatch_pipeline.reports.compute import answer, compute
from ledgerwatch_pipeline.reports.contract import Answer, Bounds, Conformity, Grouping, Kind, Selection, Value
from ledgerwatch_pipeline.reports.registry import REPORTS, named
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.small_lake import SmallLake

ALL = Selection(minimum=Decimal(0))
DIGITS = ("benford_first", "benford_second", "benford_first_two", "last_two")


class Ledger(SmallLake):
    """A small lake, and the reports over it."""

    def report(self, name: str, selection: Selection = ALL, *slugs: str) -> Answer:
        """Of the organizations named, or of all."""
        of = [each for each in self.organizations.values() if not slugs or each.slug in slugs]
        return compute(self.con, of, named(name), selection)

    def rows(self, name: str, selection: Selection = ALL, *slugs: str) -> list[dict[str, Value]]:
        """The rows of the one group, by the columns' names."""
        found = self.report(name, selection, *slugs)
        (group,) = found.groups
        names = [column.name for column in found.report.rows]
        return [dict(zip(names, row, strict=True)) for row in group.rows]

    def counts(self, name: str, selection: Selection = ALL, *slugs: str) -> dict[Value, Value]:
        """Digits that occur → how often."""
        return {row["digits"]: row["count"] for row in self.rows(name, selection, *slugs) if row["count"]}


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger() as opened:
        yield opened


@pytest.mark.parametrize(
    ("currency", "amount", "first", "second", "first_two", "last_two"),
    [
        ("USD", "1999.99", "1", "9", "19", "99"),
        ("USD", "0.29", "2", "9", "29", "29"),  # 28.999999999999996 in binary floating point
        ("USD", "0.58", "5", "8", "58", "58"),
        ("USD", "0.07", "7", "0", "70", "07"),
        ("USD", "1.10", "1", "1", "11", "10"),
        ("USD", "999999999999.99", "9", "9", "99", "99"),
        ("JPY", "5", "5", "0", "50", "05"),
        ("JPY", "1204", "1", "2", "12", "04"),
        ("KWD", "0.001", "1", "0", "10", "01"),
        ("KWD", "12.345", "1", "2", "12", "45"),
        ("CLF", "0.0001", "1", "0", "10", "01"),
    ],
)
def test_digits_are_those_of_the_amount_as_it_is_written(
    ledger: Ledger, currency: str, amount: str, first: str, second: str, first_two: str, last_two: str
) -> None:
    ledger.organization("acme", currency)
    ledger.add("2025-01-02", "Acme", amount)
    found = [list(ledger.counts(name)) for name in DIGITS]
    assert found == [[first], [second], [first_two], [last_two]]


@pytest.mark.slow
@given(st.lists(st.decimals("0.01", "999999999999.99", places=2, allow_nan=False), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None)
def test_counts_add_up_and_are_those_of_plain_python(amounts: list[Decimal]) -> None:
    with Ledger() as ledger:
        for amount in amounts:
            ledger.add("2025-01-02", "Acme", str(amount))
        texts = [f"{amount:.2f}".replace(".", "").lstrip("0") + "0" for amount in amounts]
        assert ledger.counts("benford_first") == Counter(text[0] for text in texts)
        assert ledger.counts("benford_second") == Counter(text[1] for text in texts)
        assert ledger.counts("benford_first_two") == Counter(text[:2] for text in texts)
        assert ledger.counts("last_two") == Counter(f"{amount:.2f}"[-2:] for amount in amounts)
        for name in DIGITS:
            rows = ledger.rows(name)
            for column in ("actual", "expected"):
                assert math.isclose(math.fsum(float(str(row[column])) for row in rows), 1)
            (group,) = ledger.report(name).groups
            assert group.figures[0] == len(amounts)
        largest = ledger.rows("number_duplication")[0]
        assert largest["count"] == max(Counter(amounts).values())


def test_the_statistics_are_the_published_formulas(ledger: Ledger) -> None:
    for amount in ("1.00", "1.50", "2.00", "9.00"):
        ledger.add("2025-01-02", "Acme", amount)
    found = ledger.report("benford_first")
    (group,) = found.groups
    figures = found.figures(group)
    expected = {digit: math.log10(1 + 1 / digit) for digit in range(1, 10)}
    actual = {1: 0.5, 2: 0.25, 9: 0.25}
    differences = {digit: actual.get(digit, 0) - expected[digit] for digit in expected}
    assert figures["n"] == 4
    assert figures["degrees_of_freedom"] == 8
    assert figures["mad"] == pytest.approx(sum(map(abs, differences.values())) / 9, rel=1e-12)
    assert figures["chi_square"] == pytest.approx(
        sum(4 * d**2 / expected[k] for k, d in differences.items()), rel=1e-12
    )
    z = {str(row["digits"]): row["z"] for row in ledger.rows("benford_first")}
    for digit, difference in differences.items():
        correction = 1 / 8 if abs(difference) > 1 / 8 else 0  # where it is not smaller, it is left out
        error = math.sqrt(expected[digit] * (1 - expected[digit]) / 4)
        assert z[str(digit)] == pytest.approx((abs(difference) - correction) / error, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("benford_first", (0.006, 0.012, 0.015)),
        ("benford_second", (0.008, 0.010, 0.012)),
        ("benford_first_two", (0.0012, 0.0018, 0.0022)),
    ],
)
def test_conformity_has_the_published_bounds_each_included(name: str, bounds: tuple[float, float, float]) -> None:
    judged = named(name).bounds
    assert judged == Bounds(*bounds)
    below = (Conformity.CLOSE, Conformity.ACCEPTABLE, Conformity.MARGINAL)
    for bound, at, above in zip(bounds, below, (*below[1:], Conformity.NONE), strict=True):
        assert judged.conformity(bound) is at
        assert judged.conformity(math.nextafter(bound, 1)) is above


def test_no_amounts_are_no_groups(ledger: Ledger) -> None:
    ledger.add("2025-01-02", "Acme", "9.99")
    for report in REPORTS:
        assert ledger.report(report.name, Selection()).groups == ()  # below 10


def test_only_what_was_asked_for_counts(ledger: Ledger) -> None:
    ledger.add("2025-01-31", "Acme", "10.00")
    ledger.add("2025-02-01", "Acme", "20.00")
    ledger.add("2025-02-28", "Bolt", "30.00")
    ledger.add("2025-03-01", "Acme", "40.00", "refund")
    ledger.add("2025-03-01", "Acme", "50.00", "income")
    ledger.add("2025-02-01", "Acme", "60.00", slug="other")

    def mine(**asked: object) -> list[Value]:
        return list(ledger.counts("benford_first", replace(ALL, **asked), "acme"))  # type: ignore[arg-type]

    assert list(ledger.counts("benford_first")) == ["1", "2", "3", "6"]
    assert mine() == ["1", "2", "3"]
    assert mine(first=Month(2025, 2), last=Month(2025, 2)) == ["2", "3"]
    assert mine(vendor_key="acme") == ["1", "2"]
    assert mine(type="refund") == ["4"]
    assert mine(minimum=Decimal("20.00")) == ["2", "3"]
    assert mine(minimum=Decimal("20.01")) == ["3"]
    assert compute(ledger.con, [], named("benford_first"), ALL).groups == ()


def test_an_unknown_vendor_names_the_close_ones_of_these_organizations_alone(ledger: Ledger) -> None:
    ledger.add("2025-01-31", "Northline", "10.00")
    ledger.add("2025-01-31", "Northlime", "10.00", slug="other")
    with pytest.raises(UnknownThingError) as error:
        ledger.report("rsf", replace(ALL, vendor_key="northlime"), "acme")
    assert error.value.known == ["northline"]


def test_a_principal_gets_reports_of_its_own_organizations_only(
    tenant: Tenant, new_tenant: Callable[[], Tenant]
) -> None:
    tenant.deliver(rows("2025-01-02,Mine,11.00,,"))
    other = new_tenant()
    other.deliver(rows("2025-01-02,Theirs,22.00,,"))
    viewer = Principal("viewer", Role.VIEWER, frozenset({tenant.id}))
    found = answer(tenant.home, viewer, named("number_duplication"), ALL, ())
    assert [row[1] for row in found.groups[0].rows] == [Decimal("11.00")]
    with pytest.raises(UnknownThingError):
        answer(tenant.home, viewer, named("number_duplication"), ALL, (other.slug,))
    both = answer(tenant.home, TESTER, named("number_duplication"), ALL, (tenant.slug, other.slug))
    assert [row[1] for row in both.groups[0].rows] == [Decimal("22.00"), Decimal("11.00")]


def test_groups_are_ranked_and_bounded(ledger: Ledger) -> None:
    for day, vendor, amount in (("2025-01-02", "A", "10"), ("2025-04-02", "A", "70"), ("2026-01-02", "B", "90")):
        for _ in range(2):
            ledger.add(day, vendor, amount)
    by = {
        Grouping.ORGANIZATION: [("acme", "")],
        Grouping.MONTH: [("", "2026-01"), ("", "2025-04"), ("", "2025-01")],
        Grouping.QUARTER: [("", "2026-Q1"), ("", "2025-Q2"), ("", "2025-Q1")],
        Grouping.YEAR: [("", "2026"), ("", "2025")],
        Grouping.VENDOR: [("acme", "b"), ("acme", "a")],
    }
    for grouping, names in by.items():
        found = ledger.report("benford_first", replace(ALL, by=grouping, min_rows=2))
        assert [(group.organization, group.name) for group in found.groups] == names
        first = ledger.report("benford_first", replace(ALL, by=grouping, min_rows=2, limit=1))
        assert first.groups == found.groups[:1]
        assert ledger.report("benford_first", replace(ALL, by=grouping)).groups == ()  # too few rows for a verdict


def test_vendors_of_two_organizations_are_two(ledger: Ledger) -> None:
    ledger.add("2025-01-31", "Acme", "1000.00")
    ledger.add("2025-01-31", "Acme", "10.00", slug="other")
    assert ledger.report("rsf").groups == ()
    found = ledger.report("number_duplication", replace(ALL, by=Grouping.VENDOR, min_rows=1))
    assert [(group.organization, group.name) for group in found.groups] == [("acme", "acme"), ("other", "acme")]


def test_number_duplication_counts_sums_and_factor(ledger: Ledger) -> None:
    ledger.organization("tokyo", "JPY")
    for amount in ("50.00", "50.00", "50.00", "12.34", "12.34", "7.00"):
        ledger.add("2025-01-02", "Acme", amount)
    for _ in range(2):
        ledger.add("2025-01-02", "Acme", "50", slug="tokyo")
    found = ledger.report("number_duplication")
    assert [row[:4] + row[5:] for row in found.groups[0].rows] == [
        (1, Decimal("50.00"), "USD", 3, Decimal("150.00")),
        (2, Decimal(50), "JPY", 2, Decimal(100)),  # another currency's 50
        (3, Decimal("12.34"), "USD", 2, Decimal("24.68")),
        (4, Decimal("7.00"), "USD", 1, Decimal("7.00")),
    ]
    assert found.groups[0].figures == (8, 4, 7, (9 + 4 + 4) / 64)
    assert len(ledger.rows("number_duplication", replace(ALL, limit=2))) == 2


def test_round_amounts_are_round_to_the_last_decimal(ledger: Ledger) -> None:
    for amount in ("5000.00", "1000.00", "100.00", "25.00", "10.00", "10.01", "199.00", "4999.50", "99.99", "0.99"):
        ledger.add("2025-01-02", "Acme", amount)
    assert {row["kind"]: row["count"] for row in ledger.rows("round_amounts")} == {
        "divisible by 10": 4,
        "divisible by 25": 4,
        "divisible by 100": 3,
        "divisible by 1000": 2,
        "divisible by 5000": 1,
        "ending in 99": 3,
    }


def test_the_relative_size_factor_is_largest_by_second_largest(ledger: Ledger) -> None:
    for vendor, amounts in {
        "Tenfold": ("100.00", "10.00", "1.00"),
        "Nearly": ("99.99", "10.00"),
        "Equal": ("40.00", "40.00"),
        "Once": ("9000.00",),
    }.items():
        for amount in amounts:
            ledger.add("2025-01-02", vendor, amount)
    found = ledger.report("rsf")
    assert [(row[0], row[2], row[4], row[5], row[7], row[8]) for row in found.groups[0].rows] == [
        (1, "Tenfold", Decimal("100.00"), Decimal("10.00"), 3, Decimal("111.00")),
        (2, "Nearly", Decimal("99.99"), Decimal("10.00"), 2, Decimal("109.99")),
        (3, "Equal", Decimal("40.00"), Decimal("40.00"), 2, Decimal("80.00")),
    ]
    assert found.groups[0].figures == (3, 1, 10.0)  # three vendors, one of them exactly tenfold
    assert [row["vendor"] for row in ledger.rows("rsf", replace(ALL, min_rows=3))] == ["Tenfold"]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_every_report_keeps_its_declaration(ledger: Ledger, report: object) -> None:
    for vendor in ("'; DROP TABLE lake.transactions; --", "{n} %s <script>&\x1b\ud7ff", "=1+1"):
        for amount in ("10.00", "123.45"):
            ledger.add("2025-01-02", vendor, amount)
    assert report in REPORTS
    types = {
        Kind.TEXT: str,
        Kind.COUNT: int,
        Kind.AMOUNT: Decimal,
        Kind.PROPORTION: float,
        Kind.REAL: float,
    }
    for by in (None, *Grouping):
        found = ledger.report(getattr(report, "name"), replace(ALL, by=by, min_rows=1))  # noqa: B009
        assert found.groups
        ranked = [found.figures(group)[found.report.ranked_by] for group in found.groups]
        assert ranked == sorted(ranked, reverse=True)  # type: ignore[type-var]
        for group in found.groups:
            assert found.verdict(group)
            for columns, values in (
                (found.report.columns, group.figures),
                *((found.report.rows, r) for r in group.rows),
            ):
                assert [type(value) for value in values] == [types[column.kind] for column in columns]
        picture = svg(found)
        assert b"<script>" not in picture
        ET.fromstring(picture)  # noqa: S314 our own document, and whether it is one is the question
