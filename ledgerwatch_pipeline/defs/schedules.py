"""What runs at set times: the month before is closed, the current one analysed each night, the lake tidied, the audit log
verified, all organizations looked at for an operator. The times, and the zone that they are of, are settings.

Months are written out and not taken from the partitions: their latest is the month that has just begun, which is what neither a
close nor a night is about.
"""

from dataclasses import dataclass

import dagster as dg

from ledgerwatch_pipeline.defs.jobs import ANALYZE_MONTHS, OPERATIONS_REPORT, VERIFY_AUDIT, maintain_lake
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.settings import CRON, Settings


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A job that runs at the times of the setting of this name. months_on: for a job of one month, which: 0 is that of the
    tick, -1 the month before."""

    name: str
    job: str
    description: str
    months_on: int | None = None

    def request(self, context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        """The run of a tick."""
        when = context.scheduled_execution_time
        if self.months_on is None:
            return dg.RunRequest(run_key=when.isoformat())
        month = str(Month.of(when.date()).plus(self.months_on))
        return dg.RunRequest(run_key=f"{month} {when.isoformat()}", partition_key=month)


SCHEDULED = (
    Scheduled(
        "monthly_close",
        ANALYZE_MONTHS,
        "Once a month: the month before, of every organization, analysed again as a whole.",
        months_on=-1,
    ),
    Scheduled("nightly", ANALYZE_MONTHS, "Each night: the current month, of every organization.", months_on=0),
    Scheduled("maintenance", maintain_lake.name, "Each night: tidy the lake."),
    Scheduled("audit_verification", VERIFY_AUDIT, "Each night: walk every chain of the audit log."),
    Scheduled(
        "operations_look",
        OPERATIONS_REPORT,
        "Each night and each morning: all organizations as an operator looks at them, and who delivered nothing by their day.",
    ),
)


def schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """All of them, at the times of the settings; raises UsageError naming the setting that says no time."""
    return [_schedule(each, settings) for each in SCHEDULED]


def _schedule(each: Scheduled, settings: Settings) -> dg.ScheduleDefinition:
    times = settings.crons[each.name]
    try:
        return dg.ScheduleDefinition(
            name=each.name,
            job_name=each.job,
            cron_schedule=[time.strip() for time in times.split(";")],
            execution_timezone=settings.timezone,
            execution_fn=each.request,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description=each.description,
        )
    except dg.DagsterInvalidDefinitionError:
        raise UsageError(
            f"{CRON}{each.name.upper()} must be the five fields of cron, minute, hour, day of month, month and day of week, "
            f"such as '15 2 * * *' for 2:15 each day, several with ; between them, not {times!r}"
        ) from None
