"""Corrections of single transactions: asking for one, and putting it into the ledger. Loads as a whole: ``withdraw``.

A correction is written down as PENDING first, and finished after: ``apply`` commits the lake within the short transaction of
PostgreSQL that says so. Whoever is killed between leaves one that the next command finishes. A row that is put in is a load of its
own, a small JSON file that says who entered what and why: it is archived, registered and judged as any file is, and its
correction is finished with it (``of_batch``, ``take_out``, ``finished``, all called by ``accept``).
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import duckdb
from sqlalchemy import Connection

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.decide.external_ids import Replaced
from ledgerwatch_pipeline.importing.decide.judged_ledger import JudgedLedger
from ledgerwatch_pipeline.importing.profile import named_profile
from ledgerwatch_pipeline.importing.receive import archive
from ledgerwatch_pipeline.importing.receive.archive import ArchivedBytes, ToArchive
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.correction import (
    MAX_KEY,
    MAX_REASON,
    CorrectionKind,
    CorrectionRow,
    CorrectionStatus,
    NewCorrection,
)
from ledgerwatch_pipeline.model.errors import ConflictError, ItemError, UnknownThingError, UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import (
    Decision,
    ImportOptions,
    LoadRow,
    LoadStatus,
    NewLoad,
    Origin,
    load_and_row,
    load_id,
    transaction_id,
)
from ledgerwatch_pipeline.model.money import plain_amount
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.transaction import FILE_FIELDS
from ledgerwatch_pipeline.model.work import LedgerChange
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.lake.ledger import CorrectedRow
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_pipeline.stores.postgres import corrections, loads, locks, organizations
from ledgerwatch_pipeline.stores.postgres.locks import Lock

PROFILE = "ledgerwatch"
"""The built-in profile that a row entered by hand is read with: its fields have their own names."""
FIELDS = tuple(field.name for field in FILE_FIELDS if field.name != "currency")
"""What a person may say of a row; its currency is the organization's."""
EVENTS = {
    CorrectionKind.VOID: "TRANSACTION_VOIDED",
    CorrectionKind.REPLACE: "TRANSACTION_REPLACED",
    CorrectionKind.RESTORE: "TRANSACTION_RESTORED",
    CorrectionKind.ADD: "TRANSACTION_ADDED",
    CorrectionKind.WITHDRAW: "LOAD_WITHDRAWN",
}
PlanAnalyses = Callable[[Connection, Sequence[LedgerChange]], None]
Fields = Mapping[str, str]
"""Name of a field → its text, as a file would have it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A correction that was asked for. new: False where the same was asked for before, under the same key."""

    correction: CorrectionRow
    new: bool


@dataclass(frozen=True, slots=True)
class _Bytes:
    """The bytes of a row that was entered by hand, as a source of the archive."""

    content: bytes
    shown: str = "a row entered by hand"
    path: Path | None = None

    def chunks(self) -> Iterator[bytes]:
        yield self.content


def void(home: Home, transaction: UUID, reason: str, principal: Principal, key: str | None = None) -> Asked:
    """Ask that a transaction be taken out of the ledger.

    Raises UnknownThingError, and ConflictError where it is out already or its load is withdrawn.
    """
    return _about_row(home, CorrectionKind.VOID, transaction, reason, principal, key)


def restore(home: Home, transaction: UUID, reason: str, principal: Principal, key: str | None = None) -> Asked:
    """Ask that a transaction that was taken out be brought back; raises as ``void``."""
    return _about_row(home, CorrectionKind.RESTORE, transaction, reason, principal, key)


def replace(
    home: Home, transaction: UUID, fields: Fields, reason: str, principal: Principal, key: str | None = None
) -> Asked:
    """Ask that a transaction be taken out and one put in that differs from it in these fields; raises as ``void``.

    An empty text takes a field away. Raises UsageError where nothing would differ.
    """
    principal.require(Role.ANALYST)
    load, row_number, found = _subject(home, transaction, principal)
    before = {name: found[name] or "" for name in FIELDS}
    before["amount"] = plain_amount(Decimal(before["amount"]), load.currency_decimals)
    after = {name: fields.get(name, before[name]) for name in FIELDS}
    if after == before:
        raise UsageError("nothing would be replaced: name a field that differs, such as --amount")
    organization = _organization(home, load.organization, principal)
    request = _request(CorrectionKind.REPLACE, str(transaction), fields, reason)
    return _entered(home, organization, after, (load, row_number), reason, principal, key, request)


