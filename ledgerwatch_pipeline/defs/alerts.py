"""Assets ``alerts/<analyzer>`` (findings → alerts) and ``alerts`` (the month as people see it); job ``alert_transition``.

Raising is an asset of its own for each analyzer, so one analyzer's failure leaves the others' alerts alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import dagster as dg
from pydantic import Field

from ledgerwatch_pipeline.access.principal import SYSTEM, local_operator
from ledgerwatch_pipeline.alerting.act import change_alert
from ledgerwatch_pipeline.alerting.open_alerts import open_alerts, open_by_severity
from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.defs.findings import findings_key
from ledgerwatch_pipeline.defs.lease import RunLease
from ledgerwatch_pipeline.defs.ledger import GROUP as LEDGER
from ledgerwatch_pipeline.defs.loads import FRESH
from ledgerwatch_pipeline.defs.metadata import (
    SHOWN,
    alert_bars,
    decisions_told,
    failures_check,
    records_table,
    told,
)
from ledgerwatch_pipeline.defs.partitions import SINGLE_RUN, Scope, describe_run, months_of
from ledgerwatch_pipeline.defs.resources import as_dagster_failure
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import AlertAction, AlertNumber, Severity
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.listed import Listed
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.stores.postgres import alerts as store
from ledgerwatch_pipeline.stores.postgres import overview
from ledgerwatch_pipeline.stores.postgres.alerts import BeyondFindings
from ledgerwatch_pipeline.stores.postgres.decisions import of_posting_months

GROUP = "alerts"
ALL_RAISED = "every_organization_raised"
WITHIN_FINDINGS = "within_findings"
_RANKED = ("number", "severity", "title", "amount", "currency", "status")


def raised_alerts_key(analyzer: str) -> dg.AssetKey:
    """The key of the asset below."""
    return dg.AssetKey([GROUP, analyzer])


def raised_alerts_asset(
    analyzer: Analyzer, months: dg.PartitionsDefinition, op_tags: Mapping[str, str]
) -> dg.AssetsDefinition:
    """The alerts of one analyzer, brought in line with its findings."""

    @dg.asset(
        key=raised_alerts_key(analyzer.name),
        deps=[findings_key(analyzer.name)],
        partitions_def=months,
        backfill_policy=SINGLE_RUN,
        op_tags=op_tags,
        group_name=GROUP,
        kinds={"postgres"},
        owners=["team:finance-operations"],
        required_resource_keys={"home", "progress", "lease"},
        check_specs=[
            dg.AssetCheckSpec(
                ALL_RAISED,
                asset=raised_alerts_key(analyzer.name),
                description="No organization stands FAILED, whichever run it failed in. One that does is named with its error and "
                "keeps its alerts as they are, until `ledgerwatch retry`.",
            )
        ],
        description=f"Alerts of {analyzer.name}: new findings raise one, those that stand take over the evidence, those that "
        "no longer hold are resolved by the system.",
    )
    def raised_alerts(context: dg.AssetExecutionContext, config: Scope) -> dg.MaterializeResult:
        home: Home = context.resources.home
        lease: RunLease = context.resources.lease
        in_run = months_of(context)
        what = f"raising alerts {in_run}: {analyzer.name}"
        with as_dagster_failure():
            context.resources.progress(what, 0, 1)
            lease.take_up_unless([dg.AssetKey(LEDGER), findings_key(analyzer.name)], context, config, analyzer)
            report = analyses.raise_leased(home, analyzer, lease.worker)
            with home.database.transaction() as connection:
                failures = overview.failed_analyses(connection, SYSTEM, analyzer.name, SHOWN)
                decided = of_posting_months(connection, in_run.first.first_day, in_run.last.first_day, analyzer.name)
            standing = open_by_severity(home, in_run, analyzer.name)
        context.resources.progress(what, 1, 1)
        for month, counts in standing.items():
            told_of = _counted(counts) | decisions_told(decided.get(month.first_day))
            context.add_asset_metadata(told_of, partition_key=str(month))
        did = {
            "raised": sum(each.raised for each in report.raised),
            "updated": sum(each.updated for each in report.raised),
            "regressed": sum(each.regressed for each in report.raised),
            "reopened": sum(each.reopened for each in report.raised),
            "resolved_by_system": sum(each.auto_resolved for each in report.raised),
        }
        describe_run(context, in_run, {"alerts_in_run": records_table([did], tuple(did))})
        return dg.MaterializeResult(check_results=[failures_check(ALL_RAISED, failures)])

    return raised_alerts


def alerts_asset(analyzers: Sequence[Analyzer], months: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The month complete: every analyzer's alerts are raised."""

    @dg.asset(
        key=GROUP,
        deps=[raised_alerts_key(analyzer.name) for analyzer in analyzers],
        partitions_def=months,
        backfill_policy=SINGLE_RUN,
        group_name=GROUP,
        kinds={"postgres"},
        owners=["team:finance-operations"],
        required_resource_keys={"home"},
        freshness_policy=FRESH,
        check_specs=[
            dg.AssetCheckSpec(
                WITHIN_FINDINGS,
                asset=GROUP,
                description="Every unresolved alert of the run's months stands in a month, and for an organization, in which its "
                "analyzer has a finding that holds. What is due or FAILED is left out: it is yet to be brought in line.",
            )
        ],
        description="Alerts that people work on: those unresolved (open or acknowledged) by month and severity, and the first of the ranked list. "
        "Work on them with `ledgerwatch alerts`, or with the job `alert_transition`. "
        "Stale after 8 days (a warning) or 35 days in which no month was brought in line: analyses follow imports.",
    )
    def alerts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        in_run = months_of(context)
        with as_dagster_failure():
            home: Home = context.resources.home
            found = open_alerts(home, in_run)
            with home.database.transaction() as connection:
                beyond = store.beyond_findings(connection, in_run.first.first_day, in_run.last.first_day, SHOWN)
        for month in in_run:
            counts = found.by_month[month]
            rows = [
                {
                    "number": str(each.number),
                    "severity": each.severity.value,
                    "title": each.title,
                    "amount": f"{each.amount:,.{each.currency_decimals}f}",
                    "currency": each.currency,
                    "status": each.status.value,
                }
                for each in found.first[month]
            ]
            context.add_asset_metadata(
                {**_counted(counts), "ranked": records_table(rows, _RANKED)},
                partition_key=str(month),
            )
        describe_run(context, in_run, {"unresolved_by_month_as_of_run": alert_bars(found.by_month)})
        return dg.MaterializeResult(check_results=[_within_findings(beyond)])

    return alerts


