"""``slip``: a decimal separator in the wrong place (docs/cases.md)."""

from ledgerwatch_pipeline.model.words import times
from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.sql import sql_text


def _words(f: Figures) -> str:
    return (
        f"{f.money('amount')} is exactly {f.number('factor')} times {f.money('small')}, paid {times(f.number('times'))} in the last"
        " year; it was never paid before."
    )


SLIP = SignalKind(
    name="slip",
    version=1,
    summary="An amount never paid to the vendor before, exactly 10 or 100 times one paid to it within the year.",
    sql=sql_text("ranking/slip"),
    words=_words,
)
