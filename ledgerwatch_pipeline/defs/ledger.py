"""Asset ``ledger``: every transaction of accepted loads, by month, reconciled with the loads' control totals."""

from collections.abc import Iterator

import dagster as dg

from ledgerwatch_pipeline.analysis.reconcile import LedgerDiffersError, reconcile_ledger
from ledgerwatch_pipeline.defs.loads import validated_transactions
from ledgerwatch_pipeline.defs.metadata import column_schema
from ledgerwatch_pipeline.defs.partitions import SINGLE_RUN, Scope, describe_run, request_of
from ledgerwatch_pipeline.defs.resources import plain_failures

GROUP = "ledger"
RECONCILED = "reconciled"


def ledger_asset(months: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The ledger over ``months``."""

    @dg.asset(
        name="ledger",
        deps=[validated_transactions],
        partitions_def=months,
        backfill_policy=SINGLE_RUN,
        group_name=GROUP,
        kinds={"duckdb", "ducklake", "parquet"},
        owners=["team:finance-operations"],
        required_resource_keys={"home", "progress"},
        check_specs=[
            dg.AssetCheckSpec(
                RECONCILED,
                asset="ledger",
                blocking=True,
                description="By organization, month and type the ledger's rows and amounts are the control totals of its loads.",
            )
        ],
        description="All transactions of accepted loads; totals by organization, month and type are what analyzers start from.",
    )
    def ledger(
        context: dg.AssetExecutionContext, config: Scope
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        home = context.resources.home
        with plain_failures():
            request = request_of(context, config)
            context.resources.progress(f"reconciling {request.months}", 0, 1)
            try:
                totals = reconcile_ledger(home, request)
            except LedgerDiffersError as error:
                # The check is said before the step fails: nothing was written, so nothing is materialized.
                yield dg.AssetCheckResult(check_name=RECONCILED, passed=False, description=str(error))
                raise
        context.resources.progress(f"reconciling {request.months}", 1, 1)
        for month, total in totals.items():
            context.add_asset_metadata(
                {
                    "dagster/partition_row_count": total.rows,
                    "organizations": total.organizations,
                    **{f"{kind}_rows": rows for kind, rows in total.rows_by_type.items()},
                },
                partition_key=str(month),
            )
        describe_run(context, request, {"dagster/column_schema": column_schema(home, "transactions")})
        yield dg.MaterializeResult(
            check_results=[
                dg.AssetCheckResult(
                    check_name=RECONCILED,
                    passed=True,
                    metadata={"months": len(request.months), "rows": sum(total.rows for total in totals.values())},
                )
            ],
        )

    return ledger
