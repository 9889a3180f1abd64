"""From checked rows to a decision: external ids against the ledger, then accepted or rejected."""
