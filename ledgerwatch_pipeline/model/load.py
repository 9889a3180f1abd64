"""A load: one file delivered for one organization; its states, and the ids that follow from its bytes.

A load is identified by organization and sha256, so the ids of its transactions do too: rebuilding the ledger from the
archived files gives the same ids. The registry itself is ``database.loads``.
"""

import hashlib
from enum import StrEnum
from uuid import UUID


class LoadStatus(StrEnum):
    """RECEIVED → ACCEPTED | REJECTED; a rejected file may be delivered again, say with another profile."""

    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


class OnInvalid(StrEnum):
    """What one bad row means: the whole file is rejected, or the row alone is set aside."""

    REJECT = "reject"
    QUARANTINE = "quarantine"


MAX_ROW_NUMBER = 2**32 - 1


def load_id(organization_id: UUID, sha256: str) -> UUID:
    """Derive a load's id: a UUIDv8 (RFC 9562) whose last 32 bits are zero, the place of a row number."""
    digest = hashlib.sha256(organization_id.bytes + bytes.fromhex(sha256)).digest()
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
