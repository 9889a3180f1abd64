"""``spike``: a month above the vendor's largest of the year before (docs/cases.md)."""

from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.sql import sql_text


def _words(f: Figures) -> str:
    return (
        f"{f.money('net')} this month; at most {f.money('largest')} in each of the 12 months before"
        f" ({f.count('active')} active)."
    )


SPIKE = SignalKind(
    name="spike",
    version=1,
    summary="A month's net spend above the vendor's largest of the 12 months before.",
    sql=sql_text("ranking/spike"),
    words=_words,
)
