"""The use case of thresholds: added, changed, removed, each recorded, and the months it covers put to work; and previewed.

What makes a threshold valid: ``model.threshold``. Which thresholds a run uses: ``run``, which records them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import Connection

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.analysis import plan
from ledgerwatch_pipeline.analysis.analyzers.budget_threshold import BUDGET_THRESHOLD
from ledgerwatch_pipeline.analysis.contract import Input
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.threshold import (
    DEFAULT_WARN_AT,
    Operator,
    Period,
    ScopeKind,
    Threshold,
    ThresholdScope,
    ThresholdType,
)
from ledgerwatch_pipeline.model.work import Cause
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres import audit, loads, organizations, thresholds, work

if TYPE_CHECKING:  # a list of thresholds needs no DuckDB
    import duckdb

PREVIEW_MONTHS = 12


@dataclass(frozen=True, slots=True)
class ThresholdFields:
    """What a person says of a threshold. A field that is None is the default of a new one, and stays as it is of one there is;
    ``without``: which of valid_from and valid_to are to be gone."""

    name: str | None = None
    period: Period | None = None
    amount: Decimal | None = None
    scope: ThresholdScope | None = None
    type: ThresholdType | None = None
    operator: Operator | None = None
    warn_at: Decimal | None = None
    severity: Severity | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    without: frozenset[str] = frozenset()

    def new(self, organization: Organization, slug: str) -> Threshold:
        """The threshold that these fields make; raises UsageError for what cannot be one."""
        if self.period is None or self.amount is None:
            raise UsageError(f"{slug} needs a period and an amount: --period month --amount 50000")
        operator = self.operator or Operator.ABOVE
        threshold = Threshold(
            id=uuid4(),
            organization_id=organization.id,
            slug=slug,
            name=slug if self.name is None else self.name,
            period=self.period,
            scope=self.scope or ThresholdScope(ScopeKind.ALL),
            type=self.type or ThresholdType.EXPENSE,
            operator=operator,
            amount=self.amount,
            warn_at=DEFAULT_WARN_AT if self.warn_at is None and not operator.waits else self.warn_at,
            severity=self.severity or Severity.MEDIUM,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )
        threshold.require_decimals(organization.currency, organization.currency_decimals)
        return threshold

    def of(self, organization: Organization, before: Threshold) -> Threshold:
        """``before`` with these fields. Where its operator comes to wait for the end, or no longer does, warn_at follows."""
        operator = self.operator or before.operator
        warn_at = before.warn_at if self.warn_at is None else self.warn_at
        if self.warn_at is None and operator.waits != before.operator.waits:
            warn_at = None if operator.waits else DEFAULT_WARN_AT
        after = replace(
            before,
            name=before.name if self.name is None else self.name,
            period=self.period or before.period,
            scope=self.scope or before.scope,
            type=self.type or before.type,
            operator=operator,
            amount=self.amount or before.amount,
            warn_at=warn_at,
            severity=self.severity or before.severity,
            valid_from=None if "valid_from" in self.without else self.valid_from or before.valid_from,
            valid_to=None if "valid_to" in self.without else self.valid_to or before.valid_to,
        )
        after.require_decimals(organization.currency, organization.currency_decimals)
        return after


@dataclass(frozen=True, slots=True)
class ThresholdChange:
    """What a threshold was and is; None: it was not there, or is gone. months_due: months put to work for it."""

    before: Threshold | None
    after: Threshold | None
    months_due: int

    @property
    def threshold(self) -> Threshold:
        """As it is, or as it was when it was removed."""
        threshold = self.after or self.before
        if threshold is None:
            raise ValueError("a change is of a threshold that was there, or is there now")
        return threshold

    @property
    def changed(self) -> bool:
        """Whether anything is different now."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class PreviewedBucket:
    """What a threshold would have found of one bucket, as it stood last."""

    period_start: date
    month: Month
    level: str
    total: Decimal
    limit: Decimal
    crossed_on: date | None
    crossed_vendor: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a threshold would have found in these months; None: the organization has no transactions."""

    threshold: Threshold
    organization: Organization
    months: MonthRange | None
    buckets: list[PreviewedBucket] = field(default_factory=list)


def add(home: Home, slug: str, threshold: str, fields: ThresholdFields, principal: Principal) -> ThresholdChange:
    """Add a threshold called ``threshold``; raises UsageError for what cannot be one, and ConflictError for a slug in use."""
    principal.require(Role.ADMIN)
    with home.database.transaction() as connection:
        organization = organizations.lock(connection, organizations.get(connection, slug, principal).id)
        new = fields.new(organization, threshold)
        thresholds.add(connection, new)
        return _record(home, connection, organization, principal, before=None, after=new)


def change(home: Home, slug: str, threshold: str, fields: ThresholdFields, principal: Principal) -> ThresholdChange:
    """Change fields of a threshold; what is so already changes nothing. Raises UnknownThingError, and UsageError as ``add``."""
    return _change(home, slug, threshold, lambda organization, before: fields.of(organization, before), principal)


def remove(home: Home, slug: str, threshold: str, principal: Principal) -> ThresholdChange:
    """Remove a threshold; its months are analysed again, by which its alerts end. Raises UnknownThingError."""
    return _change(home, slug, threshold, lambda _organization, _before: None, principal)


def list_all(home: Home, slug: str | None, principal: Principal) -> list[tuple[Organization, Threshold]]:
    """The thresholds of one organization, or of all that the principal may see, by their slugs."""
    with home.database.transaction() as connection:
        asked = organizations.named(connection, None if slug is None else [slug], principal)
        theirs = thresholds.of_organizations(connection, [each.id for each in asked])
    return [(each, threshold) for each in asked for threshold in theirs.get(each.id, ())]


def get(home: Home, slug: str, threshold: str, principal: Principal) -> tuple[Organization, Threshold]:
    """One threshold, with its organization; raises UnknownThingError naming the close ones."""
    with home.database.transaction() as connection:
        organization = organizations.get(connection, slug, principal)
        return organization, thresholds.get(connection, organization, threshold)


def organization_of(home: Home, slug: str, principal: Principal) -> Organization:
    """The organization called ``slug``; raises UnknownThingError naming the close ones."""
    with home.database.transaction() as connection:
        return organizations.get(connection, slug, principal)


def preview(home: Home, organization: Organization, threshold: Threshold) -> Preview:
    """What this threshold alone would have found in the last 12 months of the organization's ledger; nothing is written."""
    with home.database.transaction() as connection:
        ledger = loads.ledger_months(connection, [organization.id]).get(organization.id)
    if not ledger:
        return Preview(threshold, organization, None)
    from ledgerwatch_pipeline.analysis.evaluate import evaluate  # loads DuckDB

    last = Month.of(ledger[-1])
    months = MonthRange(last.plus(1 - PREVIEW_MONTHS), last)
    with home.lake.transaction() as lake:
        evaluate(
            lake.con,
            BUDGET_THRESHOLD,
            [ScopeRow(organization.id, months)],
            [organization],
            {},
            {organization.id: [threshold]},
        )
        return Preview(threshold, organization, months, _buckets(lake.con))