def _counted(counts: Counter[Severity]) -> dict[str, int]:
    """A month's unresolved alerts as numbers that Dagster plots."""
    return {"dagster/partition_row_count": counts.total()} | {
        f"unresolved_{severity.lower()}": counts[severity] for severity in Severity
    }


def _within_findings(beyond: Listed[BeyondFindings]) -> dg.AssetCheckResult:
    """An error that names where alerts stand without a finding."""
    rows = [asdict(each) | {"month": str(Month.of(each.month))} for each in beyond.first]
    return dg.AssetCheckResult(
        check_name=WITHIN_FINDINGS,
        passed=beyond.count == 0,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "months": beyond.count,
            "beyond_findings": records_table(rows, ("organization", "analyzer", "month", "alerts", "findings")),
        },
        description=told(
            beyond.count,
            [
                f"{each['organization']}: {each['analyzer']} has {each['alerts']} alerts and {each['findings']} findings in "
                f"{each['month']}"
                for each in rows
            ],
        ),
    )


class Transition(dg.Config):
    """One act on one alert, as ``ledgerwatch alerts ack`` and the others do it."""

    alert: str = Field(description="Number of the alert, for example acme-18.")
    action: str = Field(description=f"One of: {', '.join(AlertAction)}.")
    actor: str = Field(description="Who does it, for the audit log.")
    note: str | None = Field(default=None, description="Kept with the alert and in the audit log.")
    outcome: str | None = Field(default=None, description="Of resolving: fixed, false_positive or accepted.")
    assignee: str | None = Field(default=None, description="Of assigning: a person's name; none: nobody.")


@dg.op(required_resource_keys={"home"}, tags={"kind": "postgres"})
def change_one_alert(context: dg.OpExecutionContext, config: Transition) -> str:
    """Change the alert and write its audit row, together or not at all."""
    with as_dagster_failure():
        if config.action not in list(AlertAction):
            raise UsageError(f"action is one of {', '.join(AlertAction)}, not {config.action!r}")
        alert = change_alert(
            context.resources.home,
            AlertNumber.parse(config.alert),
            AlertAction(config.action),
            principal=local_operator(config.actor),
            outcome=config.outcome,
            note=config.note,
            assignee=config.assignee,
        )
    context.log.info(f"alert {alert.name} is {alert.status}")
    return str(alert.status)


@dg.job(
    description="Acknowledge, resolve, reopen, assign or comment one alert; the command line calls the same function."
)
def alert_transition() -> None:
    """The job of one act."""
    change_one_alert()
