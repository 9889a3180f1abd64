"""``ledgerwatch runs``: the analysis runs, what each looked at and how it ended."""

from typing import Any

import click

from ledgerwatch_pipeline.analysis.registry import analyzer_named
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import Page, print_fields, print_json, print_json_page, print_tables, safe
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.stores.postgres import organizations
from ledgerwatch_pipeline.stores.postgres import runs as runs_table


@click.group()
def runs() -> None:
    """Analysis runs."""


@runs.command("list")
@click.option("--org", "organization", help="Only runs that looked at this organization.")
@click.option("--analyzer")
@click.option("--status", type=click.Choice(["PENDING", "RUNNING", "SUCCEEDED", "FAILED"], case_sensitive=False))
@click.option("--month", help="Only runs over this month, YYYY-MM.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@click.option("--after", help="Continue behind a page: what it printed as next.")
@click.option("--all", "everything", is_flag=True, help="Every run.")
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
        analyzer_named(analyzer)
    looked_for = Month.parse(month).first_day if month else None
    with context.home.database.transaction() as cursor:
        if organization:
            organizations.get(cursor, organization)
        before = runs_table.find_place(cursor, after) if after else None
    with context.home.database.streaming() as cursor:
        page = Page(
            lambda rows: runs_table.newest(
                cursor,
                organization=organization,
                analyzer=analyzer,
                status=status,
                month=looked_for,
                before=before,
                limit=rows,
            ),
            None if everything else limit,
            lambda last: last["id"],
        )
        if as_json:
            print_json_page("runs", page, lambda run: run)
            return
        print_tables(
            "Analysis runs",
            ("run", "analyzer", "months", "status", "findings", "new alerts"),
            (
                (str(r["id"])[:8], r["analyzer"], _months(r), r["status"], r["findings"], r["alerts_raised"])
                for r in page
            ),
            right=("findings", "new alerts"),
        )
    click.echo(
        (f"More: ledgerwatch runs list --after {page.next}   " if page.next else "")
        + "One in full: ledgerwatch runs show RUN"
    )


@runs.command("show")
@click.argument("run")
@json_option
@pass_context
def show(context: Context, run: str, as_json: bool) -> None:
    """Show one RUN (the beginning of its id is enough).

    \b
      ledgerwatch runs show 6df68c80
    """
    with context.home.database.transaction() as cursor:
        found = runs_table.find(cursor, run)
    if as_json:
        print_json({"run": found})
        return
    click.echo(f"Run {found['id']}  {found['status']}\n")
    print_fields(
        {
            "analyzer": f"{found['analyzer']}, version {found['version']}",
            "months": _months(found),
            "organizations": found["organizations"] or "all",
            "parameters": found["parameters"]["default"],
            "ledger snapshot": found["ledger_snapshot"],
            "findings": found["findings"],
            "new alerts": found["alerts_raised"],
            "started": found["started_at"],
            "ended": found["finished_at"],
            "error": found["error"],
            "Dagster run": found["dagster_run_id"],
        }
    )
    _print_own_parameters(context, found["parameters"]["own"])
    if found["not_enough_data"]:
        click.echo("\nNot enough data")
        print_fields({each["organization"]: each["reason"] for each in found["not_enough_data"]})


def _print_own_parameters(context: Context, own: dict[str, dict[str, str]]) -> None:
    """What organizations had set themselves when the run started; an organization is kept there by its id."""
    if not own:
        return
    with context.home.database.transaction() as cursor:
        slugs = {str(each.id): each.slug for each in organizations.every(cursor)}
    click.echo("\nParameters that organizations had set themselves")
    print_fields({safe(slugs.get(identity, identity)): values for identity, values in own.items()})


def _months(run: dict[str, Any]) -> MonthRange:
    return MonthRange(Month.of(run["first_month"]), Month.of(run["last_month"]))


COMMANDS = (runs,)
