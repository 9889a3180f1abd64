"""The use case of the ranking's parameters: what an organization sets, checked, recorded, and its months put to work.

What a parameter is and may be: ``parameters``. Which values a run uses: ``run``, which records them.
"""

from collections.abc import Mapping

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.work import CASES, Cause
from ledgerwatch_pipeline.ranking import plan
from ledgerwatch_pipeline.ranking.parameters import PARAMETERS, read
from ledgerwatch_pipeline.stores.postgres import audit, organizations, parameters, work


def of_organization(home: Home, slug: str, principal: Principal) -> dict[str, str]:
    """What the organization sets itself; the rest are the defaults. Raises UnknownThingError."""
    with home.database.transaction() as connection:
        organization = organizations.get(connection, slug, principal)
        return parameters.overrides(connection, CASES).get(organization.id, {})


def change(
    home: Home, slug: str, values: Mapping[str, str], principal: Principal, *, reset: bool
) -> tuple[dict[str, str], dict[str, str], int]:
    """Set these values and keep what was set before, or return to the defaults; what was set, what is set, and how many months
    are due for it. Parameters, work and audit row commit together. Raises UsageError and UnknownThingError."""
    principal.require(Role.ADMIN)
    if reset and values:
        raise UsageError("give PARAMETER=VALUE, one or several, or --reset")
    read(values)
    written = {name: PARAMETERS[name].write(PARAMETERS[name].parse(name, text)) for name, text in values.items()}  # type: ignore[arg-type]
    with home.database.transaction() as connection:
        organization = organizations.lock(connection, organizations.get(connection, slug, principal).id)
        before = parameters.overrides(connection, CASES).get(organization.id, {})
        after = {} if reset else {**before, **written}
        if after == before:
            return before, after, 0
        parameters.set_overrides(connection, organization.id, CASES, after)
        due = plan.work_for_ledger(connection, home.settings.monitored, organization.id, Cause.PARAMETERS)
        work.enqueue(connection, due, principal.name)
        subject = Subject(SubjectType.ANALYZER, CASES)
        metadata = {"before": before, "after": after}
        audit.append(connection, [AuditEvent("PARAMETERS_CHANGED", principal.name, subject, organization.id, metadata)])
    return before, after, sum(len(each.months) for each in due)
