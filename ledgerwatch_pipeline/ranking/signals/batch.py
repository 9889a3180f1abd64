"""``batch``: many references of many vendors again in one month, which is one event (docs/cases.md)."""

from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.sql import sql_text


def _words(f: Figures) -> str:
    return (
        f"{counted(f.number('again'), 'payment')} to {counted(f.number('vendors'), 'vendor')}, {f.money('together')} in all, appear a"
        " second time under the same reference."
    )


BATCH = SignalKind(
    name="batch",
    version=1,
    summary="At least 20 references of at least 10 vendors paid again in one month, ten times as many as usual.",
    sql=sql_text("ranking/batch"),
    words=_words,
)
