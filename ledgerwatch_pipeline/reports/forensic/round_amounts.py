"""``round_amounts``: the share of amounts that are round, or end in 99 (docs/reports.md).

Round means divisible to the last decimal: 100.00 is, 100.40 is not. Ending in 99 means 99 before the decimal point.
"""

from ledgerwatch_pipeline.reports.contract import Chart, Column, Kind, Report

ROUND_AMOUNTS = Report(
    name="round_amounts",
    title="round amounts",
    tells="How many amounts are divisible by 10, 25, 100, 1000, 5000, or end in 99: estimates, and what stays below a limit.",
    source="Nigrini, Forensic Analytics (2011), chapter 8 (excessive rounding)",
    figures=(
        Column("n", Kind.COUNT),
        *(Column(f"share_{each}", Kind.PROPORTION) for each in (10, 25, 100, 1000, 5000, 99)),
    ),
    rows=(Column("kind", Kind.TEXT), Column("count", Kind.COUNT), Column("share", Kind.PROPORTION)),
    verdict="{share_100:.2%} of {n:,} are divisible by 100, {share_1000:.2%} by 1000; {share_99:.2%} end in 99",
    chart=Chart(label="kind", bars="share"),
    ranked_by="share_100",
    min_rows_of_group=10,
)
