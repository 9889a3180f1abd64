"""What runs at set times (UTC): the month before is closed, the current one analysed each night, the lake tidied, the audit log
verified, all organizations looked at for an operator.

Written out and not taken from the partitions: their latest is the month that has just begun, which is what neither a close nor
a night is about.
"""

from datetime import datetime

import dagster as dg

from ledgerwatch_pipeline.defs.jobs import analyze_months, maintain_lake, operations_report, verify_audit
from ledgerwatch_pipeline.model.month import Month

CLOSE = "15 5 2 * *"
NIGHT = "15 2 * * *"
MAINTENANCE = "15 3 * * *"
VERIFICATION = "15 4 * * *"
LOOKS = ("45 2 * * *", "30 5 * * *")
"""After the night's analyses, and in the morning: on the second of a month the close has begun by then."""


@dg.schedule(
    name="monthly_close",
    job=analyze_months,
    cron_schedule=CLOSE,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="On the second of a month: the month before, of every organization, analysed again as a whole.",
)
def monthly_close(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """The month before."""
    return _month(context.scheduled_execution_time, -1)


@dg.schedule(
    name="nightly",
    job=analyze_months,
    cron_schedule=NIGHT,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night: the current month, of every organization.",
)
def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """The current month."""
    return _month(context.scheduled_execution_time, 0)


def _month(when: datetime, months_on: int) -> dg.RunRequest:
    month = str(Month.of(when.date()).plus(months_on))
    return dg.RunRequest(run_key=f"{month} {when.isoformat()}", partition_key=month)


maintenance = dg.ScheduleDefinition(
    name="maintenance",
    job=maintain_lake,
    cron_schedule=MAINTENANCE,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night: tidy the lake.",
)
"""Of the lake."""

audit_verification = dg.ScheduleDefinition(
    name="audit_verification",
    job=verify_audit,
    cron_schedule=VERIFICATION,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night: walk every chain of the audit log.",
)
"""Of the audit log."""

operations_look = dg.ScheduleDefinition(
    name="operations_look",
    job=operations_report,
    cron_schedule=LOOKS,
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Each night and each morning: all organizations as an operator looks at them, and who delivered nothing by their day.",
)
"""Of an operator."""
