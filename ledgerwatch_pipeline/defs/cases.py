"""Assets ``signals`` (what is surprising in the month, by kind) and ``cases`` (the month's ranked list, as people see it).

Both stand behind ``alerts``: what rules found about no vendor is ranked with the signals.
"""

from collections import Counter
from collections.abc import Sequence

import dagster as dg

from ledgerwatch_pipeline.access.principal import SYSTEM
from ledgerwatch_pipeline.defs.alerts import GROUP as ALERTS
from ledgerwatch_pipeline.defs.lease import RunLease
from ledgerwatch_pipeline.defs.ledger import GROUP as LEDGER
from ledgerwatch_pipeline.defs.metadata import (
    SHOWN,
    column_lineage,
    column_schema,
    decisions_told,
    failures_check,
    records_table,
)
from ledgerwatch_pipeline.defs.partitions import SINGLE_RUN, Scope, describe_run, months_of
from ledgerwatch_pipeline.defs.resources import as_dagster_failure
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.case import CaseRow, CaseStatus
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.signal import SIGNAL_COLUMNS
from ledgerwatch_pipeline.model.work import CASES
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.ranking.explain import reasons
from ledgerwatch_pipeline.ranking.registry import KINDS, VERSION
from ledgerwatch_pipeline.stores.lake.cases import signals_by_kind
from ledgerwatch_pipeline.stores.postgres import cases as store
from ledgerwatch_pipeline.stores.postgres import overview, runs
from ledgerwatch_pipeline.stores.postgres.decisions import of_posting_months

SIGNALS = "signals"
GROUP = "cases"
ALL_RANKED = "every_organization_ranked"
_LISTED = 30
"""Cases of a month that its table shows, of all organizations."""
_COLUMNS = ("number", "rank", "score", "subject", "stake", "currency", "lead", "status", "reason")
_LINEAGE = column_lineage(
    dg.AssetKey(LEDGER),
    {"organization_id": ["organization_id"], "subject": ["vendor_key"], "transactions": ["load_id", "row_number"]},
)


