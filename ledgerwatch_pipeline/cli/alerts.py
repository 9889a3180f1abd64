"""``ledgerwatch alerts``: the ranked list people work on, and what they do to an alert."""

import re
from decimal import Decimal
from typing import Any

import click

from ledgerwatch_pipeline.alerting.transitions import change_alert
from ledgerwatch_pipeline.analyzers import analyzer_named
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, print_table
from ledgerwatch_pipeline.database import alerts as alerts_table
from ledgerwatch_pipeline.database import organizations
from ledgerwatch_pipeline.model.alert import HUMAN_OUTCOMES, AlertAction, AlertStatus, Severity
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.month import Month


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
    context: Context, organization: str | None, analyzer: str | None, severity: str | None, status: str | None,
    month: str | None, limit: int, after: str | None, everything: bool, as_json: bool,
) -> None:  # fmt: skip
    """List open alerts, the most severe and expensive first.

    \b
      ledgerwatch alerts list --org devon --severity HIGH
    """
    if analyzer:
        analyzer_named(analyzer)
    statuses: list[str] = [status] if status else [*AlertStatus] if everything else [AlertStatus.OPEN]
    page = None if everything else limit
    with context.home.database.transaction() as cursor:
        if organization:
            organizations.get(cursor, organization)
        found = list(
            alerts_table.ranked(
                cursor, statuses=statuses, organization=organization, analyzer=analyzer, severity=severity,
                month=Month.parse(month).first_day if month else None, limit=page, after=_place(after),
            )
        )  # fmt: skip
    more = None
    if page and len(found) == page:
        more = f"{found[-1]['severity']}:{found[-1]['amount']}:{found[-1]['number']}"
    if as_json:
        print_json({"alerts": [_as_json(row) for row in found], "next": more})
        return
    print_table(
        "Alerts", ("number", "severity", "organization", "month", "title", "at stake", "status"),
        (
            (r["number"], alerts_table.SEVERITY_NAMES[r["severity"]], r["organization"], Month.of(r["month"]), r["title"],
             f"{r['amount']:,.2f} {r['currency']}", r["status"])
            for r in found
        ),
        right=("number", "at stake"),
    )  # fmt: skip
    if more:
        click.echo(f"More: ledgerwatch alerts list --after {more}   One in full: ledgerwatch alerts show NUMBER")


def _place(after: str | None) -> tuple[int, Decimal, int] | None:
    if after is None:
        return None
    place = re.fullmatch(r"([1-3]):(-?[0-9]{1,22}[.][0-9]{2}):([0-9]{1,18})", after)
    if place is None:
        raise UsageError(f"{after!r} is not what a page printed as next")
    return int(place[1]), Decimal(place[2]), int(place[3])


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": row["number"], "id": row["id"], "organization": row["organization"], "analyzer": row["analyzer"],
        "severity": alerts_table.SEVERITY_NAMES[row["severity"]], "status": row["status"], "title": row["title"],
        "message": row["message"], "subject": row["subject"], "amount": row["amount"], "month": str(Month.of(row["month"])),
        "transactions": row["transactions"], "evidence": row["evidence"], "muted": False, "assignee": row["assignee"],
        "outcome": row["outcome"],
    }  # fmt: skip


@alerts.command("show")
@click.argument("number", type=int)
@json_option
@pass_context
def show(context: Context, number: int, as_json: bool) -> None:
    """Show one alert in full."""
    with context.home.database.transaction() as cursor:
        row = alerts_table.get(cursor, number)
    if as_json:
        print_json({"alert": _as_json(row)})
        return
    print_table(f"Alert {number}", ("field", "value"), _as_json(row).items())


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
