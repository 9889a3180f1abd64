"""The ranked cases of a real council: the known anomalies stand where they belong. The data is not in the repository; absent, the tests
skip and say so."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.receive.options import import_options
from ledgerwatch_pipeline.model.case import CaseFilter, CaseRow, CaseStatus
from ledgerwatch_pipeline.model.load import OnInvalid
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.work import CASES
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.ranking.explain import reasons
from ledgerwatch_pipeline.ranking.parameters import Parameters
from ledgerwatch_pipeline.stores.postgres import cases, leases
from ledgerwatch_tests.conftest import TESTER
from ledgerwatch_tests.processes import PROJECT, Installation, installation
from ledgerwatch_tests.real_data.test_real_data import devon  # noqa: F401 a fixture
from ledgerwatch_tests.steps import EVER, import_these

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ranked(devon: list[Path]) -> Iterator[Installation]:  # noqa: F811 the fixture
    """Devon's whole history, imported and ranked, without the rules."""
    with installation() as council:
        council.add_organization("devon", "GBP")
        options = import_options(PROJECT / "examples" / "profiles", "devon", OnInvalid.QUARANTINE)
        receipts = receive(council.home, devon, "devon", options, TESTER)
        import_these(council.home, TESTER, [each.load_id for each in receipts])
        analyses.request_cases(council.home, TESTER, MonthRange(Month(2011, 1), Month(2026, 3)))
        with leases.worker(council.home.database) as worker:
            analyses.take(council.home, worker, EVER, [CASES])
            done = analyses.rank_leased(council.home, worker), analyses.list_leased(council.home, worker)
            analyses.release(council.home, worker)
        assert [failure for report in done for failure in report.failures] == []
        yield council


def of_month(council: Installation, month: date) -> list[CaseRow]:
    wanted = CaseFilter(date(2026, 4, 1), tuple(CaseStatus), first_month=month, last_month=month)
    with council.home.database.transaction() as connection:
        return list(cases.ranked(connection, wanted, TESTER, limit=None, after=None))


def test_the_month_in_which_a_file_was_paid_twice_begins_with_that_batch(ranked: Installation) -> None:
    first = of_month(ranked, date(2020, 2, 1))[0]
    assert (first.rank, first.lead) == (1, "batch")
    said = reasons(first)[0]
    assert "1,435 payments to 510 vendors" in said, said
    assert "8,948,899.20" in said, said


@pytest.mark.parametrize(("month", "reference"), [(date(2022, 8, 1), "inv-17561"), (date(2023, 3, 1), "EXRSIN12")])
def test_a_reference_that_was_paid_twice_is_among_the_first_three(
    ranked: Installation, month: date, reference: str
) -> None:
    found = [row.rank for row in of_month(ranked, month) if any(reference in said for said in reasons(row))]
    assert min(found, default=None) in (1, 2, 3)


def test_no_month_lists_more_than_its_budget_and_ranks_have_no_gaps(ranked: Installation) -> None:
    for month in MonthRange(Month(2011, 1), Month(2026, 3)):
        ranks = [row.rank for row in of_month(ranked, month.first_day)]
        assert ranks == list(range(1, len(ranks) + 1)), month
        assert 0 < len(ranks) <= Parameters().budget, month
