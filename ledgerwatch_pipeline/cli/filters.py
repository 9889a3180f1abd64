"""What a command is asked of: the options that say which alerts or cases are meant, and the filters they become.

The same options serve lists and what is done to all that a filter means.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import click

from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.cli.context import Command, Context, gathered
from ledgerwatch_pipeline.model.act import ME, NOBODY
from ledgerwatch_pipeline.model.alert import MANUAL, AlertFilter, AlertStatus, Outcome, Severity
from ledgerwatch_pipeline.model.case import UNRESOLVED, CaseFilter, CaseStatus
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.money import amount_given
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.ranking.registry import named
from ledgerwatch_pipeline.stores.postgres import organizations


@dataclass(frozen=True, slots=True)
class Asked:
    """The options as they were typed; what a command does not have, or nobody gave, is None. regressed: a flag."""

    organization: str | None = None
    month: str | None = None
    first: str | None = None
    last: str | None = None
    vendor: str | None = None
    vendor_prefix: str | None = None
    assignee: str | None = None
    status: str | None = None
    outcome: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    analyzer: str | None = None
    severity: str | None = None
    regressed: bool | None = None
    kind: str | None = None
    muted: str | None = None


_Options = Mapping[str, Callable[[Any], Any]]
"""Field of Asked → the option."""
_STATUSES = [each.value for each in AlertStatus]
_COMMON: _Options = {
    "organization": click.option("--org", "organization", help="Of this organization."),
    "month": click.option("--month", help="Of this month, YYYY-MM."),
    "first": click.option("--from", "first", help="From this month on."),
    "last": click.option("--to", "last", help="Up to and with this month."),
    "vendor": click.option("--vendor", help="About this vendor: without case, white space collapsed."),
    "vendor_prefix": click.option("--vendor-prefix", help="About vendors whose names begin so."),
    "assignee": click.option(
        "--assignee", help=f"Of this person; {NOBODY}: of nobody; {ME}: of the user of this session."
    ),
    "minimum": click.option("--min-amount", "minimum", help="With at least this amount at stake."),
    "muted": click.option(
        "--muted",
        type=click.Choice(("yes", "no", "all")),
        help="Those that are muted too, or alone; no unless --all is given.",
    ),
}
_OF_ALERTS: _Options = {
    "analyzer": click.option("--analyzer", help=f"Found by this analyzer; {MANUAL}: raised by hand."),
    "severity": click.option("--severity", type=click.Choice([each.value for each in Severity], case_sensitive=False)),
    "maximum": click.option("--max-amount", "maximum", help="With at most this amount at stake."),
    "regressed": click.option(
        "--regressed", is_flag=True, default=None, help="Opened again because the evidence got worse."
    ),
}
_OF_CASES: _Options = {"kind": click.option("--kind", help="With a signal of this kind, such as repeat.")}
_OUTCOME: _Options = {
    "outcome": click.option("--outcome", type=click.Choice([each.value for each in Outcome]), help="Resolved with it.")
}


def alert_options(status: str, *, outcome: bool = True) -> Callable[[Command], Command]:
    """The options that say which alerts are meant; the command is called with them as ``asked``. status: of ``--status``, what goes
    without it. outcome: whether the command has ``--outcome`` as a filter."""
    return gathered("asked", Asked, {**_COMMON, **_OF_ALERTS, **_status(status), **(_OUTCOME if outcome else {})})


def case_options(status: str) -> Callable[[Command], Command]:
    """The same for cases."""
    return gathered("asked", Asked, {**_COMMON, **_OF_CASES, **_status(status), **_OUTCOME})


def _status(default: str) -> _Options:
    choice = click.Choice(_STATUSES, case_sensitive=False)
    return {"status": click.option("--status", type=choice, help=f"Default: {default}.")}


def alert_filter(
    context: Context, asked: Asked, otherwise: tuple[AlertStatus, ...], *, everything: bool = False
) -> AlertFilter:
    """The alerts that are meant. otherwise: in which states, where neither a state nor an outcome is asked for. everything: the muted
    ones too, unless told."""
    if asked.analyzer and asked.analyzer != MANUAL:
        load_registry(context.settings).named(asked.analyzer)
    first, last = _months(asked)
    minimum, maximum = _amount("--min-amount", asked.minimum), _amount("--max-amount", asked.maximum)
    if minimum is not None and maximum is not None and minimum > maximum:
        raise UsageError(f"no amount is at least {minimum} and at most {maximum}")
    status = _resolved_by_outcome(asked)
    return AlertFilter(
        statuses=(AlertStatus(status),) if status else otherwise,
        organization_id=organization_id(context, asked.organization),
        analyzer=asked.analyzer,
        severity=Severity(asked.severity) if asked.severity else None,
        first_month=first,
        last_month=last,
        vendor_key=_key(asked.vendor),
        vendor_prefix=_key(asked.vendor_prefix),
        assignee=_assignee(context, asked.assignee),
        outcome=Outcome(asked.outcome) if asked.outcome else None,
        minimum=minimum,
        maximum=maximum,
        regressed=asked.regressed,
        muted=_muted(asked, everything),
    )


def case_filter(context: Context, asked: Asked, *, everything: bool = False) -> CaseFilter:
    """The cases that are meant."""
    first, last = _months(asked)
    status = _resolved_by_outcome(asked)
    return CaseFilter(
        today=datetime.now(UTC).date(),
        statuses=(CaseStatus(status),) if status else tuple(CaseStatus) if everything else UNRESOLVED,
        organization_id=organization_id(context, asked.organization),
        first_month=first,
        last_month=last,
        vendor_key=_key(asked.vendor),
        vendor_prefix=_key(asked.vendor_prefix),
        assignee=_assignee(context, asked.assignee),
        outcome=Outcome(asked.outcome) if asked.outcome else None,
        minimum=_amount("--min-amount", asked.minimum),
        kind=named(asked.kind).name if asked.kind else None,
        everything=everything,
        muted=_muted(asked, everything),
    )


def organization_id(context: Context, slug: str | None) -> UUID | None:
    """The id of the organization that ``--org`` names, if it names one; raises UnknownThingError."""
    if slug is None:
        return None
    with context.home.database.transaction() as connection:
        return organizations.get(connection, slug, context.principal).id


def _muted(asked: Asked, everything: bool) -> bool | None:
    if asked.muted is None:
        return None if everything else False
    return {"yes": True, "no": False, "all": None}[asked.muted]


def _months(asked: Asked) -> tuple[date | None, date | None]:
    """The first days of the first and the last month."""
    if asked.month is not None:
        if asked.first is not None or asked.last is not None:
            raise UsageError("give --month, or --from and --to, not both")
        month = Month.parse(asked.month).first_day
        return month, month
    first, last = (None if text is None else Month.parse(text) for text in (asked.first, asked.last))
    if first is not None and last is not None:
        MonthRange(first, last)  # complains of months that run backwards
    return None if first is None else first.first_day, None if last is None else last.first_day


def _key(vendor: str | None) -> str | None:
    if vendor is None:
        return None
    if not vendor.strip():
        raise UsageError("a vendor has a name; give some of it")
    return vendor_key(vendor)


def _assignee(context: Context, person: str | None) -> str | None:
    """A person as a filter has it: ``""`` is nobody."""
    if person is None:
        return None
    if not person.strip():
        raise UsageError(f"a person has a name; {NOBODY} is nobody")
    return {NOBODY: "", ME: context.principal.name}.get(person, person)


def _amount(option: str, text: str | None) -> Decimal | None:
    return None if text is None else amount_given(option, text)


def _resolved_by_outcome(asked: Asked) -> str | None:
    """The state that is asked for; who asks for an outcome means what is resolved, as nothing else has one."""
    if asked.outcome is None:
        return asked.status
    if asked.status not in (None, AlertStatus.RESOLVED.value):
        raise UsageError(f"only what is RESOLVED has an outcome, nothing that is {asked.status}")
    return AlertStatus.RESOLVED.value