def add(
    home: Home, organization_slug: str, fields: Fields, reason: str, principal: Principal, key: str | None = None
) -> Asked:
    """Ask that a transaction be put into the ledger. Equal ones may be added as often as one likes, but not under one key."""
    principal.require(Role.ANALYST)
    organization = _organization(home, organization_slug, principal)
    request = _request(CorrectionKind.ADD, organization_slug, fields, reason)
    return _entered(home, organization, fields, None, reason, principal, key, request)


def apply(home: Home, correction: CorrectionRow, plan: PlanAnalyses) -> None:
    """Put a PENDING correction that brings no row into the ledger: lake, registry, due analyses and audit row, all or nothing.

    One that cannot be any more is REJECTED with the reason. Does nothing where somebody else has finished it.
    """
    while not _applied(home, correction, plan):
        pass  # the ledger of the organization was changed meanwhile: look at it again


def of_batch(home: Home, batch: Sequence[LoadRow]) -> dict[UUID, CorrectionRow]:
    """The corrections whose rows these loads carry, by load."""
    carried = [load.id for load in batch if load.origin is Origin.CORRECTION]
    if not carried:
        return {}
    with home.database.transaction() as connection:
        return corrections.by_new_loads(connection, carried)


def replaced_rows(carried: Mapping[UUID, CorrectionRow]) -> list[Replaced]:
    """The rows that are to go out where these corrections come in."""
    return [
        Replaced(each.organization_id, each.load_id, each.row_number)
        for each in carried.values()
        if each.load_id is not None and each.row_number is not None
    ]


def take_out(con: duckdb.DuckDBPyConnection, correction: CorrectionRow) -> None:
    """Take out the row that is replaced, in the transaction of the lake that puts the new one in."""
    if correction.load_id is None or correction.row_number is None:
        return
    if ledger.write_row(con, correction.id, correction.load_id, correction.row_number, out=True) is None:
        raise ItemError(f"the lake has no transaction {correction.transaction}, which is to be replaced")


def finished(
    connection: Connection, con: duckdb.DuckDBPyConnection, load: LoadRow, decision: Decision, correction: CorrectionRow
) -> tuple[list[LedgerChange], list[AuditEvent]]:
    """Close the correction that a load carries, as the load was decided; what wants analysis for the row that goes out, and the
    audit rows."""
    if not decision.accepted:
        reason = decision.reason or "its row is in the ledger already"
        corrections.finish(connection, correction.id, reason)
        if decision.status is LoadStatus.REJECTED:
            loads.close(connection, [load.id], correction.actor, "told to whoever entered it")
        return [], [_rejected(correction, reason)]
    corrections.finish(connection, correction.id)
    gone = None
    if correction.load_id is not None and correction.row_number is not None:
        gone = ledger.row_of(con, correction.load_id, correction.row_number)
    came = ledger.row_of(con, load.id, 1)
    changes = [] if gone is None else [LedgerChange(load.organization_id, [gone.month])]
    return changes, [event_of(correction, gone, came, load.currency_decimals)]


def event_of(
    correction: CorrectionRow, gone: CorrectedRow | None, came: CorrectedRow | None, decimals: int
) -> AuditEvent:
    """The audit row of a correction of one transaction."""
    subject = correction.transaction or correction.new_transaction
    told: dict[str, JsonValue] = {"correction": str(correction.id), "reason": correction.reason}
    if gone is not None:
        told |= _told(gone, decimals)
    if came is not None:
        new: dict[str, JsonValue] = {"transaction": str(correction.new_transaction), **_told(came, decimals)}
        told |= {"by": new} if gone is not None else new
    return AuditEvent(
        EVENTS[correction.kind],
        correction.actor,
        Subject(SubjectType.TRANSACTION, str(subject)),
        correction.organization_id,
        told,
    )


