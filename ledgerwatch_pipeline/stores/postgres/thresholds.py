"""The thresholds' table: add, change, remove, find, list. What makes one valid: ``model.threshold``."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg2 import errors
from sqlalchemy import Connection, Row, exc, select

from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import ConflictError, UnknownThingError
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.threshold import Operator, Period, ScopeKind, Threshold, ThresholdScope, ThresholdType
from ledgerwatch_pipeline.stores.postgres.tables import thresholds


def add(connection: Connection, threshold: Threshold) -> None:
    """Insert it; raises ConflictError when the organization has one of its slug."""
    with _slug_taken(threshold):
        connection.execute(
            thresholds.insert().values(
                id=threshold.id, organization_id=threshold.organization_id, slug=threshold.slug, **_values(threshold)
            )
        )


def change(connection: Connection, threshold: Threshold) -> None:
    """Give the threshold of its id these values."""
    connection.execute(thresholds.update().where(thresholds.c.id == threshold.id).values(**_values(threshold)))


def remove(connection: Connection, threshold: Threshold) -> None:
    """Delete it; audit events keep what it said, and runs that they used it."""
    connection.execute(thresholds.delete().where(thresholds.c.id == threshold.id))


def get(connection: Connection, organization: Organization, slug: str) -> Threshold:
    """The threshold called ``slug`` of the organization; raises UnknownThingError naming the close ones."""
    theirs = {each.slug: each for each in of_organizations(connection, [organization.id]).get(organization.id, ())}
    if slug not in theirs:
        hint = f"see: ledgerwatch thresholds list --org {organization.slug}"
        raise UnknownThingError(f"threshold of {organization.slug}", slug, theirs, hint)
    return theirs[slug]


def of_organizations(connection: Connection, organization_ids: Iterable[UUID]) -> dict[UUID, tuple[Threshold, ...]]:
    """The thresholds of these organizations, by slug; one that has none is absent."""
    query = (
        select(thresholds)
        .where(thresholds.c.organization_id.in_(set(organization_ids)))
        .order_by(thresholds.c.organization_id, thresholds.c.slug)
    )
    found: dict[UUID, list[Threshold]] = {}
    for row in connection.execute(query):
        found.setdefault(row.organization_id, []).append(_threshold(row))
    return {organization_id: tuple(theirs) for organization_id, theirs in found.items()}


@contextmanager
def _slug_taken(threshold: Threshold) -> Iterator[None]:
    try:
        yield
    except exc.IntegrityError as error:
        if not isinstance(error.orig, errors.UniqueViolation):
            raise
        raise ConflictError(
            f"there is a threshold {threshold.slug!r} already; change it with: ledgerwatch thresholds set {threshold.slug}"
        ) from error


def _values(threshold: Threshold) -> dict[str, Any]:
    return {
        "name": threshold.name,
        "period": threshold.period.value,
        "scope_kind": threshold.scope.kind.value,
        "scope_value": threshold.scope.value,
        "type": threshold.type.value,
        "operator": threshold.operator.value,
        "amount": threshold.amount,
        "warn_at": threshold.warn_at,
        "severity": threshold.severity.value,
        "valid_from": threshold.valid_from,
        "valid_to": threshold.valid_to,
        "version": threshold.version,
    }


def _threshold(row: Row[*tuple[Any, ...]]) -> Threshold:
    return Threshold(
        id=row.id,
        organization_id=row.organization_id,
        slug=row.slug,
        name=row.name,
        period=Period(row.period),
        scope=ThresholdScope(ScopeKind(row.scope_kind), row.scope_value),
        type=ThresholdType(row.type),
        operator=Operator(row.operator),
        amount=row.amount,
        warn_at=row.warn_at,
        severity=Severity(row.severity),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        version=row.version,
    )
