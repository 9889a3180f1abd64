"""docs/reports.md names every report with its columns and figures, and has the bounds that the reports judge by."""

import re

import pytest

from ledgerwatch_pipeline.reports.contract import Report
from ledgerwatch_pipeline.reports.registry import REPORTS
from ledgerwatch_tests.docs.test_readme import PROJECT

PAGE = (PROJECT / "docs" / "reports.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_the_page_has_the_report_its_columns_and_its_bounds(report: Report) -> None:
    assert re.search(rf"^## .*`{report.name}`", PAGE, re.M)
    named = set(re.findall(r"`([a-z_0-9]+)`", PAGE))
    shares = {f"share_{each}" for each in (10, 25, 100, 1000)}  # the page says: share_10 to share_5000
    assert {column.name for column in (*report.columns, *report.rows)} <= named | shares | {"digits", "kind"}
    if report.bounds:
        bounds = report.bounds
        row = f"| {report.title} | up to {bounds.close:g} | up to {bounds.acceptable:.3g} | up to {bounds.marginal:g} | above |"
        assert row.replace("0.01 ", "0.010 ") in PAGE
