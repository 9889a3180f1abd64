"""``size``: a payment far above the largest that the vendor ever had (docs/cases.md)."""

from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.sql import sql_text


def _words(f: Figures) -> str:
    return f"{f.money('amount')}; the largest of {counted(f.number('earlier_payments'), 'earlier payment')} was {f.money('largest')}."


SIZE = SignalKind(
    name="size",
    version=1,
    summary="A payment of at least twice the largest that the vendor had before.",
    sql=sql_text("ranking/size"),
    words=_words,
)
