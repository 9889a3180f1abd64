"""``ledgerwatch mutes`` and ``ledgerwatch alerts mute``: what nobody wants to see until a day, who said so, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.alerting.mutes import add_mute, end_mute, mute_alert
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.cli.context import (
    Context,
    actor_option,
    day_given,
    gathered,
    json_option,
    page_options,
    pass_context,
)
from ledgerwatch_pipeline.cli.filters import organization_id
from ledgerwatch_pipeline.cli.output import Page, print_fields, print_json, print_json_page, print_tables, safe
from ledgerwatch_pipeline.cli.particulars import by, print_history
from ledgerwatch_pipeline.model.alert import AlertNumber, Severity
from ledgerwatch_pipeline.model.audit import AuditRow, Subject, SubjectType
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.mute import MuteFilter, MuteNumber, MuteRow, MuteState, NewMute
from ledgerwatch_pipeline.model.threshold import parse_amount
from ledgerwatch_pipeline.ranking.registry import named as kind_named
from ledgerwatch_pipeline.stores.postgres import alerts as alerts_store
from ledgerwatch_pipeline.stores.postgres import audit
from ledgerwatch_pipeline.stores.postgres import mutes as store

_EVERY = "all"


@dataclass(frozen=True, slots=True)
class _Said:
    """What every mute says, as it was typed; the options of ``_mute_options``."""

    until: str
    reason: str
    up_to_severity: str | None
    up_to_amount: str | None

    @property
    def severity(self) -> Severity | None:
        return Severity(self.up_to_severity.upper()) if self.up_to_severity else None

    @property
    def amount(self) -> Decimal | None:
        return parse_amount(self.up_to_amount) if self.up_to_amount else None


_mute_options = gathered(
    "said",
    _Said,
    {
        "until": click.option("--until", required=True, help="YYYY-MM-DD, the day on which it is seen again."),
        "reason": click.option("--reason", required=True, help="Why; others read it."),
        "up_to_severity": click.option(
            "--up-to-severity",
            type=click.Choice([each.value for each in Severity], case_sensitive=False),
            help="What is above this severity is seen, and ends the mute.",
        ),
        "up_to_amount": click.option("--up-to-amount", help="What is above this amount is seen, and ends the mute."),
    },
)


@click.group()
def mutes() -> None:
    """Mutes: what nobody wants to see until a day. Alerts are made all the same, and marked."""


@mutes.command("add")
@click.option("--org", "organization", required=True, help="The organization's slug.")
@click.option("--analyzer", help="Alerts of this analyzer, or of all.")
@click.option("--kind", help="Instead: signals of this kind, such as repeat.")
@click.option("--vendor", help="Only about this vendor, as it is written anywhere.")
@_mute_options
@actor_option
@json_option
@pass_context
def add(
    context: Context,
    organization: str,
    analyzer: str | None,
    kind: str | None,
    vendor: str | None,
    said: _Said,
    actor: str | None,
    as_json: bool,
) -> None:
    """Mute an analyzer, or a kind of signals, for an organization.

    \b
      ledgerwatch mutes add --org acme --analyzer vendor_spike --vendor "City Power & Light" --until 2099-01-31 --reason "seasonal"
      ledgerwatch mutes add --org acme --analyzer all --vendor Payroll --until 2099-01-31 --reason "audited apart" --up-to-amount 50000
    """
    if (analyzer is None) == (kind is None):
        raise UsageError("say what is muted: --analyzer NAME, --analyzer all, or --kind KIND")
    new = NewMute(
        kind_named(kind).name if kind is not None else _analyzer(context, analyzer or ""),
        vendor,
        day_given(said.until),
        said.reason,
        said.severity,
        said.amount,
    )
    row = add_mute(context.home, organization, new, _today(), context.acting_as(actor))
    _print_changed(context, row, as_json)


def _analyzer(context: Context, name: str) -> str | None:
    return None if name == _EVERY else load_registry(context.settings).named(name).name


@click.command("mute")
@click.argument("number")
@_mute_options
@actor_option
@json_option
@pass_context
def mute(
    context: Context,
    number: str,
    said: _Said,
    actor: str | None,
    as_json: bool,
) -> None:
    """Mute what an alert is one of: its analyzer and vendor, up to its severity unless told.

    \b
      ledgerwatch alerts mute acme-1 --until 2099-01-31 --reason "paid in instalments until January"
    """
    row = mute_alert(
        context.home,
        AlertNumber.parse(number),
        day_given(said.until),
        said.reason,
        _today(),
        context.acting_as(actor),
        up_to_severity=said.severity,
        up_to_amount=said.amount,
    )
    _print_changed(context, row, as_json)


@mutes.command("list")
@click.option("--org", "organization", help="Only this organization's.")
@click.option(
    "--state",
    type=click.Choice([each.value for each in MuteState], case_sensitive=False),
    help="Default: active.",
)
@page_options(50, "Every mute, of every state unless --state is given.")
@json_option
@pass_context
def list_(
    context: Context,
    organization: str | None,
    state: str | None,
    limit: int,
    after: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """List the mutes that hold: what, until when, who said so, and why.

    \b
      ledgerwatch mutes list --org acme
      ledgerwatch mutes list --state expired
    """
    cursor = None if after is None else MuteNumber.parse(after)
    today = _today()
    wanted = MuteFilter(
        today,
        organization_id=organization_id(context, organization),
        state=MuteState(state) if state else None if everything else MuteState.ACTIVE,
    )
    with context.home.database.streaming() as connection:
        page = Page(
            lambda rows: store.listed(connection, wanted, context.principal, limit=rows, after=cursor),
            None if everything else limit,
            lambda last: str(last.name),
        )
        if as_json:
            print_json_page("mutes", page, lambda row: views.mute(row, today))
            return
        print_tables(
            "Mutes",
            ("number", "state", "what", "until", "by", "reason"),
            ((each.name, each.state(today), _what(each), each.until, each.created_by, each.reason) for each in page),
        )
    if page.next:
        click.echo(f"More: ledgerwatch mutes list --after {page.next}")


@mutes.command("show")
@click.argument("number")
@json_option
@pass_context
def show(context: Context, number: str, as_json: bool) -> None:
    """Show one mute, how many alerts it covers, and who did what to it.

    \b
      ledgerwatch mutes show acme-m1
    """
    name = MuteNumber.parse(number)
    today = _today()
    with context.home.database.transaction() as connection:
        row = store.get(connection, name, context.principal)
        covered = alerts_store.count_muted(connection, row.organization_id, row.number, today)
        history = audit.history(connection, Subject(SubjectType.MUTE, str(row.id)), context.principal)
    if as_json:
        print_json(
            {
                "mute": views.mute(row, today),
                "alerts": covered,
                "history": [views.audit_event(each, str(name)) for each in history],
            }
        )
        return
    _print_mute(row, covered, history)


@mutes.command("end")
@click.argument("number")
@click.option("--note", help="Kept in the audit log.")
@actor_option
@json_option
@pass_context
def end(context: Context, number: str, note: str | None, actor: str | None, as_json: bool) -> None:
    """End a mute before its day: what it covered is seen again at once.

    \b
      ledgerwatch mutes end acme-m1
    """
    row = end_mute(context.home, MuteNumber.parse(number), _today(), context.acting_as(actor), note)
    _print_changed(context, row, as_json)


def _today() -> date:
    return datetime.now(UTC).date()


def _print_changed(context: Context, row: MuteRow, as_json: bool) -> None:
    today = _today()
    if as_json:
        print_json({"mute": views.mute(row, today)})
        return
    if row.state(today) is not MuteState.ACTIVE:
        click.echo(f"mute {row.name} has {row.state(today)}: {safe(_what(row))}")
        return
    with context.home.database.transaction() as connection:
        covered = alerts_store.count_muted(connection, row.organization_id, row.number, today)
    alerts = f"{covered:,} {'alert' if covered == 1 else 'alerts'}"
    click.echo(
        f"mute {row.name} holds until {row.until}: {safe(_what(row))}; it covers {alerts} that nobody has resolved"
    )


def _print_mute(row: MuteRow, covered: int, history: Sequence[AuditRow]) -> None:
    amount = row.up_to_amount
    click.echo(f"Mute {row.name}  {row.state(_today())}\n{safe(_what(row))}\n{safe(row.reason)}\n")
    print_fields(
        {
            "organization": row.organization,
            "until": row.until,
            "up to severity": row.up_to_severity,
            "up to amount": None if amount is None else f"{amount_text(amount, row.currency_decimals)} {row.currency}",
            "kinds of signals": "all" if row.kinds is None else list(row.kinds),
            "made from": None if row.alert is None else AlertNumber(row.organization, row.alert),
            "made": by(row.created_by, row.created_at),
            "ended": by(row.ended_by, row.ended_at, row.ended_how),
            "alerts covered": covered,
            "id": row.id,
        }
    )
    print_history(history)


def _what(row: MuteRow) -> str:
    """What it is about, in a few words."""
    amount = row.up_to_amount
    limits = [
        *([] if row.up_to_severity is None else [str(row.up_to_severity)]),
        *([] if amount is None else [f"{amount_text(amount, row.currency_decimals)} {row.currency}"]),
    ]
    return (
        (row.analyzer or "everything")
        + ("" if row.vendor is None else f" about {row.vendor}")
        + (f" up to {' and '.join(limits)}" if limits else "")
    )


COMMANDS = (mutes,)
