"""``benford_first_two``: first two significant digits against Benford's law (docs/reports.md).

The digits d, 10 to 99, are expected in the proportion log10(1 + 1/d).
"""

from ledgerwatch_pipeline.reports import digits
from ledgerwatch_pipeline.reports.contract import Bounds, Report

BENFORD_FIRST_TWO = Report(
    name="benford_first_two",
    title="first two digits",
    tells="Which pairs of first digits occur more often than Benford's law says: spikes are amounts to be looked at first.",
    source="Nigrini, Forensic Analytics (2011), chapter 5; bounds: chapter 6",
    figures=digits.FIGURES,
    rows=digits.COLUMNS,
    verdict=digits.BENFORD_VERDICT,
    chart=digits.CHART,
    ranked_by="mad",
    bounds=Bounds(0.0012, 0.0018, 0.0022),
    shared=digits.SHARED,
)
