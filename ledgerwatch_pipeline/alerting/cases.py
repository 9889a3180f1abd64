"""What people do to a case, and with it to its alerts: together or not at all, with an audit row for each.

An alert belongs to the case of its organization, month and vendor; one that is about no vendor has a case of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func

from ledgerwatch_pipeline.access.principal import SYSTEM, Principal, Role
from ledgerwatch_pipeline.alerting.act import REOPENED, carry_out
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.act import require_assignee, require_comment, require_note, require_outcome
from ledgerwatch_pipeline.model.alert import HUMAN_OUTCOMES, AlertAct, AlertAction, Outcome
from ledgerwatch_pipeline.model.alert import TRANSITIONS as ALERT_TRANSITIONS
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.case import (
    TRANSITIONS,
    CaseAction,
    CaseFilter,
    CaseNumber,
    CaseRow,
    CaseStatus,
    CaseTransition,
    transition,
)
from ledgerwatch_pipeline.model.errors import ConflictError, UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.stores.postgres import alerts, audit, cases
from ledgerwatch_pipeline.stores.postgres.alerts import AlertLink
from ledgerwatch_pipeline.stores.postgres.cases import SeenAgain


@dataclass(frozen=True, slots=True)
class CaseAct:
    """What a person does to a case. outcome: of resolving; until: of snoozing, the day on which it is seen again; assignee: of
    assigning, None for nobody."""

    action: CaseAction
    outcome: str | None = None
    note: str | None = None
    until: date | None = None
    assignee: str | None = None

    def require_whole(self, today: date) -> None:
        """Raises UsageError for what does not go together."""
        resolving = self.action is CaseAction.RESOLVE
        require_outcome("a case", self.action, self.outcome, HUMAN_OUTCOMES, resolving=resolving)
        if self.action is CaseAction.SNOOZE and (self.until is None or self.until <= today):
            raise UsageError(f"a case is snoozed until a day after {today}: --until YYYY-MM-DD")
        if self.action is CaseAction.COMMENT:
            require_comment(self.note)
        require_note(self.note)
        require_assignee(self.assignee)


def change_case(home: Home, name: CaseNumber, act: CaseAct, today: date, principal: Principal) -> CaseRow:
    """Do ``act`` to a case and its alerts, and return it as it is then.

    Of many doing the same at once one succeeds: the others find the row locked, then changed. Raises UnknownThingError,
    ConflictError (nothing changed), or UsageError for what does not go with the action.
    """
    principal.require(Role.ANALYST)
    act.require_whole(today)
    with home.database.transaction() as connection:
        row = cases.get(connection, name, principal, for_update=True)
        step = transition(name, row.status, act.action, snoozed=row.is_snoozed(today), assignee=row.assignee)
        _carry_out(connection, row, act, step, principal)
        return cases.get(connection, name, principal)


def take_next(home: Home, view: CaseFilter, principal: Principal) -> CaseRow:
    """Give the first case of the view that nobody has to the principal, and to nobody else; acknowledged, if it was open.

    Raises ConflictError when there is none.
    """
    principal.require(Role.ANALYST)
    with home.database.transaction() as connection:
        row = cases.take_first(connection, view, principal)
        if row is None:
            raise ConflictError("no case of this view is nobody's; see: ledgerwatch cases list")
        act = CaseAct(CaseAction.TAKE)
        _carry_out(connection, row, act, transition(row.case, row.status, act.action), principal)
        return cases.get(connection, row.case, principal)


def show_worse(connection: Connection, organization_ids: Iterable[UUID], today: date) -> list[AuditEvent]:
    """Show people again what got worse by what this transaction raised or ranked: snoozes end, and resolved cases open of which an
    alert is open; the events are the caller's to append."""
    found = cases.reopen_worse(connection, organization_ids)
    return [_seen_again(each) for each in found + cases.end_worse_snoozes(connection, organization_ids, today)]


