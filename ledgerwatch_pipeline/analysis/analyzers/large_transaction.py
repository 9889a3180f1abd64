"""``large_transaction``: a payment far above what the organization usually pays (SPEC 4)."""

from decimal import Decimal

from ledgerwatch_pipeline.analysis.contract import Analyzer, Parameter

LARGE_TRANSACTION = Analyzer(
    name="large_transaction",
    version=1,
    summary="A transaction above max(multiplier × mean, floor); HIGH above high_multiplier × mean.",
    title="Large transaction: {vendor}, {amount}",
    message="{amount} with {vendor} on {date}; the limit is {limit_amount}, the mean of the baseline {mean}.",
    evidence={"vendor": "vendor", "amount": "amount", "date": "date", "mean": "mean", "limit": "limit_amount"},
    parameters=(
        Parameter("multiplier", Decimal(2), Decimal(0), "how many times the mean is large"),
        Parameter(
            "floor", Decimal(10_000), Decimal(0), "never flag an amount up to this", maximum=Decimal(9_999_999_999)
        ),
        Parameter("high_multiplier", Decimal(5), Decimal(0), "how many times the mean is HIGH"),
        Parameter(
            "baseline_months",
            Decimal(12),
            Decimal(0),
            "calendar months of the mean; 0 for all history",
            maximum=Decimal(1_200),
            decimals=0,
        ),
    ),
    not_enough_data="no expense or income in the baseline",
    lookback=0,
    reach=11,
    window="baseline_months",
)
