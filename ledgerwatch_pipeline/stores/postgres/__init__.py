"""PostgreSQL: what people and runs change. Connections, migrations, and one module a table or two.

SQL of a line or three stands in the module that binds its values; longer texts live in ``sql/database``. No rule of the
domain is decided here, and nothing here knows DuckDB or Dagster.
"""
