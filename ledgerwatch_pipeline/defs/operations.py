"""Asset ``operations``: an operator's look at all organizations, the figures of ``ledgerwatch status``. What they are:
``pipeline.operations``.

Its run also says of months that have no transaction of anybody that there is nothing to be seen in them: Dagster would show them
as missing for ever, as those that were never analysed.
"""

from collections.abc import Sequence

import dagster as dg

from ledgerwatch_pipeline.access.principal import SYSTEM
from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.defs.alerts import GROUP as ALERTS
from ledgerwatch_pipeline.defs.alerts import raised_alerts_key
from ledgerwatch_pipeline.defs.audit import audit_log
from ledgerwatch_pipeline.defs.cases import analysis_keys
from ledgerwatch_pipeline.defs.findings import findings_key
from ledgerwatch_pipeline.defs.ledger import GROUP as LEDGER
from ledgerwatch_pipeline.defs.loads import raw_loads
from ledgerwatch_pipeline.defs.metadata import SHOWN, records_table
from ledgerwatch_pipeline.defs.resources import as_dagster_failure
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.inbox import InboxState
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.operations import MonthGap
from ledgerwatch_pipeline.pipeline.operations import Operations, operations
from ledgerwatch_pipeline.stores.lake import load_totals
from ledgerwatch_pipeline.stores.lake.load_totals import OrganizationMonth

OPERATIONS = "operations"
GROUP = "operations"
_EVENTS = 600
"""Months of assets that one run tells to be empty; what is left is told by the next."""
_HOUR = 3_600.0


