"""PostgreSQL: what people and runs change. Tables, engine, locks, leases, migrations, and one module a table or two.

Queries of a line or three stand in the module that binds their values; bulk statements live in ``sql/postgres``. No rule of
the domain is decided here, and nothing here knows DuckDB or Dagster.
"""
