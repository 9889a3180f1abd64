"""``last_two``: the last two digits in minor units, all pairs of which are expected alike (docs/reports.md).

No critical values of its MAD are published, so it has no conformity.
"""

from ledgerwatch_pipeline.reports import digits
from ledgerwatch_pipeline.reports.contract import Report

LAST_TWO = Report(
    name="last_two",
    title="last two digits",
    tells="Whether the last two digits (cents, where there are cents) are spread evenly: invented amounts seldom are.",
    source="Nigrini, Forensic Analytics (2011), chapter 8",
    figures=digits.FIGURES,
    rows=digits.COLUMNS,
    verdict=digits.VERDICT,
    chart=digits.CHART,
    ranked_by="mad",
    of_digits=True,
)
