"""DuckLake: what is computed. Transactions, control totals, rejected rows, findings, as Parquet with a catalog in PostgreSQL.

The connection, the tables, and writing under the lake's lock live here; what to write is decided by the use cases.
"""
