"""What people do to alerts: to one, or to all that a filter means, and raising one by hand. The same functions serve the command
line and Dagster's job. What they do to cases: ``cases``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import (
    TRANSITIONS,
    AlertAct,
    AlertAction,
    AlertFilter,
    AlertNumber,
    AlertRow,
    AlertStatus,
    RaisedByHand,
    transition,
)
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.case import TRANSITIONS as CASE_TRANSITIONS
from ledgerwatch_pipeline.model.case import CaseAction, CaseRow, CaseStatus
from ledgerwatch_pipeline.model.errors import ConflictError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.money import plain_amount
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.stores.postgres import alerts, audit, cases, locks, organizations
from ledgerwatch_pipeline.stores.postgres.alerts import AlertLink
from ledgerwatch_pipeline.stores.postgres.locks import Lock

Place = tuple[UUID, date, str]
"""Organization, month (its first day) and subject of a case."""
REOPENED: Mapping[str, Any] = {"status": "OPEN", "resolved_by": None, "resolved_at": None, "outcome": None}
"""What reopening does to an alert, and to a case that is resolved."""
_NAMED = 5
"""Alerts that an error names."""


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """What became of the alerts that a filter means: changed; left alone, as they are so already; or in a state in which it cannot
    be done."""

    done: tuple[AlertNumber, ...]
    unchanged: tuple[AlertNumber, ...]
    conflicts: tuple[tuple[AlertNumber, AlertStatus], ...]


def change_alert(
    home: Home,
    name: AlertNumber,
    action: AlertAction,
    *,
    principal: Principal,
    outcome: str | None = None,
    note: str | None = None,
    assignee: str | None = None,
) -> AlertRow:
    """Do ``action`` to an alert and return it as it is then; the change and its audit row commit together.

    Of many doing the same at once one succeeds: the others find the row locked, then changed. Raises UnknownThingError,
    ConflictError (nothing changed), or UsageError for what does not go with the action.
    """
    principal.require(Role.ANALYST)
    act = AlertAct(action, outcome, note, assignee)
    act.require_whole()
    with home.database.transaction() as connection:
        row = alerts.get(connection, name, principal)
        theirs = _cases_of(connection, act, lambda: alerts.links(connection, [row.id]))
        found = alerts.links(connection, [row.id], for_update=True)
        for each in found:
            transition(name, each.status, action)
        events = carry_out(connection, found, act, principal)
        audit.append(connection, events + _reopen_cases(connection, theirs, _places(found), note, principal))
        return alerts.get(connection, name, principal)


def change_alerts(
    home: Home, wanted: AlertFilter, act: AlertAct, principal: Principal, expected: int | None = None
) -> BulkOutcome:
    """Do ``act`` to all alerts that ``wanted`` means, in one transaction with an audit row each. Those that are so already, or in
    a state in which it cannot be done, stay as they are.

    Raises ConflictError, and changes nothing, if not ``expected`` many are meant, or if it can be done to none of them.
    """
    principal.require(Role.ANALYST)
    act.require_whole()
    with home.database.transaction() as connection:
        theirs = _cases_of(connection, act, lambda: alerts.matching(connection, wanted, principal))
        locks.hold(connection, Lock.ALERTS, _organizations(connection, wanted, principal))
        found = alerts.matching(connection, wanted, principal, for_update=True)
        if expected is not None and len(found) != expected:
            raise other_number(len(found), expected)
        needs = TRANSITIONS[act.action].needs
        unchanged = [each for each in found if _is_so(each, act)]
        conflicts = [each for each in found if each.status not in needs and not _is_so(each, act)]
        chosen = [each for each in found if each.status in needs and not _is_so(each, act)]
        if len(conflicts) == len(found) > 0:
            raise _none_can(conflicts, act.action)
        events = carry_out(connection, chosen, act, principal, {"of": len(chosen)})
        audit.append(connection, events + _reopen_cases(connection, theirs, _places(chosen), act.note, principal))
    return BulkOutcome(
        tuple(each.name for each in chosen),
        tuple(each.name for each in unchanged),
        tuple((each.name, each.status) for each in conflicts),
    )


def count_alerts(home: Home, wanted: AlertFilter, principal: Principal) -> int:
    """How many alerts ``wanted`` means."""
    with home.database.transaction() as connection:
        return alerts.count(connection, wanted, principal)


def other_number(count: int, expected: int) -> ConflictError:
    """Other alerts are there than whoever acts on all of them knows of."""
    return ConflictError(f"the filter means {counted(count, 'alert')}, not {expected:,}. Nothing was changed.")


def raise_alert(home: Home, slug: str, raised: RaisedByHand, principal: Principal) -> AlertRow:
    """Raise an alert of an organization by hand; it and its audit row commit together. No analysis ever changes it."""
    principal.require(Role.ANALYST)
    with home.database.transaction() as connection:
        organization = organizations.get(connection, slug, principal)
        raised.require_whole(organization.currency_decimals)
        places = [] if raised.vendor_key is None else [(organization.id, raised.month, raised.vendor_key)]
        theirs = cases.about(connection, places, CaseStatus.RESOLVED, for_update=True)
        locks.hold(connection, Lock.ALERTS, [organization.id])
        number = alerts.raise_by_hand(connection, organization.id, raised)
        row = alerts.get(connection, AlertNumber(organization.slug, number), principal)
        metadata: dict[str, JsonValue] = {
            "number": number,
            "title": row.title,
            "severity": row.severity.value,
            "subject": row.subject,
            "amount": plain_amount(row.amount, row.currency_decimals),
            "month": str(Month.of(row.month)),
        }
        subject = Subject(SubjectType.ALERT, str(row.id))
        event = AuditEvent("ALERT_RAISED", principal.name, subject, organization.id, metadata)
        reopened = _reopen_cases(connection, theirs, dict.fromkeys(places, row.name), None, principal)
        audit.append(connection, [event, *reopened])
    return row


def carry_out(
    connection: Connection,
    chosen: Sequence[AlertLink],
    act: AlertAct,
    principal: Principal,
    told: Mapping[str, JsonValue] | None = None,
) -> list[AuditEvent]:
    """Write what ``act`` means for these alerts, whose rows are locked and in a state that it needs; return their audit events, not
    appended yet. told: what else the events say."""
    step = TRANSITIONS[act.action]
    alerts.change(connection, [each.id for each in chosen], _values(act, principal))
    said: dict[str, JsonValue] = {
        key: value for key, value in (("outcome", act.outcome), ("note", act.note)) if value is not None
    }
    if act.action is AlertAction.ASSIGN or act.assignee is not None:
        said["assignee"] = act.assignee
    return [
        AuditEvent(
            step.event_type,
            principal.name,
            Subject(SubjectType.ALERT, str(each.id)),
            each.organization_id,
            {
                "number": each.number,
                **({} if step.leads_to is None else {"from": each.status.value, "to": step.leads_to.value}),
                **said,
                **(told or {}),
            },
        )
        for each in chosen
    ]


def _values(act: AlertAct, principal: Principal) -> dict[str, Any]:
    """The columns that an act gives other values. The note is what was said last; the audit log has all of them."""
    by, now = principal.name, func.now()
    values: dict[str, Any] = {} if act.note is None else {"note": act.note}
    if act.action is AlertAction.ASSIGN or act.assignee is not None:
        values["assignee"] = act.assignee
    match act.action:
        case AlertAction.ACKNOWLEDGE:
            return values | {"status": "ACKNOWLEDGED", "acknowledged_by": by, "acknowledged_at": now}
        case AlertAction.RESOLVE:
            return values | {"status": "RESOLVED", "resolved_by": by, "resolved_at": now, "outcome": act.outcome}
        case AlertAction.REOPEN:
            return values | {**REOPENED, "reopened_at": now}
        case AlertAction.ASSIGN | AlertAction.COMMENT:
            return values


def _is_so(link: AlertLink, act: AlertAct) -> bool:
    """Whether the act would leave the alert as it is; a comment never does."""
    if act.action is AlertAction.ASSIGN:
        return link.assignee == act.assignee
    same_outcome = act.outcome is None or link.outcome == act.outcome
    return link.status is TRANSITIONS[act.action].leads_to and same_outcome


def _none_can(conflicts: Sequence[AlertLink], action: AlertAction) -> ConflictError:
    first = ", ".join(f"{each.name} is {each.status}" for each in conflicts[:_NAMED])
    more = f" and {len(conflicts) - _NAMED:,} more" if len(conflicts) > _NAMED else ""
    needed = " or ".join(TRANSITIONS[action].needs)
    return ConflictError(f"{first}{more}; to {action} them, they must be {needed}. Nothing was changed.")


def _organizations(connection: Connection, wanted: AlertFilter, principal: Principal) -> list[UUID]:
    """Whose alerts may be meant. Their lock is held while many change, as analyses change many too, and in another order."""
    if wanted.organization_id is not None:
        return [wanted.organization_id]
    return [each.id for each in organizations.list_all(connection, principal)]


def _places(links: Sequence[AlertLink]) -> dict[Place, AlertNumber]:
    """Where the cases of alerts stand, each with the first of its alerts."""
    return {(each.organization_id, each.month, each.subject): each.name for each in reversed(links)}


def _cases_of(connection: Connection, act: AlertAct, read: Callable[[], Sequence[AlertLink]]) -> list[CaseRow]:
    """The resolved cases that an act opens again with the alerts that ``read`` gives, locked: wherever both are, cases are locked
    before alerts."""
    if act.action is not AlertAction.REOPEN:
        return []
    return cases.about(connection, sorted(_places(read())), CaseStatus.RESOLVED, for_update=True)


def _reopen_cases(
    connection: Connection,
    theirs: Sequence[CaseRow],
    reopening: Mapping[Place, AlertNumber],
    note: str | None,
    principal: Principal,
) -> list[AuditEvent]:
    """Open the cases among ``theirs``, which are resolved and locked, again that an alert belongs to which is open now: nothing that
    is open belongs to what is resolved."""
    reopened = [each for each in theirs if (each.organization_id, each.month, each.subject) in reopening]
    cases.change(connection, [each.id for each in reopened], REOPENED)
    return [
        AuditEvent(
            CASE_TRANSITIONS[CaseAction.REOPEN].event_type,
            principal.name,
            Subject(SubjectType.CASE, str(each.id)),
            each.organization_id,
            {
                "number": str(each.case),
                "from": each.status.value,
                "to": CaseStatus.OPEN.value,
                "alert": str(reopening[each.organization_id, each.month, each.subject]),
                **({} if note is None else {"note": note}),
            },
        )
        for each in reopened
    ]
