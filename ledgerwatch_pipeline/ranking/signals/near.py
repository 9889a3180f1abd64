"""``near``: two neighbouring digits of an amount changed places (docs/cases.md)."""

from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.sql import sql_text


def _words(f: Figures) -> str:
    apart = "on one day" if f.number("gap") == 0 else f"{counted(f.number('gap'), 'day')} apart"
    return f"{f.money('first_amount')} and {f.money('amount')}: two digits changed places, {apart}."


NEAR = SignalKind(
    name="near",
    version=1,
    summary="Two payments to one vendor within 31 days whose amounts differ by two neighbouring digits that changed places.",
    sql=sql_text("ranking/near"),
    words=_words,
)
