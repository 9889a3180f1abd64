"""A load: one file delivered for one organization; its states, what decided it, and the ids that follow from its bytes.

A load is identified by organization and sha256, so the ids of its transactions do too: rebuilding the ledger from the
archived files gives the same ids. The registry itself is ``stores.postgres.loads``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.profile import Profile


class LoadStatus(StrEnum):
    """RECEIVED → ACCEPTED | REJECTED | HELD; ACCEPTED → WITHDRAWN. A rejected file may be delivered again, say with another profile, and
    so may one that was withdrawn: that is another load.

    HELD: it looks like a re-export of what the ledger has; a person releases it, and it is RECEIVED again, or rejects it.
    FAILED: it could not be decided for a reason that is not the file's (its archived bytes are gone, say); a retry makes
    it RECEIVED again.
    """

    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    HELD = "HELD"
    FAILED = "FAILED"
    WITHDRAWN = "WITHDRAWN"


class Origin(StrEnum):
    """How the rows of a load came: in a file that somebody delivered, or in a correction, by hand."""

    FILE = "file"
    CORRECTION = "correction"


class OnInvalid(StrEnum):
    """What one bad row means: the whole file is rejected, or the row alone is set aside."""

    REJECT = "reject"
    QUARANTINE = "quarantine"


class OnOverlap(StrEnum):
    """What becomes of a file whose rows the ledger has already: it is held for a person, all its rows are taken all the same, or
    those are dropped that the ledger has."""

    HOLD = "hold"
    KEEP = "keep"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How the files of one delivery are to be read; ``profile`` None: the one that fits the header."""

    on_invalid: OnInvalid = OnInvalid.REJECT
    profile: Profile | None = None
    on_overlap: OnOverlap = OnOverlap.HOLD


@dataclass(frozen=True, slots=True)
class NewLoad:
    """A delivered file whose bytes are archived, ready to be registered. ordinal: which delivery of these bytes it is; those
    before it were withdrawn."""

    id: UUID
    organization_id: UUID
    sha256: str
    file: str
    bytes: int
    options: ImportOptions
    ordinal: int = 1
    origin: Origin = Origin.FILE


@dataclass(frozen=True, slots=True)
class BankStatement:
    """What a bank's statement in a file says of itself. None and empty: it does not say. entries: those booked, and movements
    their sum, credits less debits; where both balances are there, opening + movements is the closing one."""

    account: str
    currency: str
    first: date | None
    last: date | None
    opening: Decimal | None
    closing: Decimal | None
    entries: int
    movements: Decimal


@dataclass(frozen=True, slots=True)
class DecidedWith:
    """Everything beside the bytes that decided a load, kept with it so that a rebuild gives the same rows.

    judged_on: the last day a date might have (tomorrow, UTC, on the day of judgement). reader: name and version.
    rules: the version of the rules for rows. statements: of a bank's file, in its order, whose sums were checked.
    """

    profile: Profile
    revenue_categories: tuple[str, ...]
    currency: str
    currency_decimals: int
    first_month: Month
    judged_on: date
    reader: str
    rules: int
    statements: tuple[BankStatement, ...] = ()


@dataclass(frozen=True, slots=True)
class OverlappingLoad:
    """A load that has rows of another one, and how many of them it has. file: as it was called when that was found."""

    load_id: UUID
    file: str
    rows: int


@dataclass(frozen=True, slots=True)
class OverlapSide:
    """What one of two equal rows says: its number in its file, and what need not be the same in both."""

    row: int
    vendor: str
    category: str | None
    description: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class OverlapExample:
    """A row of a held load, and the row of another load that it equals in date, vendor, amount and type."""

    date: date
    amount: Decimal
    type: str
    own: OverlapSide
    load_id: UUID
    other: OverlapSide


