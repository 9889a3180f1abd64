"""``ledgerwatch analyze`` and ``analyzers``: analyse months; the rules, and what organizations set for them."""

from decimal import Decimal

import click

from ledgerwatch_pipeline.analysis.contract import Analyzer, Parameter
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_fields, print_json, print_table, progress_reporter
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.stores.postgres import organizations as organizations_table


@click.command()
@click.option("--org", "organizations", multiple=True, help="Only this organization; may be given several times.")
@click.option("--analyzer", "names", multiple=True, help="Only this analyzer; may be given several times.")
@click.option("--month", help="One month, YYYY-MM.")
@click.option("--from", "first", help="First month, YYYY-MM.")
@click.option("--to", "last", help="Last month, YYYY-MM.")
@pass_context
def analyze(
    context: Context,
    organizations: tuple[str, ...],
    names: tuple[str, ...],
    month: str | None,
    first: str | None,
    last: str | None,
) -> int:
    """Analyse months again, or, with no month given, those whose ledger changed since.

    \b
      ledgerwatch analyze --from 2025-01 --to 2025-12
      ledgerwatch analyze --month 2025-06 --analyzer duplicate --org acme
    """
    from ledgerwatch_pipeline.analysis.registry import ANALYZERS, analyzer_named
    from ledgerwatch_pipeline.analysis.scope import AnalysisRequest
    from ledgerwatch_pipeline.dagster_runtime import launching

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
    from ledgerwatch_pipeline.analysis.registry import ANALYZERS

    if as_json:
        print_json(
            {
                "analyzers": [
                    {
                        "name": a.name,
                        "version": a.version,
                        "summary": a.summary,
                        "parameters": {p.name: p.default for p in a.parameters},
                    }
                    for a in ANALYZERS
                ]
            }
        )
    else:
        print_table(
            "Analyzers",
            ("name", "what it finds", "parameters"),
            ((a.name, a.summary, ", ".join(f"{p.name}={p.default}" for p in a.parameters)) for a in ANALYZERS),
        )


@analyzers.command("show")
@click.argument("name")
@click.option("--org", "organization", help="With what this organization sets itself.")
@json_option
@pass_context
def show(context: Context, name: str, organization: str | None, as_json: bool) -> None:
    """Show an analyzer and its parameters.

    \b
      ledgerwatch analyzers show large_transaction --org acme
    """
    from ledgerwatch_pipeline.analysis.registry import analyzer_named

    analyzer = analyzer_named(name)
    own: dict[str, str] = {}
    if organization:
        from ledgerwatch_pipeline.analysis.parameters import own_parameters

        own = own_parameters(context.home, analyzer, organization)
    if as_json:
        print_json(
            {
                "analyzer": {
                    "name": analyzer.name,
                    "version": analyzer.version,
                    "summary": analyzer.summary,
                    "evidence": list(analyzer.evidence),
                    "organization": organization,
                    "parameters": [
                        {
                            "name": p.name,
                            "value": own.get(p.name, str(p.default)),
                            "default": p.default,
                            "own": p.name in own,
                            "minimum": p.minimum,
                            "maximum": p.maximum,
                            "decimals": p.decimals,
                            "meaning": p.meaning,
                        }
                        for p in analyzer.parameters
                    ],
                }
            }
        )
        return
    click.echo(f"{analyzer.name}, version {analyzer.version}\n{analyzer.summary}\n")
    print_fields({"evidence": list(analyzer.evidence), **({"organization": organization} if organization else {})})
    for p in analyzer.parameters:
        value = f"{own[p.name]} (default {p.default})" if p.name in own else f"{p.default} (the default)"
        click.echo(f"\n  {p.name} = {value}\n      {p.meaning}; {_bounds(p)}")


def _bounds(parameter: Parameter) -> str:
    kind = "whole number, " if parameter.decimals == 0 else ""
    return f"{kind}{parameter.minimum} to {parameter.maximum}"


@analyzers.command("set")
@click.argument("name")
@click.argument("settings", nargs=-1, metavar="PARAMETER=VALUE...")
@click.option("--org", "organization", required=True, help="The organization's slug.")
@click.option("--reset", is_flag=True, help="Back to the analyzer's defaults.")
@json_option
@pass_context
def set_(context: Context, name: str, settings: tuple[str, ...], organization: str, reset: bool, as_json: bool) -> None:
    """Set parameters of an analyzer for one organization.

    \b
      ledgerwatch analyzers set large_transaction --org acme floor=25000 multiplier=3
      ledgerwatch analyzers set large_transaction --org acme --reset
      ledgerwatch analyze                       # re-analyse what that concerns

    Every month of the organization's ledger is due for analysis then.
    """
    from ledgerwatch_pipeline.analysis.parameters import reset_parameters, set_parameters
    from ledgerwatch_pipeline.analysis.registry import analyzer_named

    analyzer = analyzer_named(name)
    if reset == bool(settings):
        raise UsageError("give PARAMETER=VALUE, one or several, or --reset")
    if reset:
        change = reset_parameters(context.home, analyzer, organization, context.actor)
    else:
        change = set_parameters(context.home, analyzer, organization, _values(analyzer, settings), context.actor)
    if as_json:
        print_json(
            {
                "analyzer": name,
                "organization": organization,
                "before": change.before,
                "after": change.after,
                "months_due": change.months_due,
            }
        )
    elif change.before == change.after:
        click.echo("that is set already; nothing was changed")
    else:
        own = ", ".join(f"{parameter}={value}" for parameter, value in change.after.items()) or "the defaults"
        click.echo(f"{name} of {organization}: {own}")
        click.echo(f"{change.months_due} months of its ledger are due; re-analyse them: ledgerwatch analyze")


def _values(analyzer: Analyzer, settings: tuple[str, ...]) -> dict[str, Decimal]:
    values = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise UsageError(f"{setting!r} is not PARAMETER=VALUE, for example {analyzer.parameters[0].name}=2")
        parameter = analyzer.parameter(name.strip())
        if parameter.name in values:
            raise UsageError(f"{parameter.name} is given twice")
        values[parameter.name] = parameter.parse(text.strip())
    return values


COMMANDS = (analyze, analyzers)
