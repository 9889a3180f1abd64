"""``vendor_spike``: far more spent with a vendor than the month before, or one that is new or back (docs/analyzers.md)."""

from decimal import Decimal

from ledgerwatch_pipeline.analysis.contract import Analyzer, DecimalParameter, Evidence, EvidenceType, Input, Message
from ledgerwatch_pipeline.sql import sql_text

VENDOR_SPIKE = Analyzer(
    name="vendor_spike",
    version=1,
    summary="Spend with a vendor that rose by spike_percent or more in a month, or a vendor that is new or returning.",
    sql=sql_text("analyzers/vendor_spike"),
    insufficient=sql_text("analyzers/vendor_spike_insufficient"),
    inputs=frozenset({Input.LEDGER, Input.MONTHS, Input.VENDORS}),
    messages={
        "spike": Message(
            title="Spend up {increase_pct} %: {vendor}",
            message="{current} with {vendor}, {previous} the month before: {increase_pct} % more.",
            arithmetic="spend     = expenses - refunds = {current}, above min_spend = {min_spend}\n"
            "increase  = {current} - {previous} of the month before = {increase}, {increase_pct} % of it\n"
            "            from spike_percent = {spike_percent} % on a finding, from medium_percent = {medium_percent} % on "
            "MEDIUM: {severity}",
        ),
        "new": Message(
            title="New vendor: {vendor}, {current}",
            message="{current} with {vendor}, of whom there is no transaction before this month.",
            arithmetic="spend = expenses - refunds = {current}, above min_spend = {min_spend}\n"
            "before this month: no transaction of the vendor, of any type",
        ),
        "returning": Message(
            title="Returning vendor: {vendor}, {current}",
            message="{current} with {vendor}; there are earlier transactions, but none was spent the month before.",
            arithmetic="spend = expenses - refunds = {current}, above min_spend = {min_spend}\n"
            "the month before: {previous}, at most 0; first transaction of the vendor: {first_month}",
        ),
    },
    evidence={
        "vendor": Evidence("vendor", EvidenceType.TEXT),
        "kind": Evidence("kind", EvidenceType.TEXT),
        "previous": Evidence("previous", EvidenceType.MONEY),
        "current": Evidence("current", EvidenceType.MONEY),
        "increase_pct": Evidence("increase_pct", EvidenceType.RATIO),
    },
    parameters=(
        DecimalParameter(
            "min_spend", Decimal(0), Decimal(0), "never flag a spend up to this", maximum=Decimal(9_999_999_999)
        ),
        DecimalParameter("spike_percent", Decimal(25), Decimal(0), "how many percent more is a spike"),
        DecimalParameter("medium_percent", Decimal(50), Decimal(0), "how many percent more is MEDIUM"),
    ),
    lookback=1,
    reach=None,  # a vendor's first transaction makes it "seen before" in every later month
    joins_as_written=True,
    source="ledgerwatch",
)
