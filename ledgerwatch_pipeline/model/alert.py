"""The alert as people see it, and its life as a table: which action leads from which states to which.

Where alerts are kept: ``stores.postgres.alerts``. What is done to them: ``alerting``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ledgerwatch_pipeline.model.errors import ConflictError, UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.organization import SLUG


class Severity(StrEnum):
    """How much an alert matters, from little to much."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"

    @property
    def rank(self) -> int:
        """1, 2, 3: sorts as people rank; what the stores keep."""
        return list(Severity).index(self) + 1

    @classmethod
    def of_rank(cls, rank: int) -> "Severity":
        """The severity of a rank that the stores kept."""
        return list(cls)[rank - 1]


class AlertStatus(StrEnum):
    """Where in its life an alert is; TRANSITIONS says what leads from one to another."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESOLVED = "RESOLVED"


class Outcome(StrEnum):
    """Why an alert was resolved; NO_LONGER_HOLDS is the system's alone."""

    FIXED = "fixed"
    FALSE_POSITIVE = "false_positive"
    ACCEPTED = "accepted"
    NO_LONGER_HOLDS = "no_longer_holds"


HUMAN_OUTCOMES = (Outcome.FIXED, Outcome.FALSE_POSITIVE, Outcome.ACCEPTED)


class AlertAction(StrEnum):
    """What people do to an alert."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@dataclass(frozen=True)
class Transition:
    """What an action needs, where it leads, and the audit event that tells of it."""

    needs: tuple[AlertStatus, ...]
    leads_to: AlertStatus
    event_type: str


TRANSITIONS: dict[AlertAction, Transition] = {
    AlertAction.ACKNOWLEDGE: Transition((AlertStatus.OPEN,), AlertStatus.ACKNOWLEDGED, "ALERT_ACKNOWLEDGED"),
    AlertAction.RESOLVE: Transition(
        (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED), AlertStatus.RESOLVED, "ALERT_RESOLVED"
    ),
}


@dataclass(frozen=True, slots=True)
class AlertNumber:
    """How people name an alert: its organization's slug and its number there, written ``devon-18``."""

    organization: str
    number: int

    @classmethod
    def parse(cls, text: str) -> "AlertNumber":
        """Read ``devon-18``; raises UsageError for anything else."""
        found = re.fullmatch(rf"({SLUG.pattern})-([1-9][0-9]{{0,8}})", text.strip().lower())
        if found is None:
            raise UsageError(f"{text!r} is no alert's number; write it as lists show it, for example acme-18")
        return cls(found[1], int(found[2]))

    def __str__(self) -> str:
        return f"{self.organization}-{self.number}"


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert with what is needed of its organization. amount: at stake, in the organization's currency.

    evidence: the keys its analyzer declares, amounts and dates as text. transactions: ids, in the order of the evidence.
    muted_by: number of the mute that covers it at the moment it was read.
    """

    organization_id: UUID
    organization: str
    currency: str
    currency_decimals: int
    number: int
    id: UUID
    analyzer: str
    fingerprint: str
    severity: Severity
    status: AlertStatus
    title: str
    message: str
    subject: str
    amount: Decimal
    month: date
    evidence: Mapping[str, JsonValue]
    transactions: tuple[UUID, ...]
    analysis_run_id: UUID | None
    ledger_snapshot: int | None
    regressed: bool
    first_seen: datetime
    last_seen: datetime
    assignee: str | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    resolved_by: str | None
    resolved_at: datetime | None
    outcome: Outcome | None
    note: str | None
    version: int
    rank_key: int
    reopened_at: datetime | None
    muted_by: int | None

    @property
    def name(self) -> AlertNumber:
        """How people name it."""
        return AlertNumber(self.organization, self.number)


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts a list shows; None asks nothing. month: its first day. today: the day by which mutes hold; None: by the
    database's clock."""

    statuses: tuple[AlertStatus, ...] = (AlertStatus.OPEN,)
    organization_id: UUID | None = None
    analyzer: str | None = None
    severity: Severity | None = None
    month: date | None = None
    muted: bool | None = None
    today: date | None = None


@dataclass(frozen=True, slots=True)
class AlertCursor:
    """Where a ranked list continues: behind the alert of this rank key, organization and number."""

    rank_key: int
    organization_id: UUID
    number: int

    def __str__(self) -> str:
        return f"{self.rank_key}:{self.organization_id}:{self.number}"

    @classmethod
    def parse(cls, text: str) -> "AlertCursor":
        """Read what ``str`` wrote; raises UsageError for anything else."""
        try:
            rank_key, organization_id, number = text.split(":")
            return cls(int(rank_key), UUID(organization_id), int(number))
        except ValueError:
            raise UsageError(f"{text!r} is not what a page printed as next") from None


def transition(alert: AlertNumber, status: AlertStatus, action: AlertAction) -> Transition:
    """The transition ``action`` makes from ``status``; raises ConflictError naming the state and what it needs."""
    step = TRANSITIONS[action]
    if status not in step.needs:
        needed = " or ".join(step.needs)
        raise ConflictError(f"alert {alert} is {status}; to {action} it, it must be {needed}. Nothing was changed.")
    return step
