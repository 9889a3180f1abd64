"""``benford_second``: second significant digits against Benford's law (docs/reports.md).

A second digit d is expected in the proportion Σ log10(1 + 1/(10 k + d)) over the first digits k from 1 to 9.
"""

from ledgerwatch_pipeline.reports import digits
from ledgerwatch_pipeline.reports.contract import Bounds, Report

BENFORD_SECOND = Report(
    name="benford_second",
    title="second digits",
    tells="Whether second digits occur as often as Benford's law says; more 0 and 5 than that tell of rounded amounts.",
    source="Nigrini, Forensic Analytics (2011), chapter 5; bounds: chapter 6",
    figures=digits.FIGURES,
    rows=digits.COLUMNS,
    verdict=digits.BENFORD_VERDICT,
    chart=digits.CHART,
    ranked_by="mad",
    bounds=Bounds(0.008, 0.010, 0.012),
    shared=digits.SHARED,
)
