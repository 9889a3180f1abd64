"""The step that verifies the audit chains: every event of every chain is hashed anew. It takes as long as the log is."""

from collections.abc import Iterable

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.stores.postgres import audit
from ledgerwatch_pipeline.stores.postgres.audit import BrokenChainError, MissingHeadError


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
