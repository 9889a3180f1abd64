"""What people do to a load that is held, since it looks like a re-export: release it, so that it is imported, or reject it.

Releasing makes it work again, with the overlap decided; whoever imports next takes it up. So nothing is lost where the process ends
between the two.
"""

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.errors import ConflictError, UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import LoadRow, LoadStatus, OnOverlap
from ledgerwatch_pipeline.stores.postgres import audit, loads


def release_load(home: Home, beginning: str, on_overlap: OnOverlap, note: str, principal: Principal) -> LoadRow:
    """Let the held load whose id begins so go on: with ``skip`` the rows that the ledger has are dropped, with ``keep`` all are taken.
    It waits to be imported then.

    Raises UnknownThingError, UsageError for ``hold`` or without a reason, and ConflictError for a load that is not held.
    """
    principal.require(Role.ANALYST)
    if on_overlap is OnOverlap.HOLD:
        raise UsageError("a held load is released with skip or keep")
    reason = _reason(note)
    with home.database.transaction() as connection:
        row = loads.find(connection, beginning, principal)
        if not loads.let_go_on(connection, row.id, on_overlap, principal.name, reason):
            raise _not_held(loads.by_ids(connection, [row.id])[row.id], "released")
        audit.append(connection, [_event("LOAD_RELEASED", row, reason, principal, {"on_overlap": on_overlap.value})])
        return loads.by_ids(connection, [row.id])[row.id]


def reject_load(home: Home, beginning: str, note: str, principal: Principal) -> LoadRow:
    """Reject the held load whose id begins so; it counts as closed. Raises as ``release_load``."""
    principal.require(Role.ANALYST)
    reason = _reason(note)
    with home.database.transaction() as connection:
        row = loads.find(connection, beginning, principal)
        told = f"held, and rejected by {principal.name}: {reason}"
        if not loads.reject_held(connection, row.id, told, principal.name, reason):
            raise _not_held(loads.by_ids(connection, [row.id])[row.id], "rejected")
        audit.append(connection, [_event("LOAD_REJECTED", row, reason, principal, {})])
        return loads.by_ids(connection, [row.id])[row.id]


def _reason(note: str) -> str:
    reason = note.strip()
    if not reason:
        raise UsageError("say why: --reason is kept with the load and in the audit log")
    return reason


def _event(kind: str, row: LoadRow, reason: str, principal: Principal, more: dict[str, JsonValue]) -> AuditEvent:
    held: dict[str, JsonValue] = {} if row.overlap is None else {"rows": row.overlap.rows, "equal": row.overlap.equal}
    told: dict[str, JsonValue] = {"file": row.file, "reason": reason, **held, **more}
    return AuditEvent(kind, principal.name, Subject(SubjectType.LOAD, str(row.id)), row.organization_id, told)


def _not_held(row: LoadRow, done: str) -> ConflictError:
    """Says in which state it is, and who brought it there."""
    name = f"{row.organization}/{row.file}"
    by = ""
    if row.released_by is not None:
        by = f" (released by {row.released_by} with {row.options.on_overlap.value})"
    elif row.status is LoadStatus.REJECTED and row.closed_by is not None:
        by = f" (closed by {row.closed_by})"
    return ConflictError(f"{name} is {row.status}{by}; only a load that is HELD can be {done}. Nothing was changed.")
