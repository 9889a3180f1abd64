"""The alert's life as a table: which action leads from which states to which. No rows here: see ``alerting``."""

from dataclasses import dataclass
from enum import StrEnum

from ledgerwatch_pipeline.model.errors import ConflictError


class Severity(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class AlertStatus(StrEnum):
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


def transition(number: int, status: AlertStatus, action: AlertAction) -> Transition:
    """The transition ``action`` makes from ``status``; raises ConflictError naming the state and what it needs."""
    step = TRANSITIONS[action]
    if status not in step.needs:
        needed = " or ".join(step.needs)
        raise ConflictError(f"alert {number} is {status}; to {action} it, it must be {needed}. Nothing was changed.")
    return step
