"""``duplicate``: the same amount to the same vendor again within days (docs/analyzers.md)."""

from decimal import Decimal

from ledgerwatch_pipeline.analysis.contract import Analyzer, DecimalParameter, Evidence, EvidenceType, Input, Message
from ledgerwatch_pipeline.sql import sql_text

DUPLICATE = Analyzer(
    name="duplicate",
    version=1,
    summary="Two or more equal payments to one vendor within the window, chained; refunds take members off.",
    sql=sql_text("analyzers/duplicate"),
    insufficient=sql_text("analyzers/duplicate_insufficient"),
    inputs=frozenset({Input.LEDGER, Input.MONTHS, Input.ORGANIZATIONS}),
    messages={
        "equal_payments": Message(
            title="{count} equal payments: {vendor}, {amount} each",
            message="{count} payments ({type}) of {amount} with {vendor}, {first_date} to {last_date}; {refunds} refunded; "
            "{at_stake} at stake.",
            arithmetic="group    = neighbours at most window_hours ÷ 24 = {window_hours} ÷ 24 = {window_days} days apart: {dates}\n"
            "left     = {count} payments - {refunds} refunded = {remaining}; 2 or more are a finding\n"
            "at stake = {amount} × ({remaining} - 1) = {at_stake}",
        )
    },
    evidence={
        "vendor": Evidence("vendor", EvidenceType.TEXT),
        "amount": Evidence("amount", EvidenceType.MONEY),
        "type": Evidence("type", EvidenceType.TEXT),
        "dates": Evidence("dates", EvidenceType.DAYS),
        "count": Evidence("count", EvidenceType.COUNT),
        "refunds": Evidence("refunds", EvidenceType.COUNT),
    },
    parameters=(
        DecimalParameter(
            "window_hours",
            Decimal(48),
            Decimal(0),
            "how far apart equal payments may lie, in hours; whole days count",
            maximum=Decimal(672),
            decimals=0,  # 28 days: within its reach of one month
        ),
    ),
    lookback=1,
    reach=1,
    rereads=True,
    joins_as_written=True,
    source="ledgerwatch",
)
