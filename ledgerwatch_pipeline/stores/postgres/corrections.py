"""The corrections of the ledger, one row each, for ever. Those PENDING wait to be finished: see ``importing.correct``.

Who writes here holds ``Lock.EXTERNAL_IDS`` of the organization, under which its ledger changes otherwise than by growing.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.correction import CorrectionKind, CorrectionRow, CorrectionStatus, NewCorrection
from ledgerwatch_pipeline.model.load import LoadStatus
from ledgerwatch_pipeline.stores.postgres.lookup import visible
from ledgerwatch_pipeline.stores.postgres.tables import corrections, loads, organizations

_SELECT = select(corrections, organizations.c.slug.label("organization")).join_from(corrections, organizations)
_PENDING = corrections.c.status == CorrectionStatus.PENDING.value
_VALID = corrections.c.status != CorrectionStatus.REJECTED.value


def add(connection: Connection, new: NewCorrection) -> None:
    """Write down what is asked for, as PENDING."""
    connection.execute(
        corrections.insert().values(
            id=new.id,
            organization_id=new.organization_id,
            kind=new.kind.value,
            status=CorrectionStatus.PENDING.value,
            load_id=new.load_id,
            row_number=new.row_number,
            new_load_id=new.new_load_id,
            actor=new.actor,
            reason=new.reason,
            key=new.key,
            request=new.request,
        )
    )


def finish(connection: Connection, correction_id: UUID, error: str | None = None) -> None:
    """Say that a PENDING correction is in the ledger, or why nothing came of it."""
    status = CorrectionStatus.APPLIED if error is None else CorrectionStatus.REJECTED
    connection.execute(
        corrections.update()
        .where(corrections.c.id == correction_id, _PENDING)
        .values(status=status.value, error=error, finished_at=func.clock_timestamp())
    )


def get(connection: Connection, correction_id: UUID) -> CorrectionRow:
    """The correction of this id, which is there."""
    return _row(connection.execute(_SELECT.where(corrections.c.id == correction_id)).one())


def by_key(connection: Connection, organization_id: UUID, key: str) -> CorrectionRow | None:
    """What was asked for under this key, unless nothing came of it."""
    which = and_(corrections.c.organization_id == organization_id, corrections.c.key == key, _VALID)
    return _optional(connection.execute(_SELECT.where(which)).one_or_none())


def asked_again(connection: Connection, organization_id: UUID, request: str) -> CorrectionRow | None:
    """What waits to be finished of just this request: its process was killed, and somebody repeats the command."""
    which = and_(corrections.c.organization_id == organization_id, corrections.c.request == request, _PENDING)
    return _optional(connection.execute(_SELECT.where(which).limit(1)).one_or_none())


def by_new_loads(connection: Connection, load_ids: Iterable[UUID]) -> dict[UUID, CorrectionRow]:
    """The corrections whose row these loads carry, by load."""
    query = _SELECT.where(corrections.c.new_load_id.in_(set(load_ids)))
    return {row.new_load_id: row for row in map(_row, connection.execute(query)) if row.new_load_id is not None}


def of_transaction(connection: Connection, load_id: UUID, row_number: int) -> list[CorrectionRow]:
    """All that was asked for about one transaction, in order: that which concerns it alone, the one that put it in, and those of
    its load."""
    row = and_(corrections.c.load_id == load_id, corrections.c.row_number == row_number)
    load = and_(corrections.c.load_id == load_id, corrections.c.kind == CorrectionKind.WITHDRAW.value)
    came = corrections.c.new_load_id == load_id
    return [
        _row(each) for each in connection.execute(_SELECT.where(or_(row, load, came)).order_by(corrections.c.number))
    ]


def of_row(connection: Connection, load_id: UUID, row_number: int) -> CorrectionRow | None:
    """The last correction of one transaction that is or will be in force."""
    which = and_(corrections.c.load_id == load_id, corrections.c.row_number == row_number, _VALID)
    query = _SELECT.where(which).order_by(corrections.c.number.desc()).limit(1)
    return _optional(connection.execute(query).one_or_none())


def by_place(
    connection: Connection, organization_id: UUID | None, principal: Principal
) -> dict[tuple[UUID, int | None], CorrectionRow]:
    """The last correction in the ledger of each transaction (load and row) and of each load (row None), of an organization or of
    all."""
    query = _SELECT.where(
        corrections.c.status == CorrectionStatus.APPLIED.value,
        corrections.c.load_id.is_not(None),
        *visible(corrections.c.organization_id, principal),
    ).order_by(corrections.c.finished_at, corrections.c.number)
    if organization_id is not None:
        query = query.where(corrections.c.organization_id == organization_id)
    rows = map(_row, connection.execute(query))
    return {(row.load_id, row.row_number): row for row in rows if row.load_id is not None}


def corrected(connection: Connection, organization_ids: Iterable[UUID] | None = None) -> bool | None:
    """What ``stores.lake.ledger.define`` is told of these organizations, or of all: False where nothing was ever corrected or waits
    to be, so that the lake has nothing either; None where the lake has to be asked."""
    which = [] if organization_ids is None else [corrections.c.organization_id.in_(set(organization_ids))]
    return None if connection.execute(select(exists().where(_VALID, *which))).scalar() else False


def pending_of_load(connection: Connection, load_id: UUID) -> list[CorrectionRow]:
    """What waits to be finished about a load or its rows."""
    return [_row(each) for each in connection.execute(_SELECT.where(corrections.c.load_id == load_id, _PENDING))]


def waiting(connection: Connection) -> list[CorrectionRow]:
    """What waits to be finished and brings no row of its own, in order; the others are finished with their load."""
    query = _SELECT.where(_PENDING, corrections.c.new_load_id.is_(None)).order_by(corrections.c.number)
    return [_row(each) for each in connection.execute(query)]


def in_force(connection: Connection, organization_ids: Iterable[UUID]) -> list[CorrectionRow]:
    """The corrections of these organizations that are in the ledger, in the order in which they came into it."""
    which = and_(
        corrections.c.organization_id.in_(set(organization_ids)),
        corrections.c.status == CorrectionStatus.APPLIED.value,
    )
    query = _SELECT.where(which).order_by(corrections.c.finished_at, corrections.c.number)
    return [_row(each) for each in connection.execute(query)]


def rows_taken_out(connection: Connection) -> int:
    """How many transactions of accepted loads are out of the ledger, one by one; those of withdrawn loads not among them."""
    last = (
        select(corrections.c.kind, loads.c.status)
        .join_from(corrections, loads, corrections.c.load_id == loads.c.id)
        .where(
            corrections.c.status == CorrectionStatus.APPLIED.value,
            corrections.c.row_number.is_not(None),
        )
        .ext(distinct_on(corrections.c.load_id, corrections.c.row_number))
        .order_by(corrections.c.load_id, corrections.c.row_number, corrections.c.finished_at.desc())
        .subquery()
    )
    out = last.c.kind.in_([each.value for each in CorrectionKind if each.takes_out])
    query = select(func.count()).select_from(last).where(out, last.c.status == LoadStatus.ACCEPTED.value)
    return int(connection.execute(query).scalar_one())


def _optional(row: Row[*tuple[Any, ...]] | None) -> CorrectionRow | None:
    return None if row is None else _row(row)


def _row(row: Row[*tuple[Any, ...]]) -> CorrectionRow:
    values = dict(row._mapping)
    return CorrectionRow(
        **{**values, "kind": CorrectionKind(values["kind"]), "status": CorrectionStatus(values["status"])}
    )
