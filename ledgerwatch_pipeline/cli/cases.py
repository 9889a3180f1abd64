"""``ledgerwatch cases``: the short ranked list that people work on, one case in full, and what they do to it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from uuid import UUID

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.alerting.cases import CaseAct, alerts_by_subject, alerts_of, change_case, take_next
from ledgerwatch_pipeline.cli.analysis import setting_given
from ledgerwatch_pipeline.cli.context import (
    Context,
    actor_option,
    day_given,
    json_option,
    page_options,
    pass_context,
)
from ledgerwatch_pipeline.cli.filters import Asked, case_filter, case_options
from ledgerwatch_pipeline.cli.output import Page, print_fields, print_json, print_json_page, print_tables, safe
from ledgerwatch_pipeline.cli.particulars import (
    SHOWN,
    by,
    note_option,
    print_history,
    print_spending,
    print_transactions,
)
from ledgerwatch_pipeline.model.alert import HUMAN_OUTCOMES, AlertNumber, AlertRow
from ledgerwatch_pipeline.model.audit import Subject, SubjectType
from ledgerwatch_pipeline.model.case import CaseAction, CaseCursor, CaseNumber, CaseRow, CaseStatus
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import load_and_row
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.mute import MuteNumber
from ledgerwatch_pipeline.ranking.explain import lowered, reasons, sentence
from ledgerwatch_pipeline.ranking.parameters import PARAMETERS, read
from ledgerwatch_pipeline.stores.postgres import alerts as alerts_store
from ledgerwatch_pipeline.stores.postgres import audit, loads, runs
from ledgerwatch_pipeline.stores.postgres import cases as store
from ledgerwatch_pipeline.stores.postgres.alerts import AlertLink

_EARLIER = 5


@click.group()
def cases() -> None:
    """Cases: what of a month a person should look at first, ranked."""


@cases.command("list")
@case_options("OPEN and ACKNOWLEDGED")
@page_options(
    30,
    "Every case that is kept: of every status unless --status is given, snoozed and muted ones, those that left the list.",
)
@json_option
@pass_context
def list_(
    context: Context,
    asked: Asked,
    limit: int,
    after: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """List the cases to work on, those with the highest score first, each with the reason why it is there.

    \b
      ledgerwatch cases list --org devon --month 2025-06
    """
    cursor = CaseCursor.parse(after) if after is not None else None
    wanted = case_filter(context, asked, everything=everything)
    with context.home.database.streaming() as connection:
        page = Page(
            lambda rows: store.ranked(connection, wanted, context.principal, limit=rows, after=cursor),
            None if everything else limit,
            lambda last: str(store.cursor_of(last)),
        )
        if as_json:
            print_json_page("cases", page, _with_alerts(context))
            return
        _print_cases(page)
    if page.next:
        click.echo(f"More: the same with --after {page.next}   One in full: ledgerwatch cases show NUMBER")


def _with_alerts(context: Context) -> Callable[[CaseRow], views.Document]:
    """A case as JSON, with its alerts; those of one month are looked up once."""

    @lru_cache
    def of_month(organization_id: UUID, month: date) -> dict[str, list[AlertLink]]:
        with context.home.database.transaction() as connection:
            return alerts_by_subject(connection, organization_id, month)

    def document(row: CaseRow) -> views.Document:
        theirs = of_month(row.organization_id, row.month).get(row.subject, [])
        return views.case(row, [AlertNumber(row.organization, each.number) for each in theirs])

    return document


def _print_cases(rows: Iterable[CaseRow]) -> None:
    """A table, and below each case why it is there."""
    print_tables(
        "Cases",
        ("number", "rank", "month", "case", "at stake"),
        ((row.case, row.rank, Month.of(row.month), _line(row), _money(row)) for row in rows),
        right=("number", "rank", "at stake"),
    )


def _line(row: CaseRow) -> str:
    state = "" if row.status is CaseStatus.OPEN else f" [{row.status}{f', {row.assignee}' if row.assignee else ''}]"
    return f"{row.name}{state}: {reasons(row)[0]}"


def _money(row: CaseRow) -> str:
    return f"{amount_text(row.stake, row.currency_decimals)} {row.currency}"


@cases.command("show")
@click.argument("number")
@json_option
@pass_context
def show(context: Context, number: str, as_json: bool) -> None:
    """Show one case in full: its signals in words and figures, its alerts and transactions, the vendor's history, what was decided
    about it before, and what was done to it.

    \b
      ledgerwatch cases show acme-c1
    """
    name = CaseNumber.parse(number)
    with context.home.database.transaction() as connection:
        row = store.get(connection, name, context.principal)
        links = alerts_of(connection, row)
        theirs = [
            alerts_store.get(connection, AlertNumber(row.organization, each.number), context.principal)
            for each in links[:SHOWN]
        ]
        sources = loads.by_ids(connection, {load_and_row(each)[0] for each in row.transactions})
        earlier = store.of_subject(connection, row, _EARLIER)
        history = audit.history(connection, Subject(SubjectType.CASE, str(row.id)), context.principal)
        result = (
            None
            if row.analysis_run_id is None
            else runs.result_for_month(connection, row.analysis_run_id, row.organization_id, row.month)
        )
    if as_json:
        numbers = [AlertNumber(row.organization, each.number) for each in links]
        print_json(
            {
                "case": views.case(row, numbers),
                "signals": [views.signal(each, row.currency_decimals) for each in row.signals],
                "alerts": [views.alert(each) for each in theirs],
                "earlier": [
                    {
                        "number": str(each.case),
                        "month": str(Month.of(each.month)),
                        "lead": each.lead,
                        "status": each.status.value,
                        "outcome": each.outcome.value if each.outcome else None,
                    }
                    for each in earlier
                ],
                "history": [views.audit_event(each, str(name)) for each in history],
                "analysis_run": str(row.analysis_run_id) if row.analysis_run_id else None,
                "parameters": {} if result is None else dict(result.parameters),
            }
        )
        return
    _print_case(row)
    _print_signals(row)
    _print_alerts(theirs, len(links))
    print_transactions(context, row.transactions, sources, f"ledgerwatch cases show {row.case} --json")
    print_spending(context, row.organization_id, row.subject, row.month, row.currency_decimals)
    _print_earlier(earlier)
    print_history(history)


def _print_case(row: CaseRow) -> None:
    click.echo(
        f"Case {row.case}  rank {row.rank}  {row.priority}  {row.status}\n{safe(row.name)}, {Month.of(row.month)}\n"
    )
    print_fields(
        {
            "organization": row.organization,
            "at stake": _money(row),
            "score": f"{row.score / 10:.1f} bits (version {row.score_version})",
            "in the list": "yes" if row.listed else "no more",
            "assigned to": row.assignee,
            "snoozed until": row.snoozed_until,
            "muted": "all its signals and alerts are; see: ledgerwatch mutes list" if row.muted else None,
            "acknowledged": by(row.acknowledged_by, row.acknowledged_at),
            "resolved": by(row.resolved_by, row.resolved_at, row.outcome),
            "note": row.note,
            "analysis run": row.analysis_run_id,
            "id": row.id,
        }
    )


def _print_signals(row: CaseRow) -> None:
    click.echo("\nWhy")
    for each in row.signals:
        click.echo(f"  {each.kind}: {safe(sentence(each, row.currency_decimals))}")
        click.echo(
            f"      rarity {each.rarity / 10:+.1f} bits, points {each.points / 10:.1f};"
            f" at stake {amount_text(each.stake, row.currency_decimals)} {row.currency}"
        )
    for line in lowered(row):
        click.echo(f"  {line}")


def _print_alerts(rows: Sequence[AlertRow], count: int) -> None:
    if not count:
        return
    click.echo(f"\nAlerts ({count:,})")
    for row in rows:
        muted = "" if row.muted_by is None else f"  muted by {MuteNumber(row.organization, row.muted_by)}"
        click.echo(f"  {row.name}  {row.severity}  {row.status}  {safe(row.title)}{muted}")
    if count > len(rows):
        click.echo(f"  and {count - len(rows):,} more")


def _print_earlier(rows: Sequence[CaseRow]) -> None:
    if rows:
        click.echo("\nEarlier cases of the same subject")
    for row in rows:
        click.echo(f"  {row.case}  {Month.of(row.month)}  {row.lead}  {row.outcome or row.status}")


@cases.command("take")
@click.argument("number", required=False)
@case_options("OPEN and ACKNOWLEDGED")
@actor_option
@json_option
@pass_context
def take(
    context: Context,
    number: str | None,
    asked: Asked,
    actor: str | None,
    as_json: bool,
) -> None:
    """Take a case that nobody has: the one named, or the first of the list.

    \b
      ledgerwatch cases take --org devon --month 2025-06

    Of many who take at once each gets another one.
    """
    if asked.assignee is not None:
        raise UsageError("only what is nobody's can be taken")
    principal = context.acting_as(actor)
    if number is not None:
        if asked != Asked():
            raise UsageError("give the case's number, or say of which cases the first is meant, not both")
        _act(context, number, CaseAct(CaseAction.TAKE), principal, as_json)
        return
    row = take_next(context.home, case_filter(context, asked), principal)
    _print_changed(context, row, as_json)


@cases.command("ack")
@click.argument("number")
@note_option
@actor_option
@json_option
@pass_context
def ack(context: Context, number: str, note: str | None, actor: str | None, as_json: bool) -> None:
    """Acknowledge an open case and its alerts: say that somebody looks into it.

    \b
      ledgerwatch cases ack acme-c1
    """
    _act(context, number, CaseAct(CaseAction.ACKNOWLEDGE, note=note), context.acting_as(actor), as_json)


@cases.command("resolve")
@click.argument("number")
@click.option("--outcome", required=True, type=click.Choice([each.value for each in HUMAN_OUTCOMES]))
@note_option
@actor_option
@json_option
@pass_context
def resolve(context: Context, number: str, outcome: str, note: str | None, actor: str | None, as_json: bool) -> None:
    """Resolve a case and its alerts.

    \b
      ledgerwatch cases resolve acme-c1 --outcome accepted --note "paid in instalments"

    What is accepted, or was no case at all, lets the next one about the same vendor and kind count less for a year.
    """
    act = CaseAct(CaseAction.RESOLVE, outcome=outcome, note=note)
    _act(context, number, act, context.acting_as(actor), as_json)


@cases.command("snooze")
@click.argument("number")
@click.option("--until", required=True, help="YYYY-MM-DD, the day on which it is seen again.")
@note_option
@actor_option
@json_option
@pass_context
def snooze(context: Context, number: str, until: str, note: str | None, actor: str | None, as_json: bool) -> None:
    """Leave a case out of the lists until a day.

    \b
      ledgerwatch cases snooze acme-c1 --until 2099-01-31
    """
    act = CaseAct(CaseAction.SNOOZE, note=note, until=day_given(until))
    _act(context, number, act, context.acting_as(actor), as_json)


@cases.command("reopen")
@click.argument("number")
@note_option
@actor_option
@json_option
@pass_context
def reopen(context: Context, number: str, note: str | None, actor: str | None, as_json: bool) -> None:
    """Open a resolved case and its alerts again, or end a snooze.

    \b
      ledgerwatch cases reopen acme-c1
    """
    _act(context, number, CaseAct(CaseAction.REOPEN, note=note), context.acting_as(actor), as_json)


@cases.command("assign")
@click.argument("number")
@click.argument("person", required=False)
@click.option("--nobody", is_flag=True, help="Take it from whoever has it.")
@actor_option
@json_option
@pass_context
def assign(context: Context, number: str, person: str | None, nobody: bool, actor: str | None, as_json: bool) -> None:
    """Give a case and its alerts to a person, or to nobody.

    \b
      ledgerwatch cases assign acme-c1 eve
    """
    if nobody == (person is not None):
        raise UsageError("give the person's name, or --nobody")
    _act(context, number, CaseAct(CaseAction.ASSIGN, assignee=person), context.acting_as(actor), as_json)


@cases.command("comment")
@click.argument("number")
@click.argument("note")
@actor_option
@json_option
@pass_context
def comment(context: Context, number: str, note: str, actor: str | None, as_json: bool) -> None:
    """Write something down about a case.

    \b
      ledgerwatch cases comment acme-c1 "asked the school for the invoice"
    """
    _act(context, number, CaseAct(CaseAction.COMMENT, note=note), context.acting_as(actor), as_json)


@cases.command("set")
@click.argument("settings", nargs=-1, metavar="PARAMETER=VALUE...")
@click.option("--org", "organization", required=True, help="The organization's slug.")
@click.option("--reset", is_flag=True, help="Back to the defaults.")
@json_option
@pass_context
def set_(context: Context, settings: tuple[str, ...], organization: str, reset: bool, as_json: bool) -> None:
    """Show or set what an organization wants of its cases.

    \b
      ledgerwatch cases set --org acme
      ledgerwatch cases set --org acme budget=20 limits=2000,7500
      ledgerwatch cases set --org acme --reset
    """
    from ledgerwatch_pipeline.ranking.settings import change, of_organization

    given = [setting_given(each, "budget=20") for each in settings]
    if not given and not reset:
        before = after = of_organization(context.home, organization, context.principal)
        due = 0
    else:
        before, after, due = change(context.home, organization, dict(given), context.principal, reset=reset)
    values = read(after).written()
    if as_json:
        print_json({"organization": organization, "parameters": values, "set": after, "months_due": due})
        return
    for name, parameter in PARAMETERS.items():
        click.echo(f"  {name} = {values[name] or 'none'}{'' if name in after else ' (the default)'}")
        click.echo(f"      {parameter.meaning}")
    if due:
        click.echo(f"{due} months of its ledger are due; rank them again: ledgerwatch analyze")
    elif (given or reset) and before == after:
        click.echo("that is set already; nothing was changed")


def _act(context: Context, number: str, act: CaseAct, principal: Principal, as_json: bool) -> None:
    row = change_case(context.home, CaseNumber.parse(number), act, datetime.now(UTC).date(), principal)
    _print_changed(context, row, as_json)


def _print_changed(context: Context, row: CaseRow, as_json: bool) -> None:
    if as_json:
        print_json({"case": _with_alerts(context)(row)})
        return
    told = [str(row.outcome)] if row.outcome else []
    told += [f"{row.assignee}'s"] if row.assignee else []
    told += [f"snoozed until {row.snoozed_until}"] if row.snoozed_until else []
    how = f" ({', '.join(told)})" if told else ""
    click.echo(f"case {row.case} is {row.status}{how}: {safe(row.name)}")


COMMANDS = (cases,)
