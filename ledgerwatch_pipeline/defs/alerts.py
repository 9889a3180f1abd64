"""Assets ``alerts/<analyzer>`` (findings → alerts) and ``alerts`` (the month as people see it); job ``alert_transition``.

Raising is an asset of its own for each analyzer, so one analyzer's failure leaves the others' alerts alone.
"""

from collections.abc import Mapping, Sequence

import dagster as dg
from pydantic import Field

from ledgerwatch_pipeline.alerting.act import change_alert
from ledgerwatch_pipeline.alerting.open_alerts import standing_alerts
from ledgerwatch_pipeline.alerting.raising import raise_alerts
from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.defs.findings import findings_key
from ledgerwatch_pipeline.defs.metadata import records_table, stacked_bars
from ledgerwatch_pipeline.defs.partitions import SINGLE_RUN, Scope, describe_run, request_of
from ledgerwatch_pipeline.defs.resources import plain_failures
from ledgerwatch_pipeline.model.alert import AlertAction, Severity
from ledgerwatch_pipeline.model.errors import UsageError

GROUP = "alerts"
_RANKED = ("number", "severity", "organization", "title", "amount", "currency", "status")


def raised_alerts_key(analyzer: Analyzer) -> dg.AssetKey:
    return dg.AssetKey([GROUP, analyzer.name])


def raised_alerts_asset(
    analyzer: Analyzer, months: dg.PartitionsDefinition, op_tags: Mapping[str, str]
) -> dg.AssetsDefinition:
    """The alerts of one analyzer, brought in line with its findings."""

    @dg.asset(
        key=raised_alerts_key(analyzer),
        deps=[findings_key(analyzer)],
        partitions_def=months,
        backfill_policy=SINGLE_RUN,
        op_tags=op_tags,
        group_name=GROUP,
        kinds={"postgres"},
        owners=["team:finance-operations"],
        required_resource_keys={"home", "progress"},
        description=f"Alerts of {analyzer.name}: new findings raise one, standing ones take over the evidence, those that no "
        "longer hold are resolved by the system.",
    )
    def raised_alerts(context: dg.AssetExecutionContext, config: Scope) -> dg.MaterializeResult:
        with plain_failures():
            request = request_of(context, config)
            context.resources.progress(f"raising alerts {request.months}: {analyzer.name}", 0, 1)
            outcome = raise_alerts(context.resources.home, analyzer, request)
        context.resources.progress(f"raising alerts {request.months}: {analyzer.name}", 1, 1)
        for month in request.months:
            raised = {"raised": outcome.raised_by_month.get(month, 0)}
            context.add_asset_metadata(raised, partition_key=str(month))
        describe_run(
            context,
            request,
            {
                "raised_in_run": outcome.raised,
                "updated_in_run": outcome.updated,
                "regressed_in_run": outcome.regressed,
                "reopened_in_run": outcome.reopened,
                "resolved_by_system_in_run": outcome.gone,
            },
        )
        return dg.MaterializeResult()

    return raised_alerts


def alerts_asset(analyzers: Sequence[Analyzer], months: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The month complete: every analyzer's alerts are raised."""

    @dg.asset(
        key=GROUP,
        deps=[raised_alerts_key(analyzer) for analyzer in analyzers],
        partitions_def=months,
        backfill_policy=SINGLE_RUN,
        group_name=GROUP,
        kinds={"postgres"},
        owners=["team:finance-operations"],
        required_resource_keys={"home"},
        description="Alerts that people work on: those open by month and severity, and the first of the ranked list. "
        "Work on them with `ledgerwatch alerts`, or with the job `alert_transition`.",
    )
    def alerts(context: dg.AssetExecutionContext, config: Scope) -> dg.MaterializeResult:
        with plain_failures():
            request = request_of(context, config)
            standing = standing_alerts(context.resources.home, request)
        for month in request.months:
            counts = standing.by_month[month]
            context.add_asset_metadata(
                {"dagster/partition_row_count": sum(counts.values())}
                | {f"open_{severity.lower()}": counts[severity] for severity in Severity}
                | {"ranked": records_table(standing.first[month], _RANKED)},
                partition_key=str(month),
            )
        describe_run(context, request, {"open_by_month": stacked_bars(standing.by_month)})
        return dg.MaterializeResult()

    return alerts


class Transition(dg.Config):
    """One act on one alert, as ``ledgerwatch alerts ack`` and ``resolve`` do it."""

    alert: int = Field(description="Number of the alert.")
    action: str = Field(description=f"One of: {', '.join(AlertAction)}.")
    actor: str = Field(description="Who does it, for the audit log.")
    note: str | None = Field(default=None, description="Kept with the alert and in the audit log.")
    outcome: str | None = Field(default=None, description="Of resolving: fixed, false_positive or accepted.")


@dg.op(required_resource_keys={"home"}, tags={"kind": "postgres"})
def change_one_alert(context: dg.OpExecutionContext, config: Transition) -> str:
    """Change the alert and write its audit row, together or not at all."""
    with plain_failures():
        if config.action not in list(AlertAction):
            raise UsageError(f"action is one of {', '.join(AlertAction)}, not {config.action!r}")
        status = change_alert(
            context.resources.home,
            config.alert,
            AlertAction(config.action),
            actor=config.actor,
            outcome=config.outcome,
            note=config.note,
        )
    context.log.info(f"alert {config.alert} is {status}")
    return str(status)


@dg.job(description="Acknowledge or resolve one alert; the command line calls the same function.")
def alert_transition() -> None:
    change_one_alert()
