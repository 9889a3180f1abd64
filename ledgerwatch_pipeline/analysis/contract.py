"""What an analyzer is: a declaration beside one SQL text. Running them is ``running``'s; the list is in ``__init__``.

The SQL reads, for the organizations in scope: ``ledger`` (transactions), ``ledger_months`` (totals by month and type),
``months_in_scope`` (organization_id, month), ``parameters`` (organization_id and one column a parameter), and the dates
``$first``, ``$last`` (first days of the months analysed) and ``$since`` (first day it may read from). It gives
organization_id, month, key (what makes it the same finding again), severity, subject, at_stake, transactions, the columns
its evidence names, and needs_earlier: true asks to be run again with an earlier ``$since``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError


@dataclass(frozen=True)
class Parameter:
    """A figure an organization may set for itself; decimal, with the bounds it must keep, both included.

    decimals: how many it may have; 0 for what the SQL counts in whole units, and 4 is what its tables hold.
    """

    name: str
    default: Decimal
    minimum: Decimal
    meaning: str
    maximum: Decimal = Decimal(1_000_000)
    decimals: int = 4

    def parse(self, text: str) -> Decimal:
        """The value written in ``text``, exactly; raises UsageError saying what would be right."""
        if not re.fullmatch(r"-?[0-9]{1,20}([.][0-9]{1,20})?", text):
            raise UsageError(f"{self.name} is a number such as {self.default}, not {text!r}")
        value = Decimal(text)
        if value != round(value, self.decimals):
            kind = f"has at most {self.decimals} decimals" if self.decimals else "is a whole number"
            raise UsageError(f"{self.name} {kind}, not {text}")
        if not self.minimum <= value <= self.maximum:
            raise UsageError(f"{self.name} lies between {self.minimum} and {self.maximum}, not at {text}")
        return value


@dataclass(frozen=True)
class Analyzer:
    """One rule over the ledger.

    evidence: evidence key → column of the SQL; title, message: texts with ``{column}`` in them, amounts written as
    money. lookback: how many months before the first one it reads at first. reach: how many later months its answer
    can change when a month changes; None means all. window: the parameter, if any, that counts the months it looks back
    over (0: all history), which moves the reach where an organization sets it.
    """

    name: str
    version: int
    summary: str
    title: str
    message: str
    evidence: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    not_enough_data: str
    lookback: int
    reach: int | None
    window: str | None = None

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"{self.name!r} cannot name an analyzer, an asset and a SQL text")

    def parameter(self, name: str) -> Parameter:
        """Its parameter called ``name``; raises UnknownThingError naming the close ones."""
        for each in self.parameters:
            if each.name == name:
                return each
        raise UnknownThingError(f"parameter of {self.name}", name, [each.name for each in self.parameters])

    def reach_with(self, own: Mapping[str, str]) -> int | None:
        """The reach for an organization that sets these parameters itself."""
        if self.window is None or self.window not in own:
            return self.reach
        months = int(Decimal(own[self.window]))
        return months - 1 if months else None
