"""``ledgerwatch alerts``: the ranked list people work on, and what they do to an alert."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import click

from ledgerwatch_pipeline.alerting.act import change_alert
from ledgerwatch_pipeline.analysis.registry import ANALYZERS_BY_NAME, analyzer_named
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import Page, print_fields, print_json, print_json_page, print_tables, safe
from ledgerwatch_pipeline.model.alert import HUMAN_OUTCOMES, AlertAction, AlertStatus, Severity
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import load_and_row
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.stores.postgres import alerts as alerts_table
from ledgerwatch_pipeline.stores.postgres import loads, organizations

_SHOWN = 20
"""Transactions of an alert on screen."""


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
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1))
@click.option("--after", help="Continue behind a page: what it printed as next.")
@click.option("--all", "everything", is_flag=True, help="Every alert, of every status unless --status is given.")
@json_option
@pass_context
def list_(
    context: Context,
    organization: str | None,
    analyzer: str | None,
    severity: str | None,
    status: str | None,
    month: str | None,
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
        analyzer_named(analyzer)
    statuses: list[str] = [status] if status else [*AlertStatus] if everything else [AlertStatus.OPEN]
    if organization:
        with context.home.database.transaction() as cursor:
            organizations.get(cursor, organization)
    with context.home.database.streaming() as cursor:
        page = Page(
            lambda rows: alerts_table.ranked(
                cursor,
                statuses=statuses,
                organization=organization,
                analyzer=analyzer,
                severity=severity,
                month=Month.parse(month).first_day if month else None,
                limit=rows,
                after=_place(after),
            ),
            None if everything else limit,
            lambda last: f"{last['severity']}:{last['amount']}:{last['number']}",
        )
        if as_json:
            print_json_page("alerts", page, _as_json)
            return
        print_alerts("Alerts", page)
    if page.next:
        click.echo(f"More: ledgerwatch alerts list --after {page.next}   One in full: ledgerwatch alerts show NUMBER")


def print_alerts(title: str, rows: Iterable[dict[str, Any]]) -> None:
    """Alerts as a table with few enough columns for a terminal of 80; a state other than OPEN stands with the title."""
    print_tables(
        title,
        ("number", "severity", "month", "alert", "at stake"),
        (
            (
                row["number"],
                alerts_table.SEVERITY_NAMES[row["severity"]],
                Month.of(row["month"]),
                f"{row['organization']}: {row['title']}"
                + ("" if row["status"] == AlertStatus.OPEN else f" [{row['status']}]"),
                f"{row['amount']:,.2f} {row['currency']}",
            )
            for row in rows
        ),
        right=("number", "at stake"),
    )


def _place(after: str | None) -> tuple[int, Decimal, int] | None:
    if after is None:
        return None
    place = re.fullmatch(r"([1-3]):(-?[0-9]{1,22}[.][0-9]{2}):([0-9]{1,18})", after)
    if place is None:
        raise UsageError(f"{after!r} is not what a page printed as next")
    return int(place[1]), Decimal(place[2]), int(place[3])


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": row["number"],
        "id": row["id"],
        "organization": row["organization"],
        "analyzer": row["analyzer"],
        "severity": alerts_table.SEVERITY_NAMES[row["severity"]],
        "status": row["status"],
        "title": row["title"],
        "message": row["message"],
        "subject": row["subject"],
        "amount": row["amount"],
        "month": str(Month.of(row["month"])),
        "transactions": row["transactions"],
        "evidence": row["evidence"],
        "muted": False,
        "assignee": row["assignee"],
        "outcome": row["outcome"],
    }


@alerts.command("show")
@click.argument("number", type=int)
@json_option
@pass_context
def show(context: Context, number: int, as_json: bool) -> None:
    """Show one alert in full, with its evidence and the transactions it rests on.

    \b
      ledgerwatch alerts show 1
    """
    with context.home.database.transaction() as cursor:
        row = alerts_table.get(cursor, number)
        sources = loads.by_ids(cursor, list({load_and_row(each)[0] for each in row["transactions"]}))
    if as_json:
        print_json({"alert": _as_json(row)})
        return
    _print_alert(row)
    _print_transactions(context, row, sources)


def _print_alert(row: dict[str, Any]) -> None:
    severity = alerts_table.SEVERITY_NAMES[row["severity"]]
    click.echo(f"Alert {row['number']}  {severity}  {row['status']}\n{safe(row['title'])}\n\n{safe(row['message'])}\n")
    print_fields(
        {
            "organization": row["organization"],
            "analyzer": row["analyzer"],
            "month": Month.of(row["month"]),
            "at stake": f"{row['amount']:,.2f} {row['currency']}",
            "first seen": row["first_seen"],
            "last seen": row["last_seen"],
            "assigned to": row["assignee"],
            "acknowledged": _by(row["acknowledged_by"], row["acknowledged_at"]),
            "resolved": _by(row["resolved_by"], row["resolved_at"], row["outcome"]),
            "note": row["note"],
            **({"regressed": "yes: worse evidence came after it was resolved"} if row["regressed"] else {}),
            "analysis run": row["analysis_run_id"],
            "id": row["id"],
        }
    )
    click.echo("\nEvidence")
    print_fields({key: _figure(value) for key, value in _in_order(row["analyzer"], row["evidence"]).items()})


def _in_order(analyzer: str, evidence: dict[str, Any]) -> dict[str, Any]:
    """The evidence in the order in which its analyzer declares it; the database keeps none."""
    declared = (
        [key for key in ANALYZERS_BY_NAME[analyzer].evidence if key in evidence]
        if analyzer in ANALYZERS_BY_NAME
        else []
    )
    return {key: evidence[key] for key in [*declared, *(key for key in evidence if key not in declared)]}


def _by(person: str | None, moment: datetime | None, outcome: str | None = None) -> list[Any] | None:
    if moment is None:
        return None
    return [f"by {person}", moment, *([outcome] if outcome else [])]


def _figure(value: Any) -> Any:
    """An amount, which evidence has as text, as people write it; anything else as it is."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+[.][0-9]{2}", value):
        return amount_text(Decimal(value))
    return value


