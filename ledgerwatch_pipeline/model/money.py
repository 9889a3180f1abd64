"""Currencies and how amounts are written. Arithmetic on amounts happens in DuckDB, as DECIMAL; nothing here rounds.

The ledger stores four decimals, as many as any currency of ISO 4217 has; an amount has at most its currency's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError

STORED_DECIMALS = 4
"""Decimals of amounts in the lake (DECIMAL(16, 4)) and in PostgreSQL (numeric(18, 4))."""
INTEGER_DIGITS = 12
"""Digits before the decimal separator that an amount may have."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency of ISO 4217: three letters, and how many decimals its minor unit is (JPY 0, USD 2, KWD 3)."""

    code: str
    decimals: int

    @classmethod
    def of(cls, code: str) -> "Currency":
        """The currency called ``code``, in any case; raises UnknownThingError for what is none, or has no minor unit."""
        known = {currency.code: currency for currency in known_currencies()}
        if code.upper() not in known:
            raise UnknownThingError("currency", code, known, "ISO 4217 codes with a minor unit")
        return known[code.upper()]


def known_currencies() -> Iterator[Currency]:
    """Every currency of ISO 4217 that has a minor unit; precious metals and test codes have none."""
    from iso4217 import Currency as Iso4217  # reads a table of 40 kB, which only those who name a currency need

    for entry in Iso4217:
        if entry.exponent is not None:
            yield Currency(entry.code, entry.exponent)


def amount_text(amount: Decimal, decimals: int = 2) -> str:
    """Write an amount for a person, with the currency's decimals: ``1,234.50``."""
    return f"{amount:,.{decimals}f}"


def plain_amount(amount: Decimal, decimals: int = 2) -> str:
    """Write an amount for a program: ``1234.50``. Exact: an amount has no more decimals than its currency."""
    return f"{amount:.{decimals}f}"


def amount_given(what: str, text: str) -> Decimal:
    """The amount that a person typed, such as ``1000.00``; raises UsageError for anything else. what: the option."""
    if not re.fullmatch(rf"-?[0-9]{{1,{INTEGER_DIGITS}}}([.][0-9]{{1,{STORED_DECIMALS}}})?", text):
        raise UsageError(f"{what} is an amount such as 1000.00, not {text!r}")
    return Decimal(text)
