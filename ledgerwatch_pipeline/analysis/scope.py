"""The scope of an analysis: which months of which organizations some items of work ask for."""

from collections.abc import Iterable
from uuid import UUID

from ledgerwatch_pipeline.model.month import Month, contiguous
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.work import WorkItem


def scope_of(items: Iterable[WorkItem]) -> list[ScopeRow]:
    """The items' months by organization, as few ranges as possible, in the order of the organizations' ids."""
    months: dict[UUID, set[Month]] = {}
    for item in items:
        months.setdefault(item.organization_id, set()).update(item.months)
    return [ScopeRow(each, part) for each in sorted(months, key=str) for part in contiguous(months[each])]
