"""What an import of files would do, without doing it: read, checked and judged by the importer's own code, kept nowhere.

The files are read where they are, not from the archive; no load is registered, no row written, no event logged. They are
judged as one batch, so that external ids which several of them claim are settled as an import would.
"""

import hashlib
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import importer
from ledgerwatch_pipeline.importing.receive.files import Delivery, Terms, deliveries_for
from ledgerwatch_pipeline.importing.receive.inbox import RefusedFile, deliveries_of
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import LoadStatus, OnInvalid, load_id
from ledgerwatch_pipeline.stores.lake import row_issues as kept_out
from ledgerwatch_pipeline.stores.postgres import loads

_ERRORS = 20


@dataclass(frozen=True)
class Rehearsed:
    """One file: the registry's row as it would be, its first bad rows, and what is known of it from before.

    before: the row the registry has of the same bytes, if an import would leave that as it is; None: the file is new.
    """

    row: dict[str, Any]
    errors: list[dict[str, Any]]
    before: dict[str, Any] | None


def rehearse_files(
    home: Home, files: Sequence[Path], organization_slug: str, *, profile_name: str | None, on_invalid: OnInvalid
) -> list[Rehearsed]:
    """As ``receiving.receive`` and the import after it; raises UsageError where that would."""
    terms = Terms.of(home, profile_name, on_invalid)
    rows = []
    for delivery in deliveries_for(home, files, organization_slug):
        row = _row(delivery, terms)
        if isinstance(row, RefusedFile):
            raise UsageError(row.reason)
        rows.append(row)
    with home.database.transaction() as cursor:
        known = loads.by_ids(cursor, [row["id"] for row in rows])
    settled = {i: row for i, row in known.items() if row["status"] != LoadStatus.REJECTED}
    return _rehearse(home, rows, settled)


def rehearse_inbox(
    home: Home, folder: Path, *, profile_name: str | None, on_invalid: OnInvalid
) -> tuple[list[Rehearsed], list[RefusedFile]]:
    """As ``inbox.receive_inbox`` and the import after it: a file rejected before on the same terms is left alone."""
    terms = Terms.of(home, profile_name, on_invalid)
    deliveries, refused = deliveries_of(home, folder)
    rows = []
    for delivery in deliveries:
        row = _row(delivery, terms)
        if isinstance(row, RefusedFile):
            refused.append(row)
        else:
            rows.append(row)
    with home.database.transaction() as cursor:
        known = loads.by_ids(cursor, [row["id"] for row in rows])
    settled = {i: row for i, row in known.items() if row["status"] != LoadStatus.REJECTED or terms.are_of(row)}
    return _rehearse(home, rows, settled), refused


def _row(delivery: Delivery, terms: Terms) -> dict[str, Any] | RefusedFile:
    """What the registry would say of a received file, and where it lies."""
    organization = delivery.organization
    try:
        if not stat.S_ISREG(delivery.path.stat().st_mode):
            return RefusedFile(delivery.file, organization.slug, f"{delivery.path} is not a file")
        with delivery.path.open("rb") as source:
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
            size = source.tell()
    except OSError as error:
        reason = f"the file {delivery.path} cannot be read: {error.strerror}"
        return RefusedFile(delivery.file, organization.slug, reason)
    return {
        "id": load_id(organization.id, sha256),
        "organization_id": organization.id,
        "organization": organization.slug,
        "currency": organization.currency,
        "revenue_categories": list(organization.revenue_categories),
        "sha256": sha256,
        "file": delivery.file,
        "bytes": size,
        "path": delivery.path,
        "on_invalid": terms.on_invalid,
        "profile": terms.profile,
    }


def _rehearse(home: Home, rows: list[dict[str, Any]], settled: dict[UUID, dict[str, Any]]) -> list[Rehearsed]:
    first_of = {row["id"]: row for row in reversed(rows)}  # the same bytes twice are one load, and called as the first
    fresh = [row for row in first_of.values() if row["id"] not in settled]
    verdicts, errors = _judge(home, sorted(fresh, key=lambda row: (row["file"], row["id"])))
    rehearsed = []
    for row in rows:
        identity = row["id"]
        if identity in settled:
            rehearsed.append(Rehearsed(settled[identity] | {"file": row["file"]}, [], settled[identity]))
            continue
        judged = {**row, **verdicts[identity]}
        again = None if first_of[identity] is row else judged | {"file": first_of[identity]["file"]}
        rehearsed.append(Rehearsed(judged, errors.get(identity, []) if again is None else [], again))
    return rehearsed


def _judge(
    home: Home, rows: list[dict[str, Any]]
) -> tuple[dict[UUID, dict[str, Any]], dict[UUID, list[dict[str, Any]]]]:
    """The verdict on each load, in the registry's columns, and the first bad rows of each."""
    if not rows:
        return {}, {}
    importer.warm_up()
    with importer.judged_batch(home, rows, {}) as (_, outcomes):
        errors = kept_out.rows_of(home.lake.con, kept_out.STAGED, [row["id"] for row in rows], _ERRORS)
    return {outcome["id"]: outcome for outcome in outcomes}, errors
