"""``ledgerwatch thresholds``: the budget limits of organizations, and what one would have found."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.analysis import thresholds as use_case
from ledgerwatch_pipeline.analysis.thresholds import Preview, PreviewedBucket, ThresholdChange, ThresholdFields
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_fields, print_json, print_table, safe
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.money import amount_text, plain_amount
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.threshold import (
    Operator,
    Period,
    Threshold,
    ThresholdScope,
    ThresholdType,
    parse_amount,
    parse_percent,
)

Command = TypeVar("Command", bound=Callable[..., object])
Value = TypeVar("Value")
_NEVER = "none"

_org_option = click.option("--org", "organization", required=True, help="The organization's slug.")
_FIELD_OPTIONS = (
    click.option("--name", help="What people call it; a new one is called by its slug unless told."),
    click.option("--period", type=click.Choice([each.value for each in Period]), help="What the total is taken over."),
    click.option("--amount", help="The limit, in the organization's currency, for example 50000.00."),
    click.option("--scope", help="all (of a new one, unless told), category:NAME or vendor:NAME."),
    click.option(
        "--type", "kind", type=click.Choice([each.value for each in ThresholdType]), help="expense unless told."
    ),
    click.option(
        "--operator",
        type=click.Choice([each.value for each in Operator]),
        help="How the total stands to the limit when it is exceeded: '>' unless told. In quotes: the shell reads > otherwise.",
    ),
    click.option("--warn-at", help="Percent of the limit that counts as approached, for > and >=; 80 unless told."),
    click.option(
        "--severity",
        type=click.Choice([each.value for each in Severity], case_sensitive=False),
        help="Of what exceeds it; MEDIUM unless told.",
    ),
    click.option("--valid-from", help="First day that counts, YYYY-MM-DD; none: from the beginning."),
    click.option("--valid-to", help="Last day that counts, YYYY-MM-DD; none: without end."),
)


def _field_options(command: Command) -> Command:
    for option in reversed(_FIELD_OPTIONS):
        command = option(command)
    return command


@click.group()
def thresholds() -> None:
    """Budget limits that an organization sets; budget_threshold judges by them."""


@thresholds.command("add")
@click.argument("slug")
@_org_option
@_field_options
@json_option
@pass_context
def add(context: Context, /, slug: str, organization: str, as_json: bool, **options: str | None) -> None:
    """Add a threshold.

    \b
      ledgerwatch thresholds add travel --org acme --period month --amount 5000 --scope category:Travel
      ledgerwatch thresholds add year-2025 --org acme --period year --amount 1200000 --valid-from 2025-01-01 --valid-to 2025-12-31
      ledgerwatch thresholds add too-little --org acme --period month --amount 80000 --type income --operator "<"
      ledgerwatch analyze                       # analyse the months that it covers
    """
    change = use_case.add(context.home, organization, slug, _fields(options), context.principal)
    _print_change(context, organization, change, "added", as_json)


@thresholds.command("set")
@click.argument("slug")
@_org_option
@_field_options
@json_option
@pass_context
def set_(context: Context, /, slug: str, organization: str, as_json: bool, **options: str | None) -> None:
    """Change what is given of a threshold, and leave the rest.

    \b
      ledgerwatch thresholds set travel --org acme --amount 6000 --severity HIGH
      ledgerwatch thresholds set travel --org acme --valid-to none

    The months it covers, and those it covered before, are due for analysis then.
    """
    if not any(each is not None for each in options.values()):
        raise UsageError("nothing to change: give --amount, --period, --scope or another field; see --help")
    change = use_case.change(context.home, organization, slug, _fields(options), context.principal)
    _print_change(context, organization, change, "changed", as_json)


@thresholds.command("remove")
@click.argument("slug")
@_org_option
@json_option
@pass_context
def remove(context: Context, slug: str, organization: str, as_json: bool) -> None:
    """Remove a threshold. Its alerts end when the months it covered are analysed again.

    \b
      ledgerwatch thresholds remove travel --org acme
    """
    change = use_case.remove(context.home, organization, slug, context.principal)
    _print_change(context, organization, change, "removed", as_json)


@thresholds.command("list")
@click.option("--org", "organization", help="Only this organization's.")
@json_option
@pass_context
def list_(context: Context, organization: str | None, as_json: bool) -> None:
    """List the thresholds of all organizations, or of one.

    \b
      ledgerwatch thresholds list --org acme
    """
    found = use_case.list_all(context.home, organization, context.principal)
    if as_json:
        print_json({"thresholds": [views.threshold(threshold, of) for of, threshold in found]})
        return
    print_table(
        "Thresholds",
        ("organization", "threshold", "name", "judged", "scope", "severity", "valid"),
        (
            (of.slug, each.slug, each.name, _judged(each, of), each.scope, each.severity, _validity(each))
            for of, each in found
        ),
    )


@thresholds.command("show")
@click.argument("slug")
@_org_option
@json_option
@pass_context
def show(context: Context, slug: str, organization: str, as_json: bool) -> None:
    """Show one threshold.

    \b
      ledgerwatch thresholds show travel --org acme
    """
    of, threshold = use_case.get(context.home, organization, slug, context.principal)
    if as_json:
        print_json({"threshold": views.threshold(threshold, of)})
    else:
        _print_threshold(threshold, of)


@thresholds.command("preview")
@click.argument("slug", required=False)
@_org_option
@_field_options
@json_option
@pass_context
def preview(context: Context, /, slug: str | None, organization: str, as_json: bool, **options: str | None) -> None:
    """Show what a threshold would have found in the last 12 months of the ledger; nothing is written.

    With SLUG it is that threshold, with the options given instead of its own; without, one that the options make.

    \b
      ledgerwatch thresholds preview travel --org acme --amount 4000
      ledgerwatch thresholds preview --org acme --period week --amount 10000 --scope "vendor:Northline Interiors"
    """
    fields = _fields(options)
    if slug is None:
        of = use_case.organization_of(context.home, organization, context.principal)
        threshold = fields.new(of, "preview")
    else:
        of, stored = use_case.get(context.home, organization, slug, context.principal)
        threshold = fields.of(of, stored)
    found = use_case.preview(context.home, of, threshold)
    if as_json:
        print_json(
            {
                "threshold": views.threshold(threshold, of),
                "months": None if found.months is None else [str(found.months.first), str(found.months.last)],
                "buckets": [_bucket_json(each, of) for each in found.buckets],
            }
        )
    else:
        _print_preview(found)


def _print_change(context: Context, slug: str, change: ThresholdChange, what: str, as_json: bool) -> None:
    of = use_case.organization_of(context.home, slug, context.principal)
    shown = change.threshold
    if as_json:
        print_json(
            {
                "threshold": views.threshold(shown, of),
                "before": None if change.before is None else views.threshold(change.before, of),
                "after": None if change.after is None else views.threshold(change.after, of),
                "months_due": change.months_due,
            }
        )
        return
    if not change.changed:
        click.echo("it is so already; nothing was changed")
        return
    click.echo(f"{what} {shown.slug} of {of.slug}: {safe(_judged(shown, of))}, {safe(shown.scope)}")
    if change.months_due:
        click.echo(f"{change.months_due} months of the ledger are due; analyse them: ledgerwatch analyze")


def _print_threshold(threshold: Threshold, of: Organization) -> None:
    click.echo(f"Threshold {threshold.slug} of {of.slug}\n")
    warns = "" if threshold.warn_at is None else f"{threshold.warn_at.normalize():f} % of it"
    print_fields(
        {
            "name": threshold.name,
            "exceeded if": _judged(threshold, of),
            "approached at": warns,
            "scope": threshold.scope,
            "severity": threshold.severity,
            "valid": _validity(threshold),
            "version": threshold.version,
        }
    )


def _print_preview(found: Preview) -> None:
    threshold, of = found.threshold, found.organization
    if found.months is None:
        click.echo(f"{of.slug} has no transactions")
        return
    heading = f"{_judged(threshold, of)}, {threshold.scope}: what it would have found, {found.months}"
    print_table(
        heading,
        ("period", "total", "limit", "level", "crossed on", "crossed with"),
        (
            (
                each.period_start,
                amount_text(each.total, of.currency_decimals),
                amount_text(each.limit, of.currency_decimals),
                each.level,
                each.crossed_on,
                each.crossed_vendor,
            )
            for each in found.buckets
        ),
        right=("total", "limit"),
    )
    if not found.buckets:
        click.echo("nothing")


def _bucket_json(each: PreviewedBucket, of: Organization) -> views.Document:
    return {
        "period_start": each.period_start.isoformat(),
        "month": str(each.month),
        "level": each.level,
        "total": plain_amount(each.total, of.currency_decimals),
        "limit": plain_amount(each.limit, of.currency_decimals),
        "crossed_on": None if each.crossed_on is None else each.crossed_on.isoformat(),
        "crossed_vendor": each.crossed_vendor,
    }


def _judged(threshold: Threshold, of: Organization) -> str:
    amount = amount_text(threshold.amount, of.currency_decimals)
    return f"{threshold.type} per {threshold.period} {threshold.operator} {amount} {of.currency}"


def _validity(threshold: Threshold) -> str:
    if threshold.valid_from is None and threshold.valid_to is None:
        return "always"
    return f"{threshold.valid_from or ''}..{threshold.valid_to or ''}"


def _fields(options: dict[str, str | None]) -> ThresholdFields:
    """The options as values; an empty one of validity is ``none``."""

    def value(option: str, read: Callable[[str], Value]) -> Value | None:
        text = options[option]
        return None if text is None else read(text)

    return ThresholdFields(
        name=value("name", str.strip),
        period=value("period", Period),
        amount=value("amount", parse_amount),
        scope=value("scope", ThresholdScope.parse),
        type=value("kind", ThresholdType),
        operator=value("operator", Operator),
        warn_at=value("warn_at", parse_percent),
        severity=value("severity", lambda text: Severity(text.upper())),
        valid_from=value("valid_from", _day),
        valid_to=value("valid_to", _day),
        without=frozenset(option for option in ("valid_from", "valid_to") if options[option] == _NEVER),
    )


def _day(text: str) -> date | None:
    if text == _NEVER:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 a day has no time zone
    except ValueError:
        raise UsageError(f"{text!r} is not a day; write YYYY-MM-DD, for example 2025-12-31, or none") from None


COMMANDS = (thresholds,)
