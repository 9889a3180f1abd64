"""``ledgerwatch alerts``: the ranked list people work on, one alert in full, and what they do to one or to all that a filter means."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.alerting.act import BulkOutcome, change_alert, change_alerts, count_alerts, raise_alert
from ledgerwatch_pipeline.analysis.contract import Analyzer, EvidenceType
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.cli.context import Command, Context, actor_option, json_option, page_options, pass_context
from ledgerwatch_pipeline.cli.filters import Asked, alert_filter, alert_options
from ledgerwatch_pipeline.cli.output import (
    Page,
    print_fields,
    print_json,
    print_json_page,
    print_tables,
    safe,
    write_csv,
)
from ledgerwatch_pipeline.cli.particulars import by, note_option, print_history, print_spending, print_transactions
from ledgerwatch_pipeline.model.alert import (
    HUMAN_OUTCOMES,
    AlertAct,
    AlertAction,
    AlertCursor,
    AlertNumber,
    AlertRow,
    AlertStatus,
    RaisedByHand,
    Severity,
    states_meant,
)
from ledgerwatch_pipeline.model.audit import Subject, SubjectType
from ledgerwatch_pipeline.model.case import CaseRow, CaseStatus
from ledgerwatch_pipeline.model.errors import ConflictError, UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import load_and_row
from ledgerwatch_pipeline.model.money import amount_given, amount_text
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.stores.postgres import alerts as alerts_store
from ledgerwatch_pipeline.stores.postgres import audit, cases, loads, runs

_EARLIER = 5
_NAMED = 5
"""Alerts that an answer names."""


@click.group()
def alerts() -> None:
    """Alerts, ranked by severity and amount at stake."""


@alerts.command("list")
@alert_options("OPEN")
@page_options(20, "Every alert, of every status unless --status is given.")
@json_option
@pass_context
def list_(context: Context, asked: Asked, limit: int, after: str | None, everything: bool, as_json: bool) -> None:
    """List open alerts, the most severe and expensive first.

    \b
      ledgerwatch alerts list --org devon --severity HIGH
      ledgerwatch alerts list --vendor "City Rail" --from 2025-01 --assignee none
    """
    cursor = AlertCursor.parse(after) if after is not None else None
    wanted = alert_filter(context, asked, tuple(AlertStatus) if everything else (AlertStatus.OPEN,))
    with context.home.database.streaming() as connection:
        page = Page(
            lambda rows: alerts_store.ranked(connection, wanted, context.principal, limit=rows, after=cursor),
            None if everything else limit,
            lambda last: str(alerts_store.cursor_of(last)),
        )
        if as_json:
            print_json_page("alerts", page, views.alert)
            return
        print_alerts("Alerts", page)
    if page.next:
        click.echo(f"More: the same with --after {page.next}   One in full: ledgerwatch alerts show NUMBER")


@alerts.command("summary")
@alert_options("every status")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV.")
@json_option
@pass_context
def summary(context: Context, asked: Asked, as_csv: bool, as_json: bool) -> None:
    """Count alerts by month, analyzer and severity: how many are in which state, and what is at stake in those nobody has resolved.

    \b
      ledgerwatch alerts summary --org devon --from 2025-01
      ledgerwatch alerts summary --csv > alerts.csv
    """
    if as_csv and as_json:
        raise UsageError("give --csv or --json, not both")
    wanted = alert_filter(context, asked, tuple(AlertStatus))
    with context.home.database.transaction() as connection:
        found = alerts_store.by_kind(connection, wanted, context.principal)
    documents = [views.alerts_of_kind(row) for row in found]
    if as_json:
        print_json({"summary": documents})
    elif as_csv:
        write_csv(
            views.ALERTS_OF_KIND,
            (
                [*list(each.values())[:-1], round(row.amount, row.currency_decimals)]
                for each, row in zip(documents, found, strict=True)
            ),
        )
    else:
        print_tables(
            "Alerts by month, analyzer and severity",
            ("month", "analyzer", "severity", "open", "acknowledged", "resolved", "at stake"),
            (
                (
                    Month.of(row.month),
                    row.analyzer,
                    row.severity,
                    f"{row.open:,}",
                    f"{row.acknowledged:,}",
                    f"{row.resolved:,}",
                    f"{amount_text(row.amount, row.currency_decimals)} {row.currency}",
                )
                for row in found
            ),
            right=("open", "acknowledged", "resolved", "at stake"),
        )


def print_alerts(title: str, rows: Iterable[AlertRow]) -> None:
    """Alerts as a table with few enough columns for a terminal of 80; a state other than OPEN stands with the title."""
    print_tables(
        title,
        ("number", "severity", "month", "alert", "at stake"),
        (
            (
                row.name,
                row.severity,
                Month.of(row.month),
                row.title + ("" if row.status is AlertStatus.OPEN else f" [{row.status}]"),
                f"{amount_text(row.amount, row.currency_decimals)} {row.currency}",
            )
            for row in rows
        ),
        right=("number", "at stake"),
    )


@alerts.command("show")
@click.argument("number")
@json_option
@pass_context
def show(context: Context, number: str, as_json: bool) -> None:
    """Show one alert in full: what it is and its figures, the transactions it rests on, what the vendor was paid, what was decided about
    it before, and what was done to it.

    \b
      ledgerwatch alerts show acme-1
    """
    name = AlertNumber.parse(number)
    with context.home.database.transaction() as connection:
        row = alerts_store.get(connection, name, context.principal)
        sources = loads.by_ids(connection, {load_and_row(each)[0] for each in row.transactions})
        result = (
            None
            if row.analysis_run_id is None
            else runs.result_for_month(connection, row.analysis_run_id, row.organization_id, row.month)
        )
        used = {} if result is None else dict(result.parameters)
        places = [(each.organization_id, each.month, each.subject) for each in alerts_store.links(connection, [row.id])]
        case = next(iter(cases.about(connection, places, *CaseStatus)), None)
        earlier = alerts_store.decided_about(connection, row, _EARLIER)
        history = audit.history(connection, Subject(SubjectType.ALERT, str(row.id)), context.principal)
    if as_json:
        print_json(
            {
                "alert": views.alert(row),
                "analysis_run": str(row.analysis_run_id) if row.analysis_run_id else None,
                "parameters": used,
                "case": None if case is None else str(case.case),
                "earlier": [views.earlier_decision(each) for each in earlier],
                "history": [views.audit_event(each, str(name)) for each in history],
            }
        )
        return
    known = {each.name: each for each in load_registry(context.settings).analyzers}
    _print_alert(row, known.get(row.analyzer), used, case)
    print_transactions(context, row.transactions, sources, f"ledgerwatch alerts show {row.name} --json")
    print_spending(context, row.organization_id, row.vendor_key, row.month, row.currency_decimals)
    _print_earlier(earlier)
    print_history(history)


def _print_alert(row: AlertRow, analyzer: Analyzer | None, parameters: Mapping[str, str], case: CaseRow | None) -> None:
    """parameters: those that its run used."""
    click.echo(f"Alert {row.name}  {row.severity}  {row.status}\n{safe(row.title)}\n\n{safe(row.message)}\n")
    print_fields(
        {
            "organization": row.organization,
            "analyzer": row.analyzer,
            "subject": row.subject,
            "month": Month.of(row.month),
            "at stake": f"{amount_text(row.amount, row.currency_decimals)} {row.currency}",
            "case": None if case is None else f"{case.case} ({case.status})",
            "first seen": row.first_seen,
            "last seen": row.last_seen,
            "assigned to": row.assignee,
            "acknowledged": by(row.acknowledged_by, row.acknowledged_at),
            "resolved": by(row.resolved_by, row.resolved_at, row.outcome),
            "note": row.note,
            **({"regressed": "yes: worse evidence came after it was resolved"} if row.regressed else {}),
            "analysis run": row.analysis_run_id,
            "parameters": [f"{name}={value}" for name, value in parameters.items()],
            "id": row.id,
        }
    )
    if row.evidence:
        click.echo("\nEvidence")
        print_fields(_evidence(row, analyzer))


def _print_earlier(rows: Sequence[AlertRow]) -> None:
    if rows:
        click.echo("\nDecided before about the same subject")
    for row in rows:
        who = f"by {safe(row.resolved_by)}, {row.resolved_at:%Y-%m-%d}"
        note = f": {safe(row.note)}" if row.note else ""
        click.echo(f"  {row.name}  {Month.of(row.month)}  {row.analyzer}  {row.outcome} {who}{note}")


def _evidence(row: AlertRow, analyzer: Analyzer | None) -> dict[str, JsonValue]:
    """The figures in the order in which the analyzer declares them, as the database keeps none; amounts as people write
    them. One that is not there any more declares nothing: its figures stand as they are kept."""
    declared = {} if analyzer is None else {key: each.type for key, each in analyzer.evidence.items()}
    ordered = [*(key for key in declared if key in row.evidence), *(key for key in row.evidence if key not in declared)]
    return {
        key: amount_text(Decimal(value), row.currency_decimals)
        if isinstance(value := row.evidence[key], str) and declared.get(key) is EvidenceType.MONEY
        else value
        for key in ordered
    }


def _bulk_options(command: Command) -> Command:
    """The options of an act that is asked for all that a filter means."""
    command = click.option("--yes", is_flag=True, help="Do not ask whether all that match are meant.")(command)
    return click.option(
        "--expect",
        type=click.IntRange(0),
        help="So many match; with another number it is a conflict, and nothing is changed.",
    )(command)


@alerts.command("ack")
@click.argument("number", required=False)
@alert_options("OPEN", outcome=False)
@note_option
@_bulk_options
@actor_option
@json_option
@pass_context
def ack(
    context: Context,
    number: str | None,
    asked: Asked,
    note: str | None,
    expect: int | None,
    yes: bool,
    actor: str | None,
    as_json: bool,
) -> int:
    """Acknowledge an open alert, or all that match: say that you look into it.

    \b
      ledgerwatch alerts ack acme-1
      ledgerwatch alerts ack --org devon --severity HIGH --month 2025-06
    """
    act = AlertAct(AlertAction.ACKNOWLEDGE, note=note)
    return _act(context, number, asked, act, context.acting_as(actor), _Asking(expect, yes), as_json)


@alerts.command("resolve")
@click.argument("number", required=False)
@click.option("--outcome", required=True, type=click.Choice([each.value for each in HUMAN_OUTCOMES]))
@alert_options("OPEN and ACKNOWLEDGED", outcome=False)
@note_option
@_bulk_options
@actor_option
@json_option
@pass_context
def resolve(
    context: Context,
    number: str | None,
    outcome: str,
    asked: Asked,
    note: str | None,
    expect: int | None,
    yes: bool,
    actor: str | None,
    as_json: bool,
) -> int:
    """Resolve an alert that is open or acknowledged, or all that match.

    \b
      ledgerwatch alerts resolve acme-1 --outcome fixed --note "refunded"
      ledgerwatch alerts resolve --org devon --analyzer duplicate --max-amount 50 --outcome accepted --expect 120 --yes
    """
    act = AlertAct(AlertAction.RESOLVE, outcome=outcome, note=note)
    return _act(context, number, asked, act, context.acting_as(actor), _Asking(expect, yes), as_json)


@alerts.command("reopen")
@click.argument("number", required=False)
@alert_options("RESOLVED")
@note_option
@_bulk_options
@actor_option
@json_option
@pass_context
def reopen(
    context: Context,
    number: str | None,
    asked: Asked,
    note: str | None,
    expect: int | None,
    yes: bool,
    actor: str | None,
    as_json: bool,
) -> int:
    """Open a resolved alert again, or all that match, and with it the case it belongs to, if that is resolved.

    \b
      ledgerwatch alerts reopen acme-1 --note "the refund bounced"
      ledgerwatch alerts reopen --org devon --outcome accepted --month 2025-06
    """
    act = AlertAct(AlertAction.REOPEN, note=note)
    return _act(context, number, asked, act, context.acting_as(actor), _Asking(expect, yes), as_json)


@alerts.command("assign")
@click.argument("words", nargs=-1, metavar="[NUMBER] [PERSON]")
@click.option("--nobody", is_flag=True, help="Take it from whoever has it.")
@alert_options("OPEN and ACKNOWLEDGED, of those that match")
@note_option
@_bulk_options
@actor_option
@json_option
@pass_context
def assign(
    context: Context,
    words: tuple[str, ...],
    nobody: bool,
    asked: Asked,
    note: str | None,
    expect: int | None,
    yes: bool,
    actor: str | None,
    as_json: bool,
) -> int:
    """Give an alert, or all that match, to a person, or to nobody.

    \b
      ledgerwatch alerts assign acme-1 eve
      ledgerwatch alerts assign acme-1 --nobody
      ledgerwatch alerts assign --org devon --vendor "City Rail" eve
    """
    number, person = _number_and(None if nobody else "the person's name", words, asked)
    act = AlertAct(AlertAction.ASSIGN, assignee=person, note=note)
    return _act(context, number, asked, act, context.acting_as(actor), _Asking(expect, yes), as_json)


@alerts.command("comment")
@click.argument("words", nargs=-1, metavar="[NUMBER] TEXT")
@alert_options("OPEN and ACKNOWLEDGED, of those that match")
@_bulk_options
@actor_option
@json_option
@pass_context
def comment(
    context: Context,
    words: tuple[str, ...],
    asked: Asked,
    expect: int | None,
    yes: bool,
    actor: str | None,
    as_json: bool,
) -> int:
    """Write something down about an alert, or about all that match.

    \b
      ledgerwatch alerts comment acme-1 "asked the school for the invoice"
      ledgerwatch alerts comment --org devon --vendor "City Rail" "they send a credit note"
    """
    number, note = _number_and("the text of the comment", words, asked)
    act = AlertAct(AlertAction.COMMENT, note=note)
    return _act(context, number, asked, act, context.acting_as(actor), _Asking(expect, yes), as_json)


@alerts.command("raise")
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


@dataclass(frozen=True, slots=True)
class _Asking:
    """expect: how many have to match; yes: whether nobody is asked."""

    expect: int | None
    yes: bool


def _act(
    context: Context,
    number: str | None,
    asked: Asked,
    act: AlertAct,
    principal: Principal,
    asking: _Asking,
    as_json: bool,
) -> int:
    """Do it to the alert that is named, or to all that match; the exit code."""
    if number is None:
        return _act_on_all(context, asked, act, principal, asking, as_json)
    if asked != Asked() or asking != _Asking(None, yes=False):
        raise UsageError("give the alert's number, or options that say which alerts are meant, not both")
    name = AlertNumber.parse(number)
    row = change_alert(
        context.home,
        name,
        act.action,
        principal=principal,
        outcome=act.outcome,
        note=act.note,
        assignee=act.assignee,
    )
    if as_json:
        print_json({"alert": views.alert(row)})
    else:
        told = ", ".join([*([row.outcome] if row.outcome else []), *([f"{row.assignee}'s"] if row.assignee else [])])
        click.echo(f"alert {row.name} is {row.status}" + (f" ({safe(told)})" if told else ""))
    return 0


def _act_on_all(
    context: Context, asked: Asked, act: AlertAct, principal: Principal, asking: _Asking, as_json: bool
) -> int:
    if asked == Asked():
        raise UsageError(
            "give the alert's number, or say which alerts are meant, for example --org acme --month 2025-06"
        )
    act.require_whole()
    wanted = alert_filter(context, asked, states_meant(act.action))
    expected = asking.expect
    if not asking.yes:
        count = count_alerts(context.home, wanted, principal)
        if expected is not None and count != expected:
            raise ConflictError(f"{count:,} alerts match, not {expected:,}. Nothing was changed.")
        if count:
            _confirm(count, act.action)
        expected = count
    outcome = change_alerts(context.home, wanted, act, principal, expected)
    if as_json:
        print_json(views.bulk_outcome(act.action.value, outcome))
    else:
        _print_outcome(outcome, act)
    return 0 if outcome.done or outcome.unchanged else 3


def _confirm(count: int, action: AlertAction) -> None:
    if not sys.stdin.isatty():
        raise UsageError(
            f"{count:,} alerts match; to {action} them where nobody can be asked, say --yes. Nothing was changed."
        )
    click.confirm(f"{count:,} alerts match. To {action} them all?", abort=True, err=True)


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


COMMANDS = (alerts,)
