"""The use case of changing an organization: its fields, and the months whose judgement its opening balance decides.

What an organization is and may be: ``model.organization`` and ``stores.postgres.organizations``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.analysis import plan
from ledgerwatch_pipeline.analysis.contract import Input
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.work import Cause
from ledgerwatch_pipeline.stores.postgres import organizations, work


@dataclass(frozen=True, slots=True)
class OrganizationChange:
    """The organization as it is now, the names of the fields that changed, and how many months want analysis for it."""

    organization: Organization
    changed: tuple[str, ...]
    months_due: int


def change_organization(
    home: Home, slug: str, values: Mapping[str, object], principal: Principal
) -> OrganizationChange:
    """Give fields of an organization these values. Another opening balance or date puts the months of its ledger to work for
    the analyzers that read ``since_opening``, in the same transaction. Raises what ``organizations.change`` raises."""
    with home.database.transaction() as connection:
        changed = organizations.change(connection, slug, values, principal)
        organization = organizations.get(connection, slug, principal)
        if not {"opening_balance", "opening_date"} & set(changed):
            return OrganizationChange(organization, changed, 0)
        concerned = [each for each in load_registry(home.settings).analyzers if Input.SINCE_OPENING in each.inputs]
        due = plan.work_for_ledger(connection, concerned, home.settings.monitored, organization.id, Cause.PARAMETERS)
        work.enqueue(connection, due, principal.name)
    return OrganizationChange(organization, changed, len({month for each in due for month in each.months}))
