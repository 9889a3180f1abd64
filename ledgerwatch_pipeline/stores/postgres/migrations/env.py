"""Alembic's entry: runs the migrations on the connection that ``stores.postgres.migrate`` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table_schema="ledgerwatch")
with context.begin_transaction():
    context.run_migrations()
