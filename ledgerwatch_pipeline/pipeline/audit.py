"""The step that verifies the audit chains: every event of every chain is hashed anew. It takes as long as the log is."""

from collections.abc import Iterable

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.stores.postgres import audit


def verify_chains(home: Home, principal: Principal, expected_heads: Iterable[str] = ()) -> dict[str, int]:
    """Walk every chain, then record their ends in the installation's; how many events each had, by what people call it.

    Raises BrokenChainError and MissingHeadError, see ``stores.postgres.audit.verify``; nothing is recorded then.
    """
    with home.database.snapshot() as connection:
        counts = audit.verify(connection, expected_heads)
    with home.database.transaction() as connection:  # not in the snapshot: it appends to the newest head
        audit.record_heads(connection, principal)
    return counts
