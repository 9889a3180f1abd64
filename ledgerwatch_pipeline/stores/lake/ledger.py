"""Where an import reads the rows that the ledger has: one place, so that all of it holds new files against the same ledger.

What an analyzer sees is ``analysis.evaluate``'s.
"""


def relation() -> str:
    """The relation of the ledger's rows in DuckDB, as text: one row a transaction, with the columns of ``model.transaction``."""
    return "lake.transactions"


def totals_relation() -> str:
    """The relation of the loads' control totals. By organization, month and type they count no fewer rows than the ledger has."""
    return "lake.load_totals"
