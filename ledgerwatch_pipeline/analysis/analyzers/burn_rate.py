"""``burn_rate``: how long the money lasts at the pace at which it is spent (docs/analyzers.md)."""

from decimal import Decimal

from ledgerwatch_pipeline.analysis.contract import (
    Analyzer,
    ChoiceParameter,
    DecimalParameter,
    Evidence,
    EvidenceType,
    Input,
    Message,
)
from ledgerwatch_pipeline.sql import sql_text

BURN_RATE = Analyzer(
    name="burn_rate",
    version=1,
    summary="Cash, or average income, that lasts less than 6 months at the window's net burn; HIGH below 3.",
    sql=sql_text("analyzers/burn_rate"),
    insufficient=sql_text("analyzers/burn_rate_insufficient"),
    inputs=frozenset({Input.MONTHS, Input.ORGANIZATIONS, Input.SINCE_OPENING}),
    messages={
        "cash": Message(
            title="Cash lasts {runway} months",
            message="{net_burn} a month more are spent than come in (months in the window: {months}); the cash at the end of "
            "the month, {cash}, lasts {runway} months.",
            arithmetic="net burn = {total_burned} spent more than came in ÷ {months} months of the window = {net_burn}, rounded only here\n"
            "cash     = opening balance + income + refunds - expenses since then\n"
            "         = {opening_balance} + {income_since} + {refunds_since} - {expenses_since} = {cash}; below 0 counts as 0\n"
            "runway   = cash ÷ net burn = {runway} months; below 3 HIGH, below 6 MEDIUM: {severity}",
        ),
        "revenue": Message(
            title="Income covers {runway} months of net burn",
            message="{net_burn} a month more are spent than come in (months in the window: {months}); the average income, "
            "{average_income}, is {runway} times that.",
            arithmetic="net burn = {total_burned} spent more than came in ÷ {months} months of the window = {net_burn}, rounded only here\n"
            "runway   = average income ÷ net burn = {average_income} ÷ {net_burn} = {runway}\n"
            "           below 3 HIGH, below 6 MEDIUM: {severity}",
        ),
    },
    evidence={
        "net_burn": Evidence("net_burn", EvidenceType.MONEY),
        "cash": Evidence("cash", EvidenceType.MONEY),
        "runway": Evidence("runway", EvidenceType.RATIO),
        "months": Evidence("months", EvidenceType.COUNT),
        "basis": Evidence("basis", EvidenceType.TEXT),
    },
    parameters=(
        DecimalParameter(
            "window_months",
            Decimal(3),
            Decimal(1),
            "calendar months that the net burn is the average of",
            maximum=Decimal(120),
            decimals=0,
        ),
        ChoiceParameter(
            "basis", "cash", ("cash", "revenue"), "what the net burn is held against: cash, or the average income"
        ),
    ),
    lookback=0,  # it reads totals, no rows
    reach=None,  # whatever is dated after the opening date is in the cash of every later month
    source="ledgerwatch",
)
