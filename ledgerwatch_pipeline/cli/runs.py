"""``ledgerwatch runs``: the analysis runs, what each looked at and how it ended."""

from collections.abc import Sequence

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.cli.context import Context, json_option, page_options, pass_context
from ledgerwatch_pipeline.cli.filters import organization_id
from ledgerwatch_pipeline.cli.output import Page, print_fields, print_json, print_json_page, print_tables, safe
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.run import RunCursor, RunFilter, RunResult, RunRow, RunStatus
from ledgerwatch_pipeline.stores.postgres import runs as runs_store


@click.group()
def runs() -> None:
    """Analysis runs."""


@runs.command("list")
@click.option("--org", "organization", help="Only runs that looked at this organization.")
@click.option("--analyzer")
@click.option("--status", type=click.Choice([each.value for each in RunStatus], case_sensitive=False))
@click.option("--month", help="Only runs over this month, YYYY-MM.")
@page_options(50, "Every run.")
@json_option
@pass_context
def list_(
    context: Context,
    organization: str | None,
    analyzer: str | None,
    status: str | None,
    month: str | None,
    limit: int,
    after: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """List analysis runs, newest first.

    \b
      ledgerwatch runs list --analyzer duplicate --month 2025-06 --status FAILED
    """
    if analyzer:
        load_registry(context.settings).named(analyzer)
    wanted = RunFilter(
        organization_id=organization_id(context, organization),
        analyzer=analyzer,
        status=RunStatus(status) if status else None,
        month=Month.parse(month).first_day if month else None,
    )
    with context.home.database.transaction() as connection:
        cursor = _cursor_of(runs_store.find(connection, after, context.principal)) if after is not None else None
    with context.home.database.streaming() as connection:
        page = Page(
            lambda rows: runs_store.list_recent(connection, wanted, context.principal, limit=rows, after=cursor),
            None if everything else limit,
            lambda last: str(last.id),
        )
        if as_json:
            print_json_page("runs", page, views.run)
            return
        print_tables(
            "Analysis runs",
            ("run", "analyzer", "months", "status", "findings", "new alerts", "error"),
            ((str(r.id)[:8], r.analyzer, r.months, r.status, r.findings, r.alerts_raised, r.error) for r in page),
            right=("findings", "new alerts"),
        )
    click.echo(
        (f"More: ledgerwatch runs list --after {page.next}   " if page.next else "")
        + "One in full: ledgerwatch runs show RUN"
    )


def _cursor_of(run: RunRow) -> RunCursor:
    return RunCursor(run.created_at, run.id)


@runs.command("show")
@click.argument("run")
@json_option
@pass_context
def show(context: Context, run: str, as_json: bool) -> None:
    """Show one RUN (the beginning of its id is enough).

    \b
      ledgerwatch runs show 6df68c80
    """
    with context.home.database.transaction() as connection:
        found = runs_store.find(connection, run, context.principal)
        results = runs_store.results(connection, found.id, context.principal)
    if as_json:
        print_json({"run": views.run(found) | {"organizations": [views.run_result(each) for each in results]}})
        return
    click.echo(f"Run {found.id}  {found.status}\n")
    print_fields(
        {
            "analyzer": f"{found.analyzer}, version {found.version}",
            "months": found.months,
            "ledger snapshot": found.ledger_snapshot,
            "findings": found.findings,
            "new alerts": found.alerts_raised,
            "started": found.started_at,
            "ended": found.finished_at,
            "error": found.error,
            "Dagster run": found.dagster_run_id,
        }
    )
    click.echo()
    _print_results(results)


def _print_results(results: Sequence[RunResult]) -> None:
    """A line for each organization and range of months, and below them who had not enough data, when and why."""
    print_tables(
        "Organizations",
        ("organization", "months", "parameters", "outcome", "findings", "new alerts"),
        (
            (
                each.organization,
                each.months,
                ", ".join(f"{name}={value}" for name, value in each.parameters.items()),
                each.outcome,
                each.findings,
                each.alerts_raised,
            )
            for each in results
        ),
        right=("findings", "new alerts"),
    )
    poor = [(each, lack) for each in results for lack in each.insufficient]
    if poor:
        click.echo("Not enough data")
        for each, lack in poor:
            click.echo(f"  {safe(each.organization)}  {lack.months}  {safe(lack.reason)}")


COMMANDS = (runs,)