def _seen_again(each: SeenAgain) -> AuditEvent:
    metadata: dict[str, JsonValue] = {
        "number": str(each.case),
        "from": each.was.value,
        "to": each.status.value,
        "how": "worse",
        "alert": None if each.alert is None else str(each.alert),
    }
    subject = Subject(SubjectType.CASE, str(each.id))
    return AuditEvent(TRANSITIONS[CaseAction.REOPEN].event_type, SYSTEM.name, subject, each.organization_id, metadata)


def alerts_of(connection: Connection, row: CaseRow) -> list[AlertLink]:
    """The alerts that belong to a case, in the order of their numbers."""
    return alerts_by_subject(connection, row.organization_id, row.month).get(row.subject, [])


def alerts_by_subject(connection: Connection, organization_id: UUID, month: date) -> dict[str, list[AlertLink]]:
    """The alerts of a month by the subject of the case they belong to, in the order of their numbers."""
    found: dict[str, list[AlertLink]] = {}
    for link in alerts.links_of_month(connection, organization_id, month):
        found.setdefault(link.subject, []).append(link)
    return found


def _carry_out(connection: Connection, row: CaseRow, act: CaseAct, step: CaseTransition, principal: Principal) -> None:
    theirs = alerts.links(connection, [each.id for each in alerts_of(connection, row)], for_update=True)
    cases.change(connection, [row.id], _values(row, act, step, principal))
    said: dict[str, JsonValue] = {
        key: value
        for key, value in {
            "outcome": act.outcome,
            "note": act.note,
            "until": None if act.until is None else act.until.isoformat(),
            "assignee": principal.name if act.action is CaseAction.TAKE else act.assignee,
        }.items()
        if value is not None
    }
    to = row.status if step.leads_to is None else step.leads_to
    metadata: dict[str, JsonValue] = {"number": str(row.case), "from": row.status.value, "to": to.value, **said}
    subject = Subject(SubjectType.CASE, str(row.id))
    events = [AuditEvent(step.event_type, principal.name, subject, row.organization_id, metadata)]
    if step.of_alerts is not None:
        events += _act_on_alerts(connection, row, theirs, act, step.of_alerts, principal)
    audit.append(connection, events)


def _values(row: CaseRow, act: CaseAct, step: CaseTransition, principal: Principal) -> dict[str, Any]:
    """The columns that an act gives other values."""
    by, now = principal.name, func.now()
    acknowledged = {"acknowledged_by": by, "acknowledged_at": now} if row.status is CaseStatus.OPEN else {}
    values: dict[str, Any] = {} if act.note is None else {"note": act.note}
    if step.leads_to is not None:
        values["status"] = step.leads_to.value
    match act.action:
        case CaseAction.TAKE:
            values |= {"assignee": by, **acknowledged}
        case CaseAction.ACKNOWLEDGE:
            values |= acknowledged
        case CaseAction.RESOLVE:
            values |= {"resolved_by": by, "resolved_at": now, "outcome": act.outcome, **cases.NOT_SNOOZED}
        case CaseAction.SNOOZE:
            values |= {"snoozed_until": act.until, **cases.SNOOZED}
        case CaseAction.REOPEN:
            values |= {**cases.NOT_SNOOZED, **(REOPENED if row.status is CaseStatus.RESOLVED else {})}
        case CaseAction.ASSIGN:
            values["assignee"] = act.assignee
        case CaseAction.COMMENT:
            pass
    return values


def _act_on_alerts(
    connection: Connection,
    row: CaseRow,
    theirs: Sequence[AlertLink],
    act: CaseAct,
    action: AlertAction,
    principal: Principal,
) -> list[AuditEvent]:
    """Do to each alert of the case what the act is to it, where it is in a state for that: others are as they should be already. What
    was resolved by the system because it no longer holds stays so."""
    assignee = principal.name if act.action is CaseAction.TAKE else act.assignee
    needs = ALERT_TRANSITIONS[action].needs
    chosen = [each for each in theirs if each.status in needs and each.outcome is not Outcome.NO_LONGER_HOLDS]
    told = {"case": str(row.case)}
    return carry_out(connection, chosen, AlertAct(action, act.outcome, act.note, assignee), principal, told)
