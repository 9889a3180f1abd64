"""The audit event and its place in the hash chain. Appending and walking the stored chain: ``database.audit_log``.

hash = sha256(previous hash + canonical form), the canonical form being JSON with sorted keys, no spaces and ASCII only
(the subset of RFC 8785 that holds without floating-point numbers, which metadata may not contain).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
"""The previous hash of the first event."""

EVENT_TYPES = (
    "ORGANIZATION_CREATED",
    "ORGANIZATION_UPDATED",
    "LOAD_RECEIVED",
    "TRANSACTIONS_IMPORTED",
    "LOAD_REJECTED",
    "ANALYSIS_RUN",
    "ALERTS_GENERATED",
    "ALERT_ACKNOWLEDGED",
    "ALERT_RESOLVED",
    "ALERT_REOPENED",
    "ALERT_REGRESSED",
    "ALERT_AUTO_RESOLVED",
    "PARAMETERS_CHANGED",
)


@dataclass(frozen=True)
class AuditEvent:
    """Who did what to which subject; ``metadata`` holds strings, whole numbers, booleans, null, lists and objects."""

    event_type: str
    actor: str
    subject: str
    organization: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.event_type not in EVENT_TYPES:
            raise ValueError(f"{self.event_type} is not an audit event type")
        _refuse_floats(self.metadata)


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise ValueError("audit metadata holds no floating-point numbers: write the amount as text")
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        _refuse_floats(inner)


def timestamp(moment: datetime) -> str:
    """UTC with microseconds and a Z, the one spelling that is hashed and shown."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def event_hash(previous: str, seq: int, created_at: datetime, event: AuditEvent) -> str:
    """The hash of an event at place ``seq`` after ``previous`` (64 hex digits)."""
    canonical = json.dumps(
        {
            "seq": seq,
            "event_type": event.event_type,
            "actor": event.actor,
            "organization": event.organization,
            "subject": event.subject,
            "created_at": timestamp(created_at),
            "metadata": event.metadata,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
        allow_nan=False,
    )
    return hashlib.sha256(f"{previous}{canonical}".encode()).hexdigest()
