"""``ledgerwatch alerts``: the ranked list people work on, and what they do to an alert."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.alerting.act import change_alert
from ledgerwatch_pipeline.analysis.contract import Analyzer, EvidenceType
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.cli.context import (
    Context,
    actor_option,
    json_option,
    muted_asked,
    muted_option,
    page_options,
    pass_context,
)
from ledgerwatch_pipeline.cli.mutes import mute
from ledgerwatch_pipeline.cli.output import Page, print_fields, print_json, print_json_page, print_tables, safe
from ledgerwatch_pipeline.cli.particulars import by, print_history, print_transactions
from ledgerwatch_pipeline.model.alert import (
    HUMAN_OUTCOMES,
    AlertAction,
    AlertCursor,
    AlertFilter,
    AlertNumber,
    AlertRow,
    AlertStatus,
    Severity,
)
from ledgerwatch_pipeline.model.audit import Subject, SubjectType
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import load_and_row
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.stores.postgres import alerts as alerts_store
from ledgerwatch_pipeline.stores.postgres import audit, loads, organizations, runs


@click.group()
def alerts() -> None:
    """Alerts, ranked by severity and amount at stake."""


@alerts.command("list")
@click.option("--org", "organization")
@click.option("--analyzer")
@click.option("--severity", type=click.Choice([each.value for each in Severity], case_sensitive=False))
@click.option(
    "--status", type=click.Choice([each.value for each in AlertStatus], case_sensitive=False), help="Default: OPEN."
)
@click.option("--month", help="YYYY-MM")
@muted_option
@page_options(20, "Every alert, of every status unless --status is given.")
@json_option
@pass_context
def list_(
    context: Context,
    organization: str | None,
    analyzer: str | None,
    severity: str | None,
    status: str | None,
    month: str | None,
    muted: str | None,
    limit: int,
    after: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """List open alerts, the most severe and expensive first.

    \b
      ledgerwatch alerts list --org devon --severity HIGH
    """
    if analyzer:
        load_registry(context.settings).named(analyzer)
    cursor = AlertCursor.parse(after) if after is not None else None
    wanted = AlertFilter(
        statuses=(AlertStatus(status),) if status else tuple(AlertStatus) if everything else (AlertStatus.OPEN,),
        organization_id=organization_id(context, organization),
        analyzer=analyzer,
        severity=Severity(severity) if severity else None,
        month=Month.parse(month).first_day if month else None,
        muted=muted_asked(muted, everything),
    )
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
        click.echo(f"More: ledgerwatch alerts list --after {page.next}   One in full: ledgerwatch alerts show NUMBER")


def organization_id(context: Context, slug: str | None) -> UUID | None:
    """The id of the organization that ``--org`` names, if it names one; raises UnknownThingError."""
    if slug is None:
        return None
    with context.home.database.transaction() as connection:
        return organizations.get(connection, slug, context.principal).id


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
                row.title
                + ("" if row.status is AlertStatus.OPEN else f" [{row.status}]")
                + ("" if row.muted_by is None else " [muted]"),
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
    """Show one alert in full: its evidence, the transactions it rests on, and what was done to it.

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
        history = audit.history(connection, Subject(SubjectType.ALERT, str(row.id)), context.principal)
    if as_json:
        print_json(
            {
                "alert": views.alert(row),
                "analysis_run": str(row.analysis_run_id) if row.analysis_run_id else None,
                "parameters": used,
                "history": [views.audit_event(each, str(name)) for each in history],
            }
        )
        return
    known = {each.name: each for each in load_registry(context.settings).analyzers}
    _print_alert(row, known.get(row.analyzer), used)
    print_transactions(context, row.transactions, sources, f"ledgerwatch alerts show {row.name} --json")
    print_history(history)


def _print_alert(row: AlertRow, analyzer: Analyzer | None, parameters: Mapping[str, str]) -> None:
    """parameters: those that its run used."""
    click.echo(f"Alert {row.name}  {row.severity}  {row.status}\n{safe(row.title)}\n\n{safe(row.message)}\n")
    print_fields(
        {
            "organization": row.organization,
            "analyzer": row.analyzer,
            "month": Month.of(row.month),
            "at stake": f"{amount_text(row.amount, row.currency_decimals)} {row.currency}",
            "first seen": row.first_seen,
            "last seen": row.last_seen,
            "assigned to": row.assignee,
            "acknowledged": by(row.acknowledged_by, row.acknowledged_at),
            "resolved": by(row.resolved_by, row.resolved_at, row.outcome),
            "note": row.note,
            "muted": None if row.muted_by is None else f"by {row.organization}-m{row.muted_by}",
            **({"regressed": "yes: worse evidence came after it was resolved"} if row.regressed else {}),
            "analysis run": row.analysis_run_id,
            "parameters": [f"{name}={value}" for name, value in parameters.items()],
            "id": row.id,
        }
    )
    click.echo("\nEvidence")
    print_fields(_evidence(row, analyzer))


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


@alerts.command("ack")
@click.argument("number")
@actor_option
@click.option("--note", help="Kept with the alert and in the audit log.")
@json_option
@pass_context
def ack(context: Context, number: str, actor: str | None, note: str | None, as_json: bool) -> None:
    """Acknowledge an open alert: say that you look into it.

    \b
      ledgerwatch alerts ack acme-1
    """
    _change(context, number, AlertAction.ACKNOWLEDGE, context.acting_as(actor), None, note, as_json)


@alerts.command("resolve")
@click.argument("number")
@click.option("--outcome", required=True, type=click.Choice([each.value for each in HUMAN_OUTCOMES]))
@actor_option
@click.option("--note", help="Kept with the alert and in the audit log.")
@json_option
@pass_context
def resolve(context: Context, number: str, outcome: str, actor: str | None, note: str | None, as_json: bool) -> None:
    """Resolve an alert that is open or acknowledged.

    \b
      ledgerwatch alerts resolve acme-1 --outcome fixed --note "refunded"
    """
    _change(context, number, AlertAction.RESOLVE, context.acting_as(actor), outcome, note, as_json)


def _change(
    context: Context,
    number: str,
    action: AlertAction,
    principal: Principal,
    outcome: str | None,
    note: str | None,
    as_json: bool,
) -> None:
    name = AlertNumber.parse(number)
    row = change_alert(context.home, name, action, principal=principal, outcome=outcome, note=note)
    if as_json:
        print_json({"alert": views.alert(row)})
    else:
        click.echo(f"alert {row.name} is {row.status}" + (f" ({outcome})" if outcome else ""))


alerts.add_command(mute)

COMMANDS = (alerts,)
