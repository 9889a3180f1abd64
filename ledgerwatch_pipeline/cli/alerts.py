"""``ledgerwatch alerts``: the ranked list people work on, how many there are, and one alert in full. What they do to alerts: ``alert_acts``."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.analysis.contract import Analyzer, EvidenceType
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.cli.alert_acts import ack, assign, comment, raise_, reopen, resolve
from ledgerwatch_pipeline.cli.context import Context, json_option, page_options, pass_context
from ledgerwatch_pipeline.cli.filters import Asked, alert_filter, alert_options
from ledgerwatch_pipeline.cli.mutes import mute
from ledgerwatch_pipeline.cli.output import (
    Page,
    print_fields,
    print_json,
    print_json_page,
    print_tables,
    safe,
    write_csv,
)
from ledgerwatch_pipeline.cli.particulars import by, print_history, print_spending, print_transactions
from ledgerwatch_pipeline.model.alert import (
    AlertCursor,
    AlertNumber,
    AlertRow,
    AlertStatus,
)
from ledgerwatch_pipeline.model.audit import Subject, SubjectType
from ledgerwatch_pipeline.model.case import CaseRow, CaseStatus
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import load_and_row
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.mute import MuteNumber
from ledgerwatch_pipeline.stores.postgres import alerts as alerts_store
from ledgerwatch_pipeline.stores.postgres import audit, cases, loads, runs

_EARLIER = 5


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
    statuses = tuple(AlertStatus) if everything else (AlertStatus.OPEN,)
    wanted = alert_filter(context, asked, statuses, everything=everything)
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
    """Alerts as a table with few enough columns for a terminal of 80; a state other than OPEN, and who has it, stand with the
    title."""
    print_tables(
        title,
        ("number", "severity", "month", "alert", "at stake"),
        (
            (
                row.name,
                row.severity,
                Month.of(row.month),
                row.title + _state(row) + ("" if row.muted_by is None else " [muted]"),
                f"{amount_text(row.amount, row.currency_decimals)} {row.currency}",
            )
            for row in rows
        ),
        right=("number", "at stake"),
    )


def _state(row: AlertRow) -> str:
    told = [*([] if row.status is AlertStatus.OPEN else [row.status.value]), *([row.assignee] if row.assignee else [])]
    return f" [{', '.join(told)}]" if told else ""


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
            "muted": None if row.muted_by is None else f"by {MuteNumber(row.organization, row.muted_by)}",
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


for _command in (ack, resolve, reopen, assign, comment, raise_):
    alerts.add_command(_command)

alerts.add_command(mute)

COMMANDS = (alerts,)
