"""``number_duplication``: the most frequent amounts (docs/reports.md).

Number factor = Σ c² ÷ n² over the amounts that occur more than once, c times each: 0 if all differ, 1 if all are equal.
"""

from ledgerwatch_pipeline.reports.contract import Chart, Column, Kind, Report

NUMBER_DUPLICATION = Report(
    name="number_duplication",
    title="number duplication",
    tells="Which amounts occur most often: what makes a spike of digits, fees and subscriptions, or amounts used again.",
    source="Nigrini, Forensic Analytics (2011), chapter 8; number factor: chapter 12",
    figures=(
        Column("n", Kind.COUNT),
        Column("distinct_amounts", Kind.COUNT),
        Column("repeated", Kind.COUNT),
        Column("number_factor", Kind.REAL),
    ),
    rows=(
        Column("rank", Kind.COUNT),
        Column("amount", Kind.AMOUNT),
        Column("currency", Kind.TEXT),
        Column("count", Kind.COUNT),
        Column("share", Kind.PROPORTION),
        Column("sum", Kind.AMOUNT),
    ),
    verdict="{repeated:,} of {n:,} rows have an amount that occurs again, {distinct_amounts:,} amounts differ, "
    "number factor {number_factor:.5f}",
    chart=Chart(label="amount", bars="count"),
    ranked_by="number_factor",
    min_rows_of_group=30,
)
