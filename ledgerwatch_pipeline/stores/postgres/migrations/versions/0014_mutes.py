"""Mutes, and what a case was like when it was snoozed."""

from contextlib import closing

from alembic import op

from ledgerwatch_pipeline.sql import sql_text

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """What Alembic runs, in one transaction."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(sql_text("postgres/0014_mutes"))
