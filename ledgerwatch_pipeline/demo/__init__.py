"""Demo and benchmark data with a known answer: ``generator`` writes it, ``scoring`` compares findings with the answer.

Nothing here is used by the product's own work on real ledgers, and nothing here reads a ledger, a lake or a database.
"""
