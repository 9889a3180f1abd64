"""Ranked cases → the cases that people work on, as one bulk operation: new ones are numbered, those that stand take over rank and
signals, those that left the list say so. Only the months that were ranked are touched.
"""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from ledgerwatch_pipeline.alerting.cases import show_worse
from ledgerwatch_pipeline.analysis.scope import scope_of
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.month import MonthRange
from ledgerwatch_pipeline.model.work import CASES, WorkItem
from ledgerwatch_pipeline.ranking.parameters import read
from ledgerwatch_pipeline.stores.lake.cases import export_listed
from ledgerwatch_pipeline.stores.postgres import audit, cases, corrections, locks, parameters, runs, work
from ledgerwatch_pipeline.stores.postgres.locks import Lock


@dataclass(frozen=True, slots=True)
class ListingOutcome:
    """How many cases were new, changed, or left the list of their month."""

    new: int
    changed: int
    left: int


def list_cases(home: Home, items: Sequence[WorkItem], worker: int) -> ListingOutcome:
    """Bring the kept cases in line with the lists that hold, for the months of ``items``, and remove these from the queue:
    ``worker`` has leased them. Lists are read and written out before the transaction; cases, audit rows and queue commit together.
    """
    scope = scope_of(items)
    organization_ids = {row.organization_id for row in scope}
    months = MonthRange(min(row.months.first for row in scope), max(row.months.last for row in scope))
    wanted = {(row.organization_id, month) for row in scope for month in row.months}
    home.settings.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.settings.scratch) as folder:
        file = Path(folder) / "cases"
        with home.database.transaction() as connection:
            holding = runs.current(connection, CASES, organization_ids)
            current = [each for each in holding if (each.organization_id, each.month) in wanted]
            overrides = parameters.overrides(connection, CASES)
            corrected = corrections.corrected(connection, organization_ids)
        budgets = {each: read(overrides.get(each, {})).budget for each in organization_ids}
        export_listed(home.lake.con, months, current, budgets, file, corrected=corrected)
        with home.database.transaction() as connection, file.open("rb") as listed:
            work.require_lease(connection, worker, items)
            locks.hold(connection, Lock.CASES, organization_ids)
            changes = cases.bring_in_line(connection, scope, listed)
            work.done(connection, items)
            ended = show_worse(connection, organization_ids, datetime.now(UTC).date())
            audit.append(connection, _events(changes) + ended)
    counts: Counter[str] = Counter()
    for each in changes:
        counts[each.what] += each.count
    return ListingOutcome(counts["new"], counts["changed"], counts["left"])


def _events(changes: Sequence[cases.CasesChange]) -> list[AuditEvent]:
    """One an organization: what was done in all."""
    found: dict[UUID, dict[str, JsonValue]] = {}
    for each in changes:
        found.setdefault(each.organization_id, dict.fromkeys(("new", "changed", "left"), 0))[each.what] = each.count
    subject = Subject(SubjectType.ANALYZER, CASES)
    return [AuditEvent("CASES_LISTED", "system", subject, each, counts) for each, counts in found.items()]
