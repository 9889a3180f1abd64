"""What people do to one alert: acknowledge it, resolve it. The same function serves the command line and Dagster's job."""

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import HUMAN_OUTCOMES, AlertAction, AlertStatus, Outcome, transition
from ledgerwatch_pipeline.model.audit import AuditEvent
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.stores.postgres import alerts
from ledgerwatch_pipeline.stores.postgres import audit as audit_log


def change_alert(
    home: Home, number: int, action: AlertAction, *, actor: str, outcome: str | None = None, note: str | None = None
) -> AlertStatus:
    """Do ``action`` to alert ``number`` and return its new state; the change and its audit row commit together.

    Of many doing the same at once one succeeds: the others find the row locked, then changed. Raises UnknownThingError,
    ConflictError (nothing changed), or UsageError for an outcome that does not go with the action.
    """
    if not actor.strip():
        raise UsageError("say who does it: the actor is empty")
    resolving = action is AlertAction.RESOLVE
    if resolving and outcome not in HUMAN_OUTCOMES:
        raise UsageError(f"to resolve an alert give an outcome: {', '.join(HUMAN_OUTCOMES)}")
    if not resolving and outcome is not None:
        raise UsageError(f"only resolving an alert has an outcome, not to {action}")
    with home.database.transaction() as cursor:
        alert = alerts.get(cursor, number, for_update=True)
        step = transition(number, AlertStatus(alert["status"]), action)
        who = ("resolved_by", "resolved_at") if resolving else ("acknowledged_by", "acknowledged_at")
        cursor.execute(
            f"UPDATE alerts SET status = %s, {who[0]} = %s, {who[1]} = now(), outcome = %s, note = coalesce(%s, note),"
            " version = version + 1 WHERE number = %s",
            (step.leads_to, actor, Outcome(outcome) if outcome else None, note, number),
        )
        metadata = {"from": alert["status"], "to": step.leads_to, "outcome": outcome, "note": note}
        audit_log.append(
            cursor,
            [
                AuditEvent(
                    step.event_type,
                    actor,
                    f"alert {number}",
                    alert["organization"],
                    {key: value for key, value in metadata.items() if value is not None},
                )
            ],
        )
    return step.leads_to
