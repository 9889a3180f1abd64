"""Withdraws a load: all that it brought goes out of the ledger, and the same bytes may be delivered again as another load.

Asked for here, put into the ledger by ``correct.apply``.
"""

from uuid import uuid4

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.correct import Asked, checked, known_before, request_of
from ledgerwatch_pipeline.model.correction import CorrectionKind, NewCorrection
from ledgerwatch_pipeline.model.errors import ConflictError
from ledgerwatch_pipeline.model.load import LoadRow, LoadStatus, Origin
from ledgerwatch_pipeline.stores.postgres import corrections, loads, locks
from ledgerwatch_pipeline.stores.postgres.locks import Lock


def withdraw(home: Home, beginning: str, reason: str, principal: Principal, key: str | None = None) -> Asked:
    """Ask that the load whose id begins so be withdrawn.

    Raises UnknownThingError, and ConflictError for one that is not accepted, is withdrawn already, or carries a correction.
    """
    principal.require(Role.ANALYST)
    checked(reason, key)
    with home.database.transaction() as connection:
        load = loads.find(connection, beginning, principal)
        locks.hold(connection, Lock.EXTERNAL_IDS, [load.organization_id])
        load = loads.by_ids(connection, [load.id])[load.id]  # as it is now that nobody else may change its ledger
        request = request_of(CorrectionKind.WITHDRAW, str(load.id), reason)
        known = known_before(connection, load.organization_id, key, request)
        if known is not None:
            return known
        _require(load)
        pending = corrections.pending_of_load(connection, load.id)
        if pending:
            raise ConflictError(
                f"load {load.id} is being corrected ({pending[0].kind} by {pending[0].actor});"
                " ledgerwatch import --inbox or analyze finishes that. Nothing was changed."
            )
        new = NewCorrection(
            uuid4(),
            load.organization_id,
            CorrectionKind.WITHDRAW,
            load.id,
            None,
            None,
            principal.name,
            reason,
            key,
            request,
        )
        corrections.add(connection, new)
        return Asked(corrections.get(connection, new.id), new=True)


def _require(load: LoadRow) -> None:
    name = f"{load.organization}/{load.file} (load {load.id})"
    if load.status is LoadStatus.WITHDRAWN:
        raise ConflictError(
            f"{name} was withdrawn already, by {load.withdrawn_by}: {load.withdrawn_reason}. Nothing was changed."
        )
    if load.status is not LoadStatus.ACCEPTED:
        raise ConflictError(f"{name} is {load.status}; only what was accepted can be withdrawn. Nothing was changed.")
    if load.origin is Origin.CORRECTION:
        raise ConflictError(
            f"{name} is one transaction that was entered by hand; void that: ledgerwatch transactions void"
            f" {str(load.id)[:13]}:1. Nothing was changed."
        )
