"""``ledgerwatch loads``: the registry of delivered files, the rows of a file that are not in the ledger, and what a person decides about
a load that is held, rejected or FAILED."""

from decimal import Decimal

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.cli.context import Context, actor_option, json_option, page_options, pass_context
from ledgerwatch_pipeline.cli.corrections import withdraw
from ledgerwatch_pipeline.cli.filters import organization_id
from ledgerwatch_pipeline.cli.imports import next_step
from ledgerwatch_pipeline.cli.output import (
    Page,
    print_fields,
    print_json,
    print_json_page,
    print_rows,
    print_table,
    print_tables,
    safe,
    write_csv,
)
from ledgerwatch_pipeline.cli.pipeline import failures_json, failures_of, import_and_analyze, print_failures
from ledgerwatch_pipeline.model.load import LoadCursor, LoadFilter, LoadRow, LoadStatus, OnOverlap, Overlap
from ledgerwatch_pipeline.model.money import plain_amount
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.row_issue import IssueKind
from ledgerwatch_pipeline.pipeline.close import close_loads
from ledgerwatch_pipeline.pipeline.held import reject_load, release_load
from ledgerwatch_pipeline.stores.postgres import inbox_files, loads

_ON_SCREEN = 20
_TOTALS_ON_SCREEN = 50


@click.group("loads")
def loads_() -> None:
    """Files that were delivered."""


