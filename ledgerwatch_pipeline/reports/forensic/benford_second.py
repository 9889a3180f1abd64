"""``benford_second``: second significant digits against Benford's law (docs/reports.md).

A second digit d is expected in the proportion Σ log10(1 + 1/(10 k + d)) over the first digits k from 1 to 9.
"""

from ledgerwatch_pipeline.reports.contract import Bounds
from ledgerwatch_pipeline.reports.digits import benford

BENFORD_SECOND = benford(
    name="benford_second",
    title="second digits",
    tells="Whether second digits occur as often as Benford's law says; more 0 and 5 than that tell of rounded amounts.",
    bounds=Bounds(0.008, 0.010, 0.012),
)
