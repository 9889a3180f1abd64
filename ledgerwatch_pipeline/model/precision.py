"""How often what was found was worth something, as people decided: counts, their ratio, and how sure that is. Whole numbers and exact
decimals only.

Where decisions are counted: ``stores.postgres.decisions``. Who shows them: the command line and Dagster's assets.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum

_Z = Decimal("1.959964")
"""The standard normal's quantile for 95 %, two-sided."""
_PLACES = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided: ``fixed`` was a true finding; ``false_positive`` was none; ``accepted`` was so, and nobody had to do
    anything. What the system resolved, and what nobody decided, is not among them."""

    fixed: int = 0
    accepted: int = 0
    false_positive: int = 0

    def __add__(self, other: "Decisions") -> "Decisions":
        return Decisions(
            self.fixed + other.fixed,
            self.accepted + other.accepted,
            self.false_positive + other.false_positive,
        )

    @property
    def decided(self) -> int:
        """How many in all."""
        return self.fixed + self.accepted + self.false_positive

    @property
    def precision(self) -> Decimal | None:
        """fixed ÷ decided, rounded half-even to three decimals; None when nothing was decided."""
        if not self.decided:
            return None
        return (Decimal(self.fixed) / self.decided).quantize(_PLACES, ROUND_HALF_EVEN)

    @property
    def interval(self) -> tuple[Decimal, Decimal] | None:
        """Wilson's score interval of the precision for 95 % (E. B. Wilson, Journal of the American Statistical Association 22, 1927;
        recommended for few cases by Brown, Cai and DasGupta, Statistical Science 16, 2001), rounded outwards to three decimals.

        Of 2 that were fixed out of 2 it says 0.342 to 1: so few decisions mean little.
        """
        n = self.decided
        if not n:
            return None
        p, square = Decimal(self.fixed) / n, _Z * _Z
        middle = p + square / (2 * n)
        half = _Z * (p * (1 - p) / n + square / (4 * n * n)).sqrt()
        whole = 1 + square / n
        low = max(Decimal(0), ((middle - half) / whole).quantize(_PLACES, ROUND_FLOOR))
        high = min(Decimal(1), ((middle + half) / whole).quantize(_PLACES, ROUND_CEILING))
        return low, high


class Decided(StrEnum):
    """What decisions were about."""

    ANALYZER = "analyzer"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class DecisionsOfMonth:
    """The decisions of a month (its first day) about the alerts of an analyzer, or the cases that a kind of signals leads."""

    of: Decided
    name: str
    month: date
    decisions: Decisions


def in_all(rows: Iterable[DecisionsOfMonth]) -> dict[tuple[Decided, str], Decisions]:
    """All months together, by what they are about."""
    found: dict[tuple[Decided, str], Decisions] = {}
    for row in rows:
        key = (row.of, row.name)
        found[key] = found.get(key, Decisions()) + row.decisions
    return found
