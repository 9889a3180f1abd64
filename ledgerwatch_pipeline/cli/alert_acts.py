"""``ledgerwatch alerts ack|resolve|reopen|assign|comment|raise``: what people do to an alert, or to all that match."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.alerting.act import (
    BulkOutcome,
    change_alert,
    change_alerts,
    count_alerts,
    other_number,
    raise_alert,
)
from ledgerwatch_pipeline.cli.context import Command, Context, actor_option, json_option, pass_context
from ledgerwatch_pipeline.cli.filters import Asked, alert_filter, alert_options
from ledgerwatch_pipeline.cli.output import print_json, safe
from ledgerwatch_pipeline.cli.particulars import note_option
from ledgerwatch_pipeline.model.alert import (
    HUMAN_OUTCOMES,
    AlertAct,
    AlertAction,
    AlertNumber,
    RaisedByHand,
    Severity,
    states_meant,
)
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.money import amount_given
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.words import counted

_NAMED = 5
"""Alerts that an answer names."""


@dataclass(frozen=True, slots=True)
class _How:
    """How an act is asked for. expect: how many have to match; yes: whether nobody is asked; actor: None is whoever sits here."""

    expect: int | None
    yes: bool
    actor: str | None
    as_json: bool


def _act_options(command: Command) -> Command:
    """The options that every act on alerts has; the command is called with them as ``how``."""

    @wraps(command)
    def called(
        *arguments: object, expect: int | None, yes: bool, actor: str | None, as_json: bool, **given: object
    ) -> object:
        return command(*arguments, how=_How(expect, yes, actor, as_json), **given)

    changed: Any = called
    for option in (
        json_option,
        actor_option,
        click.option("--yes", is_flag=True, help="Do not ask whether all that match are meant."),
        click.option(
            "--expect",
            type=click.IntRange(0),
            help="So many match; with another number it is a conflict, and nothing is changed.",
        ),
    ):
        changed = option(changed)
    return changed  # type: ignore[no-any-return]


@click.command("ack")
@click.argument("number", required=False)
@alert_options("OPEN", outcome=False)
@note_option
@_act_options
@pass_context
def ack(context: Context, number: str | None, asked: Asked, note: str | None, how: _How) -> int:
    """Acknowledge an open alert, or all that match: say that you look into it.

    \b
      ledgerwatch alerts ack acme-1
      ledgerwatch alerts ack --org devon --severity HIGH --month 2025-06
    """
    act = AlertAct(AlertAction.ACKNOWLEDGE, note=note)
    return _act(context, number, asked, act, how)


@click.command("resolve")
@click.argument("number", required=False)
@click.option("--outcome", required=True, type=click.Choice([each.value for each in HUMAN_OUTCOMES]))
@alert_options("OPEN and ACKNOWLEDGED", outcome=False)
@note_option
@_act_options
@pass_context
def resolve(context: Context, number: str | None, outcome: str, asked: Asked, note: str | None, how: _How) -> int:
    """Resolve an alert that is open or acknowledged, or all that match.

    \b
      ledgerwatch alerts resolve acme-1 --outcome fixed --note "refunded"
      ledgerwatch alerts resolve --org devon --analyzer duplicate --max-amount 50 --outcome accepted --expect 120 --yes
    """
    act = AlertAct(AlertAction.RESOLVE, outcome=outcome, note=note)
    return _act(context, number, asked, act, how)


@click.command("reopen")
@click.argument("number", required=False)
@alert_options("RESOLVED")
@note_option
@_act_options
@pass_context
def reopen(context: Context, number: str | None, asked: Asked, note: str | None, how: _How) -> int:
    """Open a resolved alert again, or all that match, and with it the case it belongs to, if that is resolved.

    \b
      ledgerwatch alerts reopen acme-1 --note "the refund bounced"
      ledgerwatch alerts reopen --org devon --outcome accepted --month 2025-06
    """
    act = AlertAct(AlertAction.REOPEN, note=note)
    return _act(context, number, asked, act, how)


@click.command("assign")
@click.argument("words", nargs=-1, metavar="[NUMBER] [PERSON]")
@click.option("--nobody", is_flag=True, help="Take it from whoever has it.")
@alert_options("OPEN and ACKNOWLEDGED, of those that match")
@note_option
@_act_options
@pass_context
def assign(context: Context, words: tuple[str, ...], nobody: bool, asked: Asked, note: str | None, how: _How) -> int:
    """Give an alert, or all that match, to a person, or to nobody.

    \b
      ledgerwatch alerts assign acme-1 eve
      ledgerwatch alerts assign acme-1 --nobody
      ledgerwatch alerts assign --org devon --vendor "City Rail" eve
    """
    number, person = _number_and(None if nobody else "the person's name", words, asked)
    act = AlertAct(AlertAction.ASSIGN, assignee=person, note=note)
    return _act(context, number, asked, act, how)


@click.command("comment")
@click.argument("words", nargs=-1, metavar="[NUMBER] TEXT")
@alert_options("OPEN and ACKNOWLEDGED, of those that match")
@_act_options
@pass_context
def comment(context: Context, words: tuple[str, ...], asked: Asked, how: _How) -> int:
    """Write something down about an alert, or about all that match.

    \b
      ledgerwatch alerts comment acme-1 "asked the school for the invoice"
      ledgerwatch alerts comment --org devon --vendor "City Rail" "they send a credit note"
    """
    number, note = _number_and("the text of the comment", words, asked)
    act = AlertAct(AlertAction.COMMENT, note=note)
    return _act(context, number, asked, act, how)


@click.command("raise")
@click.option("--org", "organization", required=True, help="The organization's slug.")
@click.option("--title", required=True, help="What it is, in a line.")
@click.option("--message", required=True, help="Why, in figures.")
@click.option("--severity", required=True, type=click.Choice([each.value for each in Severity], case_sensitive=False))
@click.option("--amount", default="0", help="At stake, in the organization's currency.")
@click.option("--month", help="YYYY-MM; default: this month.")
@click.option("--vendor", help="About this vendor: it belongs to the vendor's case of the month, if there is one.")
@click.option("--subject", help="About something else.")
@actor_option
@json_option
@pass_context
def raise_(
    context: Context,
    organization: str,
    title: str,
    message: str,
    severity: str,
    amount: str,
    month: str | None,
    vendor: str | None,
    subject: str | None,
    actor: str | None,
    as_json: bool,
) -> None:
    """Raise an alert by hand. No analysis changes or resolves it.

    \b
      ledgerwatch alerts raise --org acme --title "Invoice without order" --message "INV-88 names no order." --severity HIGH --amount 1200
    """
    raised = RaisedByHand(
        title=title,
        message=message,
        severity=Severity(severity),
        month=(Month.parse(month) if month is not None else Month.of(datetime.now(UTC).date())).first_day,
        amount=amount_given("--amount", amount),
        vendor=vendor,
        subject=subject,
    )
    row = raise_alert(context.home, organization, raised, context.acting_as(actor))
    if as_json:
        print_json({"alert": views.alert(row)})
    else:
        click.echo(f"alert {row.name} is {row.status}: {safe(row.title)}")


def _number_and(what: str | None, words: Sequence[str], asked: Asked) -> tuple[str | None, str | None]:
    """The alert's number, where no filter says which alerts are meant, and what else has to be given, if anything."""
    by_filter = asked != Asked()
    names = [*([] if by_filter else ["the alert's number"]), *([] if what is None else [what])]
    if len(words) != len(names):
        wanted = " and ".join(names) or "no other words, as the options say which are meant"
        raise UsageError(f"give {wanted}; {len(words)} {'word was' if len(words) == 1 else 'words were'} given")
    rest = list(words)
    number = None if by_filter else rest.pop(0)
    return number, rest[0] if rest else None


