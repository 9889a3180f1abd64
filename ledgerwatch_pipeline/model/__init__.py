"""Plain values of the domain: months, money, organizations, loads, alerts, audit hashing.

No I/O, no SQL, no Dagster here; everything above may import this, this imports nothing above.
"""
