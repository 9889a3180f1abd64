"""Items of the work queues: analyses that are due, and the lease under which a worker has them.

Loads are the queue of imports themselves, see ``model.load``. The queues: ``stores.postgres.work`` and ``.loads``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from ledgerwatch_pipeline.model.month import MonthRange

CASES = "cases"
"""What the queue, runs and parameters call the ranking of cases, where they have an analyzer's name."""
MAX_DEATHS = 5
"""How many workers may die with an item before it is FAILED: what kills its worker must not do so for ever."""


class Cause(StrEnum):
    """Why months want analysis."""

    LOAD = "load"
    PARAMETERS = "parameters"
    REQUEST = "request"
    NEW = "new"
    VERSION = "version"
    THRESHOLD = "threshold"


class WorkStatus(StrEnum):
    """Whether an item waits for a worker (or has one), or was given up until somebody retries it."""

    PENDING = "PENDING"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class NewWork:
    """Months of one organization that want analysis by one analyzer."""

    organization_id: UUID
    analyzer: str
    months: MonthRange
    cause: Cause


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A row of the queue of analyses. attempts: how often it was leased, the fencing number of the lease."""

    id: int
    organization_id: UUID
    organization: str
    analyzer: str
    months: MonthRange
    cause: Cause
    requested_by: str
    status: WorkStatus
    attempts: int
    error: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Claimable:
    """How many items of a queue could be leased now, and since when the first of them has waited; None: there is none."""

    items: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """Months (their first days) of one organization whose ledger changed."""

    organization_id: UUID
    months: Sequence[date]


@dataclass(frozen=True, slots=True)
class Failure:
    """One item of work that failed, in words for people. kind: ``load``, ``analysis`` or ``correction``; name: the file, the analyzer,
    or what was asked for."""

    kind: str
    organization: str
    name: str
    error: str

    @property
    def item(self) -> str:
        """What failed, as one name: ``acme/2024-01.csv``, ``acme/analysis duplicate``."""
        return f"{self.organization}/{self.name if self.kind == 'load' else f'{self.kind} {self.name}'}"
