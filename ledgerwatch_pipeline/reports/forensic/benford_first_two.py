"""``benford_first_two``: first two significant digits against Benford's law (docs/reports.md).

The digits d, 10 to 99, are expected in the proportion log10(1 + 1/d).
"""

from ledgerwatch_pipeline.reports.contract import Bounds
from ledgerwatch_pipeline.reports.digits import benford

BENFORD_FIRST_TWO = benford(
    name="benford_first_two",
    title="first two digits",
    tells="Which pairs of first digits occur more often than Benford's law says: spikes are amounts to be looked at first.",
    bounds=Bounds(0.0012, 0.0018, 0.0022),
)
