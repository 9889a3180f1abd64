"""How amounts look to people. Arithmetic on amounts happens in DuckDB, as DECIMAL; nothing here rounds."""

from decimal import Decimal

CURRENCY_DECIMALS = 2
"""Minor units kept by the ledger (DECIMAL(14, 2)); the transactions' schema and the import rules stand on it."""


def amount_text(amount: Decimal) -> str:
    """Write an amount for a person: ``1,234.50``."""
    return f"{amount:,.2f}"
