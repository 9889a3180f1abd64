"""Asset ``ledger``: every transaction of accepted loads, by month, reconciled with the loads' control totals."""

from collections.abc import Sequence

import dagster as dg

from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.reconcile import month_totals
from ledgerwatch_pipeline.defs.lease import RunLease, chosen_analyzers
from ledgerwatch_pipeline.defs.loads import validated_transactions
from ledgerwatch_pipeline.defs.metadata import column_schema, failures_check
from ledgerwatch_pipeline.defs.partitions import SINGLE_RUN, Scope, describe_run, months_of
from ledgerwatch_pipeline.defs.resources import as_dagster_failure
from ledgerwatch_pipeline.home import Home

GROUP = "ledger"
RECONCILED = "reconciled"


def ledger_asset(analyzers: Sequence[Analyzer], months: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The ledger over ``months``."""

    @dg.asset(
        name="ledger",
        deps=[validated_transactions],
        partitions_def=months,
        backfill_policy=SINGLE_RUN,
        group_name=GROUP,
        kinds={"duckdb", "ducklake", "parquet"},
        owners=["team:finance-operations"],
        required_resource_keys={"home", "progress", "lease"},
        check_specs=[
            dg.AssetCheckSpec(
                RECONCILED,
                asset="ledger",
                description="By organization, month and type the ledger's rows and amounts are the control totals of its "
                "loads. An organization for which they are not is not analysed; the others are.",
            )
        ],
        description="All transactions of accepted loads; totals by organization, month and type are what analyzers start from.",
    )
    def ledger(context: dg.AssetExecutionContext, config: Scope) -> dg.MaterializeResult:
        home: Home = context.resources.home
        lease: RunLease = context.resources.lease
        in_run = months_of(context)
        with as_dagster_failure():
            context.resources.progress(f"reconciling {in_run}", 0, 1)
            report = lease.take_up(context, config, chosen_analyzers(context, analyzers, ("findings", "alerts")))
            totals = month_totals(home, in_run)
        context.resources.progress(f"reconciling {in_run}", 1, 1)
        for month, total in totals.items():
            context.add_asset_metadata(
                {
                    "dagster/partition_row_count": total.rows,
                    "organizations": total.organizations,
                    **{f"{kind}_rows": rows for kind, rows in total.rows_by_type.items()},
                },
                partition_key=str(month),
            )
        describe_run(context, in_run, {"dagster/column_schema": column_schema(home, "transactions")})
        return dg.MaterializeResult(check_results=[failures_check(RECONCILED, report.failures)])

    return ledger
