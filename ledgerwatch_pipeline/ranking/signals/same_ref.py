"""``same_ref`` and ``same_desc``: vendor, amount and reference (or description) of an earlier payment again (docs/cases.md)."""

from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.sql import sql_text


def _words(f: Figures) -> str:
    days = (f.text("first_day"), f.text("day"))
    when = f"twice on {days[0]}" if days[0] == days[1] else f"on {days[0]} and again on {days[1]}"
    said = f.text("field").capitalize()
    return (
        f"{said} {f.text('reference')} was paid {when}, {f.money('amount')} each. {said}s repeat so in {f.count('repeats')} of"
        f" {counted(f.number('of_payments'), 'payment')} here."
    )


SAME_REF = SignalKind(
    name="same_ref",
    version=1,
    summary="A payment with the vendor, the amount and the reference of one at most 400 days before.",
    sql=sql_text("ranking/same_ref", field="reference", telling="true"),
    words=_words,
    finish=sql_text("ranking/same_ref_texts"),
    left_to_batches=True,
)
SAME_DESC = SignalKind(
    name="same_desc",
    version=1,
    summary="The same by the description, where it is another text than the reference.",
    sql=sql_text("ranking/same_ref", field="description", telling="description IS DISTINCT FROM reference"),
    words=_words,
    finish=sql_text("ranking/same_ref_texts"),
    left_to_batches=True,
)
