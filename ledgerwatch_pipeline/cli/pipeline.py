"""What the commands that run the pipeline have in common: launching it, and telling what failed and how to go on."""

from collections.abc import Collection, Sequence
from uuid import UUID

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.cli.context import Context
from ledgerwatch_pipeline.cli.output import progress_reporter, safe
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.work import Failure
from ledgerwatch_pipeline.stores.postgres import overview

_ON_SCREEN = 20


def import_and_analyze(context: Context, load_ids: Sequence[UUID], *, analyze: bool = True) -> None:
    """Import what waits, these loads among it, and analyse what is due then. What fails is FAILED, and no error."""
    from ledgerwatch_pipeline.dagster_runtime import launching

    report = progress_reporter()
    launching.import_loads(context.home, load_ids, principal=context.principal, on_progress=report)
    if analyze:
        launching.analyze_due(context.home, principal=context.principal, on_progress=report)


def failures_of(context: Context, slugs: Collection[str] | None) -> list[Failure]:
    """What is FAILED, of these organizations or of all."""
    with context.home.database.transaction() as connection:
        found = overview.failures(connection, context.principal)
    return [each for each in found if slugs is None or each.organization in slugs]


def failures_json(failures: Sequence[Failure]) -> list[JsonValue]:
    """The failures as JSON has them."""
    return [views.failure(each) for each in failures]


def print_failures(failures: Sequence[Failure]) -> None:
    """Each failure by name with its error, on standard error, and how to go on."""
    for each in failures[:_ON_SCREEN]:
        click.echo(f"failed: {safe(each.item)}: {safe(each.error)}", err=True)
    if len(failures) > _ON_SCREEN:
        click.echo(f"and {len(failures) - _ON_SCREEN} more; all of them: ledgerwatch status", err=True)
    if failures:
        click.echo("mend it, then: ledgerwatch retry", err=True)
