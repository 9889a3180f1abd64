"""What a kind of signals is: a SQL text over staged payments, and how its figures are said in words. No database here.

The SQL reads the relations that ``sql/ranking/stage.sql`` makes, in which months, vendors and amounts are whole numbers, and gives
one row a finding:

- org, vendor, month (a month in ``ranked_months``);
- evidence: how surprising it is, in tenths of a bit; stake: the money it is about, in minor units;
- payments: their numbers, in an order that follows from them, or NULL for all of the vendor's payments of the month;
- figures: a struct of whole numbers, dates and texts, from which ``words`` makes the sentence.

Nothing in it may depend on rows after its month, on another organization, or on a floating-point number (``conformance``).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ledgerwatch_pipeline.ranking.figures import Figures

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")

Words = Callable[[Figures], str]
"""Says in a sentence or two what was found."""


@dataclass(frozen=True, slots=True)
class SignalKind:
    """One kind of signals.

    words: the sentence of its strongest finding. finish: a statement that is executed when ``findings`` are there.
    left_to_batches: a payment that a batch explains is no finding of this kind. bonus: points that each signal of the kind has
    by itself, unless an organization says otherwise.
    """

    name: str
    version: int
    summary: str
    sql: str
    words: Words
    finish: str | None = None
    left_to_batches: bool = False
    bonus: int = 0

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name of a kind: lower-case letters, digits and _")
        if self.version < 1 or not self.summary.strip() or not self.sql.strip():
            raise ValueError(f"{self.name} needs a version from 1, a summary and SQL")
