"""What a report is, what may be asked of it and what it answers. Values only: which there are is ``registry``'s business."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ledgerwatch_pipeline.model.month import Month

Value = str | int | float | Decimal | None
"""A cell of an answer: amounts are Decimals with their currency's decimals, statistics are floats."""


class Kind(StrEnum):
    """What the values of a column are: text, whole numbers, exact amounts; proportions of 1, other real numbers."""

    TEXT = "text"
    COUNT = "count"
    AMOUNT = "amount"
    PROPORTION = "proportion"
    REAL = "real"


class Grouping(StrEnum):
    """What an answer has one group for each of: vendors are those of one organization, by key."""

    ORGANIZATION = "organization"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer, by the name that the SQL text gives it."""

    name: str
    kind: Kind


class Conformity(StrEnum):
    """How close digits come to Benford's law, in Nigrini's words."""

    CLOSE = "close conformity"
    ACCEPTABLE = "acceptable conformity"
    MARGINAL = "marginally acceptable conformity"
    NONE = "nonconformity"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The critical values of a MAD: up to and with ``close`` it is close, and so on; above ``marginal`` nonconforming."""

    close: float
    acceptable: float
    marginal: float

    def conformity(self, mad: float) -> Conformity:
        """The verdict on a MAD, unrounded."""
        if mad <= self.close:
            return Conformity.CLOSE
        if mad <= self.acceptable:
            return Conformity.ACCEPTABLE
        return Conformity.MARGINAL if mad <= self.marginal else Conformity.NONE


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of ``bars`` over ``label``, columns of the rows; a line through the column ``line``, if there is one."""

    label: str
    bars: str
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its SQL is ``sql/reports/<name>.sql``, one row a group with ``figures`` and a list of ``rows``.

    verdict: one line about a group, its figures by name in the manner of ``str.format``. ranked_by: the figure by which the
    SQL puts groups in order, largest first. bounds: judge the figure ``mad``
    and add the figure ``conformity``. of_digits: the SQL gives counts of digits, which are compared with what is expected of them. min_rows: rows that
    a group (of ``rsf``: a vendor) must have unless told; min_rows_of_group: the same where the answer has several groups.
    """

    name: str
    title: str
    tells: str
    source: str
    figures: tuple[Column, ...]
    rows: tuple[Column, ...]
    verdict: str
    chart: Chart
    ranked_by: str
    bounds: Bounds | None = None
    of_digits: bool = False
    min_rows: int = 1
    min_rows_of_group: int = 300

    @property
    def columns(self) -> tuple[Column, ...]:
        """The figures of a group as an answer has them, ``conformity`` included."""
        return (*self.figures, Column("conformity", Kind.TEXT)) if self.bounds else self.figures


DEFAULT_MINIMUM = Decimal(10)
"""The book leaves out amounts below 10: their digits are few, and they are of no interest to an auditor."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a report is about, beside its organizations; None asks nothing. minimum: amounts from it on, in whole units of the
    currency. by: one group for each. limit: groups, and ranked rows of a group. min_rows: None is the report's own."""

    first: Month | None = None
    last: Month | None = None
    vendor_key: str | None = None
    type: str = "expense"
    minimum: Decimal = DEFAULT_MINIMUM
    by: Grouping | None = None
    limit: int = 50
    min_rows: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One group: ``organization`` is empty unless grouped by it or by vendor, ``name`` unless grouped by something else."""

    organization: str
    name: str
    figures: tuple[Value, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a report says: its groups in rank order, one without ``by``, none where there is nothing to count."""

    report: Report
    selection: Selection
    groups: tuple[Group, ...]

    def figures(self, group: Group) -> Mapping[str, Value]:
        """The figures of a group by name."""
        return {column.name: value for column, value in zip(self.report.columns, group.figures, strict=True)}

    def verdict(self, group: Group) -> str:
        """One line about a group."""
        return self.report.verdict.format(**self.figures(group))
