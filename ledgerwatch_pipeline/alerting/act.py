"""What people do to one alert: acknowledge it, resolve it. The same function serves the command line and Dagster's job."""

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import (
    HUMAN_OUTCOMES,
    AlertAction,
    AlertNumber,
    AlertRow,
    Outcome,
    transition,
)
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.stores.postgres import alerts, audit


def change_alert(
    home: Home,
    name: AlertNumber,
    action: AlertAction,
    *,
    principal: Principal,
    outcome: str | None = None,
    note: str | None = None,
) -> AlertRow:
    """Do ``action`` to an alert and return it as it is then; the change and its audit row commit together.

    Of many doing the same at once one succeeds: the others find the row locked, then changed. Raises UnknownThingError,
    ConflictError (nothing changed), or UsageError for an outcome that does not go with the action.
    """
    principal.require(Role.ANALYST)
    resolving = action is AlertAction.RESOLVE
    if resolving and outcome not in HUMAN_OUTCOMES:
        raise UsageError(f"to resolve an alert give an outcome: {', '.join(HUMAN_OUTCOMES)}")
    if not resolving and outcome is not None:
        raise UsageError(f"only resolving an alert has an outcome, not to {action}")
    with home.database.transaction() as connection:
        alert = alerts.get(connection, name, principal, for_update=True)
        step = transition(name, alert.status, action)
        alerts.change_status(
            connection,
            alert,
            step.leads_to,
            by=principal.name,
            outcome=Outcome(outcome) if outcome else None,
            note=note,
        )
        metadata: dict[str, JsonValue] = {
            "number": alert.number,
            "from": alert.status.value,
            "to": step.leads_to.value,
            **{key: value for key, value in (("outcome", outcome), ("note", note)) if value is not None},
        }
        subject = Subject(SubjectType.ALERT, str(alert.id))
        audit.append(
            connection, [AuditEvent(step.event_type, principal.name, subject, alert.organization_id, metadata)]
        )
        return alerts.get(connection, name, principal)
