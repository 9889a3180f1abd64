"""``ledgerwatch explain``: the rule behind one alert, with its figures, and whether it would be found today."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_fields, print_json, safe
from ledgerwatch_pipeline.model.alert import AlertNumber
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.month import Month

if TYPE_CHECKING:
    from ledgerwatch_pipeline.analysis.explain import Difference, Explanation, Today, UsedParameter
    from ledgerwatch_pipeline.model.threshold import Threshold


@click.command()
@click.argument("alert")
@json_option
@pass_context
def explain(context: Context, alert: str, as_json: bool) -> None:
    """Explain an alert: the rule with its figures filled in, over the ledger it was found in, and whether it would be
    found today.

    \b
      ledgerwatch explain acme-1
    """
    from ledgerwatch_pipeline.analysis.explain import explain as explain_alert

    registry = load_registry(context.settings)
    explanation = explain_alert(context.home, registry, AlertNumber.parse(alert), context.principal)
    if as_json:
        print_json({"explanation": views.explanation(explanation)})
    else:
        _print(explanation)


def _print(explanation: "Explanation") -> None:
    alert, run = explanation.alert, explanation.run
    click.echo(f"Alert {alert.name}  {alert.severity}  {alert.status}\n{safe(alert.title)}\n\n{safe(alert.message)}\n")
    click.echo(f"Rule: {alert.analyzer}")
    if explanation.rule is not None:
        click.echo(f"  {safe(explanation.rule)}")
    _print_parameters(explanation.parameters)
    _print_thresholds("Threshold, as it was", explanation.thresholds)
    click.echo(
        f"\nFound in {Month.of(alert.month)} by version {run.version}, run {run.id}, over ledger snapshot {run.ledger_snapshot}"
    )
    then = explanation.then
    if then.finding is None:
        click.echo(f"  The rule cannot be shown at work: {safe(then.unavailable)}.\n  What the alert itself keeps:")
        print_fields(dict(alert.evidence))
    elif then.finding.arithmetic:
        _print_lines(then.finding.arithmetic)
    else:
        click.echo(f"  {alert.analyzer} gives no arithmetic; its figures:")
        print_fields(dict(then.finding.evidence))
    if then.differences:
        click.echo("  The snapshot gives other figures than the alert has, so something else changed since:")
        _print_differences(then.differences)
    _print_transactions(explanation)
    _print_today(explanation.today)
    if explanation.today.thresholds != explanation.thresholds:
        _print_thresholds("Threshold, as it is", explanation.today.thresholds)


def _print_lines(text: str) -> None:
    for line in text.splitlines():
        click.echo(f"  {safe(line)}")


def _print_parameters(parameters: Sequence["UsedParameter"]) -> None:
    if not parameters:
        return
    click.echo("\nParameters used")
    print_fields({each.name: _value(each) for each in parameters})


def _print_thresholds(title: str, thresholds: Sequence["Threshold"]) -> None:
    for each in thresholds:
        click.echo(f"\n{title}")
        print_fields({name: value for name, value in each.as_json().items() if name != "id" and value is not None})


def _value(parameter: "UsedParameter") -> str:
    if parameter.default is None:
        return parameter.value
    return (
        f"{parameter.value} (the default)"
        if _is_default(parameter)
        else f"{parameter.value} (set; default {parameter.default})"
    )


def _is_default(parameter: "UsedParameter") -> bool:
    """2.0 is the default 2."""
    if parameter.value == parameter.default:
        return True
    try:
        return parameter.default is not None and Decimal(parameter.value) == Decimal(parameter.default)
    except ArithmeticError:  # a word
        return False


def _print_transactions(explanation: "Explanation") -> None:
    """Two lines a transaction: what it is, and where it comes from."""
    total = len(explanation.alert.transactions)
    click.echo(f"\nTransactions ({total:,})")
    for row in explanation.transactions:
        amount = f"{amount_text(row.amount, row.currency_decimals)} {row.currency}"
        click.echo(f"  {row.date}  {amount}  {row.type}  {safe(row.vendor)}")
        click.echo(f"      {safe(explanation.sources[row.load_id].file)}, row {row.row_number}; {row.id}")
    if (more := total - len(explanation.transactions)) > 0:
        click.echo(f"  and {more:,} more; all ids: ledgerwatch alerts show {explanation.alert.name} --json")


_VERDICTS = {
    "same": "yes, with the same figures.",
    "other_figures": "yes, with other figures:",
    "gone": "no",
    "unknown": "that cannot be said",
}


def _print_today(today: "Today") -> None:
    because = f": {today.reason}." if today.reason and today.finding is None else "." if today.finding is None else ""
    click.echo(
        f"\nWould it be found today? {_VERDICTS[today.verdict][:1].upper()}{_VERDICTS[today.verdict][1:]}{safe(because)}"
    )
    _print_differences(today.differences)
    if today.differences and today.finding is not None and today.finding.arithmetic:
        click.echo()
        _print_lines(today.finding.arithmetic)
    if set_now := {each.name: _value(each) for each in today.parameters if not _is_default(each)}:
        click.echo("  with what the organization sets now:")
        print_fields(set_now)


def _print_differences(differences: Sequence["Difference"]) -> None:
    print_fields({each.figure: f"{_short(each.before)} -> {_short(each.now)}" for each in differences})


def _short(value: JsonValue) -> str:
    """A value in a line; of transactions (a list of ids) only how many, as the ids say nothing to a person."""
    if isinstance(value, list):
        return (
            ", ".join(map(str, value))
            if len(value) < 6 and all(len(str(each)) < 20 for each in value)
            else f"{len(value)}"
        )
    return "-" if value is None else str(value)


COMMANDS = (explain,)
