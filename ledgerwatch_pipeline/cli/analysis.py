"""``ledgerwatch analyze``, ``analyzers`` and ``runs``: analyse months, and look at what was analysed."""

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, print_table, progress_reporter
from ledgerwatch_pipeline.database import organizations as organizations_table
from ledgerwatch_pipeline.database import runs as runs_table
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.month import Month, MonthRange


@click.command()
@click.option("--org", "organizations", multiple=True, help="Only this organization; may be given several times.")
@click.option("--analyzer", "names", multiple=True, help="Only this analyzer; may be given several times.")
@click.option("--month", help="One month, YYYY-MM.")
@click.option("--from", "first", help="First month, YYYY-MM.")
@click.option("--to", "last", help="Last month, YYYY-MM.")
@pass_context
def analyze(
    context: Context, organizations: tuple[str, ...], names: tuple[str, ...], month: str | None, first: str | None,
    last: str | None,
) -> int:  # fmt: skip
    """Analyse months again, or, with no month given, those whose ledger changed since.

    \b
      ledgerwatch analyze --from 2025-01 --to 2025-12
      ledgerwatch analyze --month 2025-06 --analyzer duplicate --org acme
    """
    from ledgerwatch_pipeline.analyzers import ANALYZERS, analyzer_named
    from ledgerwatch_pipeline.analyzers.running import AnalysisRequest
    from ledgerwatch_pipeline.defs import launching

    chosen = tuple(analyzer_named(name) for name in names) or ANALYZERS
    report = progress_reporter()
    if month and (first or last) or bool(first) != bool(last):
        raise UsageError("give --month, or --from and --to, or neither")
    if not month and not first:
        if organizations or names:
            raise UsageError("--org and --analyzer need months: give --month, or --from and --to")
        count = launching.analyze_due(context.home, on_progress=report)
        click.echo(f"analysed {count} month range(s)" if count else "no month's ledger changed since it was analysed")
        return 0 if count else 3
    months = MonthRange(Month.parse(month or first or ""), Month.parse(month or last or ""))
    with context.home.database.transaction() as cursor:
        for slug in organizations:
            organizations_table.get(cursor, slug)
    launching.analyze(context.home, AnalysisRequest(months, organizations or None), chosen, on_progress=report)
    click.echo(f"analysed {months}")
    return 0


@click.group()
def analyzers() -> None:
    """The rules over the ledger."""


@analyzers.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the analyzers and their parameters."""
    from ledgerwatch_pipeline.analyzers import ANALYZERS

    if as_json:
        print_json(
            {
                "analyzers": [
                    {
                        "name": a.name, "version": a.version, "summary": a.summary,
                        "parameters": {p.name: p.default for p in a.parameters},
                    }
                    for a in ANALYZERS
                ]
            }
        )  # fmt: skip
    else:
        print_table(
            "Analyzers", ("name", "what it finds", "parameters"),
            ((a.name, a.summary, ", ".join(f"{p.name}={p.default}" for p in a.parameters)) for a in ANALYZERS),
        )  # fmt: skip


@click.group()
def runs() -> None:
    """Analysis runs."""


@runs.command("list")
@click.option("--analyzer")
@click.option("--status", type=click.Choice(["PENDING", "RUNNING", "SUCCEEDED", "FAILED"], case_sensitive=False))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@json_option
@pass_context
def list_runs(context: Context, analyzer: str | None, status: str | None, limit: int, as_json: bool) -> None:
    """List analysis runs, newest first."""
    if analyzer:
        from ledgerwatch_pipeline.analyzers import analyzer_named

        analyzer_named(analyzer)
    with context.home.database.transaction() as cursor:
        found = runs_table.newest(cursor, analyzer=analyzer, status=status, limit=limit)
    if as_json:
        print_json({"runs": found})
    else:
        print_table(
            "Analysis runs", ("run", "analyzer", "months", "status", "findings", "new alerts", "error"),
            (
                (str(r["id"])[:8], r["analyzer"], f"{Month.of(r['first_month'])}..{Month.of(r['last_month'])}", r["status"],
                 r["findings"], r["alerts_raised"], r["error"])
                for r in found
            ),
            right=("findings", "new alerts"),
        )  # fmt: skip


COMMANDS = (analyze, analyzers, runs)
