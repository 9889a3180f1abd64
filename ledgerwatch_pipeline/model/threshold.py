"""A threshold: a budget limit that an organization sets, and what makes one valid.

Where thresholds are kept: ``stores.postgres.thresholds``. Adding and changing them: ``analysis.thresholds``. What is judged by
them: the analyzer ``budget_threshold``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.organization import SLUG
from ledgerwatch_pipeline.model.vendor import vendor_key

DEFAULT_WARN_AT = Decimal(80)
_AMOUNT = re.compile(r"[0-9]{1,12}([.][0-9]{1,4})?")
_PERCENT = re.compile(r"[0-9]{1,3}([.][0-9]{1,4})?")
_SCOPE_LIMITS = {"category": 100, "vendor": 255}


class Period(StrEnum):
    """What the running total is taken over. A week is ISO's, from Monday; a transaction is a bucket of its own."""

    TRANSACTION = "transaction"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def last_month(self, month: Month) -> Month:
        """The month in which the last bucket ends that has a day of ``month``."""
        last = month.last_day
        if self is Period.WEEK:
            return Month.of(last + timedelta(days=7 - last.isoweekday()))
        if self is Period.QUARTER:
            return Month(month.year, (month.number + 2) // 3 * 3)
        return Month(month.year, 12) if self is Period.YEAR else month

    @property
    def months_back(self) -> int:
        """How many months before a month the bucket can begin that has a day of it."""
        return {Period.WEEK: 1, Period.QUARTER: 2, Period.YEAR: 11}.get(self, 0)


class Operator(StrEnum):
    """How the running total stands to the limit when the threshold is exceeded."""

    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="

    @property
    def waits(self) -> bool:
        """Whether it can only be judged when the bucket is over: any total is too little at first."""
        return self in (Operator.BELOW, Operator.AT_MOST)


class ThresholdType(StrEnum):
    """What is added up: expenses net of refunds, or income."""

    EXPENSE = "expense"
    INCOME = "income"


class ScopeKind(StrEnum):
    """Which transactions count."""

    ALL = "all"
    CATEGORY = "category"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class ThresholdScope:
    """All transactions, or those of one category or vendor; ``value`` is its name as a person wrote it, None for all."""

    kind: ScopeKind
    value: str | None = None

    def __post_init__(self) -> None:
        if self.kind is ScopeKind.ALL:
            if self.value is not None:
                raise UsageError("the scope all has no name beside it; write all, category:NAME or vendor:NAME")
            return
        limit = _SCOPE_LIMITS[self.kind]
        if self.value is None or not 1 <= len(self.value.strip()) <= limit or "\0" in self.value:
            raise UsageError(f"the scope {self.kind} needs a name of 1 to {limit} characters: {self.kind}:NAME")

    @classmethod
    def parse(cls, text: str) -> "ThresholdScope":
        """Read ``all``, ``category:NAME`` or ``vendor:NAME``; raises UsageError for anything else."""
        kind, colon, value = text.partition(":")
        if kind not in set(ScopeKind) or (kind != ScopeKind.ALL) != bool(colon):
            raise UsageError(f"{text!r} is not a scope; write all, category:NAME or vendor:NAME")
        return cls(ScopeKind(kind), value.strip() if colon else None)

    def __str__(self) -> str:
        return self.kind.value if self.value is None else f"{self.kind}:{self.value}"

    @property
    def key(self) -> str | None:
        """What it is compared by: the vendor's key; a category with its white space collapsed, whose case goes where the
        ledger's does, in DuckDB (``category_key``)."""
        if self.value is None:
            return None
        return vendor_key(self.value) if self.kind is ScopeKind.VENDOR else " ".join(self.value.split())


@dataclass(frozen=True, slots=True)
class Threshold:
    """A budget limit of one organization. Raises UsageError for a field that cannot be, saying what would be right.

    amount: the limit, > 0, in the organization's currency (``require_decimals``). warn_at: at which percent of the limit it
    counts as approached; None where the operator waits. valid_from, valid_to: the first and the last day that count.
    """

    id: UUID
    organization_id: UUID
    slug: str
    name: str
    period: Period
    scope: ThresholdScope
    type: ThresholdType
    operator: Operator
    amount: Decimal
    warn_at: Decimal | None
    severity: Severity = Severity.MEDIUM
    valid_from: date | None = None
    valid_to: date | None = None
    version: int = 1

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.slug):
            raise UsageError(
                f"{self.slug!r} is not a slug: lower-case letters, digits and dashes, 1 to 63 characters, "
                "beginning with a letter or digit"
            )
        if not 1 <= len(self.name.strip()) <= 255:
            raise UsageError("a threshold's name has 1 to 255 characters")
        if not Decimal(0) < self.amount < Decimal(10) ** 12 or self.amount != round(self.amount, 4):
            raise UsageError(f"the amount of {self.slug} lies above 0, with at most 12 digits and 4 decimals")
        if self.operator.waits and self.warn_at is not None:
            raise UsageError(f"warn-at goes with > and >= only: {self.slug} has {self.operator}, judged at the end")
        if not self.operator.waits and self.warn_at is None:
            raise UsageError(f"{self.slug} has {self.operator} and needs warn-at, a percentage such as 80")
        if self.warn_at is not None and (not 0 < self.warn_at < 100 or self.warn_at != round(self.warn_at, 4)):
            raise UsageError(
                f"warn-at of {self.slug} is a percentage between 0 and 100, both excluded, with at most 4 decimals"
            )
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise UsageError(
                f"{self.slug} would be valid from {self.valid_from} to {self.valid_to}: that runs backwards"
            )

    def require_decimals(self, currency: str, decimals: int) -> None:
        """Raises UsageError for an amount with more decimals than the organization's currency has."""
        if self.amount != round(self.amount, decimals):
            raise UsageError(
                f"the amount {self.amount:f} of {self.slug} has more decimals than {currency} has ({decimals})"
            )

    def months(self, ledger: MonthRange) -> MonthRange | None:
        """The months of ``ledger`` in which it can find something: those of its validity; None if there are none."""
        first = max(ledger.first, Month.of(self.valid_from)) if self.valid_from else ledger.first
        last = min(ledger.last, Month.of(self.valid_to)) if self.valid_to else ledger.last
        return MonthRange(first, last) if first <= last else None

    def last_reached(self, month: Month) -> Month:
        """The last month in which a total can differ when transactions of ``month`` do: the end of its bucket, or of its
        validity."""
        if self.months(MonthRange(month, month)) is None:
            return month
        last = self.period.last_month(month)
        return min(last, Month.of(self.valid_to)) if self.valid_to else last

    def as_json(self) -> dict[str, JsonValue]:
        """What it says, as audit events and runs keep it; ``from_json`` reads it."""
        return {
            "id": str(self.id),
            "slug": self.slug,
            "name": self.name,
            "period": self.period.value,
            "scope": str(self.scope),
            "type": self.type.value,
            "operator": self.operator.value,
            "amount": f"{self.amount.normalize():f}",
            "warn_at": None if self.warn_at is None else f"{self.warn_at.normalize():f}",
            "severity": self.severity.value,
            "valid_from": None if self.valid_from is None else self.valid_from.isoformat(),
            "valid_to": None if self.valid_to is None else self.valid_to.isoformat(),
            "version": self.version,
        }

    @classmethod
    def from_json(cls, organization_id: UUID, stored: Mapping[str, JsonValue]) -> "Threshold":
        """The threshold that ``as_json`` wrote down."""

        def day(name: str) -> date | None:
            return None if stored[name] is None else date.fromisoformat(str(stored[name]))

        return cls(
            id=UUID(str(stored["id"])),
            organization_id=organization_id,
            slug=str(stored["slug"]),
            name=str(stored["name"]),
            period=Period(str(stored["period"])),
            scope=ThresholdScope.parse(str(stored["scope"])),
            type=ThresholdType(str(stored["type"])),
            operator=Operator(str(stored["operator"])),
            amount=Decimal(str(stored["amount"])),
            warn_at=None if stored["warn_at"] is None else Decimal(str(stored["warn_at"])),
            severity=Severity(str(stored["severity"])),
            valid_from=day("valid_from"),
            valid_to=day("valid_to"),
            version=int(str(stored["version"])),
        )


def parse_amount(text: str) -> Decimal:
    """A limit as people write it, exactly; raises UsageError for anything but digits and a point."""
    if not _AMOUNT.fullmatch(text) or not Decimal(text):
        raise UsageError(f"{text!r} is not an amount above 0; write 50000.00, without separators, at most 12 digits")
    return Decimal(text)


def parse_percent(text: str) -> Decimal:
    """A percentage between 0 and 100, both excluded, exactly; raises UsageError."""
    number = text.removesuffix("%").strip()
    if not _PERCENT.fullmatch(number) or not Decimal(0) < Decimal(number) < 100:
        raise UsageError(f"{text!r} is not a percentage between 0 and 100 (both excluded), for example 80")
    return Decimal(number)
