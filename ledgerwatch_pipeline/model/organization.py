"""An organization (tenant) and what makes one valid. Where it is kept: ``stores.postgres.organizations``."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from ledgerwatch_pipeline.model.cadence import Cadence
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.money import plain_amount

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
DEFAULT_REVENUE_CATEGORIES = ("Revenue",)


@dataclass(frozen=True, slots=True)
class Organization:
    """A tenant; every row of every table belongs to exactly one. Its currency's minor units are those of ISO 4217.

    delivers: when its files are due, None if nobody said; delivers_since: the day (UTC) on which that was said.
    """

    id: UUID
    slug: str
    name: str
    currency: str = "USD"
    currency_decimals: int = 2
    opening_balance: Decimal | None = None
    opening_date: date | None = None
    revenue_categories: tuple[str, ...] = DEFAULT_REVENUE_CATEGORIES
    delivers: Cadence | None = None
    delivers_since: date | None = None

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
        if (self.delivers is None) != (self.delivers_since is None):
            raise UsageError("when files are due needs the day on which that was said, and the other way round")
        if self.opening_balance is not None and self.opening_balance != round(
            self.opening_balance, self.currency_decimals
        ):
            raise UsageError(
                f"the opening balance {self.opening_balance} has more decimals than {self.currency} has "
                f"({plain_amount(Decimal(0), self.currency_decimals)})"
            )
