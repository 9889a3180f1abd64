"""A correction of the ledger: what somebody took out of it, brought back, or entered by hand, and why.

Nothing in the ledger is edited: each correction is a record of its own, stored by ``stores.postgres.corrections``. What comes of it in
the lake: ``stores.lake.ledger``.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ledgerwatch_pipeline.model.load import transaction_id

MAX_REASON = 2_000
MAX_KEY = 255


class CorrectionKind(StrEnum):
    """What is done: a transaction is taken out; is taken out and another put in; is brought back; one is entered by hand; all
    transactions of a load are taken out."""

    VOID = "void"
    REPLACE = "replace"
    RESTORE = "restore"
    ADD = "add"
    WITHDRAW = "withdraw"

    @property
    def takes_out(self) -> bool:
        """Whether the transaction it is about is out of the ledger afterwards."""
        return self in (CorrectionKind.VOID, CorrectionKind.REPLACE)


class CorrectionStatus(StrEnum):
    """PENDING → APPLIED | REJECTED: what was asked for is finished by whoever comes next, should its process be killed."""

    PENDING = "PENDING"
    APPLIED = "APPLIED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class NewCorrection:
    """What somebody asks for. load_id: the load that is withdrawn, or whose row ``row_number`` is meant. new_load_id: the load that
    carries the row put in. key: by which a repeated command is known for the same one. request: sha256 of what is asked for."""

    id: UUID
    organization_id: UUID
    kind: CorrectionKind
    load_id: UUID | None
    row_number: int | None
    new_load_id: UUID | None
    actor: str
    reason: str
    key: str | None
    request: str


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A correction as it is stored. number: its place among all of the installation. error: why nothing came of it."""

    id: UUID
    number: int
    organization_id: UUID
    organization: str
    kind: CorrectionKind
    status: CorrectionStatus
    load_id: UUID | None
    row_number: int | None
    new_load_id: UUID | None
    actor: str
    reason: str
    key: str | None
    request: str
    error: str | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def transaction(self) -> UUID | None:
        """The transaction it is about; None if it is about a load, or only puts one in."""
        if self.load_id is None or self.row_number is None:
            return None
        return transaction_id(self.load_id, self.row_number)

    @property
    def new_transaction(self) -> UUID | None:
        """The transaction it puts in, if it does: the one row of its load."""
        return None if self.new_load_id is None else transaction_id(self.new_load_id, 1)
