"""Notifications as values: kinds, destinations with their quiet hours, what is to be told, a message.

How they are configured, written and sent: ``notifying``. What was told already: ``stores.postgres.notifications``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from ledgerwatch_pipeline.model.alert import AlertNumber, Severity


class Kind(StrEnum):
    """What a destination can be told of."""

    ALERTS = "alerts"
    FAILED = "failed"
    REJECTED = "rejected"
    HELD = "held"
    OVERDUE = "overdue"


PROBLEMS = (Kind.FAILED, Kind.REJECTED, Kind.HELD, Kind.OVERDUE)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of day to another, over midnight if the second is the earlier one, as clocks of ``zone`` show it."""

    start: time
    end: time
    zone: ZoneInfo

    def end_if_within(self, now: datetime) -> datetime | None:
        """When the quiet hours that ``now`` lies in end; None if it lies in none."""
        local = now.astimezone(self.zone)
        clock = local.time()
        over_midnight = self.start > self.end
        within = (clock >= self.start or clock < self.end) if over_midnight else self.start <= clock < self.end
        if not within:
            return None
        day = local.date() + timedelta(days=1 if over_midnight and clock >= self.start else 0)
        return datetime.combine(day, self.end, self.zone)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where messages go. url: Apprise's, with its secrets. organizations: their ids. key: where the file says the url."""

    name: str
    url: str = field(repr=False)
    key: str
    organizations: frozenset[UUID]
    kinds: frozenset[Kind]
    minimum_severity: Severity
    quiet: QuietHours | None


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert as a digest names it."""

    number: AlertNumber
    severity: Severity
    title: str
    amount: Decimal
    currency: str
    currency_decimals: int


@dataclass(frozen=True, slots=True)
class AlertDigest:
    """The alerts of one organization that a destination has not been told of.

    numbers: all of them, as PostgreSQL writes a multirange. first: the highest ranked.
    """

    organization_id: UUID
    organization: str
    organization_name: str
    by_severity: Mapping[Severity, int]
    numbers: str
    first: tuple[NewAlert, ...]

    @property
    def count(self) -> int:
        """How many they are."""
        return sum(self.by_severity.values())


@dataclass(frozen=True, slots=True)
class Problem:
    """Work that failed, was rejected, is held or is overdue. subject: what it is of; state: another one is told again.

    item: the load or analysis, in words; reason: its error, or since when it has been due.
    """

    kind: Kind
    subject: str
    state: str
    organization: str
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text to be sent. items: how many alerts or problems it tells of."""

    title: str
    body: str
    items: int
