"""Alerts name their vendor by key, and are found by it and by who has them."""

from contextlib import closing

from alembic import op
from psycopg2.extras import execute_values

from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.sql import sql_text

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """What Alembic runs, in one transaction."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(sql_text("postgres/0013_alert_actions"))
        cursor.execute("SELECT DISTINCT evidence ->> 'vendor' FROM alerts WHERE evidence ->> 'vendor' IS NOT NULL")
        keys = [(vendor, vendor_key(vendor)) for (vendor,) in cursor.fetchall()]
        if not keys:
            return
        cursor.execute("CREATE TEMP TABLE keys_of_vendors (vendor TEXT, vendor_key TEXT) ON COMMIT DROP")
        execute_values(cursor, "INSERT INTO keys_of_vendors VALUES %s", keys, page_size=1_000)
        cursor.execute(
            "UPDATE alerts AS a SET vendor_key = k.vendor_key FROM keys_of_vendors AS k WHERE k.vendor = a.evidence ->> 'vendor'"
        )
