"""Assets ``findings/<analyzer>``: what each analyzer sees, by month. Every analyzer of the list gets one, by itself."""

from collections.abc import Mapping

import dagster as dg

from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.run import findings_seen_twice, run_analyzer
from ledgerwatch_pipeline.defs.ledger import GROUP as LEDGER
from ledgerwatch_pipeline.defs.metadata import column_schema, records_table
from ledgerwatch_pipeline.defs.partitions import SINGLE_RUN, Scope, describe_run, request_of
from ledgerwatch_pipeline.defs.resources import plain_failures

GROUP = "findings"
SEEN_ONCE = "seen_once"


def findings_key(analyzer: Analyzer) -> dg.AssetKey:
    return dg.AssetKey(["findings", analyzer.name])


def findings_asset(
    analyzer: Analyzer, months: dg.PartitionsDefinition, op_tags: Mapping[str, str]
) -> dg.AssetsDefinition:
    """The findings of one analyzer over ``months``; a step of its own, so its failure is its own."""
    key = findings_key(analyzer)

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(LEDGER)],
        partitions_def=months,
        backfill_policy=SINGLE_RUN,
        op_tags=op_tags,
        group_name=GROUP,
        kinds={"duckdb", "sql"},
        owners=["team:finance-operations"],
        code_version=str(analyzer.version),
        required_resource_keys={"home", "progress"},
        check_specs=[
            dg.AssetCheckSpec(
                SEEN_ONCE, asset=key, blocking=True, description="No finding is twice in one month of one organization."
            )
        ],
        description=f"{analyzer.summary}\n\n"
        + "\n".join(f"- `{p.name}` = {p.default}: {p.meaning}" for p in analyzer.parameters),
    )
    def findings(context: dg.AssetExecutionContext, config: Scope) -> dg.MaterializeResult:
        home = context.resources.home
        with plain_failures():
            request = request_of(context, config)
            context.resources.progress(f"analysing {request.months}: {analyzer.name}", 0, 1)
            outcome = run_analyzer(home, analyzer, request, dagster_run_id=context.run.run_id)
            twice = findings_seen_twice(home, analyzer, request)
        context.resources.progress(f"analysing {request.months}: {analyzer.name}", 1, 1)
        for month, count in outcome.findings.items():
            context.add_asset_metadata({"dagster/partition_row_count": count}, partition_key=str(month))
        describe_run(
            context,
            request,
            {
                "dagster/column_schema": column_schema(home, "findings"),
                "findings_in_run": sum(outcome.findings.values()),
                "analysis_run": str(outcome.run_id),
                "ledger_snapshot": outcome.snapshot,
                "organizations_without_enough_data": len(outcome.not_enough_data),
                "not_enough_data": records_table(outcome.not_enough_data[:20], ("organization", "reason")),
            },
        )
        return dg.MaterializeResult(
            check_results=[dg.AssetCheckResult(check_name=SEEN_ONCE, passed=twice == 0, metadata={"twice": twice})]
        )

    return findings