def known_before(
    connection: Connection, organization_id: UUID, key: str | None, request: str, *, once: bool = True
) -> Asked | None:
    """What was asked for under this key, or waits of just this request, if that makes sense ``once``; raises ConflictError for a key
    of something else."""
    waits = corrections.asked_again(connection, organization_id, request) if once else None
    if waits is not None:
        return Asked(waits, new=True)
    if key is None:
        return None
    before = corrections.by_key(connection, organization_id, key)
    if before is None:
        return None
    if before.request != request:
        raise ConflictError(
            f"the key {key!r} was used for another correction, {before.id} ({before.kind}). Nothing was changed."
        )
    return Asked(before, new=False)


def checked(reason: str, key: str | None) -> None:
    """Raise UsageError for a reason or a key that cannot be kept."""
    if not reason.strip():
        raise UsageError("--reason is empty: say why, for whoever reads the audit log")
    if len(reason) > MAX_REASON:
        raise UsageError(f"--reason has {len(reason):,} characters; at most {MAX_REASON:,} are kept")
    if key is not None and not 0 < len(key) <= MAX_KEY:
        raise UsageError(f"--key has 1 to {MAX_KEY} characters")
    for name, text in (("--reason", reason), ("--key", key or "")):
        if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
            raise UsageError(f"{name} is not valid UTF-8 text")


def reject(home: Home, correction: CorrectionRow, reason: str) -> None:
    """Say that nothing comes of a PENDING correction, and why."""
    with home.database.transaction() as connection:
        locks.hold(connection, Lock.EXTERNAL_IDS, [correction.organization_id])
        corrections.finish(connection, correction.id, reason)
        audit_log.append(connection, [_rejected(correction, reason)])


def request_of(kind: CorrectionKind, subject: str, reason: str) -> str:
    """What is asked for, as a repeated command is known by."""
    return _request(kind, subject, {}, reason)


def _applied(home: Home, correction: CorrectionRow, plan: PlanAnalyses) -> bool:
    """One attempt; False, and nothing is done, if the ledger is not the one it was prepared for."""
    if correction.load_id is None:
        raise ValueError(f"correction {correction.id} brings a row: it is finished with its load")
    owner = (correction.organization_id,)
    with home.database.transaction() as connection:
        load = loads.by_ids(connection, [correction.load_id])[correction.load_id]
    with home.lake.transaction() as lake:
        seen = JudgedLedger.of(lake.con, owner)
        written = (
            correction.id in seen.corrections[correction.organization_id]
        )  # by one that was killed before PostgreSQL knew
        row, problem = _written(lake.con, correction, written)
        with home.database.transaction() as connection:
            locks.hold(connection, Lock.EXTERNAL_IDS, owner)
            if corrections.get(connection, correction.id).status is not CorrectionStatus.PENDING:
                return True
            if not seen.holds(lake.con):
                return False
            if problem is not None:
                corrections.finish(connection, correction.id, problem)
                audit_log.append(connection, [_rejected(correction, problem)])
                return True
            if not written:
                lake.commit()
            corrections.finish(connection, correction.id)
            if correction.kind is CorrectionKind.WITHDRAW:
                loads.withdraw(connection, load.id, correction.actor, correction.reason)
            months = load.months if row is None else (row.month,)
            if months:
                plan(connection, [LedgerChange(load.organization_id, months)])
            event = (
                _withdrawn(correction, load) if row is None else event_of(correction, row, None, load.currency_decimals)
            )
            audit_log.append(connection, [event])
    return True


def _written(
    con: duckdb.DuckDBPyConnection, correction: CorrectionRow, written: bool
) -> tuple[CorrectedRow | None, str | None]:
    """Write to the lake what the correction says, unless it is there: the row it is about, if it is about one, or why not."""
    if correction.load_id is None:
        return None, None
    if correction.row_number is None:
        if not written:
            ledger.write_withdrawal(con, correction.id, correction.organization_id, correction.load_id)
        return None, None
    back = correction.kind is CorrectionKind.RESTORE
    if written:
        row = ledger.row_of(con, correction.load_id, correction.row_number)
    else:
        if back:
            ledger.define(con, [correction.organization_id])
            other = ledger.owner_of_same_id(con, correction.load_id, correction.row_number)
            if other is not None:
                return None, f"transaction {transaction_id(*other)} has its external id by now; void that one first"
        row = ledger.write_row(con, correction.id, correction.load_id, correction.row_number, out=not back)
    if row is None:
        return None, f"the lake has no transaction {correction.transaction}"
    return row, None


