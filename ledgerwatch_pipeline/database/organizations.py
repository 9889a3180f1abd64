"""The organizations' table: add, find, list."""

from collections.abc import Iterable
from typing import Any

from psycopg2 import errors

from ledgerwatch_pipeline.database import audit_log
from ledgerwatch_pipeline.database.connection import Cursor
from ledgerwatch_pipeline.model.audit import AuditEvent
from ledgerwatch_pipeline.model.errors import ConflictError, UnknownThingError
from ledgerwatch_pipeline.model.organization import Organization

_COLUMNS = "id, slug, name, currency, opening_balance, opening_date, revenue_categories"


def add(cursor: Cursor, organization: Organization, actor: str) -> None:
    """Insert ``organization`` with its audit row; raises ConflictError when the slug or the name is taken."""
    try:
        cursor.execute(
            f"INSERT INTO organizations ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (
                organization.id, organization.slug, organization.name, organization.currency,
                organization.opening_balance, organization.opening_date, list(organization.revenue_categories),
            ),
        )  # fmt: skip
    except errors.UniqueViolation as error:
        taken = "name" if "name" in (error.diag.constraint_name or "") else "slug"
        value = organization.name if taken == "name" else organization.slug
        raise ConflictError(f"an organization with the {taken} {value!r} exists already") from error
    audit_log.append(
        cursor,
        [
            AuditEvent(
                "ORGANIZATION_CREATED", actor, organization.slug, organization.slug,
                {"name": organization.name, "currency": organization.currency},
            )
        ],
    )  # fmt: skip


def get(cursor: Cursor, slug: str) -> Organization:
    """The organization called ``slug``; raises UnknownThingError naming the close ones."""
    cursor.execute(f"SELECT {_COLUMNS} FROM organizations WHERE slug = %s", (slug,))
    row = cursor.fetchone()
    if row is None:
        cursor.execute("SELECT slug FROM organizations")
        raise unknown(slug, [row["slug"] for row in cursor.fetchall()])
    return _organization(row)


def unknown(slug: str, known: Iterable[str]) -> UnknownThingError:
    """The error that says so, for whoever has looked among ``known`` already."""
    return UnknownThingError("organization", slug, known, "add one with: ledgerwatch orgs add SLUG --name NAME")


def every(cursor: Cursor) -> list[Organization]:
    """All organizations by slug."""
    cursor.execute(f"SELECT {_COLUMNS} FROM organizations ORDER BY slug")
    return [_organization(row) for row in cursor.fetchall()]


def _organization(row: dict[str, Any]) -> Organization:
    return Organization(**{**row, "revenue_categories": tuple(row["revenue_categories"])})