@dataclass(frozen=True, slots=True)
class Overlap:
    """Why a load is held: how many of its good rows equal others, counted as multisets; which loads have those, the one with the
    most first (a row that several have counts for each); and some of them side by side."""

    rows: int
    equal: int
    loads: tuple[OverlappingLoad, ...]
    examples: tuple[OverlapExample, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one load: ACCEPTED, REJECTED or HELD with its figures. Amounts by type are control totals.

    reason: why it is rejected or held. rules: broken rule → number of rows. decided_with: None if the file could not be read.
    """

    load_id: UUID
    status: LoadStatus
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    blank: int = 0
    expense: Decimal = Decimal(0)
    income: Decimal = Decimal(0)
    refund: Decimal = Decimal(0)
    months: tuple[date, ...] = ()
    rules: Mapping[str, int] | None = None
    reason: str | None = None
    decided_with: DecidedWith | None = None
    overlap: Overlap | None = None


@dataclass(frozen=True, slots=True)
class LoadRow:
    """A load as the registry has it, with what is needed of its organization. Figures are None until it is decided.

    months: first days of the months its accepted rows lie in. worker, attempts: the lease, see ``stores.postgres.leases``.
    damage: what of the registry's row cannot be read, and why; None, unless somebody else wrote into it. closed_by: who said that
    nothing more is to be done about it, if it was rejected or FAILED. ordinal: which delivery of these bytes it is. withdrawn_by:
    who took all of its rows out of the ledger; its figures stay what they were. overlap: why it is HELD. released_by: who let it go
    on when it was; what was decided then is ``options.on_overlap``. delivery: the process that delivered it, see
    ``importing.receive``.
    """

    id: UUID
    organization_id: UUID
    organization: str
    currency: str
    currency_decimals: int
    revenue_categories: tuple[str, ...]
    sha256: str
    file: str
    bytes: int
    status: LoadStatus
    options: ImportOptions
    received_by: str
    received_at: datetime
    worker: int | None = None
    attempts: int = 0
    error: str | None = None
    finished_at: datetime | None = None
    rows: int | None = None
    accepted: int | None = None
    rejected: int | None = None
    skipped: int | None = None
    blank: int | None = None
    expense: Decimal | None = None
    income: Decimal | None = None
    refund: Decimal | None = None
    months: tuple[date, ...] = ()
    rules: Mapping[str, int] | None = None
    reason: str | None = None
    decided_with: DecidedWith | None = None
    damage: str | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    closed_note: str | None = None
    origin: Origin = Origin.FILE
    ordinal: int = 1
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None
    overlap: Overlap | None = None
    released_by: str | None = None
    released_at: datetime | None = None
    released_note: str | None = None
    delivery: int | None = None


@dataclass(frozen=True, slots=True)
class LoadFilter:
    """Which loads a list shows; None asks nothing. unsolved: those rejected or FAILED that nobody closed."""

    organization_id: UUID | None = None
    status: LoadStatus | None = None
    unsolved: bool = False


@dataclass(frozen=True, slots=True)
class LoadCursor:
    """Where a list of loads, newest first, continues: behind the load received then."""

    received_at: datetime
    id: UUID


MAX_ROW_NUMBER = 2**32 - 1


def load_id(organization_id: UUID, sha256: str, ordinal: int = 1) -> UUID:
    """Derive a load's id: a UUIDv8 (RFC 9562) whose last 32 bits are zero, the place of a row number.

    ordinal: which delivery of these bytes it is; a later one, after the one before was withdrawn, has other ids.
    """
    again = b"" if ordinal == 1 else ordinal.to_bytes(4, "big")
    digest = hashlib.sha256(organization_id.bytes + bytes.fromhex(sha256) + again).digest()
    value = int.from_bytes(digest[:16], "big")
    value = value & ~(0xF << 76) | (0x8 << 76)  # version 8
    value = value & ~(0x3 << 62) | (0x2 << 62)  # RFC variant
    return UUID(int=value & ~MAX_ROW_NUMBER)


def transaction_id(load: UUID, row_number: int) -> UUID:
    """The id of one row of a load; the SQL macro ``transaction_id`` says the same, and a test holds them together."""
    if not 0 < row_number <= MAX_ROW_NUMBER:
        raise ValueError(f"row number {row_number} does not fit 32 bits")
    return UUID(int=load.int | row_number)


def load_and_row(transaction: UUID) -> tuple[UUID, int]:
    """The load and the row number that a transaction's id was made from."""
    return UUID(int=transaction.int & ~MAX_ROW_NUMBER), transaction.int & MAX_ROW_NUMBER
