"""Organizations, loads, months due, analysis runs, alerts and the audit log."""

from contextlib import closing

from alembic import op

from ledgerwatch_pipeline.sql import sql_text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """What Alembic runs, in one transaction."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(sql_text("postgres/0001_initial"))
