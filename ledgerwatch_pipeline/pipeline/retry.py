"""Takes up again what FAILED, once whatever was the cause is mended; what nobody can do any more is given up."""

from dataclasses import dataclass
from uuid import UUID

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.load import LoadRow
from ledgerwatch_pipeline.model.work import WorkItem
from ledgerwatch_pipeline.stores.postgres import audit, loads, organizations, work

NOT_KNOWN = "this analyzer is not known any more"


@dataclass(frozen=True, slots=True)
class Retried:
    """What waits again, as it was when it had failed. given_up: analyses whose analyzer was removed; they are gone."""

    loads: tuple[LoadRow, ...]
    analyses: tuple[WorkItem, ...]
    given_up: tuple[WorkItem, ...]


def retry_failed(home: Home, principal: Principal, slug: str | None = None) -> Retried:
    """Put the FAILED loads and analyses of one organization, or of all, back into their queues. Raises UnknownThingError.

    To remove an analyzer is to mend it: its analyses are given up. One that is refused is there, and shall be mended itself.
    """
    principal.require(Role.ANALYST)
    registry = load_registry(home.settings)
    known = {*registry.work_names, *(each.name for each in registry.refused)}
    with home.database.transaction() as connection:
        asked = organizations.named(connection, None if slug is None else [slug], principal)
        ids = [each.id for each in asked]
        given_up = work.give_up(connection, ids, known)
        retried = Retried(tuple(loads.retry(connection, ids)), tuple(work.retry(connection, ids)), tuple(given_up))
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
            ]
            + [
                AuditEvent(
                    "WORK_GIVEN_UP",
                    principal.name,
                    Subject(SubjectType.ANALYZER, each.analyzer),
                    each.organization_id,
                    {"months": str(each.months), "reason": NOT_KNOWN},
                )
                for each in retried.given_up
            ],
        )
    return retried
