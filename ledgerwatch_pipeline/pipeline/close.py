"""Closes loads that were rejected or FAILED: a person says that nothing more is to be done about them."""

from collections.abc import Iterable

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.errors import ConflictError
from ledgerwatch_pipeline.model.load import LoadRow, LoadStatus
from ledgerwatch_pipeline.stores.postgres import audit, corrections, loads


def close_loads(home: Home, beginnings: Iterable[str], note: str | None, principal: Principal) -> list[LoadRow]:
    """Close the loads whose ids begin so, all of them or none; as they are then.

    Raises UnknownThingError, and ConflictError for a load that is neither rejected nor FAILED, or closed already.
    """
    principal.require(Role.ANALYST)
    with home.database.transaction() as connection:
        asked = {row.id: row for row in (loads.find(connection, each, principal) for each in beginnings)}
        closed = loads.close(connection, list(asked), principal.name, note)
        done = {each.id for each in closed}
        for load_id, row in asked.items():
            if load_id not in done:
                raise _not_closed(row)
        for each in corrections.by_new_loads(connection, done).values():
            corrections.finish(connection, each.id, f"its load was closed by {principal.name}")
        audit.append(
            connection,
            [
                AuditEvent(
                    "LOAD_CLOSED",
                    principal.name,
                    Subject(SubjectType.LOAD, str(each.id)),
                    each.organization_id,
                    {"file": each.file, "status": each.status.value, "note": note},
                )
                for each in closed
            ],
        )
    return closed


def _not_closed(row: LoadRow) -> ConflictError:
    name = f"{row.organization}/{row.file}"
    if row.closed_at is not None:
        return ConflictError(f"{name} was closed by {row.closed_by} already. Nothing was changed.")
    if row.status is LoadStatus.HELD:
        return ConflictError(f"{name} is {row.status}: release it, or reject it, which closes it. Nothing was changed.")
    return ConflictError(
        f"{name} is {row.status}; only what was rejected or FAILED can be closed. Nothing was changed."
    )
