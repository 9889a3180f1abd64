"""The step that rebuilds the ledger: every decided load judged again beside the lake, the two compared, and the lake put right if
that is asked for. How: ``importing.rebuild``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import duckdb
from sqlalchemy import Connection

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.analysis import plan
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import rebuild as rebuilding
from ledgerwatch_pipeline.importing.judge import warm_up
from ledgerwatch_pipeline.importing.rebuild import Batch, Comparison, Verdict
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.correction import CorrectionRow
from ledgerwatch_pipeline.model.errors import ConflictError, UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import Decision, LoadRow
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.progress import Progress, no_progress
from ledgerwatch_pipeline.model.work import Cause, LedgerChange
from ledgerwatch_pipeline.pipeline.isolate import in_halves, words
from ledgerwatch_pipeline.ranking import plan as ranking_plan
from ledgerwatch_pipeline.stores.lake.beside import Beside
from ledgerwatch_pipeline.stores.postgres import audit, corrections, loads, locks, organizations, work
from ledgerwatch_pipeline.stores.postgres.locks import Lock


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found. put_right: whether the lake was put right; replaced: how many loads of it."""

    comparison: Comparison
    put_right: bool = False
    replaced: int = 0


def rebuild(
    home: Home,
    principal: Principal,
    slugs: Iterable[str] | None = None,
    *,
    put_right: bool = False,
    on_progress: Progress = no_progress,
) -> Rebuilt:
    """Make the ledger of these organizations (None: of all) anew beside the lake, and compare.

    put_right: have the lake be what was rebuilt, as far as that is what the registry says; analyses that need it are queued. Raises
    UnknownThingError, and UsageError where the lake has lost whole tables and not all organizations are rebuilt.
    """
    principal.require(Role.OPERATOR if put_right else Role.ANALYST)
    with home.database.transaction() as connection:
        chosen = organizations.named(connection, slugs, principal)
        everyone = len(chosen) == len(organizations.list_all(connection, principal))
        ids = [each.id for each in chosen]
        rows = loads.decided(connection, ids)
        done = corrections.in_force(connection, ids)
        under_way = loads.under_way(connection, ids)
    _have_a_lake(home)
    warm_up()
    with Beside(home.settings, home.database) as beside:
        decisions, failures = _judged_again(home, beside, rows, done, on_progress)
        comparison = rebuilding.compare(beside, rows, ids, decisions, failures, under_way)
        if not put_right or comparison.equal:
            return Rebuilt(comparison)
        if comparison.lost and not everyone:
            raise UsageError("the lake has lost whole tables: rebuild all organizations, without --org")
        return Rebuilt(comparison, True, _put_right(home, beside, chosen, rows, comparison, principal))


def _have_a_lake(home: Home) -> None:
    """Make or migrate the lake if need be; one whose files are gone is looked at table by table later."""
    try:
        home.lake.con.execute("SELECT 1")
    except duckdb.IOException:
        return


def _judged_again(
    home: Home, beside: Beside, rows: Sequence[LoadRow], done: Sequence[CorrectionRow], on_progress: Progress
) -> tuple[dict[UUID, Decision], dict[UUID, str]]:
    decisions: dict[UUID, Decision] = {}
    failures: dict[UUID, str] = {}
    carried = {each.new_load_id: each for each in done if each.new_load_id is not None}

    def judge(part: Sequence[LoadRow]) -> None:
        decisions.update(rebuilding.judge_again(home, beside, part, carried))

    def on_failure(load: LoadRow, error: Exception) -> None:
        failures[load.id] = f"it cannot be read again: {words(error)}"

    def correct(part: Sequence[CorrectionRow]) -> None:
        for each in part:
            rebuilding.correct_again(beside, each)

    def on_failed_correction(correction: CorrectionRow, error: Exception) -> None:
        if correction.load_id is not None:
            failures.setdefault(correction.load_id, words(error))

    for step in rebuilding.steps(rows, done, home.settings.batch_bytes):
        on_progress("rebuilding", len(decisions) + len(failures), len(rows))
        if isinstance(step, Batch):
            in_halves(step.loads, judge, on_failure)
        else:
            in_halves([step], correct, on_failed_correction)
    on_progress("rebuilding", len(rows), len(rows))
    return decisions, failures


def _put_right(
    home: Home,
    beside: Beside,
    chosen: Sequence[Organization],
    rows: Sequence[LoadRow],
    comparison: Comparison,
    principal: Principal,
) -> int:
    """Put the lake right under the locks of the organizations' ledgers; how many loads that were."""
    ids = [each.id for each in chosen]
    wanted = [each.load for each in comparison.differing if each.verdict is Verdict.LAKE]
    beside.con.begin()
    committed = False
    try:
        beside.make_anew(comparison.lost)
        beside.put_back([load.id for load in wanted], list(comparison.unknown), ids)
        with home.database.transaction() as connection:
            locks.hold(connection, Lock.EXTERNAL_IDS, ids)
            now = loads.decided(connection, ids)
            if [(load.id, load.status) for load in now] != [(load.id, load.status) for load in rows]:
                raise ConflictError(
                    "files were imported or withdrawn meanwhile; rebuild once more. Nothing was changed."
                )
            committed = True
            beside.con.commit()
            _queue(home, connection, chosen, wanted, comparison, principal)
            audit.append(connection, [_event(each, rows, wanted, comparison, principal) for each in chosen])
    finally:
        if not committed:
            beside.con.rollback()
    if comparison.lost:
        beside.forget_snapshots()
    return len(wanted)


def _queue(
    home: Home,
    connection: Connection,
    chosen: Sequence[Organization],
    wanted: Sequence[LoadRow],
    comparison: Comparison,
    principal: Principal,
) -> None:
    """Have analysed again what the loads touch that were put right; everything, where findings or corrections were not there."""
    analyzers, monitored = load_registry(home.settings).analyzers, home.settings.monitored
    if comparison.lost or not comparison.corrections or comparison.unknown:
        for each in chosen:
            items = [
                *plan.work_for_ledger(connection, analyzers, monitored, each.id, Cause.REQUEST),
                *ranking_plan.work_for_ledger(connection, monitored, each.id, Cause.REQUEST),
            ]
            work.enqueue(connection, items, principal.name)
        return
    changes = [LedgerChange(load.organization_id, load.months) for load in wanted if load.months]
    if changes:
        work.enqueue(connection, plan.work_for_changes(connection, analyzers, monitored, changes), principal.name)


def _event(
    organization: Organization,
    rows: Sequence[LoadRow],
    wanted: Sequence[LoadRow],
    comparison: Comparison,
    principal: Principal,
) -> AuditEvent:
    told: dict[str, JsonValue] = {
        "loads": sum(load.organization_id == organization.id for load in rows),
        "put_right": [str(load.id) for load in wanted if load.organization_id == organization.id][:1000],
        "lost": sorted(comparison.lost),
        "differing": [
            str(each.load.id)
            for each in comparison.differing
            if each.verdict is Verdict.REGISTRY and each.load.organization_id == organization.id
        ],
    }
    subject = Subject(SubjectType.ORGANIZATION, str(organization.id))
    return AuditEvent("LEDGER_REBUILT", principal.name, subject, organization.id, told)
