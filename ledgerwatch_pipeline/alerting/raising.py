"""Findings → alerts, as one bulk operation an analyzer: raise what is new, update what stands, resolve what is gone.

Only what was analysed is touched: an alert of another month, organization or analyzer stays as it is.
"""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from ledgerwatch_pipeline.alerting.cases import show_worse
from ledgerwatch_pipeline.alerting.mutes import end_worse
from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.scope import scope_of
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.work import WorkItem
from ledgerwatch_pipeline.ranking import plan
from ledgerwatch_pipeline.stores.lake.findings import export_for_alerts
from ledgerwatch_pipeline.stores.postgres import alerts, audit, locks, runs, work
from ledgerwatch_pipeline.stores.postgres.alerts import AlertChange, ChangeKind
from ledgerwatch_pipeline.stores.postgres.locks import Lock

_EVENTS = {
    ChangeKind.REGRESSED: "ALERT_REGRESSED",
    ChangeKind.REOPENED: "ALERT_REOPENED",
    ChangeKind.AUTO_RESOLVED: "ALERT_AUTO_RESOLVED",
}


@dataclass(frozen=True, slots=True)
class RaisingOutcome:
    """How many alerts were new, changed, regressed, reopened because they hold again, or resolved by the system."""

    raised: int
    updated: int
    regressed: int
    reopened: int
    auto_resolved: int


def raise_alerts(home: Home, analyzer: Analyzer, items: Sequence[WorkItem], worker: int) -> RaisingOutcome:
    """Bring the alerts of ``analyzer`` in line with the findings that hold, for the months of ``items``, and remove these
    from the queue: ``worker`` has leased them, so nobody else changes these findings meanwhile.

    Findings are read, and compared with the alerts that there are, before the transaction: only what is new or says something
    else is sent. Who acts on an alert meanwhile changes nothing of what it says. Alerts, audit rows and queue commit together.
    """
    today = datetime.now(UTC).date()
    scope = scope_of(items)
    organization_ids = {row.organization_id for row in scope}
    home.settings.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.settings.scratch) as folder:
        told, file = Path(folder) / "alerts", Path(folder) / "findings"
        with home.database.transaction() as connection, told.open("wb") as standing:
            current = runs.current(connection, analyzer.name, organization_ids)
            alerts.copy_out(connection, analyzer.name, scope, standing)
        unfounded = export_for_alerts(home.lake.con, analyzer.name, scope, current, told, file)
        with home.database.transaction() as connection, file.open("rb") as findings:
            work.require_lease(connection, worker, items)
            locks.hold(connection, Lock.ALERTS, organization_ids)
            changes = alerts.bring_in_line(connection, findings, unfounded)
            runs.count_raised(connection, _raised_by_run(changes))
            work.done(connection, items)
            if "vendor" not in analyzer.evidence:  # what it found is a case of its own
                _rank_again(connection, items, changes)
            # Mutes first: what is muted no more counts for snoozes.
            ended = end_worse(connection, organization_ids, today)
            ended += show_worse(connection, organization_ids, today)
            audit.append(connection, _events(analyzer, scope, changes) + ended)
    return _outcome(changes)


def _rank_again(connection: Connection, items: Sequence[WorkItem], changes: Sequence[AlertChange]) -> None:
    changed = {each.organization_id for each in changes}
    for item in items:
        if item.organization_id in changed:
            again = plan.work_for_months([item.organization_id], item.months, item.cause)
            work.enqueue(connection, again, item.requested_by)


def _raised_by_run(changes: Sequence[AlertChange]) -> dict[tuple[UUID, UUID, date], int]:
    return {
        (each.run_id, each.organization_id, each.month): each.count
        for each in changes
        if each.kind is ChangeKind.RAISED and each.run_id is not None and each.month is not None
    }


def _outcome(changes: Sequence[AlertChange]) -> RaisingOutcome:
    counts: Counter[ChangeKind] = Counter()
    for each in changes:
        counts[each.kind] += each.count
    return RaisingOutcome(
        raised=counts[ChangeKind.RAISED],
        updated=counts[ChangeKind.UPDATED],
        regressed=counts[ChangeKind.REGRESSED],
        reopened=counts[ChangeKind.REOPENED],
        auto_resolved=counts[ChangeKind.AUTO_RESOLVED],
    )


def _events(analyzer: Analyzer, scope: Sequence[ScopeRow], changes: Sequence[AlertChange]) -> list[AuditEvent]:
    """By organization: what was done in all, then each alert whose state changed."""
    counts: dict[UUID, Counter[ChangeKind]] = {}
    for each in changes:
        counts.setdefault(each.organization_id, Counter())[each.kind] += each.count
    events = []
    for organization_id, found in counts.items():
        months = [row.months for row in scope if row.organization_id == organization_id]
        metadata: dict[str, JsonValue] = {
            "months": ", ".join(map(str, months)),
            **{kind.value: found[kind] for kind in ChangeKind},
        }
        subject = Subject(SubjectType.ANALYZER, analyzer.name)
        events.append(AuditEvent("ALERTS_GENERATED", "system", subject, organization_id, metadata))
    return events + [
        AuditEvent(
            _EVENTS[each.kind],
            "system",
            Subject(SubjectType.ALERT, str(each.id)),
            each.organization_id,
            {"number": each.number},
        )
        for each in changes
        if each.kind in _EVENTS
    ]
