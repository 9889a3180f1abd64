"""Mutes, the vendor's key of alerts, and what a case was like when it was snoozed."""

from contextlib import closing

from alembic import op
from psycopg2.extras import execute_values

from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.sql import sql_text

revision = "0013"
down_revision = "0011"


def upgrade() -> None:
    """What Alembic runs, in one transaction."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(sql_text("postgres/0013_mutes"))
        cursor.execute("SELECT DISTINCT evidence ->> 'vendor' FROM alerts WHERE evidence ->> 'vendor' IS NOT NULL")
        vendors = [(vendor, vendor_key(vendor)) for (vendor,) in cursor.fetchall()]
        if vendors:
            cursor.execute("CREATE TEMP TABLE vendor_keys (vendor text, vendor_key text) ON COMMIT DROP")
            execute_values(cursor, "INSERT INTO vendor_keys VALUES %s", vendors)
            cursor.execute(
                "UPDATE alerts AS a SET vendor_key = k.vendor_key FROM vendor_keys AS k"
                " WHERE a.evidence ->> 'vendor' = k.vendor"
            )
        cursor.execute(sql_text("postgres/0013_snoozed"))
