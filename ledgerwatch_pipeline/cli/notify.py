"""``ledgerwatch notify``: send what is new to the destinations of ``notifications.toml``."""

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, safe, time_text
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.pipeline.notify import DestinationReport, NotificationReport, notify, send_trial


@click.command("notify")
@click.option("--dry-run", is_flag=True, help="Show what would be sent; send and record nothing.")
@click.option("--test", "trial", metavar="NAME", help="Send a test message to this destination, and nothing else.")
@json_option
@pass_context
def notify_(context: Context, dry_run: bool, trial: str | None, as_json: bool) -> int:
    """Tell the destinations of notifications.toml what is new: alerts, failures, rejected files, overdue work.

    \b
      ledgerwatch notify --test mail
      ledgerwatch notify --dry-run
      ledgerwatch notify

    Without that file nothing is sent. Exit code: 1 if a destination failed, which is tried again the next time, else 0.
    """
    if trial is not None:
        if dry_run:
            raise UsageError("--test sends a message; it does not go with --dry-run")
        sent = send_trial(context.home, trial)
        report = NotificationReport(context.home.settings.notifications, on=True, destinations=(sent,))
    else:
        report = notify(context.home, dry_run=dry_run)
    if as_json:
        print_json(
            {
                "file": str(report.file),
                "on": report.on,
                "destinations": [_json(each) for each in report.destinations],
            }
        )
    else:
        _print(report, bodies=dry_run)
    return 1 if report.failed else 0


def _json(report: DestinationReport) -> JsonValue:
    return {
        "name": report.name,
        "outcome": report.outcome.value,
        "messages": [{"title": each.title, "body": each.body, "items": each.items} for each in report.messages],
        "reason": report.reason,
        "quiet_until": time_text(report.quiet_until) if report.quiet_until else None,
    }


def _print(report: NotificationReport, *, bodies: bool) -> None:
    if not report.on:
        click.echo(f"notifications are off: there is no {safe(report.file)}")
    elif not report.destinations:
        click.echo(f"notifications are off: {safe(report.file)} has no destination")
    for each in report.destinations:
        until = f" until {each.quiet_until:%Y-%m-%d %H:%M %Z}" if each.quiet_until else ""
        reason = f": {each.reason}" if each.reason else ""
        click.echo(safe(f"{each.name}: {each.outcome}{until}{reason}"))
        for message in each.messages:
            click.echo(f"  {safe(message.title)}")
            if bodies:
                for line in message.body.splitlines():
                    click.echo(f"    {safe(line)}".rstrip())


COMMANDS = (notify_,)
