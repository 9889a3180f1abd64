"""The audit log as an asset that no run makes, and its check. Events are written by whatever has to be told of; what they are:
``model.audit``.

The check is on an asset of its own, since whoever selects an asset runs its checks, and this one takes as long as the log is.
"""

import dagster as dg

from ledgerwatch_pipeline.access.principal import SYSTEM
from ledgerwatch_pipeline.defs.resources import as_dagster_failure
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit_chain import BrokenChainError
from ledgerwatch_pipeline.pipeline.audit import verify_chains

GROUP = "audit"
CHAINS_WHOLE = "chains_whole"

audit_log = dg.AssetSpec(
    "audit_log",
    group_name=GROUP,
    kinds={"postgres"},
    owners=["team:finance-operations"],
    description="Who did what when: a hash chain for each organization and one for the installation, which only grow. Read it "
    "with `ledgerwatch audit`; verify it with the job `verify_audit`.",
)
"""Not made by Dagster."""


@dg.asset_check(
    asset=audit_log.key,
    name=CHAINS_WHOLE,
    required_resource_keys={"home"},
    description="Every chain is whole, as `ledgerwatch audit verify` finds: each event is hashed anew. Then the ends of the "
    "chains are recorded in the installation's.",
)
def chains_whole(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Walks all chains; a misfit is an error that names the first event that does not fit."""
    home: Home = context.resources.home
    with as_dagster_failure():
        try:
            counts = verify_chains(home, SYSTEM)
        except BrokenChainError as broken:
            return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.ERROR, description=str(broken))
    return dg.AssetCheckResult(passed=True, metadata={"events": sum(counts.values()), "chains": len(counts)})
