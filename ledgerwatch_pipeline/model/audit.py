"""The audit event, its canonical form and its hash. What holds of a chain of them: ``model.audit_chain``. Appending and walking the
stored chains: ``stores.postgres.audit``.

One chain an organization, and one of the installation, which records the heads of the others. hash = sha256(previous hash +
canonical form), the canonical form being JSON with sorted keys, no spaces and ASCII only: what is not ASCII is escaped, which is
where it differs from RFC 8785. Metadata may not contain floating-point numbers. Form 1 is that of the single chain which installations of
0.1 have; it stays readable and verifiable as a chain of its own.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from ledgerwatch_pipeline.model.json import JsonValue

GENESIS = "0" * 64
"""The previous hash of a chain's first event."""

INSTALLATION_CHAIN = UUID(int=0)
FORM1_CHAIN = UUID(int=1)
"""The chain of all organizations that installations of 0.1 have; nothing is appended to it."""
CHAIN_NAMES = {INSTALLATION_CHAIN: "the installation", FORM1_CHAIN: "the installation before version 0.2"}
"""What people call the chains that are no organization's."""

EVENT_TYPES = (
    "ORGANIZATION_CREATED",
    "ORGANIZATION_UPDATED",
    "LOAD_RECEIVED",
    "TRANSACTIONS_IMPORTED",
    "LOAD_REJECTED",
    "LOAD_HELD",
    "LOAD_RELEASED",
    "LOAD_FAILED",
    "LOAD_CLOSED",
    "LOAD_WITHDRAWN",
    "TRANSACTION_VOIDED",
    "TRANSACTION_REPLACED",
    "TRANSACTION_RESTORED",
    "TRANSACTION_ADDED",
    "CORRECTION_REJECTED",
    "LEDGER_REBUILT",
    "ANALYSIS_RUN",
    "ANALYSIS_REQUESTED",
    "ALERTS_GENERATED",
    "ALERT_RAISED",
    "ALERT_ACKNOWLEDGED",
    "ALERT_RESOLVED",
    "ALERT_REOPENED",
    "ALERT_REGRESSED",
    "ALERT_AUTO_RESOLVED",
    "ALERT_ASSIGNED",
    "ALERT_COMMENTED",
    "CASES_LISTED",
    "CASE_TAKEN",
    "CASE_ACKNOWLEDGED",
    "CASE_RESOLVED",
    "CASE_SNOOZED",
    "CASE_REOPENED",
    "CASE_ASSIGNED",
    "CASE_COMMENTED",
    "PARAMETERS_CHANGED",
    "THRESHOLD_CREATED",
    "THRESHOLD_UPDATED",
    "THRESHOLD_DELETED",
    "WORK_RETRIED",
    "WORK_GIVEN_UP",
    "CHAIN_HEADS_RECORDED",
)


class SubjectType(StrEnum):
    """What an event can be about."""

    INSTALLATION = "installation"
    ORGANIZATION = "organization"
    LOAD = "load"
    TRANSACTION = "transaction"
    RUN = "run"
    ANALYZER = "analyzer"
    ALERT = "alert"
    CASE = "case"
    THRESHOLD = "threshold"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about: its type, and the id it is looked up by (a UUID's text, or a name)."""

    type: SubjectType
    id: str

    @classmethod
    def installation(cls) -> "Subject":
        """The subject of what is of no organization."""
        return cls(SubjectType.INSTALLATION, "installation")


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Who did what to which subject of which organization; None: of the installation.

    metadata: strings, whole numbers, booleans, null, lists and objects; a floating-point number raises ValueError.
    """

    event_type: str
    actor: str
    subject: Subject
    organization_id: UUID | None = None
    metadata: Mapping[str, JsonValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.event_type not in EVENT_TYPES:
            raise ValueError(f"{self.event_type} is not an audit event type")
        _refuse_floats(self.metadata)

    @property
    def chain(self) -> UUID:
        """The chain it belongs to."""
        return self.organization_id or INSTALLATION_CHAIN


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An event as it is stored: its chain, its place in it (from 1), when, and the hashes that hold it there.

    organization: the slug, None for the installation.
    """

    chain_id: UUID
    seq: int
    event_type: str
    actor: str
    organization_id: UUID | None
    organization: str | None
    subject_type: str
    subject_id: str
    created_at: datetime
    metadata: Mapping[str, JsonValue]
    previous_hash: str
    hash: str
    form: int
    form1_subject: str | None


@dataclass(frozen=True, slots=True)
class AuditVerification:
    """A walk over all chains: events and chains if all were whole, else the first misfit in words."""

    verified_at: datetime
    verified_by: str
    events: int | None
    chains: int | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of one chain. organization: whose it is; None for the installation's chains."""

    chain_id: UUID
    organization: str | None
    seq: int
    hash: str

    @property
    def name(self) -> str:
        """What people call the chain."""
        return self.organization or CHAIN_NAMES.get(self.chain_id, str(self.chain_id))


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise ValueError("audit metadata holds no floating-point numbers: write the amount as text")
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        _refuse_floats(inner)


def timestamp(moment: datetime) -> str:
    """UTC with microseconds and a Z, the one spelling that is hashed and shown."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def event_hash(chain: UUID, seq: int, previous: str, created_at: datetime, event: AuditEvent) -> str:
    """The hash, in form 2, of an event at place ``seq`` of ``chain`` after ``previous`` (64 hex digits)."""
    return digest(previous, _form_2(chain, seq, created_at, event))


def canonical(row: AuditRow) -> str:
    """The text that a stored row is hashed as, in the form it was written in. Raises ValueError for a row that no event can
    have given."""
    if row.form == 1:
        return _json(
            {
                "seq": row.seq,
                "event_type": row.event_type,
                "actor": row.actor,
                "organization": row.organization,
                "subject": row.form1_subject,
                "created_at": timestamp(row.created_at),
                "metadata": row.metadata,
            }
        )
    subject = Subject(SubjectType(row.subject_type), row.subject_id)
    event = AuditEvent(row.event_type, row.actor, subject, row.organization_id, row.metadata)
    return _form_2(row.chain_id, row.seq, row.created_at, event)


def digest(previous: str, text: str) -> str:
    """The hash of an event whose canonical form is ``text``, behind the hash ``previous``."""
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()


def _form_2(chain: UUID, seq: int, created_at: datetime, event: AuditEvent) -> str:
    return _json(
        {
            "chain": str(chain),
            "seq": seq,
            "event_type": event.event_type,
            "actor": event.actor,
            "organization": str(event.organization_id) if event.organization_id else None,
            "subject": {"type": event.subject.type, "id": event.subject.id},
            "created_at": timestamp(created_at),
            "metadata": event.metadata,
        }
    )


def _json(document: Mapping[str, JsonValue]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