def signals_asset(months: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The signals of ``months`` and the cases they make, ranked; a generation in the lake."""

    @dg.asset(
        name=SIGNALS,
        deps=[dg.AssetKey(ALERTS)],
        partitions_def=months,
        backfill_policy=SINGLE_RUN,
        group_name=GROUP,
        kinds={"duckdb", "sql", "ducklake"},
        owners=["team:finance-operations"],
        code_version=str(VERSION),
        required_resource_keys={"home", "progress", "lease"},
        check_specs=[
            dg.AssetCheckSpec(
                ALL_RANKED,
                asset=SIGNALS,
                description="No organization stands FAILED, whichever run it failed in. One that does is named with its error and "
                "keeps its earlier lists, until `ledgerwatch retry`.",
            )
        ],
        description="What is surprising about one vendor in one month, weighed by how rare it is here and by what is at stake "
        "(docs/cases.md):\n\n" + "\n".join(f"- `{kind.name}`: {kind.summary}" for kind in KINDS),
    )
    def signals(context: dg.AssetExecutionContext, config: Scope) -> dg.MaterializeResult:
        home: Home = context.resources.home
        lease: RunLease = context.resources.lease
        in_run = months_of(context)
        with as_dagster_failure():
            context.resources.progress(f"ranking {in_run}", 0, 1)
            lease.take_up_cases(context, config)
            report = analyses.rank_leased(home, lease.worker, context.run.run_id)
            with home.database.transaction() as connection:
                current = runs.with_findings(connection, CASES, in_run)
                standing = overview.failed_analyses(connection, SYSTEM, CASES, SHOWN)
            found = signals_by_kind(home.lake.con, current)
        context.resources.progress(f"ranking {in_run}", 1, 1)
        for month in in_run:
            context.add_asset_metadata(_counted(found.get(month, {})), partition_key=str(month))
        did = {
            "signals": sum(each.signals for each in report.rankings),
            "cases": sum(sum(sum(m.values()) for m in each.cases.values()) for each in report.rankings),
            "organizations": sum(len(each.cases) for each in report.rankings),
        }
        describe_run(
            context,
            in_run,
            {
                "dagster/column_schema": column_schema(home, SIGNALS, SIGNAL_COLUMNS),
                "dagster/column_lineage": _LINEAGE,
                "ranking_in_run": records_table([did], tuple(did)),
            },
        )
        return dg.MaterializeResult(check_results=[failures_check(ALL_RANKED, standing)])

    return signals


def cases_asset(months: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The lists of ``months``, kept for people to work on."""

    @dg.asset(
        key=GROUP,
        deps=[dg.AssetKey(SIGNALS)],
        partitions_def=months,
        backfill_policy=SINGLE_RUN,
        group_name=GROUP,
        kinds={"postgres"},
        owners=["team:finance-operations"],
        required_resource_keys={"home", "progress", "lease"},
        description="The first cases of each organization and month, numbered and kept: what people work on with "
        "`ledgerwatch cases`. The table of a month has the best of all organizations.",
    )
    def cases(context: dg.AssetExecutionContext, config: Scope) -> dg.MaterializeResult:
        home: Home = context.resources.home
        lease: RunLease = context.resources.lease
        in_run = months_of(context)
        with as_dagster_failure():
            context.resources.progress(f"listing cases {in_run}", 0, 1)
            if lease.is_before(context, [dg.AssetKey(SIGNALS)]):
                report = analyses.list_leased(home, lease.worker)
            else:
                lease.take_up_cases(context, config)
                analyses.rank_leased(home, lease.worker, context.run.run_id)
                report = analyses.list_leased(home, lease.worker)
            with home.database.transaction() as connection:
                first, last = in_run.first.first_day, in_run.last.first_day
                rows = store.first_of_months(connection, first, last, _LISTED)
                counts = store.counts_of_months(connection, first, last)
                decided = of_posting_months(connection, first, last)
        context.resources.progress(f"listing cases {in_run}", 1, 1)
        by_month: dict[Month, list[CaseRow]] = {month: [] for month in in_run}
        for row in rows:
            by_month[Month.of(row.month)].append(row)
        for month in in_run:
            theirs = Counter({status: n for day, status, n in counts if Month.of(day) == month})
            context.add_asset_metadata(
                {
                    "dagster/partition_row_count": theirs.total(),
                    **{status.value.lower(): theirs[status] for status in CaseStatus},
                    **decisions_told(decided.get(month.first_day)),
                    "listed": records_table([_shown(each) for each in by_month[month]], _COLUMNS),
                },
                partition_key=str(month),
            )
        did = {
            "new": sum(each.new for each in report.listed),
            "changed": sum(each.changed for each in report.listed),
            "left_the_list": sum(each.left for each in report.listed),
        }
        describe_run(context, in_run, {"cases_in_run": records_table([did], tuple(did))})
        return dg.MaterializeResult()

    return cases


def _counted(by_kind: dict[str, int]) -> dict[str, int]:
    """A month's signals as numbers that Dagster plots."""
    return {"dagster/partition_row_count": sum(by_kind.values())} | {
        f"signals_{kind.name}": by_kind.get(kind.name, 0) for kind in KINDS
    }


def _shown(row: CaseRow) -> dict[str, object]:
    return {
        "number": str(row.case),
        "rank": row.rank,
        "score": row.score,
        "subject": row.name,
        "stake": amount_text(row.stake, row.currency_decimals),
        "currency": row.currency,
        "lead": row.lead,
        "status": row.status.value,
        "reason": reasons(row)[0],
    }


def analysis_keys() -> Sequence[dg.AssetKey]:
    """The assets that stand behind every analysis."""
    return (dg.AssetKey(SIGNALS), dg.AssetKey(GROUP))