def _buckets(con: "duckdb.DuckDBPyConnection") -> list[PreviewedBucket]:
    rows = con.execute(sql_text("analysis/previewed_buckets")).fetchall()
    return [PreviewedBucket(row[0], Month.of(row[1]), *row[2:]) for row in rows]


def _change(
    home: Home,
    slug: str,
    threshold: str,
    changed: Callable[[Organization, Threshold], Threshold | None],
    principal: Principal,
) -> ThresholdChange:
    principal.require(Role.ADMIN)
    with home.database.transaction() as connection:
        organization = organizations.lock(connection, organizations.get(connection, slug, principal).id)
        before = thresholds.get(connection, organization, threshold)
        after = changed(organization, before)
        if after == before:
            return ThresholdChange(before, after, 0)
        if after is None:
            thresholds.remove(connection, before)
        else:
            after = replace(after, version=before.version + 1)
            thresholds.change(connection, after)
        return _record(home, connection, organization, principal, before=before, after=after)


def _record(
    home: Home,
    connection: Connection,
    organization: Organization,
    principal: Principal,
    *,
    before: Threshold | None,
    after: Threshold | None,
) -> ThresholdChange:
    """Audit row and work, in the transaction of the change."""
    covered = _covered(home, connection, organization.id, [each for each in (before, after) if each is not None])
    analyzers = [each for each in load_registry(home.settings).analyzers if Input.THRESHOLDS in each.inputs]
    due = plan.work_for_months([organization.id], analyzers, covered, Cause.THRESHOLD)
    work.enqueue(connection, due, principal.name)
    change = ThresholdChange(before, after, len(covered))
    kind = "CREATED" if before is None else "DELETED" if after is None else "UPDATED"
    metadata: dict[str, JsonValue] = {
        "slug": change.threshold.slug,
        "before": None if before is None else before.as_json(),
        "after": None if after is None else after.as_json(),
    }
    subject = Subject(SubjectType.THRESHOLD, str(change.threshold.id))
    audit.append(connection, [AuditEvent(f"THRESHOLD_{kind}", principal.name, subject, organization.id, metadata)])
    return change


def _covered(home: Home, connection: Connection, organization_id: UUID, versions: list[Threshold]) -> set[Month]:
    """The monitored months of the ledger in which the threshold can find, or could have found, something. Those without a
    transaction are among them: too little may be found there."""
    ledger = loads.ledger_months(connection, [organization_id]).get(organization_id)
    if not ledger:
        return set()
    first, last = max(Month.of(ledger[0]), home.settings.monitored.first), Month.of(ledger[-1])
    if last < first:
        return set()
    ranges = [each.months(MonthRange(first, last)) for each in versions]
    return {month for each in ranges if each is not None for month in each}
