"""Cases: the ranked lists that people work on."""

from contextlib import closing

from alembic import op

from ledgerwatch_pipeline.sql import sql_text

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """What Alembic runs, in one transaction."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(sql_text("postgres/0010_cases"))
