"""The audit log's triggers: for all that verifying rests on, and once a statement."""

from contextlib import closing

from alembic import op

from ledgerwatch_pipeline.sql import sql_text

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """What Alembic runs, in one transaction."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(sql_text("postgres/0012_audit_triggers"))
