"""Alerts are raised faster: a hash of what findings say, one index and one foreign key less."""

from contextlib import closing

from alembic import op

from ledgerwatch_pipeline.sql import sql_text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """What Alembic runs, in one transaction."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(sql_text("postgres/0011_raising"))
