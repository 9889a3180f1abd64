"""The figures of one finding, as SQL gave them and as people read them: amounts, counts, days, months."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.money import amount_text


@dataclass(frozen=True, slots=True)
class Figures:
    """values: whole numbers (amounts in minor units), ISO dates, texts. decimals: of the currency."""

    values: Mapping[str, JsonValue]
    decimals: int

    def number(self, name: str) -> int:
        """A count."""
        value = self.values[name]
        if not isinstance(value, int):
            raise TypeError(f"figure {name} is {value!r}, and no whole number")
        return value

    def count(self, name: str) -> str:
        """A count with separators."""
        return f"{self.number(name):,}"

    def money(self, name: str) -> str:
        """An amount with separators and the currency's decimals."""
        return amount_text(Decimal(self.number(name)).scaleb(-self.decimals), self.decimals)

    def text(self, name: str) -> str:
        """A text, a date or a month as it is."""
        value = self.values[name]
        if not isinstance(value, str):
            raise TypeError(f"figure {name} is {value!r}, and no text")
        return value

    def flag(self, name: str) -> bool:
        """Yes or no."""
        return self.values[name] is True
