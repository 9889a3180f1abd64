"""The one way LedgerWatch partitions: calendar months, named as everywhere (``2025-06``); and what a run is asked for.

Not one partition a file or an organization: both grow without bound.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import dagster as dg
from pydantic import Field

from ledgerwatch_pipeline.model.month import Month, MonthRange

ORGANIZATIONS_TAG = "ledgerwatch/organizations"
"""Run tag: the slugs of the organizations a run is for; without it, all of them, or more than TAGGED."""
TAGGED = 5
"""Organizations that a run's tag names; of more, its configuration tells."""
SINGLE_RUN = dg.BackfillPolicy.single_run()
"""A range of months is one run: the analyzers answer for all of them in one query."""


class Scope(dg.Config):
    """Whose months are analysed, and on whose behalf."""

    organizations: list[str] = Field(default_factory=list, description="Slugs; empty means every organization.")
    only_due: bool = Field(
        default=False,
        description="Only what the queue of analyses holds; else all the months of the run are asked for.",
    )
    actor: str = Field(default="dagster", description="Who asks, for the audit log.")


def last_month(today: date) -> Month:
    """The last month with a partition: tomorrow's, as a payment may be dated a day ahead."""
    return Month.of(today + timedelta(days=1))


def months_from(first: Month, today: date) -> dg.MonthlyPartitionsDefinition:
    """Months from ``first`` to ``last_month``."""
    begun = 1 if last_month(today) == Month.of(today) else 2  # Dagster's own last month is the one before the current
    return dg.MonthlyPartitionsDefinition(start_date=str(first), fmt="%Y-%m", end_offset=begun)


def month_tags(months: MonthRange) -> dict[str, str]:
    """The tags by which Dagster knows the months of a run."""
    if len(months) == 1:
        return {"dagster/partition": str(months.first)}
    return {
        "dagster/asset_partition_range_start": str(months.first),
        "dagster/asset_partition_range_end": str(months.last),
    }


def months_of(context: dg.AssetExecutionContext) -> MonthRange:
    """The months of the run: one, or a contiguous range."""
    keys = context.partition_keys
    months = MonthRange(Month.parse(keys[0]), Month.parse(keys[-1]))
    if len(months) != len(keys):
        raise dg.Failure(f"the months of one run must follow each other; {keys[0]} to {keys[-1]} has gaps")
    return months


def organizations_tag(slugs: Sequence[str]) -> dict[str, str]:
    """The tag of a run for these organizations; none where it is for all, or for more than a tag names."""
    return {ORGANIZATIONS_TAG: ",".join(slugs)} if 0 < len(slugs) <= TAGGED else {}


def tag_run(context: dg.AssetExecutionContext, slugs: Sequence[str]) -> None:
    """Give the run that tag, if it came without: a run of the UI says by its configuration alone whom it is for."""
    tag = organizations_tag(slugs)
    if tag and ORGANIZATIONS_TAG not in context.run.tags:
        context.instance.add_run_tags(context.run.run_id, tag)


def describe_run(context: dg.AssetExecutionContext, months: MonthRange, metadata: Mapping[str, Any]) -> None:
    """Metadata of the run as a whole, said once, with its last month: on every month of a long range it would fill the log."""
    context.add_asset_metadata(metadata, partition_key=str(months.last))
