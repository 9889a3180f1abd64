"""The forensic reports on the data set of Nigrini's books: 189,470 invoices that a utility paid in 2010.

What is published of it: in the books, and by the R package benford.analysis, which prints its results in its README. The
data is not in the repository; absent, the tests skip and say so.
"""

import csv
import gzip
import math
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from ledgerwatch_pipeline.reports.compute import compute
from ledgerwatch_pipeline.reports.contract import Answer, Grouping, Selection, Value
from ledgerwatch_pipeline.reports.registry import named
from ledgerwatch_tests.real_data.test_real_data import real_file
from ledgerwatch_tests.small_lake import SmallLake

pytestmark = pytest.mark.slow

OF_10_AND_MORE = Selection()
POSITIVE = Selection(minimum=Decimal(0))


@pytest.fixture(scope="module")
def invoices() -> Path:
    return real_file("nigrini_corporate.payment.csv.gz")


@pytest.fixture(scope="module")
def utility(invoices: Path) -> Iterator[SmallLake]:
    """The invoices in a lake: negative ones are refunds, zeros are none."""
    with SmallLake() as lake:
        organization = lake.organization("utility")
        lake.con.execute(
            "INSERT INTO lake.transactions BY NAME SELECT $id AS organization_id, uuid() AS load_id, 1 AS row_number,"
            " CAST(date_trunc('month', Date) AS DATE) AS month, Date AS date, VendorNum AS vendor, VendorNum AS vendor_key,"
            " abs(Amount) AS amount, CASE WHEN Amount < 0 THEN 'refund' ELSE 'expense' END AS type, 'USD' AS currency"
            f" FROM read_csv('{invoices}', types = {{'VendorNum': 'VARCHAR', 'Amount': 'DECIMAL(16, 4)', 'Date': 'DATE'}})"
            " WHERE Amount <> 0",
            {"id": organization.id},
        )
        yield lake


def answer(lake: SmallLake, name: str, selection: Selection = POSITIVE) -> Answer:
    return compute(lake.con, list(lake.organizations.values()), named(name), selection)


def figures(lake: SmallLake, name: str, selection: Selection = POSITIVE) -> dict[str, Value]:
    found = answer(lake, name, selection)
    return dict(found.figures(found.groups[0]))


def test_the_records_are_the_published_ones(utility: SmallLake, invoices: Path) -> None:
    with gzip.open(invoices, "rt") as file:
        assert sum(1 for _ in csv.DictReader(file)) == 189_470
    assert figures(utility, "benford_first")["n"] == 185_083  # benford.analysis: positive amounts
    assert figures(utility, "benford_first", OF_10_AND_MORE)["n"] == 177_763  # the book: 10 and more
    refunds = Selection(minimum=Decimal(0), type="refund")
    assert figures(utility, "benford_first", refunds)["n"] == 4_264


def test_the_first_two_digits_are_those_of_benford_analysis(utility: SmallLake) -> None:
    found = figures(utility, "benford_first_two")
    assert found["mad"] == pytest.approx(0.002336614, abs=5e-10)
    assert found["degrees_of_freedom"] == 89
    assert found["conformity"] == "nonconformity"
    (group,) = answer(utility, "benford_first_two").groups
    counts = {str(row[0]): int(str(row[1])) for row in group.rows}
    deviations = {digits: abs(counts[digits] - 185_083 * math.log10(1 + 1 / int(digits))) for digits in counts}
    largest = sorted(deviations, key=lambda digits: -deviations[digits])[:5]
    assert [(digits, round(deviations[digits], 2)) for digits in largest] == [
        ("50", 5938.25),
        ("11", 3331.98),
        ("10", 2811.92),
        ("14", 1043.68),
        ("98", 889.95),
    ]
    assert counts["50"] + counts["11"] == 17_856  # its suspects: all rows of the two largest deviations


def test_its_chi_square_differs_by_146_amounts_that_binary_floating_point_misreads(
    utility: SmallLake, invoices: Path
) -> None:
    """benford.analysis prints 32,094. It finds digits by log10 and powers of floats, so 0.29 begins with 28 and 0.58 with 57."""
    with gzip.open(invoices, "rt") as file:
        texts = [row["Amount"] for row in csv.DictReader(file)]
    amounts = [float(text) for text in texts if float(text) > 0]
    read = Counter(math.trunc(10.0 ** (1 - math.floor(math.log10(amount))) * amount) for amount in amounts)
    expected = {digits: len(amounts) * math.log10(1 + 1 / digits) for digits in range(10, 100)}
    assert round(sum((read[digits] - e) ** 2 / e for digits, e in expected.items())) == 32_094

    (group,) = answer(utility, "benford_first_two").groups
    exact = {int(str(row[0])): int(str(row[1])) for row in group.rows}
    assert {digits: read[digits] - exact[digits] for digits in exact if read[digits] != exact[digits]} == {
        28: 144,
        29: -144,
        57: 2,
        58: -2,
    }
    assert figures(utility, "benford_first_two")["chi_square"] == pytest.approx(32_100.90, abs=0.005)


def test_the_books_convention_and_its_digits(utility: SmallLake) -> None:
    found = {
        name: figures(utility, name, OF_10_AND_MORE)
        for name in ("benford_first", "benford_second", "benford_first_two")
    }
    assert {name: (round(float(str(each["mad"])), 5), each["conformity"]) for name, each in found.items()} == {
        "benford_first": (0.01464, "marginally acceptable conformity"),
        "benford_second": (0.01532, "nonconformity"),
        "benford_first_two": (0.00243, "nonconformity"),
    }


def test_the_most_frequent_amounts(utility: SmallLake) -> None:
    (group,) = answer(utility, "number_duplication").groups
    assert [(row[1], row[3]) for row in group.rows[:2]] == [(Decimal("50.00"), 6_022), (Decimal("1153.35"), 2_264)]
    assert group.rows[0][5] == Decimal("301100.00")
    distinct = figures(utility, "number_duplication")["distinct_amounts"]
    assert distinct == 65_504 + 1  # benford.analysis has 65,504 differences between neighbouring amounts


def test_the_months_make_up_the_year(utility: SmallLake) -> None:
    by_month = Selection(by=Grouping.MONTH)
    found = answer(utility, "benford_first_two", by_month)
    assert len(found.groups) == 12
    assert sum(int(str(group.figures[0])) for group in found.groups) == 177_763
