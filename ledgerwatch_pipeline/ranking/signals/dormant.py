"""``dormant``: a vendor that is paid again after a long time (docs/cases.md)."""

from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.sql import sql_text


def _words(f: Figures) -> str:
    return (
        f"First payment since {f.text('last_month')}, {f.money('net')} in the month; the largest before was"
        f" {f.money('largest')}."
    )


DORMANT = SignalKind(
    name="dormant",
    version=1,
    summary="A vendor paid again after 12 months or more without a payment.",
    sql=sql_text("ranking/dormant"),
    words=_words,
)
