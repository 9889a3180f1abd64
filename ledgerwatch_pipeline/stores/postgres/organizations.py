"""The organizations' table: add, change, find, list."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from psycopg2 import errors

from ledgerwatch_pipeline.model.audit import AuditEvent
from ledgerwatch_pipeline.model.errors import ConflictError, UnknownThingError
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_pipeline.stores.postgres.engine import Cursor

_COLUMNS = "id, slug, name, currency, opening_balance, opening_date, revenue_categories"


def add(cursor: Cursor, organization: Organization, actor: str) -> None:
    """Insert ``organization`` with its audit row; raises ConflictError when the slug or the name is taken."""
    with _names_taken(organization):
        cursor.execute(
            f"INSERT INTO organizations ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (
                organization.id,
                organization.slug,
                organization.name,
                organization.currency,
                organization.opening_balance,
                organization.opening_date,
                list(organization.revenue_categories),
            ),
        )
    audit_log.append(
        cursor,
        [
            AuditEvent(
                "ORGANIZATION_CREATED",
                actor,
                organization.slug,
                organization.slug,
                {"name": organization.name, "currency": organization.currency},
            )
        ],
    )


@contextmanager
def _names_taken(organization: Organization) -> Iterator[None]:
    try:
        yield
    except errors.UniqueViolation as error:
        taken = "name" if "name" in (error.diag.constraint_name or "") else "slug"
        value = organization.name if taken == "name" else organization.slug
        raise ConflictError(f"an organization with the {taken} {value!r} exists already") from error


def change(cursor: Cursor, slug: str, values: Mapping[str, Any], actor: str) -> dict[str, tuple[Any, Any]]:
    """Give fields of an organization these values; return what that changed, each field with before and after.

    Raises UnknownThingError, UsageError for values that do not go together, and ConflictError: a name that is taken, or
    another currency when files were accepted or wait. The row is locked, and a load that is registered refers to it, so
    none slips in between.
    """
    lock(cursor, get(cursor, slug))
    current = get(cursor, slug)
    wanted = replace(current, **values)
    changed = {
        field: (getattr(current, field), getattr(wanted, field))
        for field in values
        if getattr(current, field) != getattr(wanted, field)
    }
    if not changed:
        return {}
    if "currency" in changed:
        _require_no_loads(cursor, current)
    with _names_taken(wanted):
        cursor.execute(
            "UPDATE organizations SET name = %s, currency = %s, opening_balance = %s, opening_date = %s,"
            " revenue_categories = %s WHERE id = %s",
            (
                wanted.name,
                wanted.currency,
                wanted.opening_balance,
                wanted.opening_date,
                list(wanted.revenue_categories),
                wanted.id,
            ),
        )
    before, after = ({field: _plain(pair[side]) for field, pair in changed.items()} for side in (0, 1))
    audit_log.append(
        cursor, [AuditEvent("ORGANIZATION_UPDATED", actor, slug, slug, {"before": before, "after": after})]
    )
    return changed


def _require_no_loads(cursor: Cursor, organization: Organization) -> None:
    cursor.execute(
        "SELECT count(*) AS n FROM loads WHERE organization_id = %s AND status IN ('ACCEPTED', 'RECEIVED')",
        (organization.id,),
    )
    count = cursor.fetchone()["n"]
    if count:
        raise ConflictError(
            f"the currency of {organization.slug} stays {organization.currency}: {count} of its files are in the ledger, or "
            "wait to be. Nothing was changed. Add another organization for another currency."
        )


def _plain(value: Any) -> Any:
    """A value as audit metadata may hold it."""
    return list(value) if isinstance(value, tuple) else None if value is None else str(value)


def get(cursor: Cursor, slug: str) -> Organization:
    """The organization called ``slug``; raises UnknownThingError naming the close ones."""
    cursor.execute(f"SELECT {_COLUMNS} FROM organizations WHERE slug = %s", (slug,))
    row = cursor.fetchone()
    if row is None:
        cursor.execute("SELECT slug FROM organizations")
        raise unknown(slug, [row["slug"] for row in cursor.fetchall()])
    return _organization(row)


def lock(cursor: Cursor, organization: Organization) -> None:
    """Let nobody else change the organization, or register a file for it, until the transaction ends."""
    cursor.execute("SELECT 1 FROM organizations WHERE id = %s FOR UPDATE", (organization.id,))


def unknown(slug: str, known: Iterable[str]) -> UnknownThingError:
    """The error that says so, for whoever has looked among ``known`` already."""
    return UnknownThingError("organization", slug, known, "add one with: ledgerwatch orgs add SLUG --name NAME")


def every(cursor: Cursor) -> list[Organization]:
    """All organizations by slug."""
    cursor.execute(f"SELECT {_COLUMNS} FROM organizations ORDER BY slug")
    return [_organization(row) for row in cursor.fetchall()]


def _organization(row: dict[str, Any]) -> Organization:
    return Organization(**{**row, "revenue_categories": tuple(row["revenue_categories"])})
