"""``new``: a vendor's first month (docs/cases.md)."""

from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.sql import sql_text


def _words(f: Figures) -> str:
    return f"First payments to this vendor: {f.count('payments')}, together {f.money('net')}."


NEW = SignalKind(
    name="new",
    version=1,
    summary="A vendor's first month, ranked by what it was paid.",
    sql=sql_text("ranking/new"),
    words=_words,
)
