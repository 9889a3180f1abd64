"""Demo and benchmark data with a known answer: ``generator`` writes it, ``scoring`` compares findings with the answer,
``demonstration`` takes a home through both.

Nothing here is used by the product's own work on real ledgers; ``demonstration`` alone opens its stores.
"""