def _act(context: Context, number: str | None, asked: Asked, act: AlertAct, how: _How) -> int:
    """Do it to the alert that is named, or to all that match; the exit code."""
    if number is None:
        return _act_on_all(context, asked, act, how)
    if asked != Asked() or how.expect is not None or how.yes:
        raise UsageError("give the alert's number, or options that say which alerts are meant, not both")
    row = change_alert(
        context.home,
        AlertNumber.parse(number),
        act.action,
        principal=context.acting_as(how.actor),
        outcome=act.outcome,
        note=act.note,
        assignee=act.assignee,
    )
    if how.as_json:
        print_json({"alert": views.alert(row)})
    else:
        told = ", ".join([*([row.outcome] if row.outcome else []), *([f"{row.assignee}'s"] if row.assignee else [])])
        click.echo(f"alert {row.name} is {row.status}" + (f" ({safe(told)})" if told else ""))
    return 0


def _act_on_all(context: Context, asked: Asked, act: AlertAct, how: _How) -> int:
    if asked == Asked():
        raise UsageError(
            "give the alert's number, or say which alerts are meant, for example --org acme --month 2025-06"
        )
    act.require_whole()
    principal = context.acting_as(how.actor)
    wanted = alert_filter(context, asked, states_meant(act.action))
    expected = how.expect
    if not how.yes:
        count = count_alerts(context.home, wanted, principal)
        if expected is not None and count != expected:
            raise other_number(count, expected)
        if count:
            _confirm(count, act.action)
        expected = count
    outcome = change_alerts(context.home, wanted, act, principal, expected)
    if how.as_json:
        print_json(views.bulk_outcome(act.action.value, outcome))
    else:
        _print_outcome(outcome, act)
    return 0 if outcome.done or outcome.unchanged else 3


def _confirm(count: int, action: AlertAction) -> None:
    meant = f"the filter means {counted(count, 'alert')}"
    if not sys.stdin.isatty():
        raise UsageError(f"{meant}; where nobody can be asked, say --yes to {action} all. Nothing was changed.")
    click.confirm(f"{meant}. Go on and {action} all?", abort=True, err=True)


_DONE = {
    AlertAction.ACKNOWLEDGE: "acknowledged",
    AlertAction.RESOLVE: "resolved",
    AlertAction.REOPEN: "reopened",
    AlertAction.ASSIGN: "assigned",
    AlertAction.COMMENT: "commented",
}


def _print_outcome(outcome: BulkOutcome, act: AlertAct) -> None:
    if not (outcome.done or outcome.unchanged):
        click.echo("no alert matches; nothing was changed")
        return
    to = "" if act.action is not AlertAction.ASSIGN else f" to {safe(act.assignee or 'nobody')}"
    click.echo(f"alerts {_DONE[act.action]}{to}: {len(outcome.done):,}")
    if outcome.unchanged:
        click.echo(f"were so already: {len(outcome.unchanged):,}")
    if outcome.conflicts:
        first = ", ".join(f"{name} is {status}" for name, status in outcome.conflicts[:_NAMED])
        more = len(outcome.conflicts) - _NAMED
        click.echo(f"left as they are: {len(outcome.conflicts):,} ({first}{f' and {more:,} more' if more > 0 else ''})")
