"""``large_transaction``: a payment far above what the organization usually pays (docs/analyzers.md)."""

from decimal import Decimal

from ledgerwatch_pipeline.analysis.contract import Analyzer, DecimalParameter, Evidence, EvidenceType, Input, Message
from ledgerwatch_pipeline.sql import sql_text

LARGE_TRANSACTION = Analyzer(
    name="large_transaction",
    version=1,
    summary="A transaction above max(multiplier × mean, floor); HIGH above high_multiplier × mean.",
    sql=sql_text("analyzers/large_transaction"),
    insufficient=sql_text("analyzers/large_transaction_insufficient"),
    inputs=frozenset({Input.LEDGER, Input.MONTHS, Input.ORGANIZATIONS}),
    messages={
        "large": Message(
            title="Large transaction: {vendor}, {amount}",
            message="{amount} with {vendor} on {date}; the limit is {limit_amount}, the mean of the baseline {mean}.",
            arithmetic="mean  = {baseline_total} ÷ {baseline_rows} expenses and incomes of the baseline = {mean}, rounded only here\n"
            "limit = max(multiplier × mean, floor) = max({multiplier} × {mean}, {floor}) = {limit_amount}\n"
            "        {amount} is above it\n"
            "HIGH above high_multiplier × mean = {high_multiplier} × {mean} = {high_limit}: {severity}",
        )
    },
    evidence={
        "vendor": Evidence("vendor", EvidenceType.TEXT),
        "amount": Evidence("amount", EvidenceType.MONEY),
        "date": Evidence("date", EvidenceType.DAY),
        "mean": Evidence("mean", EvidenceType.MONEY),
        "limit": Evidence("limit_amount", EvidenceType.MONEY),
    },
    parameters=(
        DecimalParameter("multiplier", Decimal(2), Decimal(0), "how many times the mean is large"),
        DecimalParameter(
            "floor", Decimal(10_000), Decimal(0), "never flag an amount up to this", maximum=Decimal(9_999_999_999)
        ),
        DecimalParameter("high_multiplier", Decimal(5), Decimal(0), "how many times the mean is HIGH"),
        DecimalParameter(
            "baseline_months",
            Decimal(12),
            Decimal(0),
            "calendar months of the mean; 0 for all history",
            maximum=Decimal(1_200),
            decimals=0,
        ),
    ),
    lookback=0,
    reach=11,
    window="baseline_months",
    source="ledgerwatch",
)
