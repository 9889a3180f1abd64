"""Plans which months' cases are ranked anew: those that changed and, as habits and rarity look back, as many after them as the window.

Items go to the queue of analyses under the name CASES, in the transaction of what caused them.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from ledgerwatch_pipeline.model.month import Month, MonthRange, contiguous
from ledgerwatch_pipeline.model.work import CASES, Cause, LedgerChange, NewWork
from ledgerwatch_pipeline.ranking.parameters import Parameters, read
from ledgerwatch_pipeline.ranking.registry import VERSION
from ledgerwatch_pipeline.stores.postgres import loads, parameters, runs


def work_for_changes(connection: Connection, monitored: MonthRange, changes: Sequence[LedgerChange]) -> list[NewWork]:
    """What new transactions ask for. Of lists that were made already, those that an organization has frozen are left as they
    are."""
    touched: dict[UUID, set[Month]] = {}
    for change in changes:
        touched.setdefault(change.organization_id, set()).update(map(Month.of, change.months))
    ledgers = _ledgers(connection, touched, monitored)
    settings = _settings(connection)
    ranked = (
        runs.analysed_months(connection, CASES) if any(_of(settings, each).freeze_months for each in touched) else {}
    )
    planned = []
    for organization_id, months in touched.items():
        theirs = _of(settings, organization_id)
        ends = [each.last for each in (ledgers.get(organization_id),) if each is not None]
        last = min(monitored.last, max([*ends, *months]))
        wanted = {
            later
            for month in months
            for later in _range(max(month, monitored.first), min(last, month.plus(theirs.window)))
        }
        if theirs.freeze_months:
            frozen = last.plus(-theirs.freeze_months)
            made = ranked.get(organization_id, {})
            wanted = {month for month in wanted if month >= frozen or month not in made}
        planned += _items(organization_id, wanted, Cause.LOAD)
    return planned


def work_for_ledger(
    connection: Connection, monitored: MonthRange, organization_id: UUID, cause: Cause
) -> list[NewWork]:
    """Every month from the first of the organization's ledger to its last."""
    months = _ledgers(connection, [organization_id], monitored).get(organization_id)
    return [] if months is None else [NewWork(organization_id, CASES, months, cause)]


def work_for_months(organization_ids: Iterable[UUID], months: Iterable[Month], cause: Cause) -> list[NewWork]:
    """These months, for each organization."""
    wanted = set(months)
    return [item for each in organization_ids for item in _items(each, wanted, cause)]


def missing_work(
    connection: Connection,
    monitored: MonthRange,
    organization_ids: Sequence[UUID],
    queued: Mapping[tuple[UUID, str], set[Month]],
) -> list[NewWork]:
    """Months of these organizations' ledgers that were never ranked, or by an older version, and that nothing in the queue asks
    for."""
    known = runs.analysed_months(connection, CASES)
    planned = []
    for organization_id, ledger in _ledgers(connection, organization_ids, monitored).items():
        versions = known.get(organization_id, {})
        asked_for = queued.get((organization_id, CASES), set())
        wanted = [month for month in ledger if month not in asked_for and versions.get(month) != VERSION]
        planned += _items(organization_id, [month for month in wanted if month not in versions], Cause.NEW)
        planned += _items(organization_id, [month for month in wanted if month in versions], Cause.VERSION)
    return planned


_DEFAULT = Parameters()


def _settings(connection: Connection) -> dict[UUID, Parameters]:
    return {each: read(stored) for each, stored in parameters.overrides(connection, CASES).items()}


def _of(settings: Mapping[UUID, Parameters], organization_id: UUID) -> Parameters:
    return settings.get(organization_id, _DEFAULT)


def _items(organization_id: UUID, months: Iterable[Month], cause: Cause) -> list[NewWork]:
    return [NewWork(organization_id, CASES, each, cause) for each in contiguous(months)]


def _ledgers(connection: Connection, organization_ids: Iterable[UUID], monitored: MonthRange) -> dict[UUID, MonthRange]:
    """From the first to the last monitored month of each ledger; one without any is absent."""
    found = {}
    for organization_id, days in loads.ledger_months(connection, organization_ids).items():
        months = [month for month in map(Month.of, days) if monitored.first <= month <= monitored.last]
        if months:
            found[organization_id] = MonthRange(min(months), max(months))
    return found


def _range(first: Month, last: Month) -> Iterable[Month]:
    return MonthRange(first, last) if first <= last else ()
