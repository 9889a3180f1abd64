"""The case as people see it, and its life as a table: which action leads from which state to which.

Where cases are kept: ``stores.postgres.cases``. What is done to them: ``alerting.cases``. How they come about: ``ranking``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ledgerwatch_pipeline.model.alert import AlertAction, Outcome
from ledgerwatch_pipeline.model.errors import ConflictError, UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.number import OrganizationNumber

HIGH_RANKS = 10
"""Ranks up to this one are of high priority for people, the rest of the list is medium."""


class CaseStatus(StrEnum):
    """Where in its life a case is; TRANSITIONS says what leads from one to another. That it is snoozed comes on top."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESOLVED = "RESOLVED"


class CaseAction(StrEnum):
    """What people do to a case."""

    TAKE = "take"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    SNOOZE = "snooze"
    REOPEN = "reopen"
    ASSIGN = "assign"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class CaseTransition:
    """What an action leads to, None: the state it is in; the audit event that tells of it; and what it is to the case's alerts (None:
    nothing)."""

    leads_to: CaseStatus | None
    event_type: str
    of_alerts: AlertAction | None


UNRESOLVED = (CaseStatus.OPEN, CaseStatus.ACKNOWLEDGED)
_ANY = tuple(CaseStatus)
NEEDS: Mapping[CaseAction, tuple[CaseStatus, ...]] = {
    CaseAction.TAKE: UNRESOLVED,
    CaseAction.ACKNOWLEDGE: (CaseStatus.OPEN,),
    CaseAction.RESOLVE: UNRESOLVED,
    CaseAction.SNOOZE: UNRESOLVED,
    CaseAction.REOPEN: (CaseStatus.RESOLVED,),
    CaseAction.ASSIGN: _ANY,
    CaseAction.COMMENT: _ANY,
}
"""The states that each action can be done in. Besides: who takes a case needs one that nobody has, and a snoozed one may be
reopened in any state, which ends the snooze."""
TRANSITIONS: Mapping[CaseAction, CaseTransition] = {
    CaseAction.TAKE: CaseTransition(CaseStatus.ACKNOWLEDGED, "CASE_TAKEN", AlertAction.ACKNOWLEDGE),
    CaseAction.ACKNOWLEDGE: CaseTransition(CaseStatus.ACKNOWLEDGED, "CASE_ACKNOWLEDGED", AlertAction.ACKNOWLEDGE),
    CaseAction.RESOLVE: CaseTransition(CaseStatus.RESOLVED, "CASE_RESOLVED", AlertAction.RESOLVE),
    CaseAction.SNOOZE: CaseTransition(None, "CASE_SNOOZED", None),
    CaseAction.REOPEN: CaseTransition(CaseStatus.OPEN, "CASE_REOPENED", AlertAction.REOPEN),
    CaseAction.ASSIGN: CaseTransition(None, "CASE_ASSIGNED", AlertAction.ASSIGN),
    CaseAction.COMMENT: CaseTransition(None, "CASE_COMMENTED", AlertAction.COMMENT),
}


class CaseNumber(OrganizationNumber):
    """How people name a case: ``devon-c12``."""

    __slots__ = ()
    MARK, WHAT, EXAMPLE = "c", "case's", "acme-c12"


@dataclass(frozen=True, slots=True)
class CaseSignal:
    """One signal of a case. evidence, strength, rarity and points are tenths of a bit; as_strong: how many of its kind were at
    least as strong in the of_months that end with its month. figures: what its words are made from."""

    kind: str
    evidence: int
    strength: int
    stake: Decimal
    findings: int
    weaker: int
    as_strong: int
    of_months: int
    rarity: int
    points: int
    figures: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case with what is needed of its organization. stake: of its largest signal, in the organization's currency.

    subject: the vendor's key, or ``(batch)`` and the like; name: as people read it. signals: those that say most first.
    listed: whether it is in the list of its month now. judged_in: number of the earlier case for which it counts less.
    muted: whether all its signals and unresolved alerts are, at the moment it was read.
    """

    organization_id: UUID
    organization: str
    currency: str
    currency_decimals: int
    number: int
    id: UUID
    month: date
    subject: str
    name: str
    rank: int
    score: int
    stake: Decimal
    kinds: tuple[str, ...]
    signals: tuple[CaseSignal, ...]
    transactions: tuple[UUID, ...]
    score_version: int
    judged_as: str | None
    judged_in: int | None
    listed: bool
    analysis_run_id: UUID | None
    status: CaseStatus
    snoozed_until: date | None
    muted: bool
    assignee: str | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    resolved_by: str | None
    resolved_at: datetime | None
    outcome: Outcome | None
    note: str | None
    first_listed: datetime
    version: int

    @property
    def case(self) -> CaseNumber:
        """How people name it."""
        return CaseNumber(self.organization, self.number)

    @property
    def lead(self) -> str:
        """The kind of the signal that says most."""
        return self.kinds[0]

    @property
    def priority(self) -> str:
        """For people: HIGH, MEDIUM, or LOW for what is in the list no more."""
        return "LOW" if not self.listed else "HIGH" if self.rank <= HIGH_RANKS else "MEDIUM"

    def is_snoozed(self, today: date) -> bool:
        """Whether nobody wants to see it yet."""
        return self.snoozed_until is not None and self.snoozed_until > today


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are meant; None asks nothing. Months by their first days, both included; vendor_prefix: how keys begin; minimum: at
    stake. everything: those that left the list and those that are snoozed too; today: by which snoozes and mutes are judged. assignee:
    ``""`` means nobody. muted: None: both."""

    today: date
    statuses: tuple[CaseStatus, ...] = UNRESOLVED
    organization_id: UUID | None = None
    first_month: date | None = None
    last_month: date | None = None
    vendor_key: str | None = None
    vendor_prefix: str | None = None
    assignee: str | None = None
    outcome: Outcome | None = None
    minimum: Decimal | None = None
    kind: str | None = None
    everything: bool = False
    muted: bool | None = False


@dataclass(frozen=True, slots=True)
class CaseCursor:
    """Where a list continues: behind the case of this score, month (its first day), rank, organization and number."""

    score: int
    month: date
    rank: int
    organization_id: UUID
    number: int

    def __str__(self) -> str:
        return f"{self.score}:{self.month}:{self.rank}:{self.organization_id}:{self.number}"

    @classmethod
    def parse(cls, text: str) -> "CaseCursor":
        """Read what ``str`` wrote; raises UsageError for anything else."""
        try:
            score, month, rank, organization_id, number = text.split(":")
            return cls(int(score), date.fromisoformat(month), int(rank), UUID(organization_id), int(number))
        except ValueError:
            raise UsageError(f"{text!r} is not what a page printed as next") from None


def transition(
    case: CaseNumber, status: CaseStatus, action: CaseAction, *, snoozed: bool = False, assignee: str | None = None
) -> CaseTransition:
    """The transition ``action`` makes from ``status``; raises ConflictError naming the state and what it needs."""
    if action is CaseAction.TAKE and assignee is not None and status in NEEDS[action]:
        raise ConflictError(f"case {case} is {assignee}'s; to take it, it must be nobody's. Nothing was changed.")
    if action is CaseAction.REOPEN and snoozed and status is not CaseStatus.RESOLVED:
        step = TRANSITIONS[action]
        return CaseTransition(None, step.event_type, None)
    if status not in NEEDS[action]:
        needed = " or ".join(NEEDS[action]) + (" or snoozed" if action is CaseAction.REOPEN else "")
        raise ConflictError(f"case {case} is {status}; to {action} it, it must be {needed}. Nothing was changed.")
    return TRANSITIONS[action]
