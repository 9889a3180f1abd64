"""What an import of files would do, without doing it: read, checked and judged by the importer's own code, kept nowhere.

The files are read where they are, not from the archive (objects of a store are fetched into the scratch folder, and removed
from it); no load is registered, no row written, no event logged. They are judged as one batch, so that external ids which several of them have are settled as an import would.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.judge import judged, warm_up
from ledgerwatch_pipeline.importing.receive import archive
from ledgerwatch_pipeline.importing.receive.archive import ArchivedBytes, Unreadable
from ledgerwatch_pipeline.importing.receive.files import Delivery, deliveries_for, delivery_number
from ledgerwatch_pipeline.importing.receive.inbox import RefusedFile, contents_of, delivery_of, refused
from ledgerwatch_pipeline.importing.receive.source import Inbox, Source
from ledgerwatch_pipeline.importing.stage import LoadFile
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import Decision, ImportOptions, LoadRow, LoadStatus, load_id
from ledgerwatch_pipeline.model.row_issue import IssueReport
from ledgerwatch_pipeline.stores.lake import row_issues
from ledgerwatch_pipeline.stores.postgres import loads

_LISTED = 20


@dataclass(frozen=True, slots=True)
class DryRun:
    """One file: the registry's row as it would be, its first rows that would not be in the ledger, and what is known of it from
    before.

    before: the row the registry has (or would have by then) of the same bytes, if an import would leave that as it is;
    None: the file is new. twice: it is one of the same delivery.
    """

    load: LoadRow
    report: IssueReport = field(default_factory=IssueReport)
    before: LoadRow | None = None
    twice: bool = False


@dataclass(frozen=True, slots=True)
class InboxDryRun:
    """What an import of an inbox would do: with each file that can be received, and which would be refused."""

    files: list[DryRun]
    refused: list[RefusedFile]


def dry_run_files(
    home: Home, files: Sequence[Path], organization_slug: str, options: ImportOptions, principal: Principal
) -> list[DryRun]:
    """As ``receive`` and the import after it; raises UsageError where that would."""
    principal.require(Role.ANALYST)
    found = []
    with fetched(home) as folder:
        for delivery in deliveries_for(home, files, organization_slug, principal):
            file = load_file(delivery, options, principal, folder)
            if isinstance(file, Unreadable):
                raise UsageError(file.reason)
            found.append(file)
        found = _as_delivered(home, found, again=True)
        settled = {i: load for i, load in _known(home, found).items() if load.status is not LoadStatus.REJECTED}
        return _dry_run(home, found, settled)


def dry_run_inbox(home: Home, inbox: Inbox, options: ImportOptions, principal: Principal) -> InboxDryRun:
    """As ``receive_inbox`` and the import after it: a file rejected before with the same options is left alone."""
    principal.require(Role.ANALYST)
    contents = contents_of(home, inbox, principal)
    not_taken = [refused(each, each.misplaced) for each in contents.sights if each.misplaced is not None]
    found = []
    with fetched(home) as folder:
        for sight in contents.deliverable:
            file = load_file(delivery_of(inbox, sight, contents.organizations), options, principal, folder)
            if isinstance(file, Unreadable):
                not_taken.append(refused(sight, file.reason))
            else:
                found.append(file)
        found = _as_delivered(home, found, again=False)
        settled = {
            i: load
            for i, load in _known(home, found).items()
            if load.status is not LoadStatus.REJECTED or load.options == options
        }
        return InboxDryRun(_dry_run(home, found, settled), not_taken)


@contextmanager
def fetched(home: Home) -> Iterator[Path]:
    """A folder for what does not lie on this machine, as long as the dry run takes."""
    home.settings.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dry-run-", dir=home.settings.scratch) as folder:
        yield Path(folder)


def _as_delivered(home: Home, files: Sequence[LoadFile], *, again: bool) -> list[LoadFile]:
    """These files as the deliveries of their bytes that they would be."""
    with home.database.transaction() as connection:
        last = loads.deliveries(connection, {(each.load.organization_id, each.load.sha256) for each in files})
    found = []
    for file in files:
        organization, sha256 = file.load.organization_id, file.load.sha256
        ordinal = delivery_number(last.get((organization, sha256)), again=again)
        identity = load_id(organization, sha256, ordinal)
        found.append(replace(file, load=replace(file.load, id=identity, ordinal=ordinal)))
    return found


def _known(home: Home, files: Sequence[LoadFile]) -> dict[UUID, LoadRow]:
    """What the registry has of the same bytes; a failed load would be taken up anew, and so is not known."""
    with home.database.transaction() as connection:
        found = loads.by_ids(connection, [file.load.id for file in files])
    return {i: load for i, load in found.items() if load.status is not LoadStatus.FAILED}


def _on_this_machine(source: Source, folder: Path) -> tuple[Path, ArchivedBytes | Unreadable]:
    """Where the bytes can be read, and what they are known by."""
    if source.path is not None:
        return source.path, archive.hashed(source)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as copy:
        return Path(copy.name), archive.copied(source, copy.file)


def load_file(delivery: Delivery, options: ImportOptions, principal: Principal, folder: Path) -> LoadFile | Unreadable:
    """The load that a received file would be, and where it lies."""
    organization = delivery.organization
    path, bytes_ = _on_this_machine(delivery.source, folder)
    if isinstance(bytes_, Unreadable):
        return bytes_
    load = LoadRow(
        id=load_id(organization.id, bytes_.sha256),
        organization_id=organization.id,
        organization=organization.slug,
        currency=organization.currency,
        currency_decimals=organization.currency_decimals,
        revenue_categories=organization.revenue_categories,
        sha256=bytes_.sha256,
        file=delivery.file,
        bytes=bytes_.size,
        status=LoadStatus.RECEIVED,
        options=options,
        received_by=principal.name,
        received_at=datetime.now(UTC),
        attempts=1,
    )
    return LoadFile(load, path, delivery.source.shown)


def _dry_run(home: Home, files: Sequence[LoadFile], settled: Mapping[UUID, LoadRow]) -> list[DryRun]:
    first_of = {
        file.load.id: file for file in reversed(files)
    }  # the same bytes twice are one load, called as the first
    fresh = [file for file in first_of.values() if file.load.id not in settled]
    decided = _judge(home, sorted(fresh, key=lambda file: (file.load.file, file.load.id)))
    found = []
    for file in files:
        identity = file.load.id
        if identity in settled:
            found.append(DryRun(replace(settled[identity], file=file.load.file), before=settled[identity]))
        elif first_of[identity] is file:
            found.append(decided[identity])
        else:
            first = decided[identity].load
            found.append(DryRun(replace(first, file=file.load.file), before=first, twice=True))
    return found


def _judge(home: Home, files: Sequence[LoadFile]) -> dict[UUID, DryRun]:
    if not files:
        return {}
    warm_up()
    with judged(home, files) as judgement:
        rows = [file.load for file in files]
        reports = row_issues.reports_of_loads(home.lake.con, rows, _LISTED, row_issues.JUDGED)
        return {
            load.id: DryRun(decided(load, decision), reports.get(load.id, IssueReport()))
            for load, decision in zip(rows, judgement.decisions, strict=True)
        }


def decided(load: LoadRow, decision: Decision) -> LoadRow:
    """The row of the registry with the decision in it, as it is once the load is closed."""
    return replace(
        load,
        status=decision.status,
        finished_at=datetime.now(UTC),
        rows=decision.rows,
        accepted=decision.accepted,
        rejected=decision.rejected,
        skipped=decision.skipped,
        blank=decision.blank,
        expense=decision.expense,
        income=decision.income,
        refund=decision.refund,
        months=decision.months,
        rules=decision.rules,
        reason=decision.reason,
        decided_with=decision.decided_with,
        overlap=decision.overlap,
    )
