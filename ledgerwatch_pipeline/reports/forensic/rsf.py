"""``rsf``: relative size factor, a vendor's largest amount ÷ its second largest (docs/reports.md).

It is ranked by the quotient as a real number; whether it is at least 10 is decided by the amounts, exactly.
"""

from ledgerwatch_pipeline.reports.contract import Chart, Column, Kind, Report

RSF = Report(
    name="rsf",
    title="relative size factor",
    tells="Whose largest amount is far from its second largest: a misplaced decimal point, or a payment to the wrong vendor.",
    source="Nigrini, Forensic Analytics (2011), chapter 11",
    figures=(Column("vendors", Kind.COUNT), Column("tenfold", Kind.COUNT), Column("highest", Kind.REAL)),
    rows=(
        Column("rank", Kind.COUNT),
        Column("organization", Kind.TEXT),
        Column("vendor", Kind.TEXT),
        Column("currency", Kind.TEXT),
        Column("largest", Kind.AMOUNT),
        Column("second", Kind.AMOUNT),
        Column("rsf", Kind.REAL),
        Column("count", Kind.COUNT),
        Column("sum", Kind.AMOUNT),
    ),
    verdict="the largest amount of {tenfold:,} of {vendors:,} vendors is at least 10 times the second; highest {highest:,.2f}",
    chart=Chart(label="vendor", bars="rsf"),
    ranked_by="highest",
    min_rows=2,
    min_rows_of_group=2,
)
