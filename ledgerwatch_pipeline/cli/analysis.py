"""``ledgerwatch analyze`` and ``analyzers``: analyse months; the rules, and what organizations set for them."""

from collections.abc import Sequence

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.analysis.contract import (
    Analyzer,
    ChoiceParameter,
    DecimalParameter,
    Parameter,
    ParameterValue,
)
from ledgerwatch_pipeline.analysis.registry import Registry, load_registry
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.filters import organization_id
from ledgerwatch_pipeline.cli.output import (
    print_fields,
    print_json,
    print_table,
    progress_reporter,
    safe,
    write_csv,
)
from ledgerwatch_pipeline.cli.pipeline import failures_json, failures_of, print_failures
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.precision import Decided, Decisions, DecisionsOfMonth, in_all
from ledgerwatch_pipeline.stores.postgres.decisions import by_month_of_decision


@click.command()
@click.option("--org", "organizations", multiple=True, help="Only this organization; may be given several times.")
@click.option("--analyzer", "names", multiple=True, help="Only this analyzer; may be given several times.")
@click.option("--month", help="One month, YYYY-MM.")
@click.option("--from", "first", help="First month, YYYY-MM.")
@click.option("--to", "last", help="Last month, YYYY-MM.")
@json_option
@pass_context
def analyze(
    context: Context,
    organizations: tuple[str, ...],
    names: tuple[str, ...],
    month: str | None,
    first: str | None,
    last: str | None,
    as_json: bool,
) -> int:
    """Analyse months again, or, with no month given, those whose ledger changed since.

    \b
      ledgerwatch analyze --from 2025-01 --to 2025-12
      ledgerwatch analyze --month 2025-06 --analyzer duplicate --org acme

    What fails of one organization does not stop the others; it is named, and the exit code is 1.
    """
    if month and (first or last) or bool(first) != bool(last):
        raise UsageError("give --month, or --from and --to, or neither")
    registry = load_registry(context.settings)
    chosen = [registry.named(name) for name in names] or None
    if not month and not first:
        if organizations or names:
            raise UsageError("--org and --analyzer need months: give --month, or --from and --to")
        return _analyze_due(context, as_json)
    months = MonthRange(Month.parse(month or first or ""), Month.parse(month or last or ""))
    from ledgerwatch_pipeline.dagster_runtime import launching

    launching.analyze(
        context.home,
        months,
        slugs=organizations or None,
        analyzers=chosen,
        principal=context.principal,
        on_progress=progress_reporter(),
    )
    failures = failures_of(context, organizations or None)
    if as_json:
        print_json({"months": str(months), "failures": failures_json(failures)})
    else:
        click.echo(f"analysed {months}")
    print_failures(failures)
    return 1 if failures else 0


def _analyze_due(context: Context, as_json: bool) -> int:
    from ledgerwatch_pipeline.dagster_runtime import launching

    count = launching.analyze_due(context.home, principal=context.principal, on_progress=progress_reporter())
    failures = failures_of(context, None)
    if as_json:
        print_json({"months": None, "ranges": count, "failures": failures_json(failures)})
    else:
        click.echo(f"analysed {count} month range(s)" if count else "no month's ledger changed since it was analysed")
    print_failures(failures)
    return 1 if failures else 0 if count else 3


@click.group()
def analyzers() -> None:
    """The rules over the ledger."""


@analyzers.command("list")
@json_option
@pass_context
def list_(context: Context, as_json: bool) -> None:
    """List the analyzers with their parameters and their precision, and those that are refused, with the reason."""
    registry = load_registry(context.settings)
    decided = in_all(_decisions(context, None))
    of = {each.name: decided.get((Decided.ANALYZER, each.name), Decisions()) for each in registry.analyzers}
    if as_json:
        listed = [{**views.analyzer(each), "decisions": views.decisions(of[each.name])} for each in registry.analyzers]
        print_json({"analyzers": listed, "refused": refused_json(registry)})
        return
    print_table(
        "Analyzers",
        ("name", "what it finds", "parameters", "precision", "from"),
        (
            (
                a.name,
                a.summary,
                ", ".join(f"{p.name}={p.written(p.default)}" for p in a.parameters),
                _in_words(of[a.name]),
                a.source,
            )
            for a in registry.analyzers
        ),
    )
    for each in registry.refused:
        click.echo(f"refused: {safe(each.name)} ({safe(each.source)}): {safe(each.reason)}", err=True)


def refused_json(registry: Registry) -> list[views.Document]:
    """The analyzers that are left out, as JSON has them."""
    return [{"name": each.name, "source": each.source, "reason": each.reason} for each in registry.refused]


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
    analyzer = load_registry(context.settings).named(name)
    overrides: dict[str, str] = {}
    if organization:
        from ledgerwatch_pipeline.analysis.parameters import overrides_of

        overrides = overrides_of(context.home, analyzer, organization, context.principal)
    decided = in_all(_decisions(context, organization)).get((Decided.ANALYZER, name), Decisions())
    if as_json:
        print_json(
            {
                "analyzer": {
                    "name": analyzer.name,
                    "version": analyzer.version,
                    "summary": analyzer.summary,
                    "source": analyzer.source,
                    "evidence": list(analyzer.evidence),
                    "organization": organization,
                    "parameters": [views.parameter(each, overrides) for each in analyzer.parameters],
                    "decisions": views.decisions(decided),
                }
            }
        )
        return
    click.echo(f"{analyzer.name}, version {analyzer.version}\n{safe(analyzer.summary)}\n")
    print_fields(
        {
            "evidence": list(analyzer.evidence),
            "from": analyzer.source,
            "precision": _in_words(decided),
            **({"organization": organization} if organization else {}),
        }
    )
    for p in analyzer.parameters:
        default = p.written(p.default)
        value = f"{overrides[p.name]} (default {default})" if p.name in overrides else f"{default} (the default)"
        click.echo(f"\n  {p.name} = {safe(value)}\n      {safe(p.meaning)}; {_bounds(p)}")


