"""The organizations' table: add, change, find, list. What a principal may not touch does not exist for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from psycopg2 import errors
from sqlalchemy import Connection, Row, exc, func, select

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.cadence import Cadence
from ledgerwatch_pipeline.model.errors import ConflictError, UnknownThingError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.money import Currency
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.stores.postgres import audit
from ledgerwatch_pipeline.stores.postgres.lookup import visible
from ledgerwatch_pipeline.stores.postgres.tables import loads, organizations

_COLUMNS = (
    organizations.c.id,
    organizations.c.slug,
    organizations.c.name,
    organizations.c.currency,
    organizations.c.currency_decimals,
    organizations.c.opening_balance,
    organizations.c.opening_date,
    organizations.c.revenue_categories,
    organizations.c.delivers,
    organizations.c.delivers_since,
)


def add(connection: Connection, organization: Organization, principal: Principal) -> None:
    """Insert ``organization`` with its audit row; raises ConflictError when the slug or the name is taken."""
    add_all(connection, [organization], principal)


def add_all(connection: Connection, new: Sequence[Organization], principal: Principal) -> None:
    """Insert several, each with its audit row, all or none; raises ConflictError as ``add``."""
    for organization in new:
        with _names_taken(organization):
            connection.execute(organizations.insert().values(**_values(organization)))
    events = [
        _event(
            "ORGANIZATION_CREATED",
            principal,
            organization,
            {"slug": organization.slug, "name": organization.name, "currency": organization.currency},
        )
        for organization in new
    ]
    audit.append(connection, events)


def change(connection: Connection, slug: str, values: Mapping[str, Any], principal: Principal) -> tuple[str, ...]:
    """Give fields of an organization these values; return the names of those that changed.

    Raises UnknownThingError, UsageError for values that do not go together, and ConflictError: a name that is taken, or
    another currency when files were accepted or wait. The row is locked, and a load that is registered refers to it, so
    none slips in between.
    """
    current = lock(connection, get(connection, slug, principal).id)
    if "currency" in values:
        values = {**values, "currency_decimals": Currency.of(str(values["currency"])).decimals}
    follows: dict[str, Any] = (
        {"delivers_since": _since_when(current, values["delivers"])} if "delivers" in values else {}
    )
    wanted = replace(current, **values, **follows)
    changed = tuple(field for field in values if getattr(current, field) != getattr(wanted, field))
    if not changed:
        return ()
    if "currency" in changed:
        _require_no_loads(connection, current)
    with _names_taken(wanted):
        connection.execute(organizations.update().where(organizations.c.id == wanted.id).values(**_values(wanted)))
    metadata: dict[str, JsonValue] = {
        name: {field: _plain(getattr(state, field)) for field in changed}
        for name, state in (("before", current), ("after", wanted))
    }
    audit.append(connection, [_event("ORGANIZATION_UPDATED", principal, wanted, metadata)])
    return changed


def get(connection: Connection, slug: str, principal: Principal) -> Organization:
    """The organization called ``slug``; raises UnknownThingError naming the close ones."""
    row = connection.execute(select(*_COLUMNS).where(organizations.c.slug == slug)).one_or_none()
    if row is None or not principal.may_see(row.id):
        raise unknown(slug, [each.slug for each in list_all(connection, principal)])
    return _organization(row)


def by_ids(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Organization]:
    """The organizations of these ids."""
    rows = connection.execute(select(*_COLUMNS).where(organizations.c.id.in_(set(ids))))
    return {row.id: _organization(row) for row in rows}


def list_all(connection: Connection, principal: Principal) -> list[Organization]:
    """All organizations that the principal may see, by slug."""
    query = select(*_COLUMNS).order_by(organizations.c.slug).where(*visible(organizations.c.id, principal))
    return [_organization(row) for row in connection.execute(query)]


def first_added(connection: Connection) -> datetime | None:
    """When the first organization was added; None: there is none."""
    moment: datetime | None = connection.scalar(select(func.min(organizations.c.created_at)))
    return moment


def named(connection: Connection, slugs: Iterable[str] | None, principal: Principal) -> list[Organization]:
    """The organizations called so, each once; None: all that the principal may see. Raises UnknownThingError."""
    if slugs is None:
        return list_all(connection, principal)
    return [get(connection, slug, principal) for slug in dict.fromkeys(slugs)]


def lock(connection: Connection, organization_id: UUID) -> Organization:
    """Let nobody else change the organization, or register a file for it, until the transaction ends; it as it is now."""
    query = select(*_COLUMNS).where(organizations.c.id == organization_id).with_for_update()
    return _organization(connection.execute(query).one())


def unknown(slug: str, known: Iterable[str]) -> UnknownThingError:
    """The error that says so, for whoever has looked among ``known`` already."""
    return UnknownThingError("organization", slug, known, "add one with: ledgerwatch orgs add SLUG --name NAME")


@contextmanager
def _names_taken(organization: Organization) -> Iterator[None]:
    try:
        yield
    except exc.IntegrityError as error:
        if not isinstance(error.orig, errors.UniqueViolation):
            raise
        taken = "name" if "name" in (error.orig.diag.constraint_name or "") else "slug"
        value = organization.name if taken == "name" else organization.slug
        raise ConflictError(f"an organization with the {taken} {value!r} exists already") from error


def _require_no_loads(connection: Connection, organization: Organization) -> None:
    count = connection.execute(
        select(func.count())
        .select_from(loads)
        .where(loads.c.organization_id == organization.id, loads.c.status.in_(("ACCEPTED", "RECEIVED", "FAILED")))
    ).scalar_one()
    if count:
        raise ConflictError(
            f"the currency of {organization.slug} stays {organization.currency}: {count} of its files are in the ledger, or "
            "wait to be. Nothing was changed. Add another organization for another currency."
        )


def _since_when(current: Organization, delivers: Cadence | None) -> date | None:
    """The day on which it was said when files are due: today, unless that is what was said before."""
    if delivers is None:
        return None
    return current.delivers_since if delivers == current.delivers else datetime.now(UTC).date()


def _values(organization: Organization) -> dict[str, Any]:
    return {
        **asdict(organization),
        "revenue_categories": list(organization.revenue_categories),
        "delivers": _plain(organization.delivers),
    }


def _organization(row: Row[*tuple[Any, ...]]) -> Organization:
    delivers = None if row.delivers is None else Cadence.parse(row.delivers)
    return Organization(**{**row._mapping, "revenue_categories": tuple(row.revenue_categories), "delivers": delivers})


def _event(
    event_type: str, principal: Principal, organization: Organization, metadata: Mapping[str, JsonValue]
) -> AuditEvent:
    subject = Subject(SubjectType.ORGANIZATION, str(organization.id))
    return AuditEvent(event_type, principal.name, subject, organization.id, metadata)


def _plain(value: object) -> JsonValue:
    """A value as audit metadata may hold it."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [str(each) for each in value]
    return None if value is None else str(value)
