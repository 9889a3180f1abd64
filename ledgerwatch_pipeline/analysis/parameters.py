"""The use case of parameters: what an organization sets for an analyzer, checked, recorded, and its months put to work.

What a parameter is and may be: ``contract``. Which values a run uses: ``run``, which records them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.analysis import plan
from ledgerwatch_pipeline.analysis.contract import Analyzer, ParameterValue
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.work import Cause
from ledgerwatch_pipeline.stores.postgres import audit, organizations, parameters, work


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """What the organization had set and has set now, and how many monitored months of its ledger want analysis for it."""

    before: dict[str, str]
    after: dict[str, str]
    months_due: int


def overrides_of(home: Home, analyzer: Analyzer, slug: str, principal: Principal) -> dict[str, str]:
    """What the organization sets itself; the rest are the analyzer's defaults. Raises UnknownThingError."""
    with home.database.transaction() as connection:
        organization = organizations.get(connection, slug, principal)
        return parameters.overrides(connection, analyzer.name).get(organization.id, {})


def set_parameters(
    home: Home, analyzer: Analyzer, slug: str, values: Mapping[str, ParameterValue], principal: Principal
) -> ParameterChange:
    """Set these values and keep what was set before."""
    written = {name: analyzer.parameter(name).written(value) for name, value in values.items()}
    return _change(home, analyzer, slug, lambda before: {**before, **written}, principal)


def reset_parameters(home: Home, analyzer: Analyzer, slug: str, principal: Principal) -> ParameterChange:
    """Return to the analyzer's defaults."""
    return _change(home, analyzer, slug, lambda _before: {}, principal)


def _change(
    home: Home,
    analyzer: Analyzer,
    slug: str,
    changed: Callable[[dict[str, str]], dict[str, str]],
    principal: Principal,
) -> ParameterChange:
    """Parameters, work and audit row commit together; what is set already changes nothing."""
    principal.require(Role.ADMIN)
    with home.database.transaction() as connection:
        organization = organizations.lock(connection, organizations.get(connection, slug, principal).id)
        before = parameters.overrides(connection, analyzer.name).get(organization.id, {})
        after = changed(before)
        if after == before:
            return ParameterChange(before, after, 0)
        parameters.set_overrides(connection, organization.id, analyzer.name, after)
        due = plan.work_for_ledger(connection, [analyzer], home.settings.monitored, organization.id, Cause.PARAMETERS)
        work.enqueue(connection, due, principal.name)
        subject = Subject(SubjectType.ANALYZER, analyzer.name)
        metadata = {"before": before, "after": after}
        audit.append(connection, [AuditEvent("PARAMETERS_CHANGED", principal.name, subject, organization.id, metadata)])
    return ParameterChange(before, after, sum(len(list(each.months)) for each in due))