def _bounds(parameter: Parameter) -> str:
    if isinstance(parameter, DecimalParameter):
        kind = "whole number, " if parameter.decimals == 0 else ""
        return f"{kind}{parameter.minimum} to {parameter.maximum}"
    return ", ".join(parameter.choices) if isinstance(parameter, ChoiceParameter) else "true or false"


@analyzers.command("precision")
@click.option("--org", "organization", help="Of this organization's decisions.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV on standard output.")
@json_option
@pass_context
def precision(context: Context, organization: str | None, as_csv: bool, as_json: bool) -> None:
    """Show how often what was found was worth something, by month of decision: of rules by the outcomes of their alerts, of kinds of
    signals by those of the cases they lead.

    \b
      ledgerwatch analyzers precision --org acme
      ledgerwatch analyzers precision --csv > precision.csv
    """
    if as_csv and as_json:
        raise UsageError("--csv and --json exclude each other")
    months = _decisions(context, organization)
    rows = [
        {"of": of.value, "name": name, "month": None, **views.decisions(decided)}
        for (of, name), decided in in_all(months).items()
    ]
    rows += [
        {"of": each.of.value, "name": each.name, "month": str(Month.of(each.month)), **views.decisions(each.decisions)}
        for each in months
    ]
    rows.sort(key=lambda row: (str(row["of"]), str(row["name"]), str(row["month"] or "")))
    if as_json:
        print_json({"organization": organization, "precision": rows})
    elif as_csv:
        write_csv(_PRECISION, ([row[column] for column in _PRECISION] for row in rows))
    elif rows:
        shown = ({**row, "month": row["month"] or "all"} for row in rows)
        print_table("Precision", _PRECISION, ([row[column] for column in _PRECISION] for row in shown), _PRECISION[3:])
    else:
        click.echo("nobody has resolved an alert or a case yet")


_PRECISION = ("of", "name", "month", "fixed", "accepted", "false_positive", "decided", "precision", "low", "high")


def _decisions(context: Context, organization: str | None) -> list[DecisionsOfMonth]:
    of = organization_id(context, organization)
    with context.home.database.transaction() as connection:
        return by_month_of_decision(connection, of, context.principal)


def _in_words(decided: Decisions) -> str:
    if decided.interval is None:
        return "nothing decided"
    low, high = decided.interval
    return f"{decided.precision} ({decided.fixed} of {decided.decided}; {low} to {high})"


@analyzers.command("check")
@click.argument("name")
@json_option
@pass_context
def check(context: Context, name: str, as_json: bool) -> int:
    """Try on generated ledgers whether an analyzer keeps the rules that all of them keep.

    \b
      ledgerwatch analyzers check duplicate

    Exit code: 1 if it breaks one.
    """
    from ledgerwatch_pipeline.analysis.conformance import check_conformance

    analyzer = load_registry(context.settings).named(name)
    conformance = check_conformance(analyzer)
    if as_json:
        print_json(
            {
                "analyzer": analyzer.name,
                "violations": [{"rule": each.rule.value, "problem": each.problem} for each in conformance.violations],
                "findings": conformance.findings,
            }
        )
    elif conformance.violations:
        click.echo(f"{analyzer.name} breaks {len(conformance.violations)} of the rules that every analyzer keeps:")
        for violation in conformance.violations:
            click.echo(f"  {safe(violation)}")
    else:
        found = (
            f"{conformance.findings:,} findings" if conformance.findings else "it found nothing, so little was tried"
        )
        click.echo(f"{analyzer.name} keeps every rule that was tried ({found})")
    return 1 if conformance.violations else 0


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

    analyzer = load_registry(context.settings).named(name)
    if reset == bool(settings):
        raise UsageError("give PARAMETER=VALUE, one or several, or --reset")
    if reset:
        change = reset_parameters(context.home, analyzer, organization, context.principal)
    else:
        values = _values(analyzer, settings)
        change = set_parameters(context.home, analyzer, organization, values, context.principal)
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
        overrides = ", ".join(f"{parameter}={value}" for parameter, value in change.after.items()) or "the defaults"
        click.echo(f"{name} of {organization}: {overrides}")
        click.echo(f"{change.months_due} months of its ledger are due; re-analyse them: ledgerwatch analyze")


def _values(analyzer: Analyzer, settings: tuple[str, ...]) -> dict[str, ParameterValue]:
    return {parameter.name: parameter.parse(text) for parameter, text in parameters_given(analyzer, settings)}


def setting_given(text: str, example: str = "") -> tuple[str, str]:
    """``PARAMETER=TEXT`` as the name and the text; raises UsageError for another form, with an example of it if there is one."""
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{text!r} is not PARAMETER=VALUE{f', for example {example}' if example else ''}")
    return name.strip(), value.strip()


def parameters_given(analyzer: Analyzer, settings: Sequence[str]) -> list[tuple[Parameter, str]]:
    """Each ``PARAMETER=TEXT`` as the parameter and the text; raises UsageError for another form, and for one given twice."""
    given: dict[str, tuple[Parameter, str]] = {}
    example = f"{analyzer.parameters[0].name}=2" if analyzer.parameters else ""
    for setting in settings:
        name, text = setting_given(setting, example)
        parameter = analyzer.parameter(name)
        if parameter.name in given:
            raise UsageError(f"{parameter.name} is given twice")
        given[parameter.name] = (parameter, text)
    return list(given.values())


COMMANDS = (analyze, analyzers)
