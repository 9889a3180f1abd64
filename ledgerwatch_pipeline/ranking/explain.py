"""Says in words, with figures, why a case stands where it stands. Nothing is computed here: all figures are the signals'."""

from ledgerwatch_pipeline.model.case import CaseRow, CaseSignal
from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.ranking.registry import BY_NAME


def reasons(row: CaseRow) -> list[str]:
    """A sentence or two a signal, those that say most first; and what an earlier decision takes off."""
    return [sentence(each, row.currency_decimals) for each in row.signals] + lowered(row)


def sentence(signal: CaseSignal, decimals: int) -> str:
    """What was found, and how rare that is here."""
    figures = Figures(signal.figures, decimals)
    kind = BY_NAME.get(signal.kind)
    said = figures.text("message") if kind is None else kind.words(figures)
    weaker = f" And {counted(signal.weaker, 'weaker one')}." if signal.weaker else ""
    return f"{said}{weaker} {rarity(signal)}"


def rarity(signal: CaseSignal) -> str:
    """How many signals of the kind were at least as strong."""
    return f"Signals this strong: {signal.as_strong:,} in the last {counted(signal.of_months, 'month')}."


def lowered(row: CaseRow) -> list[str]:
    """What somebody decided about the same subject and kind before, if that lets the case count less."""
    if row.judged_in is None:
        return []
    return [
        f"Counts 2 bits less: case {row.organization}-c{row.judged_in} of the same subject and kind was resolved as"
        f" {row.judged_as} within the last 12 months."
    ]
