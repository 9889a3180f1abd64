"""``split``: different amounts just under a limit within days (docs/cases.md)."""

from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.sql import sql_text


def _words(f: Figures) -> str:
    days = f.number("days")
    within = "on one day" if days == 0 else f"within {counted(days + 1, 'day')}"
    return (
        f"{f.count('payments')} payments just under {f.money('limit_amount')} {within}, together {f.money('together')};"
        f" {f.count('earlier_in_band')} of {counted(f.number('vendor_payments'), 'earlier payment')} lay there."
    )


SPLIT = SignalKind(
    name="split",
    version=1,
    summary="Two or more different amounts of 90 % to just under a limit, each within 3 days of the next.",
    sql=sql_text("ranking/split"),
    words=_words,
)
