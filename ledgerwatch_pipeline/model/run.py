"""Analysis runs as values: one execution of an analyzer, and what it gave for each organization.

What a run does: ``analysis.run``. Where runs are kept: ``stores.postgres.runs``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.threshold import Threshold


class RunStatus(StrEnum):
    """PENDING → RUNNING → SUCCEEDED | FAILED."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class RunOutcome(StrEnum):
    """What a run came to for one organization. NOT_RECORDED: a run of version 0.1, which kept only totals."""

    PENDING = "PENDING"
    ANALYSED = "ANALYSED"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    FAILED = "FAILED"
    NOT_RECORDED = "NOT_RECORDED"


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """Months of one organization that are analysed together; a scope may have several rows an organization, with gaps."""

    organization_id: UUID
    months: MonthRange


@dataclass(frozen=True, slots=True)
class Insufficient:
    """Months in which an organization had not enough data for the rule, and why."""

    reason: str
    months: MonthRange


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run gave for one organization and range of months.

    insufficient: the months among them without enough data. thresholds: those it used; none, if its analyzer reads none.
    """

    organization_id: UUID
    organization: str
    months: MonthRange
    parameters: Mapping[str, str]
    outcome: RunOutcome
    findings: int | None
    alerts_raised: int | None
    insufficient: tuple[Insufficient, ...]
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run with its totals over all its organizations. months: from the first to the last of any of them."""

    id: UUID
    analyzer: str
    version: int
    months: MonthRange
    status: RunStatus
    dagster_run_id: str | None
    ledger_snapshot: int | None
    findings: int | None
    alerts_raised: int | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """The run whose findings hold for an analyzer, organization and month, and how many there are."""

    organization_id: UUID
    analyzer: str
    month: Month
    run_id: UUID
    version: int
    findings: int


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a list shows; None asks nothing. month: its first day."""

    organization_id: UUID | None = None
    analyzer: str | None = None
    status: RunStatus | None = None
    month: date | None = None


@dataclass(frozen=True, slots=True)
class RunCursor:
    """Where a list of runs, newest first, continues: behind the run made then."""

    created_at: datetime
    id: UUID
