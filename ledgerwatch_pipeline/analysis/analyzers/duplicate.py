"""``duplicate``: the same amount to the same vendor again within days (SPEC 4)."""

from decimal import Decimal

from ledgerwatch_pipeline.analysis.contract import Analyzer, Parameter

DUPLICATE = Analyzer(
    name="duplicate",
    version=1,
    summary="Two or more equal payments to one vendor within the window, chained; refunds take members off.",
    title="{count} equal payments: {vendor}, {amount} each",
    message="{count} payments ({type}) of {amount} with {vendor}, {first_date} to {last_date}; {refunds} refunded; "
    "{at_stake} at stake.",
    evidence={
        "vendor": "vendor",
        "amount": "amount",
        "type": "type",
        "dates": "dates",
        "count": "count",
        "refunds": "refunds",
    },
    parameters=(
        Parameter(
            "window_hours",
            Decimal(48),
            Decimal(0),
            "how far apart equal payments may lie, in hours; whole days count",
            maximum=Decimal(672),
            decimals=0,  # 28 days: within its reach of one month
        ),
    ),
    not_enough_data="no expense or income up to the month",
    lookback=1,
    reach=1,
)
