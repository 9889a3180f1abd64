"""How a file would be read: which profile fits it and why, its first rows as the ledger would have them, and what would be
refused. Judged by the importer's own code, as a dry run is; nothing is kept. A file in the ledger already is judged again.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import readers
from ledgerwatch_pipeline.importing.dry_run import decided, fetched, load_file
from ledgerwatch_pipeline.importing.judge import judged, warm_up
from ledgerwatch_pipeline.importing.profile import known_profiles
from ledgerwatch_pipeline.importing.readers.source import Delivered
from ledgerwatch_pipeline.importing.receive.archive import Unreadable
from ledgerwatch_pipeline.importing.receive.files import Delivery, deliveries_for, existing
from ledgerwatch_pipeline.importing.receive.folder import FileSource
from ledgerwatch_pipeline.model.errors import FileRejectedError, UsageError
from ledgerwatch_pipeline.model.load import ImportOptions, LoadRow, OnInvalid, OnOverlap
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.profile import Profile
from ledgerwatch_pipeline.model.row_issue import IssueKind, RowIssue
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import row_issues

SHOWN = 20
"""Rows that are shown of a file, and of those that would be refused."""
_NOBODY = "any"
"""What stands for the organization where none is named: a new one, of the currency that new ones have."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a known profile would read the file; lacks: what it misses, None: nothing."""

    profile: str
    lacks: str | None
    by_itself: bool
    """Whether a header can tell that it is meant."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as it would be read. fate: ``taken``, ``blank``, ``skipped`` or ``refused``; place: in words, None where the number
    says it."""

    row: int
    place: str | None
    fate: str
    date: date | None
    vendor: str | None
    amount: Decimal | None
    type: str | None
    category: str | None
    description: str | None
    reference: str | None
    currency: str | None
    account: str | None
    external_id: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """What would come of a file. format: None where no reader knows it; profile: the one it would be read with, None where none
    is found; columns: field → what the file calls its column. organization: None if none was named, and ``load`` has the
    currency that was taken for it."""

    load: LoadRow
    organization: str | None
    format: str | None
    profile: Profile | None
    columns: Mapping[str, str]
    fits: tuple[Fit, ...]
    rows: tuple[ReadRow, ...]
    errors: tuple[RowIssue, ...]

    @property
    def refuses(self) -> bool:
        """Whether the file or any row would be refused."""
        return self.load.reason is not None or bool(self.load.rejected)


def check_file(
    home: Home, path: Path, profile: Profile | None, organization: str | None, principal: Principal
) -> Checked:
    """Judge the file as an import would; raises UsageError for one that is not there."""
    principal.require(Role.ANALYST)
    options = ImportOptions(
        OnInvalid.QUARANTINE, profile, OnOverlap.KEEP
    )  # so that it is known what the other rows come to
    delivery = _delivery(home, path, organization, principal)
    with fetched(home) as folder:
        file = load_file(delivery, options, principal, folder)
        if isinstance(file, Unreadable):
            raise UsageError(file.reason)
        warm_up()
        known = known_profiles(home.settings.profiles)
        format_, fits = _fits(Delivered(file.path, file.load.file, folder, home.lake.con), profile, known)
        with judged(home, [file]) as judgement:
            (staged,), (decision,) = judgement.staged, judgement.decisions
            con = home.lake.con
            errors = row_issues.of_loads(con, [file.load], SHOWN, (IssueKind.REJECTED,), row_issues.JUDGED)
            rows = con.execute(sql_text("importing/first_rows"), {"count": SHOWN}).fetchall()
            return Checked(
                decided(file.load, decision),
                organization,
                format_,
                staged.layout.profile if staged.layout is not None else profile,
                staged.layout.column_names() if staged.layout is not None else {},
                fits,
                tuple(ReadRow(*row) for row in rows),
                tuple(errors.get(file.load.id, ())),
            )


def _delivery(home: Home, path: Path, organization: str | None, principal: Principal) -> Delivery:
    if organization is not None:
        (delivery,) = deliveries_for(home, [path], organization, principal)
        return delivery
    return Delivery(FileSource(existing(path)), path.name, Organization(uuid4(), _NOBODY, "nobody yet"), None)


def _fits(file: Delivered, named: Profile | None, known: Mapping[str, Profile]) -> tuple[str | None, tuple[Fit, ...]]:
    """The file's format, and of each known profile, or of the one that is named, whether it would read the file."""
    try:
        file = readers.unpacked(file)
        reader = readers.recognised(file)
    except FileRejectedError:
        return None, ()  # the judgement says why
    layouts: dict[Hashable, tuple[str, ...] | str] = {}
    found = []
    for profile in known.values() if named is None else (named,):
        layout = reader.layout(profile)
        if layout not in layouts:
            try:
                layouts[layout] = reader.inspect(file, reader.options(profile)).header
            except FileRejectedError as error:
                layouts[layout] = str(error)
        found.append(Fit(profile.name, _lacks(profile, layouts[layout]), profile.found_by_header))
    return reader.FORMAT, tuple(found)


def _lacks(profile: Profile, header: tuple[str, ...] | str) -> str | None:
    if isinstance(header, str):
        return header
    try:
        profile.map_header(header)
    except FileRejectedError as error:
        return str(error)
    return None