@loads_.command("list")
@click.option("--org", "organization", help="Only this organization's.")
@click.option("--status", type=click.Choice([each.value for each in LoadStatus], case_sensitive=False))
@click.option("--open", "unsolved", is_flag=True, help="Only those rejected or FAILED that nobody closed.")
@page_options(50, "Every load.")
@json_option
@pass_context
def list_(
    context: Context,
    organization: str | None,
    status: str | None,
    unsolved: bool,
    limit: int,
    after: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """List loads, newest first.

    \b
      ledgerwatch loads list --org acme --status REJECTED
      ledgerwatch loads list --status held
    """
    wanted = LoadFilter(organization_id(context, organization), LoadStatus(status) if status else None, unsolved)
    with context.home.database.transaction() as connection:
        cursor = _cursor_of(loads.find(connection, after, context.principal)) if after is not None else None
    with context.home.database.streaming() as connection:
        page = Page(
            lambda rows: loads.list_recent(connection, wanted, context.principal, limit=rows, after=cursor),
            None if everything else limit,
            lambda last: str(last.id),
        )
        if as_json:
            print_json_page("loads", page, views.load)
            return
        print_tables(
            "Loads",
            ("load", "organization", "file", "status", "rows", "accepted", "rejected", "reason"),
            (
                (
                    str(row.id)[:18],
                    row.organization,
                    row.file,
                    row.status,
                    row.rows,
                    row.accepted,
                    row.rejected,
                    _reason(row),
                )
                for row in page
            ),
            right=("rows", "accepted", "rejected"),
        )
    if page.next:
        click.echo(f"More: ledgerwatch loads list --after {page.next}")


def _cursor_of(row: LoadRow) -> LoadCursor:
    return LoadCursor(row.received_at, row.id)


def _reason(row: LoadRow) -> str | None:
    """Why it is not in the ledger: what the file has against it, or what went wrong, and how often it was tried."""
    if row.status is LoadStatus.FAILED:
        return f"{row.error} (attempt {row.attempts})"
    if row.status is LoadStatus.WITHDRAWN:
        return f"withdrawn by {row.withdrawn_by}: {row.withdrawn_reason}"
    return row.reason


@loads_.command("show")
@click.argument("load")
@json_option
@pass_context
def show(context: Context, load: str, as_json: bool) -> None:
    """Show one LOAD (the beginning of its id is enough).

    \b
      ledgerwatch loads show 3319e8ce
    """
    with context.home.database.transaction() as connection:
        found = loads.find(connection, load, context.principal)
        summary = {**views.load(found), "places": [*inbox_files.places_of(connection, found.id)]}
    statements = views.statements(found)
    if as_json:
        print_json({"load": summary, "statements": statements})
        return
    click.echo(f"Load {summary['load_id']}\n")
    print_fields({name: value for name, value in summary.items() if name != "overlap"})
    if found.overlap is not None:
        _print_overlap(found, found.overlap)
    for number, statement in enumerate(statements, start=1):
        click.echo(f"\nStatement {number}\n")
        print_fields(statement)


def _print_overlap(load: LoadRow, overlap: Overlap) -> None:
    """Why it is or was held: which loads have its rows, and some of them side by side."""
    click.echo(
        f"\nOverlap: {overlap.equal:,} of {overlap.rows:,} rows equal rows that {safe(load.organization)} had then\n"
    )
    print_rows(
        ("load", "file", "equal rows"), [(str(each.load_id)[:18], each.file, each.rows) for each in overlap.loads]
    )
    click.echo("\nThe first of them, each above the row that it equals in date, vendor, amount and type\n")
    files = {each.load_id: each.file for each in overlap.loads}
    print_rows(
        ("date", "amount", "type", "file", "row", "vendor", "category", "reference", "description"),
        [
            (
                *(
                    (str(each.date), plain_amount(each.amount, load.currency_decimals), each.type)
                    if first
                    else ("", "", "")
                ),
                file,
                str(side.row),
                *(side.vendor, side.category, side.reference, side.description and side.description[:60]),
            )
            for each in overlap.examples
            for first, file, side in ((True, load.file, each.own), (False, files.get(each.load_id, ""), each.other))
        ],
    )
    if (step := next_step(load.status, load)) is not None:
        click.echo(f"\nNext: {safe(step)}")


@loads_.command("release")
@click.argument("load")
@click.option(
    "--with",
    "on_overlap",
    type=click.Choice([OnOverlap.SKIP.value, OnOverlap.KEEP.value]),
    required=True,
    help="Drop as many equal rows as the ledger has, or take all rows.",
)
@click.option("--reason", required=True, help="Why; kept with the load and in the audit log.")
@click.option("--no-analyze", is_flag=True, help="Leave the analysis of the new months for later.")
@actor_option
@json_option
@pass_context
def release(
    context: Context, load: str, on_overlap: str, reason: str, no_analyze: bool, actor: str | None, as_json: bool
) -> int:
    """Import a LOAD that is held after all (the beginning of its id is enough), and analyse the months it touches.

    \b
      ledgerwatch loads release 3319e8ce --with skip --reason "March again, with the last week added"
      ledgerwatch loads release 3319e8ce --with keep --reason "two cards, same fees"

    With skip, the rows are dropped that the ledger has, each as often as it has it, and listed by ledgerwatch loads rows; with keep all
    are taken. A LOAD that is not held is a conflict (exit code 4). Exit code 1 if it failed, 5 if it turns out to be rejected.
    """
    row = release_load(context.home, load, OnOverlap(on_overlap), reason, context.acting_as(actor))
    import_and_analyze(context, [row.id], analyze=not no_analyze)
    with context.home.database.transaction() as connection:
        now = loads.by_ids(connection, [row.id])[row.id]
    failures = failures_of(context, {now.organization})
    if as_json:
        print_json({"load": views.load(now), "failures": failures_json(failures)})
    else:
        figures = f"{now.accepted or 0:,} rows accepted, {now.skipped or 0:,} skipped, {now.rejected or 0:,} rejected"
        click.echo(f"released {safe(now.organization)}/{safe(now.file)} with {on_overlap}: {now.status}, {figures}")
        if now.reason is not None:
            click.echo(safe(now.reason))
    print_failures(failures)
    return 1 if failures else 5 if now.status is LoadStatus.REJECTED else 0


@loads_.command("reject")
@click.argument("load")
@click.option("--reason", required=True, help="Why; kept with the load and in the audit log.")
@actor_option
@json_option
@pass_context
def reject(context: Context, load: str, reason: str, actor: str | None, as_json: bool) -> None:
    """Reject a LOAD that is held (the beginning of its id is enough): nothing of it reaches the ledger.

    \b
      ledgerwatch loads reject 3319e8ce --reason "the bank sent March twice"

    It counts as closed. A LOAD that is not held is a conflict (exit code 4). To deliver the same bytes again opens it again.
    """
    row = reject_load(context.home, load, reason, context.acting_as(actor))
    if as_json:
        print_json({"load": views.load(row)})
    else:
        click.echo(f"rejected {safe(row.organization)}/{safe(row.file)}")


@loads_.command("rows")
@click.argument("load")
@click.option("--csv", "as_csv", is_flag=True, help="All of them as CSV.")
@json_option
@pass_context
def rows(context: Context, load: str, as_csv: bool, as_json: bool) -> None:
    """List the rows of a LOAD that are not in the ledger: row number, column, value, rule, message.

    \b
      ledgerwatch loads rows 3319e8ce --csv > bad-rows.csv

    Bad rows, and rows skipped because the ledger has them already: under their id (rule external_id_known), or equal ones, of a load
    that overlaps (row_known). On screen the first 20 of each; --csv and --json have all.
    """
    from ledgerwatch_pipeline.stores.lake import row_issues

    with context.home.database.transaction() as connection:
        found = loads.find(connection, load, context.principal)
    con = context.home.reading
    counts = row_issues.counts_of_loads(con, [found]).get(found.id, {})
    limit = None if as_csv or as_json else _ON_SCREEN
    issues = row_issues.of_loads(con, [found], limit).get(found.id, [])
    columns = ("kind", "row", "column", "value", "rule", "message")
    listed = [(each.kind, each.row, each.column, each.value, each.rule, each.message) for each in issues]
    if as_json:
        of_kind = {kind: [views.row_issue(each) for each in issues if each.kind is kind] for kind in IssueKind}
        print_json(
            {
                "load_id": str(found.id),
                "rules": {kind: dict(by_rule) for kind, by_rule in counts.items()},
                "errors": of_kind[IssueKind.REJECTED],
                "skipped": of_kind[IssueKind.SKIPPED],
            }
        )
    elif as_csv:
        write_csv(columns[1:], [each[1:] for each in listed])
    else:
        for kind, by_rule in counts.items():
            told = ", ".join(f"{rule} {count:,}" for rule, count in by_rule.items())
            click.echo(f"{kind}, by rule: {safe(told)}")
        print_table(f"Rows of {found.file} that are not in the ledger", columns, listed)
        if more := sum(sum(by_rule.values()) for by_rule in counts.values()) - len(listed):
            click.echo(f"and {more:,} more; all of them: ledgerwatch loads rows {str(found.id)[:18]} --csv")


@loads_.command("close")
@click.argument("named", metavar="LOAD...", nargs=-1, required=True)
@click.option("--note", help="Why; kept with the load and in the audit log.")
@actor_option
@json_option
@pass_context
def close(context: Context, named: tuple[str, ...], note: str | None, actor: str | None, as_json: bool) -> None:
    """Say that nothing more is to be done about a LOAD that was rejected or FAILED (the beginning of its id is enough).

    \b
      ledgerwatch loads close 3319e8ce --note "delivered again as 2026-10b.csv"

    It is not named by status, retry, checks and notifications any more. All LOADs are closed, or none: one that is neither
    rejected nor FAILED, or closed already, is an error. To deliver the same bytes again opens it again.
    """
    closed = close_loads(context.home, named, note, context.acting_as(actor))
    if as_json:
        print_json({"loads": [views.load(each) for each in closed]})
    else:
        for each in closed:
            click.echo(f"closed {each.organization}/{each.file} ({each.status})")


@loads_.command("totals")
@click.option("--org", "organization", help="Only this organization's.")
@click.option("--from", "first", help="From this month on, YYYY-MM.")
@click.option("--to", "last", help="Up to and with this month.")
@click.option("--all", "everything", is_flag=True, help="Every row on screen; --csv and --json have all.")
@click.option("--csv", "as_csv", is_flag=True, help="All of them as CSV.")
@json_option
@pass_context
def totals(
    context: Context,
    organization: str | None,
    first: str | None,
    last: str | None,
    everything: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Show the control totals by organization and month, to be held against the bank: rows, expense, income, refund.

    \b
      ledgerwatch loads totals --from 2026-10 --to 2026-10 --csv > october.csv

    They are exact, and committed with the rows of each load, less what was taken out since; a month is reconciled with them before
    it is analysed. net is
    income and refunds less expenses.
    """
    from ledgerwatch_pipeline.stores.lake import load_totals

    months = [None if text is None else Month.parse(text) for text in (first, last)]
    if months[0] is not None and months[1] is not None:
        MonthRange(months[0], months[1])  # complains of months that run backwards
    first_day, last_day = (None if each is None else each.first_day for each in months)
    wanted = organization_id(context, organization)
    found = load_totals.by_organization_and_month(context.home.reading, wanted, first_day, last_day)
    if as_json:
        print_json({"totals": [views.control_totals(each) for each in found]})
        return
    shown = found if everything or as_csv else found[:_TOTALS_ON_SCREEN]
    listed = [list(views.control_totals(each).values()) for each in shown]
    if as_csv:
        write_csv(
            views.CONTROL_TOTALS, [[*each[:5], *(Decimal(str(amount)) for amount in each[5:])] for each in listed]
        )
        return
    print_tables("Control totals", views.CONTROL_TOTALS, listed, right=views.CONTROL_TOTALS[3:])
    if len(found) > len(shown):
        click.echo(f"and {len(found) - len(shown):,} more; all of them: ledgerwatch loads totals --all")


loads_.add_command(withdraw)

COMMANDS = (loads_,)