def operations_asset(analyzers: Sequence[Analyzer]) -> dg.AssetsDefinition:
    """The look, with the assets of these analyzers among those whose empty months are told."""

    @dg.multi_asset(
        name="look_at_operations",
        specs=[
            dg.AssetSpec(
                OPERATIONS,
                deps=[raw_loads, ALERTS, audit_log],
                group_name=GROUP,
                kinds={"postgres"},
                owners=["team:finance-operations"],
                description="What an operator looks at each morning, over all organizations: who delivered nothing by their day, what "
                "was rejected or failed, what waits and since when, new and overdue alerts and with whom, the monthly close, the "
                "audit chains, control totals of the last month. The same figures: `ledgerwatch status`.",
            )
        ],
        required_resource_keys={"home"},
    )
    def look_at_operations(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        home: Home = context.resources.home
        with as_dagster_failure():
            found = operations(home, SYSTEM, limit=SHOWN)
            month = found.last_month.month.first_day
            totals = load_totals.by_organization_and_month(home.reading, None, month, month)
        told = _tell_empty_months(context, found, _month_keys(analyzers))
        return dg.MaterializeResult(
            metadata={
                **_figures(found),
                **_tables(found),
                "totals_of_last_month": _totals(totals),
                "months_told_empty": told,
            }
        )

    return look_at_operations


def _figures(found: Operations) -> dict[str, int | float]:
    """Numbers that Dagster plots over time."""
    waits = 0.0 if found.oldest_wait is None else (found.at - found.oldest_wait).total_seconds() / _HOUR
    verified = found.verification
    return {
        "needs_a_person": len(found.attention),
        "organizations_expected": found.expected,
        "organizations_overdue": len(found.overdue_deliveries),
        "files_rejected": found.rejected.count,
        "files_held": found.held.count,
        "failed": found.failed,
        "inbox_waiting": found.files_in(InboxState.SETTLED),
        "inbox_stuck": found.files_in(InboxState.MISPLACED, InboxState.UNREADABLE),
        "imports_waiting": found.imports.waiting,
        "analyses_waiting": found.analyses.waiting,
        "oldest_wait_hours": waits,
        "workers": found.workers,
        "not_closed": len(found.last_month.open),
        "chains_broken": int(verified is not None and verified.problem is not None),
        **{f"open_{severity.lower()}": count for severity, count in found.unresolved_alerts.items()},
        **{f"new_{severity.lower()}": count for severity, count in found.new_alerts.items()},
        **{f"overdue_{severity.lower()}": count for severity, count in found.overdue_alerts.items()},
    }


def _tables(found: Operations) -> dict[str, dg.TableMetadataValue]:
    """What the numbers count, the first of each."""
    new = sorted((each for each in found.alerts if each.new), key=lambda each: (-each.severity.rank, -each.new))
    late = sorted(
        (each for each in found.alerts if each.overdue), key=lambda each: (-each.severity.rank, -each.overdue)
    )
    verified = found.verification
    return {
        "attention": _table(found.attention, ("concern", "count", "sentence")),
        "overdue_deliveries": _table(
            found.overdue_deliveries, ("organization", "delivers", "since", "missed", "delivered_at", "rejected_at")
        ),
        "rejected": _table(found.rejected.first, ("organization", "file", "received_at", "reason")),
        "held": _table(found.held.first, ("organization", "file", "received_at", "reason")),
        "failed_loads": _table(found.failed_loads.first, ("organization", "file", "received_at", "error")),
        "failed_analyses": _table(found.failed_analyses, ("organization", "analyzer", "items", "since", "error")),
        "inbox": _table(found.inbox, ("organization", "state", "files", "since")),
        "queues": records_table(
            [
                {
                    "queue": name,
                    **{column: getattr(queue, column) for column in ("waiting", "in_work", "since", "came", "done")},
                }
                for name, queue in (("imports", found.imports), ("analyses", found.analyses))
            ],
            ("queue", "waiting", "in_work", "since", "came", "done"),
        ),
        "new_alerts": _table(new, ("organization", "severity", "new", "unresolved", "who")),
        "overdue_alerts": _table(late, ("organization", "severity", "overdue", "overdue_since", "who")),
        "close": records_table(
            [
                {
                    "month": each.month,
                    "organizations": each.organizations,
                    "closed": each.organizations - len(each.open),
                    "not_for": ", ".join(each.open[:SHOWN]),
                    "analysed_at": each.analysed_at,
                }
                for each in (found.last_month, found.last_closed)
                if each is not None
            ],
            ("month", "organizations", "closed", "not_for", "analysed_at"),
        ),
        "months_without_data": records_table(
            [_gap(each) for each in _shown_gaps(found.gaps)], ("organization", "months", "delivers", "is")
        ),
        "audit": _table(
            [] if verified is None else [verified], ("verified_at", "verified_by", "events", "chains", "problem")
        ),
    }


def _table(rows: Sequence[object], columns: Sequence[str]) -> dg.TableMetadataValue:
    return records_table([{column: getattr(row, column) for column in columns} for row in rows[:SHOWN]], columns)


def _gap(gap: MonthGap) -> dict[str, object]:
    if gap.organization is None:
        return {"organization": "everybody", "months": gap.months, "is": "no data of anybody"}
    what = "missing: it says when it delivers" if gap.delivers else "no data"
    return {"organization": gap.organization, "months": gap.months, "delivers": gap.delivers, "is": what}


def _shown_gaps(gaps: Sequence[MonthGap]) -> list[MonthGap]:
    """As many as fit, those of nobody first: they are few, and concern everybody."""
    return sorted(gaps, key=lambda each: each.organization is not None)[:SHOWN]


def _totals(totals: Sequence[OrganizationMonth]) -> dg.TableMetadataValue:
    """The control totals of a month, of the organizations with the most rows."""
    rows = [
        {
            "organization": each.organization,
            "currency": each.currency,
            "loads": each.loads,
            "rows": each.rows,
            **{
                name: amount_text(getattr(each, name), each.currency_decimals)
                for name in ("expense", "income", "refund", "net")
            },
        }
        for each in sorted(totals, key=lambda each: (-each.rows, each.organization))[:SHOWN]
    ]
    return records_table(rows, ("organization", "currency", "loads", "rows", "expense", "income", "refund", "net"))


def _month_keys(analyzers: Sequence[Analyzer]) -> list[dg.AssetKey]:
    """The assets that have months."""
    of_analyzers = [key for each in analyzers for key in (findings_key(each.name), raised_alerts_key(each.name))]
    return [dg.AssetKey(LEDGER), *of_analyzers, dg.AssetKey(ALERTS), *analysis_keys()]


def _tell_empty_months(context: dg.AssetExecutionContext, found: Operations, keys: Sequence[dg.AssetKey]) -> int:
    """Say of months without a transaction of anybody, of each asset that has no run of them, that there is nothing in them; how many."""
    empty = [str(month) for months in found.of_nobody for month in months]
    if not empty:
        return 0
    told = 0
    for key in keys:
        known = context.instance.get_materialized_partitions(key)
        for month in [each for each in empty if each not in known][: _EVENTS - told]:
            told += 1
            context.log_event(
                dg.AssetMaterialization(
                    asset_key=key,
                    partition=month,
                    description="No organization has a transaction in this month; nothing was computed.",
                    metadata={"dagster/partition_row_count": 0, "no_data": True},
                )
            )
    return told
