"""Asset ``ledger``: every transaction of accepted loads, by month, reconciled with the loads' control totals."""

from collections.abc import Collection, Mapping, Sequence
from itertools import islice

import dagster as dg

from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.reconcile import MonthTotals, VendorTotal, ledger_totals, top_vendors
from ledgerwatch_pipeline.defs.lease import RunLease, chosen_analyzers
from ledgerwatch_pipeline.defs.loads import validated_transactions
from ledgerwatch_pipeline.defs.metadata import (
    column_lineage,
    failures_check,
    records_table,
    row_bars,
    transactions_schema,
)
from ledgerwatch_pipeline.defs.partitions import SINGLE_RUN, Scope, describe_run, months_of
from ledgerwatch_pipeline.defs.resources import as_dagster_failure
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.listed import Listed
from ledgerwatch_pipeline.model.money import Currency, amount_text
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.transaction import FIELDS, TYPES

GROUP = "ledger"
RECONCILED = "reconciled"
_LINEAGE = column_lineage(validated_transactions.key, {field.name: [field.name] for field in FIELDS})
_PLOTTED = 10
"""Currencies whose amounts are plotted: those that most organizations have. The table of a month has them all."""
_TREND_MONTHS = 24
"""Months that a run tells of at least, ending with its last: one month alone says little. Of more than the latest of them it
names no vendors: that reads the ledger."""
_VENDORS = 10
_VENDOR_CURRENCIES = 3
"""Currencies of which the vendors are named: those that most organizations have."""
_TABLE_ROWS = 120
"""Rows of the table of a run: ten years of one currency, two years of five."""


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
        description="All transactions of accepted loads, less what corrections took out; totals by organization, month and type "
        "are what analyzers start from.",
    )
    def ledger(context: dg.AssetExecutionContext, config: Scope) -> dg.MaterializeResult:
        home: Home = context.resources.home
        lease: RunLease = context.resources.lease
        in_run = months_of(context)
        with as_dagster_failure():
            context.resources.progress(f"reconciling {in_run}", 0, 1)
            report = lease.take_up(context, config, chosen_analyzers(context, analyzers, ("findings", "alerts")))
            totals = ledger_totals(home, in_run.at_least(_TREND_MONTHS))
            vendors = top_vendors(home, in_run.at_most(_TREND_MONTHS), totals.currencies[:_VENDOR_CURRENCIES], _VENDORS)
        context.resources.progress(f"reconciling {in_run}", 1, 1)
        plotted = totals.currencies[:_PLOTTED]
        for month in in_run:
            metadata = _figures(totals.by_month[month], plotted) | _top_vendors(vendors.get(month, []))
            context.add_asset_metadata(metadata, partition_key=str(month))
        describe_run(
            context,
            in_run,
            {
                "dagster/column_schema": transactions_schema(home),
                "dagster/column_lineage": _LINEAGE,
                "rows_by_month_as_of_run": row_bars(
                    {month: each.rows_by_type for month, each in totals.by_month.items()}
                ),
                "amounts_by_month_as_of_run": _amounts_by_month(totals.by_month),
            },
        )
        return dg.MaterializeResult(
            check_results=[failures_check(RECONCILED, Listed(len(report.failures), report.failures))]
        )

    return ledger


def _figures(total: MonthTotals, plotted: Collection[Currency]) -> dict[str, int | dg.MetadataValue]:
    """A month's figures as numbers that Dagster plots. Those of amounts are near enough for a plot; beside them the exact ones
    stand in a table."""
    return {
        "dagster/partition_row_count": total.rows,
        "organizations": total.organizations,
        **{f"{kind}_rows": rows for kind, rows in total.rows_by_type.items()},
        **{
            f"{kind}_{currency.code.lower()}": dg.MetadataValue.float(float(each.amount))
            for currency, by_type in total.by_currency.items()
            if currency in plotted
            for kind, each in by_type.items()
        },
        "amounts": records_table(_amounts(total), ("currency", "rows", *TYPES)),
    }


def _amounts(total: MonthTotals) -> list[dict[str, object]]:
    """A row a currency: rows, and the exact amount of each type."""
    return [
        {
            "currency": currency.code,
            "rows": sum(each.rows for each in by_type.values()),
            **{kind: amount_text(each.amount, currency.decimals) for kind, each in by_type.items()},
        }
        for currency, by_type in total.by_currency.items()
    ]


def _top_vendors(paid: Sequence[VendorTotal]) -> dict[str, dg.MetadataValue]:
    """Who was paid most in the month, in the order of the currencies; nothing where nobody was, or nobody looked."""
    columns = ("vendor", "currency", "amount", "payments", "organizations")
    rows = [
        {
            "vendor": each.vendor,
            "currency": each.currency.code,
            "amount": amount_text(each.amount, each.currency.decimals),
            "payments": each.payments,
            "organizations": each.organizations,
        }
        for each in paid
    ]
    return {"top_vendors": records_table(rows, columns)} if rows else {}


def _amounts_by_month(by_month: Mapping[Month, MonthTotals]) -> dg.TableMetadataValue:
    """The same of every month that has transactions, newest first, as many as fit."""
    rows = (
        {"month": str(month), **row} for month in sorted(by_month, reverse=True) for row in _amounts(by_month[month])
    )
    return records_table(islice(rows, _TABLE_ROWS), ("month", "currency", "rows", *TYPES))
