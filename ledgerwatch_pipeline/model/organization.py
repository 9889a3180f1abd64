"""An organization (tenant) and what makes one valid. Where it is kept: ``database.organizations``."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from ledgerwatch_pipeline.model.errors import UsageError

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
DEFAULT_REVENUE_CATEGORIES = ("Revenue",)


@dataclass(frozen=True)
class Organization:
    """A tenant; every row of every table belongs to exactly one."""

    id: UUID
    slug: str
    name: str
    currency: str = "USD"
    opening_balance: Decimal | None = None
    opening_date: date | None = None
    revenue_categories: tuple[str, ...] = DEFAULT_REVENUE_CATEGORIES

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.slug):
            raise UsageError(
                f"{self.slug!r} is not a slug: lower-case letters, digits and dashes, 1 to 63 characters, "
                "beginning with a letter or digit"
            )
        if not 1 <= len(self.name.strip()) <= 255:
            raise UsageError("an organization's name has 1 to 255 characters")
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise UsageError(f"{self.currency!r} is not an ISO 4217 currency code, for example USD or GBP")
        if (self.opening_balance is None) != (self.opening_date is None):
            raise UsageError("an opening balance needs its opening date, and the other way round")
