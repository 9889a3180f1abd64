"""Plans what a change asks for: by analyzer and organization the months it touches and the later ones it reaches.

One analyzer's reach never makes another run, nor one organization's. Planned work goes to the queue (``stores.postgres.work``)
in the transaction of what caused it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.model.month import Month, MonthRange, contiguous
from ledgerwatch_pipeline.model.threshold import Threshold
from ledgerwatch_pipeline.model.work import Cause, LedgerChange, NewWork, WorkItem
from ledgerwatch_pipeline.ranking import plan as ranking
from ledgerwatch_pipeline.stores.postgres import loads, parameters, runs, thresholds, work


def work_for_changes(
    connection: Connection, analyzers: Sequence[Analyzer], monitored: MonthRange, changes: Sequence[LedgerChange]
) -> list[NewWork]:
    """What new transactions ask of every analyzer, and of the ranking behind them; months outside of ``monitored`` are left out.

    Call it when the changed loads are in the registry: it says how far an organization's ledger goes.
    """
    touched: dict[UUID, set[Month]] = {}
    for change in changes:
        touched.setdefault(change.organization_id, set()).update(map(Month.of, change.months))
    ledgers = _ledgers(connection, touched)
    limits = thresholds.of_organizations(connection, touched)
    planned = []
    for analyzer in analyzers:
        overrides = parameters.overrides(connection, analyzer.name)
        for organization_id, months in touched.items():
            ledger = sorted({*ledgers.get(organization_id, ()), *months})
            reach = _Reach(analyzer, overrides.get(organization_id, {}), limits.get(organization_id, ()), ledger)
            planned += [
                NewWork(organization_id, analyzer.name, each, Cause.LOAD)
                for each in _within(reach.of(months), monitored)
            ]
    return planned + ranking.work_for_changes(connection, monitored, changes)


def work_for_months(
    organization_ids: Iterable[UUID], analyzers: Sequence[Analyzer], months: Iterable[Month], cause: Cause
) -> list[NewWork]:
    """These months, for each organization and analyzer."""
    ranges = contiguous(months)
    return [
        NewWork(organization_id, analyzer.name, each, cause)
        for organization_id in organization_ids
        for analyzer in analyzers
        for each in ranges
    ]


def work_for_ledger(
    connection: Connection, analyzers: Sequence[Analyzer], monitored: MonthRange, organization_id: UUID, cause: Cause
) -> list[NewWork]:
    """Every month that these analyzers judge of the organization's ledger, those without transactions included."""
    ledger = _ledgers(connection, [organization_id]).get(organization_id, [])
    if not ledger:
        return []
    limits = thresholds.of_organizations(connection, [organization_id]).get(organization_id, ())
    return [
        NewWork(organization_id, analyzer.name, each, cause)
        for analyzer in analyzers
        for overrides in [parameters.overrides(connection, analyzer.name).get(organization_id, {})]
        for each in _within(_Reach(analyzer, overrides, limits, ledger).of(ledger), monitored)
    ]


def missing_work(
    connection: Connection, analyzers: Sequence[Analyzer], monitored: MonthRange, organization_ids: Sequence[UUID]
) -> list[NewWork]:
    """Months of these organizations' ledgers that an analyzer (or the ranking), in its present version, never looked at and that
    nothing in the queue asks for: it was added, or changed."""
    ledgers = _ledgers(connection, organization_ids)
    limits = thresholds.of_organizations(connection, organization_ids)
    queued = _queued([*work.pending(connection), *work.failed(connection)])
    planned = []
    for analyzer in analyzers:
        known = runs.analysed_months(connection, analyzer.name)
        overrides = parameters.overrides(connection, analyzer.name)
        for organization_id, ledger in ledgers.items():
            reach = _Reach(analyzer, overrides.get(organization_id, {}), limits.get(organization_id, ()), ledger)
            asked_for = queued.get((organization_id, analyzer.name), set())
            versions = known.get(organization_id, {})
            expected = [
                month
                for part in _within(reach.of(ledger), monitored)
                for month in part
                if month not in asked_for and versions.get(month) != analyzer.version
            ]
            new = [month for month in expected if month not in versions]
            changed = [month for month in expected if month in versions]
            planned += work_for_months([organization_id], [analyzer], new, Cause.NEW)
            planned += work_for_months([organization_id], [analyzer], changed, Cause.VERSION)
    return planned + ranking.missing_work(connection, monitored, organization_ids, queued)


def _ledgers(connection: Connection, organization_ids: Iterable[UUID]) -> dict[UUID, list[Month]]:
    """The months in which organizations have transactions, in order."""
    days = loads.ledger_months(connection, organization_ids)
    return {organization_id: [Month.of(day) for day in theirs] for organization_id, theirs in days.items()}


@dataclass(frozen=True, slots=True)
class _Reach:
    """How far the answer of an analyzer for one organization can change. ledger: its months with transactions, in order."""

    analyzer: Analyzer
    overrides: Mapping[str, str]
    thresholds: Sequence[Threshold]
    ledger: Sequence[Month]

    def of(self, months: Iterable[Month]) -> list[MonthRange]:
        """These months and those after them whose answer they can change, as far as the ledger goes."""
        end = self.ledger[-1]
        parts: list[MonthRange] = []
        for first in sorted(months):
            if parts and parts[-1].last >= end:
                break
            last = self.analyzer.last_reached(first, self.overrides, self.thresholds, self.ledger)
            parts.append(MonthRange(first, max(first, end if last is None else min(end, last))))
        return contiguous(month for part in parts for month in part)


def _within(ranges: Iterable[MonthRange], monitored: MonthRange) -> list[MonthRange]:
    return [
        MonthRange(max(each.first, monitored.first), min(each.last, monitored.last))
        for each in ranges
        if each.first <= monitored.last and each.last >= monitored.first
    ]


def _queued(items: Iterable[WorkItem]) -> Mapping[tuple[UUID, str], set[Month]]:
    queued: dict[tuple[UUID, str], set[Month]] = {}
    for item in items:
        queued.setdefault((item.organization_id, item.analyzer), set()).update(item.months)
    return queued
