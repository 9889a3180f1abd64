"""How ``ledgerwatch status`` shows an operator's look at all organizations; what it is: ``pipeline.operations``."""

from collections.abc import Mapping, Sequence

import click

from ledgerwatch_pipeline.cli.output import print_fields, print_rows, safe
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.operations import MonthClose, Queue
from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.pipeline.operations import Operations


def print_operations(found: Operations, limit: int | None) -> None:
    """All of it in sections, of every list the first ``limit``; None: all."""
    click.echo("\nDeliveries")
    overdue = len(found.overdue_deliveries)
    click.echo(f"  {found.expected:,} organizations say when they deliver; {overdue:,} delivered nothing by their day")
    _list(
        ("organization", "delivers", "due since", "missed", "last delivery", "last rejected"),
        [
            (each.organization, each.delivers, each.since, each.missed, each.delivered_at, each.rejected_at)
            for each in found.overdue_deliveries
        ],
        limit,
    )
    click.echo("\nRejected")
    click.echo(f"  {counted(found.rejected.count, 'file')} rejected and not closed")
    _list(
        ("load", "organization", "file", "received", "reason"),
        [
            (str(each.id)[:18], each.organization, each.file, each.received_at, each.reason)
            for each in found.rejected.first
        ],
        limit,
        found.rejected.count,
    )
    click.echo("\nHeld")
    click.echo(f"  {counted(found.held.count, 'file')} held: rows that the ledger has already")
    _list(
        ("load", "organization", "file", "received", "reason"),
        [(str(each.id)[:18], each.organization, each.file, each.received_at, each.reason) for each in found.held.first],
        limit,
        found.held.count,
    )
    click.echo("\nInbox")
    if not found.inbox:
        click.echo("  nothing waits")
    _list(
        ("folder", "state", "files", "since"),
        [(each.organization or "(none)", each.state, each.files, each.since) for each in found.inbox],
        limit,
    )
    click.echo("\nQueues")
    print_fields(
        {
            "imports": _queue(found.imports, "files", "received", "decided"),
            "analyses": _queue(found.analyses, "analyses", "runs begun", "runs done"),
            "keeps up": "yes" if found.keeps_up else "NO",
            "workers": found.workers,
        }
    )
    _print_alerts(found, limit)
    click.echo("\nMonthly close")
    print_fields(
        {
            "last month": _close(found.last_month, limit),
            "last closed": "none of the last 13 months" if found.last_closed is None else found.last_closed.month,
        }
    )
    _print_gaps(found, limit)
    click.echo("\nAudit chains")
    print_fields({"verified": _verified(found)})


def _print_alerts(found: Operations, limit: int | None) -> None:
    click.echo("\nAlerts")
    days = [f"{severity} after {days} days" for severity, days in found.alert_days.items()]
    print_fields(
        {
            "unresolved": _counts(found.unresolved_alerts),
            "new in 24 hours": _counts(found.new_alerts),
            "overdue": f"{_counts(found.overdue_alerts)} ({', '.join(days) or 'none ever is'})",
        }
    )
    new = sorted((each for each in found.alerts if each.new), key=lambda each: (-each.severity.rank, -each.new))
    if new:
        click.echo("  New, by organization:")
        _list(
            ("organization", "severity", "new", "unresolved", "with"),
            [(each.organization, each.severity, each.new, each.unresolved, each.who or "nobody") for each in new],
            limit,
        )
    late = sorted(
        (each for each in found.alerts if each.overdue), key=lambda each: (-each.severity.rank, -each.overdue)
    )
    if late:
        click.echo("  Overdue, and with whom:")
        _list(
            ("organization", "severity", "overdue", "since", "with"),
            [
                (each.organization, each.severity, each.overdue, each.overdue_since, each.who or "nobody")
                for each in late
            ],
            limit,
        )


def _print_gaps(found: Operations, limit: int | None) -> None:
    click.echo("\nMonths without data")
    print_fields({"of nobody": [str(each) for each in found.of_nobody[:limit]]})
    _list(
        ("organization", "months", "delivers"),
        [(each.organization, each.months, each.delivers) for each in found.gaps if each.organization is not None],
        limit,
    )


def _list(
    columns: Sequence[str], rows: Sequence[Sequence[object]], limit: int | None, total: int | None = None
) -> None:
    shown = rows[:limit]
    if shown:
        print_rows(columns, shown)
    count = len(rows) if total is None else total
    if count > len(shown):
        click.echo(f"    and {count - len(shown):,} more; all of them: ledgerwatch status --all")


def _counts(alerts: Mapping[Severity, int]) -> str:
    return ", ".join(f"{severity} {count:,}" for severity, count in alerts.items())


def _queue(queue: Queue, what: str, came: str, done: str) -> str:
    since = f" since {queue.since:%Y-%m-%d %H:%M} UTC, {queue.in_work:,} in work" if queue.since else ""
    return f"{queue.waiting:,} {what} wait{since}; in 24 hours {queue.came:,} {came}, {queue.done:,} {done}"


def _close(close: MonthClose, limit: int | None) -> str:
    if not close.organizations:
        return f"{close.month}: no organization has an analysis of it"
    done = (
        f"{close.month}: closed for {close.organizations - len(close.open):,} of {close.organizations:,} organizations"
    )
    if close.analysed_at is not None:
        done += f", last analysed {close.analysed_at:%Y-%m-%d %H:%M} UTC"
    if not close.open:
        return done
    left = close.open[:limit]
    more = f" and {len(close.open) - len(left):,} more" if len(close.open) > len(left) else ""
    return f"{done}; not for {', '.join(left)}{more}"


def _verified(found: Operations) -> str:
    last = found.verification
    if last is None:
        return "never"
    result = f"{last.events:,} events in {last.chains:,} chains, all whole" if last.problem is None else last.problem
    return f"{last.verified_at:%Y-%m-%d %H:%M} UTC by {safe(last.verified_by)}: {safe(result)}"
