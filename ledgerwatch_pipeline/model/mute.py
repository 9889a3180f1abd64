"""The mute as people see it: which alerts of an organization nobody wants to see until when, and why. Values only.

Where mutes are kept, and which alerts they cover: ``stores.postgres.mutes``. What is done to them: ``alerting.mutes``.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.number import OrganizationNumber

REASON_LENGTH = 2_000


class MuteState(StrEnum):
    """Whether a mute holds. That it has expired is the clock's doing: nobody has to write it down for it to end."""

    ACTIVE = "active"
    ENDED = "ended"
    EXPIRED = "expired"


class MuteEnd(StrEnum):
    """What ended a mute."""

    BY_HAND = "by_hand"
    EXPIRED = "expired"
    WORSE = "worse"


class MuteNumber(OrganizationNumber):
    """How people name a mute: ``devon-m3``."""

    __slots__ = ()
    MARK, WHAT, EXAMPLE = "m", "mute's", "acme-m3"


@dataclass(frozen=True, slots=True)
class NewMute:
    """What a person asks for. analyzer: the analyzer or kind of signals that is muted; None: all. vendor: None: of all vendors.

    until: the day on which it is seen again. up_to_severity, up_to_amount: what lies above is seen, and ends the mute.
    """

    analyzer: str | None
    vendor: str | None
    until: date
    reason: str
    up_to_severity: Severity | None = None
    up_to_amount: Decimal | None = None

    def require_whole(self, today: date) -> None:
        """Raises UsageError for what cannot be a mute."""
        if self.until <= today:
            raise UsageError(f"a mute ends on a day after {today}: --until YYYY-MM-DD, not {self.until}")
        if not self.reason.strip():
            raise UsageError("a mute has a reason, which others read: --reason TEXT")
        if len(self.reason) > REASON_LENGTH:
            raise UsageError(f"a reason has at most {REASON_LENGTH:,} characters, not {len(self.reason):,}")
        if self.vendor is not None and not self.vendor.strip():
            raise UsageError("the vendor is empty; leave --vendor out to mute those of all vendors")
        if self.up_to_amount is not None and self.up_to_amount <= 0:
            raise UsageError(f"an amount lies above 0, not {self.up_to_amount:f}")


@dataclass(frozen=True, slots=True)
class MuteRow:
    """A mute with what is needed of its organization. kinds: the signals it covers, beside the analyzer's alerts; None: all.

    alert: number of the alert that it was made from. ended_how: None as long as nobody has written down that it ended.
    """

    organization_id: UUID
    organization: str
    currency: str
    currency_decimals: int
    number: int
    id: UUID
    analyzer: str | None
    kinds: tuple[str, ...] | None
    vendor: str | None
    vendor_key: str | None
    until: date
    reason: str
    up_to_severity: Severity | None
    up_to_amount: Decimal | None
    alert: int | None
    created_by: str
    created_at: datetime
    ended_how: MuteEnd | None
    ended_by: str | None
    ended_at: datetime | None

    @property
    def name(self) -> MuteNumber:
        """How people name it."""
        return MuteNumber(self.organization, self.number)

    def state(self, today: date) -> MuteState:
        """Whether it holds on a day."""
        if self.ended_how in (MuteEnd.BY_HAND, MuteEnd.WORSE):
            return MuteState.ENDED
        return MuteState.ACTIVE if self.ended_how is None and self.until > today else MuteState.EXPIRED


@dataclass(frozen=True, slots=True)
class MuteFilter:
    """Which mutes a list shows; None asks nothing. today: the day by which their state is judged."""

    today: date
    organization_id: UUID | None = None
    state: MuteState | None = None
