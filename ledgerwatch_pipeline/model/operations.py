"""What an operator of many organizations looks at, as values. Read by ``stores.postgres.operations``, judged by ``pipeline.operations``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.cadence import Cadence
from ledgerwatch_pipeline.model.inbox import InboxState
from ledgerwatch_pipeline.model.month import Month, MonthRange


@dataclass(frozen=True, slots=True)
class Expectation:
    """An organization that said when its files are due. since: when it did. delivered_at: when its last file was received that was
    not rejected, rejected_at: its last one that was."""

    organization_id: UUID
    organization: str
    delivers: Cadence
    since: date
    delivered_at: datetime | None
    rejected_at: datetime | None


@dataclass(frozen=True, slots=True)
class OverdueDelivery:
    """An organization that delivered nothing by its day. since: the first due day that passed so; missed: how many did."""

    organization_id: UUID
    organization: str
    delivers: Cadence
    since: date
    missed: int
    delivered_at: datetime | None
    rejected_at: datetime | None


@dataclass(frozen=True, slots=True)
class FailedAnalysis:
    """Items of the queue of analyses that are FAILED alike. since: when the first of them became due."""

    organization: str
    analyzer: str
    error: str
    items: int
    since: datetime


@dataclass(frozen=True, slots=True)
class InboxWait:
    """Files of one folder of the inbox that stand in one state, and since when the first does. organization: what the folder is
    called, which may be no organization; None: they lie in no folder."""

    organization: str | None
    state: InboxState
    files: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits to be done, and what was done in the last day. waiting: those that a worker has included; since: the oldest's;
    in_work: those that a worker has; came, done: within the last day."""

    waiting: int
    in_work: int
    since: datetime | None
    came: int
    done: int


@dataclass(frozen=True, slots=True)
class StandingAlerts:
    """Unresolved alerts of an organization, a severity and a person. who: assigned to, else acknowledged by; None: nobody yet.

    new: opened within the last day. overdue: open for longer than the setting allows; overdue_since: when the first of these was
    opened.
    """

    organization: str
    severity: Severity
    who: str | None
    unresolved: int
    acknowledged: int
    new: int
    overdue: int
    overdue_since: datetime | None


@dataclass(frozen=True, slots=True)
class MonthClose:
    """A month that is over: how many organizations have an analysis of it, which of them were not analysed since it ended (or have
    analyses of it that are due or FAILED), and when the last was."""

    month: Month
    organizations: int
    open: Sequence[str]
    analysed_at: datetime | None


@dataclass(frozen=True, slots=True)
class MonthGap:
    """Months without a transaction between months that have some. organization: None where nobody has one."""

    organization: str | None
    months: MonthRange
    delivers: Cadence | None