def _about_row(
    home: Home, kind: CorrectionKind, transaction: UUID, reason: str, principal: Principal, key: str | None
) -> Asked:
    principal.require(Role.ANALYST)
    checked(reason, key)
    load, row_number, _ = _subject(home, transaction, principal)
    request = _request(kind, str(transaction), {}, reason)
    new = NewCorrection(
        uuid4(), load.organization_id, kind, load.id, row_number, None, principal.name, reason, key, request
    )
    with home.database.transaction() as connection:
        locks.hold(connection, Lock.EXTERNAL_IDS, [load.organization_id])
        known = known_before(connection, load.organization_id, key, request)
        if known is not None:
            return known
        _require(connection, kind, load.id, row_number)
        corrections.add(connection, new)
        return Asked(corrections.get(connection, new.id), new=True)


def _entered(
    home: Home,
    organization: Organization,
    fields: Fields,
    subject: tuple[LoadRow, int] | None,
    reason: str,
    principal: Principal,
    key: str | None,
    request: str,
) -> Asked:
    """Archive and register a row that is entered by hand, with its correction. subject: load and row that it replaces."""
    checked(reason, key)
    kind = CorrectionKind.ADD if subject is None else CorrectionKind.REPLACE
    identity = uuid4()
    with home.database.transaction() as connection:  # before anything is archived; once more under the lock
        known = known_before(connection, organization.id, key, request, once=subject is not None)
    if known is not None:
        return known
    document: dict[str, JsonValue] = {
        "organization_id": str(organization.id),
        "correction": {
            "id": str(identity),
            "kind": kind.value,
            "transaction": None if subject is None else str(transaction_id(subject[0].id, subject[1])),
            "actor": principal.name,
            "reason": reason,
        },
        "transactions": [{"currency": organization.currency, **{name: text for name, text in fields.items() if text}}],
    }
    content = _canonical(document)
    stored = archive.store(home.settings.archive, [ToArchive(_Bytes(content))])[0]
    if not isinstance(stored, ArchivedBytes):
        raise UsageError(f"the row could not be archived: {stored}")
    options = ImportOptions(profile=named_profile(PROFILE, home.settings.profiles))
    load = NewLoad(
        load_id(organization.id, stored.sha256),
        organization.id,
        stored.sha256,
        f"{kind.value}-{str(identity)[:8]}.json",
        stored.size,
        options,
        origin=Origin.CORRECTION,
    )
    old, row_number = (None, None) if subject is None else (subject[0].id, subject[1])
    new = NewCorrection(identity, organization.id, kind, old, row_number, load.id, principal.name, reason, key, request)
    with home.database.transaction() as connection:
        locks.hold(connection, Lock.EXTERNAL_IDS, [organization.id])
        known = known_before(connection, organization.id, key, request, once=subject is not None)
        if known is not None:
            return known
        if subject is not None:
            _require(connection, kind, subject[0].id, subject[1])
        loads.receive(connection, [load], principal.name)
        corrections.add(connection, new)
        received: dict[str, JsonValue] = {"file": load.file, "sha256": load.sha256, "bytes": load.bytes}
        audit_log.append(
            connection,
            [
                AuditEvent(
                    "LOAD_RECEIVED",
                    principal.name,
                    Subject(SubjectType.LOAD, str(load.id)),
                    organization.id,
                    {**received, "correction": str(identity)},
                )
            ],
        )
        return Asked(corrections.get(connection, identity), new=True)


