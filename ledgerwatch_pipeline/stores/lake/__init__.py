"""DuckLake: what is computed. Transactions, control totals, row issues, findings, as Parquet with a catalog in PostgreSQL.

The connection, the tables, their migration and maintenance live here; what to write is decided by the use cases.
"""
