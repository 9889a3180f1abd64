"""``repeat``: equal payments to one vendor close together (docs/cases.md)."""

from ledgerwatch_pipeline.model.words import counted, per_cent
from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.sql import sql_text


def _words(f: Figures) -> str:
    paid = f"{f.count('payments')} payments of {f.money('amount')}"
    apart = "on one day" if f.number("gap") == 0 else f"{counted(f.number('gap'), 'day')} apart"
    told = [f"{paid}, {apart}."]
    if f.flag("amount_is_usual"):
        told.append(
            f"This amount was paid in {f.count('months_with_amount')} of {counted(f.number('earlier_months'), 'earlier month')}."
        )
    told.append(
        f"{f.count('vendor_repeats')} of this vendor's {counted(f.number('vendor_payments'), 'payment')} in the"
        f" {f.number('of_months')} months before {'was such a repeat' if f.number('vendor_repeats') == 1 else 'were such repeats'}."
    )
    told.append(f"Of all repeats here, {per_cent(f.number('repeats_of_gap'), f.number('repeats'))} % come {apart}.")
    if f.flag("booked_apart"):
        told.append("They are booked to different categories.")
    return " ".join(told)


REPEAT = SignalKind(
    name="repeat",
    version=1,
    summary="Equal payments to one vendor within 45 days, where neither vendor nor amount makes a habit of it.",
    sql=sql_text("ranking/repeat"),
    words=_words,
    left_to_batches=True,
    bonus=10,
)