def _require(connection: Connection, kind: CorrectionKind, load: UUID, row_number: int) -> None:
    """Raise ConflictError unless the transaction is where ``kind`` needs it, as PostgreSQL says: in the ledger, or out of it."""
    name = f"transaction {transaction_id(load, row_number)}"
    row = loads.by_ids(connection, [load])[load]
    if row.status is LoadStatus.WITHDRAWN:
        raise ConflictError(
            f"{name} came with load {row.id}, which {row.withdrawn_by} has withdrawn: {row.withdrawn_reason}."
            " Nothing was changed."
        )
    pending = [each for each in corrections.pending_of_load(connection, load) if each.row_number in (None, row_number)]
    if pending:
        raise ConflictError(
            f"{name} is being corrected ({pending[0].kind} by {pending[0].actor});"
            " ledgerwatch import --inbox or analyze finishes that. Nothing was changed."
        )
    last = corrections.of_row(connection, load, row_number)
    is_out = last is not None and last.kind.takes_out
    if last is not None and is_out and kind.takes_out:
        what = f"replaced by {last.new_transaction}" if last.kind is CorrectionKind.REPLACE else "voided"
        raise ConflictError(f"{name} was {what} already, by {last.actor}: {last.reason}. Nothing was changed.")
    if kind is CorrectionKind.RESTORE:
        if last is None or not is_out:
            raise ConflictError(f"{name} is in the ledger: there is nothing to restore. Nothing was changed.")
        if last.kind is CorrectionKind.REPLACE and last.new_load_id is not None:
            newer = corrections.of_row(connection, last.new_load_id, 1)
            if newer is None or not newer.kind.takes_out:
                raise ConflictError(
                    f"{name} was replaced by {last.new_transaction}, which is in the ledger; void that one first."
                    " Nothing was changed."
                )


def _subject(home: Home, transaction: UUID, principal: Principal) -> tuple[LoadRow, int, Mapping[str, str | None]]:
    """The load, the row number and the fields of a transaction that a load brought; raises UnknownThingError."""
    identity, row_number = load_and_row(transaction)
    with home.database.transaction() as connection:
        load = loads.by_ids(connection, [identity]).get(identity)
    unknown = UnknownThingError("transaction", str(transaction), None, "see: ledgerwatch transactions list")
    if load is None or not principal.may_see(load.organization_id):
        raise unknown
    found = ledger.texts_of(home.lake.con, load.id, row_number)
    if found is None:
        raise unknown
    return load, row_number, found


def _organization(home: Home, slug: str, principal: Principal) -> Organization:
    with home.database.transaction() as connection:
        return organizations.get(connection, slug, principal)


def _request(kind: CorrectionKind, subject: str, fields: Fields, reason: str) -> str:
    document: dict[str, JsonValue] = {"kind": kind.value, "subject": subject, "fields": {**fields}, "reason": reason}
    return hashlib.sha256(_canonical(document)).hexdigest()


def _canonical(document: Mapping[str, JsonValue]) -> bytes:
    try:
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return (text + "\n").encode()
    except UnicodeEncodeError:
        raise UsageError("a value is not valid UTF-8 text") from None


def _told(row: CorrectedRow, decimals: int) -> dict[str, JsonValue]:
    return {
        "date": row.date.isoformat(),
        "vendor": row.vendor,
        "amount": plain_amount(row.amount, decimals),
        "type": row.type,
    }


def _withdrawn(correction: CorrectionRow, load: LoadRow) -> AuditEvent:
    decimals = load.currency_decimals
    told: dict[str, JsonValue] = {
        "correction": str(correction.id),
        "reason": correction.reason,
        "file": load.file,
        "accepted": load.accepted,
        "months": [str(Month.of(month)) for month in load.months],
    }
    for name, amount in (("expense", load.expense), ("income", load.income), ("refund", load.refund)):
        told[name] = None if amount is None else plain_amount(amount, decimals)
    return AuditEvent(
        EVENTS[correction.kind],
        correction.actor,
        Subject(SubjectType.LOAD, str(load.id)),
        correction.organization_id,
        told,
    )


def _rejected(correction: CorrectionRow, reason: str) -> AuditEvent:
    told: dict[str, JsonValue] = {"kind": correction.kind.value, "reason": correction.reason, "error": reason[:500]}
    subject = correction.transaction or correction.new_transaction
    return AuditEvent(
        "CORRECTION_REJECTED",
        correction.actor,
        Subject(SubjectType.TRANSACTION, str(subject))
        if subject is not None
        else Subject(SubjectType.LOAD, str(correction.load_id)),
        correction.organization_id,
        {"correction": str(correction.id), **told},
    )
