"""Takes up again what FAILED, once whatever was the cause is mended."""

from dataclasses import dataclass
from uuid import UUID

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.load import LoadRow
from ledgerwatch_pipeline.model.work import WorkItem
from ledgerwatch_pipeline.stores.postgres import audit, loads, organizations, work


@dataclass(frozen=True, slots=True)
class Retried:
    """What waits again, as it was when it had failed."""

    loads: tuple[LoadRow, ...]
    analyses: tuple[WorkItem, ...]


def retry_failed(home: Home, principal: Principal, slug: str | None = None) -> Retried:
    """Put the FAILED loads and analyses of one organization, or of all, back into their queues. Raises UnknownThingError."""
    principal.require(Role.ANALYST)
    with home.database.transaction() as connection:
        if slug is None:
            ids = [each.id for each in organizations.list_all(connection, principal)]
        else:
            ids = [organizations.get(connection, slug, principal).id]
        retried = Retried(tuple(loads.retry(connection, ids)), tuple(work.retry(connection, ids)))
        counts: dict[UUID, list[int]] = {}
        for load in retried.loads:
            counts.setdefault(load.organization_id, [0, 0])[0] += 1
        for item in retried.analyses:
            counts.setdefault(item.organization_id, [0, 0])[1] += 1
        audit.append(
            connection,
            [
                AuditEvent(
                    "WORK_RETRIED",
                    principal.name,
                    Subject(SubjectType.ORGANIZATION, str(each)),
                    each,
                    {"loads": of_loads, "analyses": of_analyses},
                )
                for each, (of_loads, of_analyses) in counts.items()
            ],
        )
    return retried
