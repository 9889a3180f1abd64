"""``twin``: a new vendor whose name is one slip away from a known one (docs/cases.md)."""

from ledgerwatch_pipeline.model.words import times
from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.sql import sql_text


def _words(f: Figures) -> str:
    return f"Name like {f.text('partner')}, paid {times(f.number('times'))} until {f.text('last_month')}; a second vendor record?"


TWIN = SignalKind(
    name="twin",
    version=1,
    summary="A vendor's first month, its name one edit away from that of a vendor known before.",
    sql=sql_text("ranking/twin"),
    words=_words,
)
