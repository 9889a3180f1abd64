"""What the reports on digits have in common: their figures and columns, the bars against the expected line; and, of those on
Benford's law, everything but which digits.

With n amounts, an actual proportion a and an expected one e of each of k digits: MAD = Σ |a − e| ÷ k; chi-square =
Σ (n·a − n·e)² ÷ (n·e) with k − 1 degrees of freedom; z = (|a − e| − c) ÷ √(e (1 − e) ÷ n), where c = 1 ÷ 2n corrects for
continuity and is left out where it is not smaller than |a − e| (Nigrini, Forensic Analytics, chapters 5 and 6).
"""

from ledgerwatch_pipeline.reports.contract import Bounds, Chart, Column, Kind, Report

FIGURES = (
    Column("n", Kind.COUNT),
    Column("mad", Kind.REAL),
    Column("chi_square", Kind.REAL),
    Column("degrees_of_freedom", Kind.COUNT),
)
COLUMNS = (
    Column("digits", Kind.TEXT),
    Column("count", Kind.COUNT),
    Column("actual", Kind.PROPORTION),
    Column("expected", Kind.PROPORTION),
    Column("difference", Kind.PROPORTION),
    Column("absolute_difference", Kind.PROPORTION),
    Column("z", Kind.REAL),
)
CHART = Chart(label="digits", bars="actual", line="expected")
VERDICT = "MAD {mad:.5f}, n {n:,}, chi-square {chi_square:,.2f} ({degrees_of_freedom} degrees of freedom)"


def benford(name: str, title: str, tells: str, bounds: Bounds) -> Report:
    """A report on digits against Benford's law; bounds: Nigrini's critical values of its MAD."""
    return Report(
        name=name,
        title=title,
        tells=tells,
        source="Nigrini, Forensic Analytics (2011), chapter 5; bounds: chapter 6",
        figures=FIGURES,
        rows=COLUMNS,
        verdict="{conformity}, " + VERDICT,
        chart=CHART,
        ranked_by="mad",
        bounds=bounds,
        of_digits=True,
    )
