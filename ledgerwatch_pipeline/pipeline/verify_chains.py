"""Use case: walk every chain of the audit log, and have the installation's own chain record where they end."""

from collections.abc import Iterable

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.stores.postgres import audit


def verify_chains(home: Home, principal: Principal, expected_heads: Iterable[str] = ()) -> dict[str, int]:
    """How many events each chain has, by what people call it; raises what ``audit.verify`` raises, and then records nothing."""
    with home.database.snapshot() as connection:
        counts = audit.verify(connection, expected_heads)
    with home.database.transaction() as connection:  # not in the snapshot: it appends to the newest head
        audit.record_heads(connection, principal)
    return counts
