"""What an analyzer is: a declaration beside one SQL text. Running them is ``running``'s; the list is in ``__init__``.

The SQL reads, for the organizations in scope: ``ledger`` (transactions), ``ledger_months`` (totals by month and type),
``months_in_scope`` (organization_id, month), ``parameters`` (organization_id and one column a parameter), and the dates
``$first``, ``$last`` (first days of the months analysed) and ``$since`` (first day it may read from). It gives
organization_id, month, key (what makes it the same finding again), severity, subject, at_stake, transactions, the columns
its evidence names, and needs_earlier: true asks to be run again with an earlier ``$since``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Parameter:
    """A figure an organization may set for itself; decimal, with the bounds it must keep."""

    name: str
    default: Decimal
    minimum: Decimal
    meaning: str


@dataclass(frozen=True)
class Analyzer:
    """One rule over the ledger.

    evidence: evidence key → column of the SQL; title, message: texts with ``{column}`` in them, amounts written as
    money. lookback: how many months before the first one it reads at first. reach: how many later months its answer
    can change when a month changes; None means all.
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

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"{self.name!r} cannot name an analyzer, an asset and a SQL text")
