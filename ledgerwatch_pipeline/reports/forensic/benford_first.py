"""``benford_first``: first significant digits against Benford's law (docs/reports.md).

A first digit d is expected in the proportion log10(1 + 1/d).
"""

from ledgerwatch_pipeline.reports.contract import Bounds
from ledgerwatch_pipeline.reports.digits import benford

BENFORD_FIRST = benford(
    name="benford_first",
    title="first digits",
    tells="Whether first digits occur as often as Benford's law says: a high-level test, that sees coarse changes only.",
    bounds=Bounds(0.006, 0.012, 0.015),
)
