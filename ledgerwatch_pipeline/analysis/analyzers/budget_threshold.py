"""``budget_threshold``: running totals against the limits that organizations set (docs/analyzers.md)."""

from ledgerwatch_pipeline.analysis.contract import Analyzer, Evidence, EvidenceType, Input, Message, PeriodReach
from ledgerwatch_pipeline.sql import sql_text

_TOTAL = "total = {added} - {refunds} refunded = {total}\n"
_CROSSED = "{total_before} before and {reached} with the transaction of {crossed_on}"

BUDGET_THRESHOLD = Analyzer(
    name="budget_threshold",
    version=1,
    summary="A running total of a day, week, month, quarter or year, or one transaction, that exceeds a limit or comes near it.",
    sql=sql_text("analyzers/budget_threshold"),
    insufficient=sql_text("analyzers/budget_threshold_insufficient"),
    inputs=frozenset({Input.LEDGER, Input.MONTHS, Input.THRESHOLDS}),
    messages={
        "exceeded": Message(
            title="Threshold exceeded: {name}, {bucket}",
            message="{what} in {bucket}: {total}, {comparison} {limit_amount}. Crossed on {crossed_on} by {crossed_amount} with "
            "{crossed_vendor}.",
            arithmetic=_TOTAL + "        is {comparison} {limit_amount}: exceeded\ncrossed: " + _CROSSED,
        ),
        "approached": Message(
            title="Threshold approached: {name}, {bucket}",
            message="{what} in {bucket}: {total}, at least {warn_percent} % of the limit {limit_amount}. Reached on {crossed_on} "
            "by {crossed_amount} with {crossed_vendor}.",
            arithmetic=_TOTAL
            + "        is not {comparison} {limit_amount}, but at least {warn_percent} % of it, {warn_bar}: approached\n"
            "reached: " + _CROSSED,
        ),
        "below": Message(
            title="Below threshold: {name}, {bucket}",
            message="{what} in {bucket}: {total}, {comparison} {limit_amount}, now that it is over.",
            arithmetic=_TOTAL + "        is {comparison} {limit_amount}: exceeded",
        ),
        "transaction_exceeded": Message(
            title="Threshold exceeded: {name}, {crossed_vendor}",
            message="{total} with {crossed_vendor} on {crossed_on}, {comparison} {limit_amount}.",
            arithmetic="{total} is {comparison} {limit_amount}: exceeded",
        ),
        "transaction_approached": Message(
            title="Threshold approached: {name}, {crossed_vendor}",
            message="{total} with {crossed_vendor} on {crossed_on}, at least {warn_percent} % of the limit {limit_amount}.",
            arithmetic="{total} is not {comparison} {limit_amount}, but at least {warn_percent} % of it, {warn_bar}: approached",
        ),
        "transaction_below": Message(
            title="Below threshold: {name}, {crossed_vendor}",
            message="{total} with {crossed_vendor} on {crossed_on}, {comparison} {limit_amount}.",
            arithmetic="{total} is {comparison} {limit_amount}: exceeded",
        ),
    },
    evidence={
        "threshold": Evidence("threshold", EvidenceType.TEXT),
        "period_start": Evidence("period_start", EvidenceType.DAY),
        "level": Evidence("level", EvidenceType.TEXT),
        "total": Evidence("total", EvidenceType.MONEY),
        "limit": Evidence("limit_amount", EvidenceType.MONEY),
        "crossed_by": Evidence("crossed_by", EvidenceType.TEXT),
    },
    lookback=11,  # from December back to the beginning of its year
    reach=PeriodReach.THRESHOLDS,
    joins_as_written=True,
    source="ledgerwatch",
)
