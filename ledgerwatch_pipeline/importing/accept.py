"""Accepts, rejects or holds a batch of loads: what was judged is written to the lake and closed in the registry, with its audit rows.

Rows, control totals, vendors and row issues are one transaction of the lake, committed inside the short transaction of PostgreSQL that
closes the loads. A crash between the two commits leaves loads RECEIVED whose rows are in the lake: the next attempt sees their
control totals, and only closes them. Claiming loads, cutting them into batches and finding the one that fails are ``pipeline``'s.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import duckdb
from sqlalchemy import Connection

from ledgerwatch_pipeline.access.principal import SYSTEM, Principal
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import correct, fragments
from ledgerwatch_pipeline.importing.check.outcome import CheckOutcome
from ledgerwatch_pipeline.importing.judge import Judgement, judged
from ledgerwatch_pipeline.importing.receive.archive import archive_path
from ledgerwatch_pipeline.importing.stage import LoadFile
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.correction import CorrectionRow
from ledgerwatch_pipeline.model.errors import ItemError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import Decision, LoadRow, LoadStatus, OnOverlap
from ledgerwatch_pipeline.model.money import plain_amount
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.work import LedgerChange
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import load_totals
from ledgerwatch_pipeline.stores.lake.load_totals import LoadTotals
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_pipeline.stores.postgres import loads, locks
from ledgerwatch_pipeline.stores.postgres.locks import Lock

_LOADS_NAMED = 20
"""Loads that the event of a held one names."""

PlanAnalyses = Callable[[Connection, Sequence[LedgerChange]], None]
"""Notes, in the transaction that closes the loads, what wants analysis after these changes of the ledger."""


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """What became of a batch: a decision on each of its loads, in order, and the checks over their rows."""

    decisions: tuple[Decision, ...]
    checks: tuple[CheckOutcome, ...]


def accept_batch(
    home: Home, batch: Sequence[LoadRow], worker: int, principal: Principal, plan: PlanAnalyses
) -> AcceptedBatch:
    """Judge these loads, which ``worker`` has leased, and commit what comes of it; all of them or, where this raises, none.

    Raises ItemError where the cause lies in one load, LeaseLostError where one is another worker's by now.
    """
    files = [_archived(home.settings, load) for load in batch]
    carried = correct.of_batch(home, batch)
    replaced = correct.replaced_rows(carried)
    while True:  # once more only when rows or corrections were committed meanwhile that matter to this batch
        with judged(home, files, replaced) as judgement:
            if _commit(home, judgement, carried, worker, principal, plan):
                return AcceptedBatch(judgement.decisions, judgement.checks)


def _archived(settings: Settings, load: LoadRow) -> LoadFile:
    if load.damage is not None:
        raise ItemError(f"load {load.id} ({load.organization}/{load.file}): {load.damage}")
    path = archive_path(settings.archive, load.sha256)
    return LoadFile(load, path, str(path.relative_to(settings.home)))


def _commit(
    home: Home,
    judgement: Judgement,
    carried: Mapping[UUID, CorrectionRow],
    worker: int,
    principal: Principal,
    plan: PlanAnalyses,
) -> bool:
    """Write and close the batch; False, and nothing is done, if the ledger is not the one it was judged against."""
    rows = [each.load for each in judgement.staged]
    with home.lake.transaction() as lake:
        write(lake.con, judgement, carried)
        with home.database.transaction() as connection:
            loads.require_lease(connection, worker, rows)
            if judgement.ledger.organizations:
                locks.hold(connection, Lock.EXTERNAL_IDS, judgement.ledger.organizations)
                if not judgement.ledger.holds(lake.con):
                    return False
            lake.commit()
            _close(connection, lake.con, rows, judgement.decisions, carried, principal, plan)
    return True


def write(con: duckdb.DuckDBPyConnection, judgement: Judgement, carried: Mapping[UUID, CorrectionRow]) -> None:
    """Insert rows, control totals, vendors and row issues, and take out what is replaced. What a crashed attempt committed is not
    written again."""
    written = load_totals.of_loads(con, [each.load.id for each in judgement.staged])
    fresh = []
    for staged, decision in zip(judgement.staged, judgement.decisions, strict=True):
        load = staged.load
        if load.id in written:
            _require_same(load, decision, written[load.id])
        elif decision.accepted:
            fresh.append((staged.ordinal, load.id, load.organization_id))
            if load.id in carried:
                correct.take_out(con, carried[load.id])
    con.execute("CREATE OR REPLACE TEMP TABLE accepted (ordinal INTEGER, load_id UUID, organization_id UUID)")
    if fresh:
        con.executemany("INSERT INTO accepted VALUES (?, ?, ?)", fresh)
        con.execute(fragments.promote())
        con.execute(sql_text("importing/load_totals"))
        con.execute(sql_text("importing/load_vendors"))
    if con.execute("SELECT 1 FROM issues LIMIT 1").fetchone():
        con.execute("INSERT INTO lake.row_issues BY NAME FROM issues")


def _require_same(load: LoadRow, decision: Decision, written: LoadTotals) -> None:
    """A load that was written before a crash must be judged as it was then, or the registry would not say what is."""
    now = LoadTotals(decision.accepted, decision.expense, decision.income, decision.refund, decision.months)
    if now != written:
        raise ItemError(
            f"load {load.id} ({load.organization}/{load.file}): an attempt that was cut off put {written.accepted} of its rows "
            f"into the ledger, and now {now.accepted} would be accepted ({decision.reason or 'with other totals'}); "
            "put back what has changed since, a profile for instance, and retry it"
        )


def _close(
    connection: Connection,
    con: duckdb.DuckDBPyConnection,
    rows: Sequence[LoadRow],
    decisions: Sequence[Decision],
    carried: Mapping[UUID, CorrectionRow],
    principal: Principal,
    plan: PlanAnalyses,
) -> None:
    """Close the loads in the registry and the corrections they carry, note what wants analysis, and append the audit rows."""
    loads.finish(connection, decisions)
    changes = [
        LedgerChange(load.organization_id, decision.months)
        for load, decision in zip(rows, decisions, strict=True)
        if decision.months
    ]
    events = []
    for load, decision in zip(rows, decisions, strict=True):
        events.append(_event(load, decision, principal))
        if load.id in carried:
            more, told = correct.finished(connection, con, load, decision, carried[load.id])
            changes += more
            events += told
    if changes:
        plan(connection, changes)
    audit_log.append(connection, events)


def _event(load: LoadRow, decision: Decision, principal: Principal) -> AuditEvent:
    """Signed by whoever delivered the file; finishing what somebody else delivered is nobody's wish, but the system's doing."""
    own = load.received_by == principal.name
    signed: Mapping[str, JsonValue] = {} if own else {"delivered_by": load.received_by, "finished_by": principal.name}
    actor = principal.name if own else SYSTEM.name
    subject = Subject(SubjectType.LOAD, str(load.id))
    if decision.status is LoadStatus.REJECTED:
        told: dict[str, JsonValue] = {"file": load.file, "reason": decision.reason}
        return AuditEvent("LOAD_REJECTED", actor, subject, load.organization_id, {**told, **signed})
    if decision.overlap is not None:
        told = {
            "file": load.file,
            "rows": decision.overlap.rows,
            "equal": decision.overlap.equal,
            "equal_to": {str(each.load_id): each.rows for each in decision.overlap.loads[:_LOADS_NAMED]},
            "reason": decision.reason,
        }
        return AuditEvent("LOAD_HELD", actor, subject, load.organization_id, {**told, **signed})
    decimals = load.currency_decimals
    told = {
        "file": load.file,
        "accepted": decision.accepted,
        "rejected": decision.rejected,
        "skipped": decision.skipped,
        "months": [str(Month.of(month)) for month in decision.months],
        "expense": plain_amount(decision.expense, decimals),
        "income": plain_amount(decision.income, decimals),
        "refund": plain_amount(decision.refund, decimals),
    }
    if load.options.on_overlap is not OnOverlap.HOLD:
        told["on_overlap"] = load.options.on_overlap.value
    return AuditEvent("TRANSACTIONS_IMPORTED", actor, subject, load.organization_id, {**told, **signed})
