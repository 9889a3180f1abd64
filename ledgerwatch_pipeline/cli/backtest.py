"""``ledgerwatch backtest``: what an analyzer would find with other parameters; nothing is changed."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.analysis.contract import Analyzer, ParameterValue
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.cli.analysis import parameters_given
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, print_table, progress_reporter, safe, write_csv
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.month import Month

if TYPE_CHECKING:
    from ledgerwatch_pipeline.analysis.backtest import Backtest, Counts, Trial, TrialFinding

_COLUMNS = ("before", "after", "new", "gone", "same", "changed")


@click.command()
@click.argument("analyzer")
@click.option(
    "--set", "settings", multiple=True, required=True, metavar="PARAMETER=VALUE[,VALUE...]", help="May be repeated."
)
@click.option("--org", "organizations", multiple=True, help="Only this organization; may be given several times.")
@click.option("--from", "first", help="First month, YYYY-MM; default: the ledger's beginning.")
@click.option("--to", "last", help="Last month, YYYY-MM; default: the ledger's end.")
@click.option(
    "--limit", default=10, show_default=True, type=click.IntRange(0, 1_000), help="New and gone ones that are named."
)
@click.option("--csv", "as_csv", is_flag=True, help="Every finding that is new, gone or of another severity, as CSV.")
@click.option(
    "--plot", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write a chart, SVG, to this file."
)
@json_option
@pass_context
def backtest(
    context: Context,
    analyzer: str,
    settings: tuple[str, ...],
    organizations: tuple[str, ...],
    first: str | None,
    last: str | None,
    limit: int,
    as_csv: bool,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Try other parameters of an analyzer over the whole ledger: which findings would be new, gone, the same.

    \b
      ledgerwatch backtest large_transaction --set multiplier=3
      ledgerwatch backtest large_transaction --set multiplier=2,3,4 --set floor=10000,20000 --plot trials.svg
      ledgerwatch backtest duplicate --set window_hours=72 --org acme --from 2025-01 --to 2025-12 --csv > changes.csv

    It compares with the parameters in force, of each organization its own. Several values of a parameter, or several
    parameters, are tried in every combination. Nothing is changed: no run, no finding, no alert.
    """
    from ledgerwatch_pipeline.analysis import backtest as use_case

    if as_csv and as_json:
        raise UsageError("give --csv or --json, not both")
    if plot is not None and not plot.parent.is_dir():
        raise UsageError(f"there is no folder {plot.parent} for the plot")
    rule = load_registry(context.settings).named(analyzer)
    result = use_case.backtest(
        context.home,
        rule,
        use_case.combinations(_values(rule, settings)),
        context.principal,
        slugs=organizations,
        first=Month.parse(first) if first else None,
        last=Month.parse(last) if last else None,
        examples=None if as_csv else limit,
        on_progress=progress_reporter(),
    )
    if plot is not None:
        _write_plot(result, plot)
    if as_csv:
        _write_csv(result)
    elif as_json:
        print_json({"backtest": views.backtest(result)})
    else:
        _print(result)


def _values(analyzer: Analyzer, settings: Sequence[str]) -> dict[str, Sequence[ParameterValue]]:
    return {
        parameter.name: list(dict.fromkeys(parameter.parse(text.strip()) for text in texts.split(",")))
        for parameter, texts in parameters_given(analyzer, settings)
    }


def _print(result: "Backtest") -> None:
    if not result.trials:
        click.echo("there are no transactions in these months")
        return
    click.echo(
        f"{result.analyzer}, version {result.version}: {result.months}, {len(result.organizations)} organization(s)"
    )
    for name, values in result.in_force.items():
        held = ", ".join(f"{value} ({count})" if len(values) > 1 else value for value, count in values.items())
        click.echo(f"  {safe(name)} in force: {safe(held)}")
    click.echo()
    if len(result.trials) == 1:
        _print_trial(result.trials[0])
    else:
        _print_trials(result)


def _print_trial(trial: "Trial") -> None:
    title = f"With {_words(trial)}"
    severities = [(each, *_figures(counts)) for each, counts in trial.by_severity.items()]
    print_table(title, ("severity", *_COLUMNS), [*severities, ("all", *_figures(trial.total))], right=_COLUMNS)
    months = [
        (month, *_figures(each)) for month, each in trial.by_month.items() if each.new or each.gone or each.changed
    ]
    if months:
        print_table("Months with a difference", ("month", *_COLUMNS), months, right=_COLUMNS)
    else:
        click.echo("no month has a difference")
    for fate, found in trial.examples.items():
        if found:
            _print_findings(f"{fate.capitalize()}, the most severe and largest first", found)


def _print_findings(title: str, found: Iterable["TrialFinding"]) -> None:
    print_table(
        title,
        ("organization", "severity", "month", "finding", "at stake"),
        (
            (
                each.organization,
                f"{each.before} -> {each.after}" if each.before and each.after else each.before or each.after,
                each.month,
                each.title,
                f"{amount_text(each.amount, each.currency_decimals)} {each.currency}",
            )
            for each in found
        ),
        right=("at stake",),
    )


def _print_trials(result: "Backtest") -> None:
    severities = tuple(each.value for each in reversed(Severity))
    columns = (*severities, "all", "new", "gone", "same", "changed")
    before = result.trials[0]
    print_table(
        "Findings",
        ("parameters", *columns),
        [
            ("in force", *(each.before for each in before.by_severity.values()), before.total.before, "", "", "", ""),
            *(
                (
                    _words(each),
                    *(counts.after for counts in each.by_severity.values()),
                    each.total.after,
                    *_fates(each.total),
                )
                for each in result.trials
            ),
        ],
        right=columns,
    )


def _words(trial: "Trial") -> str:
    return ", ".join(f"{name}={value}" for name, value in trial.parameters.items())


def _figures(counts: "Counts") -> tuple[str, ...]:
    return tuple(f"{each:,}" for each in (counts.before, counts.after)) + _fates(counts)


def _fates(counts: "Counts") -> tuple[str, ...]:
    return tuple(f"{each:,}" for each in (counts.new, counts.gone, counts.same, counts.changed))


def _write_csv(result: "Backtest") -> None:
    names = list(result.in_force)
    write_csv(
        (*names, "fate", "organization", "month", "severity_before", "severity_after", "title", "amount", "currency"),
        (
            (
                *(trial.parameters[name] for name in names),
                fate.value,
                each.organization,
                str(each.month),
                each.before and each.before.value,
                each.after and each.after.value,
                each.title,
                round(each.amount, each.currency_decimals),
                each.currency,
            )
            for trial in result.trials
            for fate, found in trial.examples.items()
            for each in found
        ),
    )


def _write_plot(result: "Backtest", file: Path) -> None:
    """How many findings of each severity: with the parameters in force, and in each trial."""
    if not result.trials:
        raise UsageError("there is nothing to plot: there are no transactions in these months")
    from ledgerwatch_pipeline.charts import severity_bars

    bars = {"in force": {severity: each.before for severity, each in result.trials[0].by_severity.items()}}
    bars |= {
        _words(trial): {severity: each.after for severity, each in trial.by_severity.items()} for trial in result.trials
    }
    chart = severity_bars(
        bars, title=f"Findings of {result.analyzer}", width=max(480, 60 * len(bars)), height=400, x_label_rotation=30
    )
    file.write_bytes(chart.render())


COMMANDS = (backtest,)
