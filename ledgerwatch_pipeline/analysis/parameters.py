"""The use case of parameters: what an organization sets for an analyzer, checked, recorded, and its months marked due.

What a parameter is and may be: ``analyzer``. Which values a run uses: ``running``, which records them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import AuditEvent
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_pipeline.stores.postgres import loads, organizations, runs


@dataclass(frozen=True)
class ParameterChange:
    """What the organization had set and has set now, and how many months of its ledger want analysis for it."""

    before: dict[str, str]
    after: dict[str, str]
    months_due: int


def own_parameters(home: Home, analyzer: Analyzer, slug: str) -> dict[str, str]:
    """What the organization sets itself; the rest are the analyzer's defaults. Raises UnknownThingError."""
    with home.database.transaction() as cursor:
        organization = organizations.get(cursor, slug)
        return runs.own_parameters(cursor, analyzer.name).get(organization.id, {})


def set_parameters(
    home: Home, analyzer: Analyzer, slug: str, values: Mapping[str, Decimal], actor: str
) -> ParameterChange:
    """Set these values and keep what was set before."""
    written = {name: str(value) for name, value in values.items()}
    return _change(home, analyzer, slug, lambda before: {**before, **written}, actor)


def reset_parameters(home: Home, analyzer: Analyzer, slug: str, actor: str) -> ParameterChange:
    """Return to the analyzer's defaults."""
    return _change(home, analyzer, slug, lambda before: {}, actor)


def _change(
    home: Home, analyzer: Analyzer, slug: str, changed: Callable[[dict[str, str]], dict[str, str]], actor: str
) -> ParameterChange:
    """Parameters, months due and audit row commit together; what is set already changes nothing."""
    with home.database.transaction() as cursor:
        organization = organizations.get(cursor, slug)
        organizations.lock(cursor, organization)
        before = runs.own_parameters(cursor, analyzer.name).get(organization.id, {})
        after = changed(before)
        if after == before:
            return ParameterChange(before, after, 0)
        runs.set_own_parameters(cursor, organization.id, analyzer.name, after)
        months = loads.ledger_months(cursor, organization.id)
        if months:
            loads.mark_due(cursor, [(organization.id, month) for month in months])
        audit_log.append(
            cursor,
            [AuditEvent("PARAMETERS_CHANGED", actor, analyzer.name, slug, {"before": before, "after": after})],
        )
    return ParameterChange(before, after, len(months))
