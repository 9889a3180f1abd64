"""The alert as people see it, and its life as a table: which action leads from which states to which.

Where alerts are kept: ``stores.postgres.alerts``. What is done to them: ``alerting``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ledgerwatch_pipeline.model.act import require_assignee, require_comment, require_note, require_outcome
from ledgerwatch_pipeline.model.errors import ConflictError, UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.number import OrganizationNumber
from ledgerwatch_pipeline.model.vendor import vendor_key

MANUAL = "manual"
"""The analyzer of alerts that people raised by hand; no rule is called so."""
TITLE_LIMIT = 255
MESSAGE_LIMIT = 4_000
"""Characters of what people write when they raise an alert: of its title, vendor or subject, and of its message."""


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
    REOPEN = "reopen"
    ASSIGN = "assign"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Transition:
    """What an action needs, where it leads (None: nowhere else), and the audit event that tells of it."""

    needs: tuple[AlertStatus, ...]
    leads_to: AlertStatus | None
    event_type: str


UNRESOLVED = (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED)
TRANSITIONS: Mapping[AlertAction, Transition] = {
    AlertAction.ACKNOWLEDGE: Transition((AlertStatus.OPEN,), AlertStatus.ACKNOWLEDGED, "ALERT_ACKNOWLEDGED"),
    AlertAction.RESOLVE: Transition(UNRESOLVED, AlertStatus.RESOLVED, "ALERT_RESOLVED"),
    AlertAction.REOPEN: Transition((AlertStatus.RESOLVED,), AlertStatus.OPEN, "ALERT_REOPENED"),
    AlertAction.ASSIGN: Transition(tuple(AlertStatus), None, "ALERT_ASSIGNED"),
    AlertAction.COMMENT: Transition(tuple(AlertStatus), None, "ALERT_COMMENTED"),
}
"""Every action; from a state that it does not need it is a conflict."""


@dataclass(frozen=True, slots=True)
class AlertAct:
    """What a person does to an alert. outcome: of resolving; assignee: of assigning, None for nobody."""

    action: AlertAction
    outcome: str | None = None
    note: str | None = None
    assignee: str | None = None

    def require_whole(self) -> None:
        """Raises UsageError for what does not go together."""
        resolving = self.action is AlertAction.RESOLVE
        require_outcome("an alert", self.action, self.outcome, HUMAN_OUTCOMES, resolving=resolving)
        if self.action is AlertAction.COMMENT:
            require_comment(self.note)
        require_note(self.note)
        require_assignee(self.assignee)


class AlertNumber(OrganizationNumber):
    """How people name an alert: ``devon-18``."""

    __slots__ = ()
    MARK, WHAT, EXAMPLE = "", "alert's", "acme-18"


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
    vendor_key: str | None
    muted_by: int | None

    @property
    def name(self) -> AlertNumber:
        """How people name it."""
        return AlertNumber(self.organization, self.number)


@dataclass(frozen=True, slots=True)
class RaisedByHand:
    """An alert that a person raises. amount: at stake, in the organization's currency; month: its first day. It is about a vendor,
    by name, or about something else that people read, or about what its title says."""

    title: str
    message: str
    severity: Severity
    month: date
    amount: Decimal = Decimal(0)
    vendor: str | None = None
    subject: str | None = None

    def require_whole(self, decimals: int) -> None:
        """Raises UsageError for what cannot be raised. decimals: of the organization's currency."""
        for what, text, limit in (
            ("a title", self.title, TITLE_LIMIT),
            ("a message", self.message, MESSAGE_LIMIT),
            ("a vendor", self.vendor, TITLE_LIMIT),
            ("a subject", self.subject, TITLE_LIMIT),
        ):
            if text is not None and not 1 <= len(text.strip()) <= limit:
                raise UsageError(f"{what} has 1 to {limit:,} characters, not {len(text.strip()):,}")
        if self.vendor is not None and self.subject is not None:
            raise UsageError("an alert is about a vendor or about something else; give --vendor or --subject")
        if self.amount < 0:
            raise UsageError(f"the amount at stake is 0 or more, not {self.amount}")
        if self.amount != round(self.amount, decimals):
            raise UsageError(f"the organization's currency has {decimals} decimals, {self.amount} has more")

    @property
    def about(self) -> str:
        """What people read that it is about."""
        return self.vendor or self.subject or self.title

    @property
    def vendor_key(self) -> str | None:
        """The key of the vendor that it is about, if it is about one."""
        return None if self.vendor is None else vendor_key(self.vendor)


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are meant; None asks nothing. Months by their first days, both included; amounts too. vendor_prefix: how keys
    begin. assignee: ``""`` means nobody. today: the day by which mutes hold; None: by the database's clock."""

    statuses: tuple[AlertStatus, ...] = (AlertStatus.OPEN,)
    organization_id: UUID | None = None
    analyzer: str | None = None
    severity: Severity | None = None
    first_month: date | None = None
    last_month: date | None = None
    vendor_key: str | None = None
    vendor_prefix: str | None = None
    assignee: str | None = None
    outcome: Outcome | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    regressed: bool | None = None
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


def states_meant(action: AlertAction) -> tuple[AlertStatus, ...]:
    """In which states alerts are meant, where a filter does not say: those that the action needs; where it needs none, what nobody has
    resolved."""
    step = TRANSITIONS[action]
    return UNRESOLVED if step.leads_to is None else step.needs


def transition(alert: AlertNumber, status: AlertStatus, action: AlertAction) -> Transition:
    """The transition ``action`` makes from ``status``; raises ConflictError naming the state and what it needs."""
    step = TRANSITIONS[action]
    if status not in step.needs:
        needed = " or ".join(step.needs)
        raise ConflictError(f"alert {alert} is {status}; to {action} it, it must be {needed}. Nothing was changed.")
    return step
