"""Assets ``findings/<analyzer>``: what each analyzer sees, by month. Every analyzer of the registry gets one, by itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import dagster as dg

from ledgerwatch_pipeline.access.principal import SYSTEM
from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.defs.lease import RunLease
from ledgerwatch_pipeline.defs.ledger import GROUP as LEDGER
from ledgerwatch_pipeline.defs.metadata import (
    SHOWN,
    code_reference,
    column_lineage,
    column_schema,
    failures_check,
    records_table,
    told,
)
from ledgerwatch_pipeline.defs.partitions import SINGLE_RUN, Scope, describe_run, months_of
from ledgerwatch_pipeline.defs.resources import as_dagster_failure
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.finding import FINDING_COLUMNS
from ledgerwatch_pipeline.packaged import packaged
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.stores.lake.findings import by_severity, count_duplicate_findings
from ledgerwatch_pipeline.stores.postgres import organizations, overview, runs

GROUP = "findings"
SEEN_ONCE = "seen_once"
ALL_ANALYSED = "every_organization_analysed"
_RUNS = 3
"""Analysis runs that are named: there is one for 64 organizations, and `ledgerwatch runs list` has them all."""
_LINEAGE = column_lineage(
    dg.AssetKey(LEDGER), {"organization_id": ["organization_id"], "transactions": ["load_id", "row_number"]}
)
"""What is so for every analyzer; from which columns the figures follow says its SQL."""


def findings_key(analyzer: str) -> dg.AssetKey:
    """The asset of an analyzer's findings."""
    return dg.AssetKey([GROUP, analyzer])


def findings_asset(
    analyzer: Analyzer, months: dg.PartitionsDefinition, op_tags: Mapping[str, str]
) -> dg.AssetsDefinition:
    """The findings of one analyzer over ``months``; a step of its own, so its failure is its own."""
    key = findings_key(analyzer.name)

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
        metadata=_sql_of(analyzer),
        required_resource_keys={"home", "progress", "lease"},
        check_specs=[
            dg.AssetCheckSpec(
                SEEN_ONCE, asset=key, blocking=True, description="No finding is twice in one month of one organization."
            ),
            dg.AssetCheckSpec(
                ALL_ANALYSED,
                asset=key,
                description="No organization stands FAILED, whichever run it failed in. One that does is named with its error and "
                "keeps its earlier findings, until `ledgerwatch retry`.",
            ),
        ],
        description=f"{analyzer.summary}\n\n"
        + "\n".join(f"- `{p.name}` = {p.written(p.default)}: {p.meaning}" for p in analyzer.parameters),
    )
    def findings(context: dg.AssetExecutionContext, config: Scope) -> dg.MaterializeResult:
        home: Home = context.resources.home
        lease: RunLease = context.resources.lease
        in_run = months_of(context)
        what = f"analysing {in_run}: {analyzer.name}"
        with as_dagster_failure():
            context.resources.progress(what, 0, 1)
            lease.take_up_unless([dg.AssetKey(LEDGER)], context, config, analyzer)
            report = analyses.analyse_leased(home, analyzer, lease.worker, context.run.run_id)
            with home.database.transaction() as connection:
                counts = runs.findings_by_month(connection, analyzer.name, in_run)
                current = runs.with_findings(connection, analyzer.name, in_run)
                slugs = {
                    each.id: each.slug
                    for each in organizations.by_ids(
                        connection, {id_ for run in report.runs for id_ in run.evaluation.insufficient}
                    ).values()
                }
                standing = overview.failed_analyses(connection, SYSTEM, analyzer.name, SHOWN)
            severities = by_severity(home.lake.con, analyzer.name, current)
            twice = sum(count_duplicate_findings(home.lake.con, run.run_id) for run in report.runs)
        context.resources.progress(what, 1, 1)
        for month in in_run:
            metadata = _counted(counts[month], severities.get(month, Counter())) if month in counts else {}
            context.add_asset_metadata(metadata, partition_key=str(month))
        insufficient = [
            {"organization": slugs[id_], "months": str(each.months), "reason": each.reason}
            for run in report.runs
            for id_, parts in run.evaluation.insufficient.items()
            for each in parts
        ]
        did = {
            "findings": sum(run.evaluation.total for run in report.runs),
            "organizations_without_enough_data": len({each["organization"] for each in insufficient}),
            "analysis_runs": told(len(report.runs), [str(run.run_id) for run in report.runs[:_RUNS]]),
        }
        describe_run(
            context,
            in_run,
            {
                "dagster/column_schema": column_schema(home, "findings", FINDING_COLUMNS),
                "dagster/column_lineage": _LINEAGE,
                "analysis_in_run": records_table([did], tuple(did)),
                **_insufficient(insufficient),
            },
        )
        return dg.MaterializeResult(
            check_results=[
                dg.AssetCheckResult(
                    check_name=SEEN_ONCE,
                    passed=twice == 0,
                    severity=dg.AssetCheckSeverity.ERROR,
                    metadata={"twice_in_run": twice},
                ),
                failures_check(ALL_ANALYSED, standing),
            ]
        )

    return findings


def _counted(count: int, severities: Counter[Severity]) -> dict[str, int]:
    """A month's findings as numbers that Dagster plots."""
    return {"dagster/partition_row_count": count} | {
        f"findings_{severity.lower()}": severities[severity] for severity in Severity
    }


def _insufficient(rows: Sequence[Mapping[str, str]]) -> dict[str, dg.TableMetadataValue]:
    """Whose data was not enough, if anybody's was not."""
    table = records_table(rows[:SHOWN], ("organization", "months", "reason"))
    return {"insufficient_data_in_run": table} if rows else {}


def _sql_of(analyzer: Analyzer) -> dict[str, dg.CodeReferencesMetadataValue]:
    """Where the analyzer's SQL can be read, beside what runs it: a built-in one's, or one's of the home; others' is in packages."""
    if analyzer.source == "ledgerwatch":
        file = packaged("sql") / "analyzers" / f"{analyzer.name}.sql"
    elif analyzer.source.endswith(".toml"):
        file = Path(analyzer.source).with_suffix(".sql")
    else:
        return {}
    return code_reference(file, f"SQL of {analyzer.name}")
