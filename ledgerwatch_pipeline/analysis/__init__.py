"""Rules over the ledger: what an analyzer is, which there are, what is due, and running them. Raising alerts: ``alerting``."""
