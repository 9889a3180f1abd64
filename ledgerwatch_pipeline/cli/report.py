"""``ledgerwatch report``: the forensic reports, as a verdict and rows, as CSV, as a picture. What they say: ``reports``."""

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, print_table, safe, write_csv_file
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.money import INTEGER_DIGITS, STORED_DECIMALS
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.transaction import TYPES
from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.reports.contract import (
    DEFAULT_MINIMUM,
    Column,
    Grouping,
    Kind,
    Selection,
    Value,
)
from ledgerwatch_pipeline.reports.registry import REPORTS, named

if TYPE_CHECKING:
    from ledgerwatch_pipeline.reports.contract import Answer

_FILE = click.Path(dir_okay=False, path_type=Path)
_GROUP_COLUMNS = (Column("organization", Kind.TEXT), Column("group", Kind.TEXT))


@click.command("report")
@click.argument("name", required=False)
@click.option("--list", "as_list", is_flag=True, help="The reports, as without NAME.")
@click.option("--org", "organizations", multiple=True, help="Only this organization; may be given several times.")
@click.option("--from", "first", help="From this month on, YYYY-MM.")
@click.option("--to", "last", help="Up to and with this month.")
@click.option("--vendor", help="By key: without case, white space collapsed.")
@click.option("--type", "kind", type=click.Choice(TYPES, case_sensitive=False), default="expense", show_default=True)
@click.option("--min", "minimum", default=str(DEFAULT_MINIMUM), show_default=True, help="At least this amount; 0: all.")
@click.option("--by", type=click.Choice([each.value for each in Grouping]), help="A row for each of them.")
@click.option("--min-rows", type=click.IntRange(1), help="Rows that a group (of rsf: a vendor) must have.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many, of what is ranked."
)
@click.option("--csv", "csv_file", type=_FILE, help="Write the rows to this file.")
@click.option("--svg", "svg_file", type=_FILE, help="Write the picture to this file.")
@json_option
@pass_context
def report_(
    context: Context,
    name: str | None,
    as_list: bool,
    organizations: tuple[str, ...],
    first: str | None,
    last: str | None,
    vendor: str | None,
    kind: str,
    minimum: str,
    by: str | None,
    min_rows: int | None,
    limit: int,
    csv_file: Path | None,
    svg_file: Path | None,
    as_json: bool,
) -> int:
    """Answer the forensic report NAME over the ledger; without NAME, list the reports.

    \b
      ledgerwatch report benford_first_two --org acme --svg digits.svg
      ledgerwatch report round_amounts --org acme --by vendor --csv round.csv

    Exit code: 3 if there is no amount to report on.
    """
    if name is None or as_list:
        _list(as_json)
        return 0
    report = named(name)
    selection = Selection(
        first=Month.parse(first) if first else None,
        last=Month.parse(last) if last else None,
        vendor_key=vendor_key(vendor) if vendor is not None else None,
        type=kind.lower(),
        minimum=_minimum(minimum),
        by=Grouping(by) if by else None,
        limit=limit,
        min_rows=min_rows,
    )
    if selection.first and selection.last:
        MonthRange(selection.first, selection.last)  # raises where they run backwards
    from ledgerwatch_pipeline.reports.compute import answer

    found = answer(context.home, context.principal, report, selection, organizations)
    if found.groups:
        _write(found, csv_file, svg_file)
    if as_json:
        print_json({"report": views.report_answer(found, organizations)})
    else:
        _print(found)
    return 0 if found.groups else 3


def _minimum(text: str) -> Decimal:
    if not re.fullmatch(rf"[0-9]{{1,{INTEGER_DIGITS}}}([.][0-9]{{1,{STORED_DECIMALS}}})?", text):
        raise UsageError(f"--min is an amount such as 10 or 0.01, not {text!r}")
    return Decimal(text)


def _list(as_json: bool) -> None:
    if as_json:
        print_json({"reports": [views.report(each) for each in REPORTS]})
        return
    print_table("Reports", ("name", "tells"), ((each.name, each.tells) for each in REPORTS))
    click.echo("One of them: ledgerwatch report NAME   What they mean: docs/reports.md")


def _print(found: "Answer") -> None:
    if not found.groups:
        click.echo(f"{found.report.title}: no amounts to report on, of at least {found.selection.minimum:f}")
        return
    columns, rows = _table(found)
    if found.selection.by is None:
        (group,) = found.groups
        click.echo(safe(f"{found.report.title}: {found.verdict(group)}"))
    else:
        click.echo(f"{found.report.title} by {found.selection.by}, the largest {found.report.ranked_by} first")
    print_table(
        "",
        [column.name.replace("_", " ") for column in columns],
        ([_shown(column, value) for column, value in zip(columns, row, strict=True)] for row in rows),
        right=[column.name.replace("_", " ") for column in columns if column.kind is not Kind.TEXT],
    )


def _table(found: "Answer") -> tuple[tuple[Column, ...], Iterable[tuple[Value, ...]]]:
    """What stands in the table and in the file: the rows, or a row a group."""
    if found.selection.by is None:
        return found.report.rows, (row for group in found.groups for row in group.rows)
    columns = (*_GROUP_COLUMNS, *found.report.columns)
    return columns, ((group.organization, group.name, *group.figures) for group in found.groups)


def _shown(column: Column, value: Value) -> str:
    match column.kind:
        case Kind.COUNT | Kind.AMOUNT:
            return f"{value:,}"
        case Kind.PROPORTION:
            return f"{value:.5f}"
        case Kind.REAL:
            return f"{value:,.5f}" if isinstance(value, float) and abs(value) < 1 else f"{value:,.2f}"
        case Kind.TEXT:
            return str(value)


def _write(found: "Answer", csv_file: Path | None, svg_file: Path | None) -> None:
    if csv_file:
        columns, rows = _table(found)
        write_csv_file(csv_file, [column.name for column in columns], rows)
    if svg_file:
        from ledgerwatch_pipeline.reports.chart import svg

        try:
            svg_file.write_bytes(svg(found))
        except OSError as error:
            raise UsageError(f"{svg_file} cannot be written: {error.strerror}") from error


COMMANDS = (report_,)
