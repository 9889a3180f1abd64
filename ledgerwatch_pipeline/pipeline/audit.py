"""The steps over whole audit chains: verify the log, export it, verify an export. Each takes as long as the log is, and no memory."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO
from uuid import UUID

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import ChainHead
from ledgerwatch_pipeline.model.audit_chain import (
    LONGEST_LINE,
    BrokenChainError,
    MissingHeadError,
    export_line,
    verify_lines,
)
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.stores.postgres import audit


def verify_chains(home: Home, principal: Principal, expected_heads: Iterable[str] = ()) -> dict[str, int]:
    """Walk every chain, then record their ends in the installation's; how many events each had, by what people call it.

    Raises BrokenChainError and MissingHeadError, see ``stores.postgres.audit.verify``; no end is recorded then. That the chains were
    walked, and with which result, is noted either way.
    """
    try:
        with home.database.snapshot() as connection:
            counts = audit.verify(connection, expected_heads)
    except (BrokenChainError, MissingHeadError) as error:
        with home.database.transaction() as connection:
            audit.record_verification(connection, principal, None, str(error))
        raise
    with home.database.transaction() as connection:  # not in the snapshot: it appends to the newest head
        audit.record_heads(connection, principal)
        audit.record_verification(connection, principal, counts, None)
    return counts


def exported(home: Home, principal: Principal, organization_id: UUID | None) -> Iterator[str]:
    """The lines of an export (``model.audit_chain.export_line``) of one organization's chain or of all: as of one moment, event by event.

    The heads of the chains are recorded before, so that what is cut off later misses what was exported. Raises
    BrokenChainError for an event that has no canonical form.
    """
    with home.database.transaction() as connection:
        audit.record_heads(connection, principal)
    with home.database.snapshot() as connection:
        for row in audit.chain_rows(connection, principal, organization_id):
            try:
                yield export_line(row)
            except ValueError as error:
                raise BrokenChainError(row.organization or str(row.chain_id), row.seq, str(error)) from error


def verify_export(file: Path, expected_heads: Iterable[str] = ()) -> list[ChainHead]:
    """Walk the chains of an export, without a database; see ``model.audit_chain.verify_lines``. Raises UsageError for a file that
    cannot be read."""
    try:
        with file.open(encoding="ascii", errors="backslashreplace", newline="\n") as lines:
            return verify_lines(_bounded(lines), expected_heads)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error


def _bounded(file: TextIO) -> Iterator[str]:
    """The lines of a file; of one that is longer than any of an export is, pieces."""
    return iter(lambda: file.readline(LONGEST_LINE), "")
