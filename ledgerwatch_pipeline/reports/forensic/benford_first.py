"""``benford_first``: first significant digits against Benford's law (docs/reports.md).

A first digit d is expected in the proportion log10(1 + 1/d)..
"""

from ledgerwatch_pipeline.reports import digits
from ledgerwatch_pipeline.reports.contract import Bounds, Report

BENFORD_FIRST = Report(
    name="benford_first",
    title="first digits",
    tells="Whether first digits occur as often as Benford's law says: a high-level test, that sees coarse changes only.",
    source="Nigrini, Forensic Analytics (2011), chapter 5; bounds: chapter 6",
    figures=digits.FIGURES,
    rows=digits.COLUMNS,
    verdict=digits.BENFORD_VERDICT,
    chart=digits.CHART,
    ranked_by="mad",
    bounds=Bounds(0.006, 0.012, 0.015),
    shared=digits.SHARED,
)