def _print_transactions(context: Context, row: dict[str, Any], sources: dict[UUID, dict[str, Any]]) -> None:
    """Two lines a transaction: what it is, and where it comes from."""
    ids = row["transactions"]
    months = [month for source in sources.values() for month in source["months"] or ()]
    if not months:
        return
    from ledgerwatch_pipeline.stores.lake.transactions import with_ids

    click.echo(f"\nTransactions ({len(ids):,})")
    for found in with_ids(context.home.reading, ids[:_SHOWN], min(months), max(months)):
        click.echo(
            f"  {found['date']}  {amount_text(found['amount'])} {found['currency']}  {found['type']}  {safe(found['vendor'])}"
        )
        click.echo(f"      {safe(sources[found['load_id']]['file'])}, row {found['row_number']}; {found['id']}")
    if len(ids) > _SHOWN:
        click.echo(f"  and {len(ids) - _SHOWN:,} more; all ids: ledgerwatch alerts show {row['number']} --json")


@alerts.command("ack")
@click.argument("number", type=int)
@click.option("--actor", help="Who; default: the user of this session.")
@click.option("--note")
@pass_context
def ack(context: Context, number: int, actor: str | None, note: str | None) -> None:
    """Acknowledge an open alert."""
    status = change_alert(context.home, number, AlertAction.ACKNOWLEDGE, actor=actor or context.actor, note=note)
    click.echo(f"alert {number} is {status}")


@alerts.command("resolve")
@click.argument("number", type=int)
@click.option("--outcome", required=True, type=click.Choice([each.value for each in HUMAN_OUTCOMES]))
@click.option("--actor", help="Who; default: the user of this session.")
@click.option("--note")
@pass_context
def resolve(context: Context, number: int, outcome: str, actor: str | None, note: str | None) -> None:
    """Resolve an alert that is open or acknowledged."""
    status = change_alert(
        context.home, number, AlertAction.RESOLVE, actor=actor or context.actor, outcome=outcome, note=note
    )
    click.echo(f"alert {number} is {status} ({outcome})")


COMMANDS = (alerts,)
