"""Work items, results of runs by organization, alerts and audit events by organization, four decimals."""

from contextlib import closing
from datetime import UTC, datetime

from alembic import op
from psycopg2.extras import Json, execute_values

from ledgerwatch_pipeline.model.audit import GENESIS, INSTALLATION_CHAIN, AuditEvent, Subject, event_hash
from ledgerwatch_pipeline.model.money import known_currencies
from ledgerwatch_pipeline.sql import sql_text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """What Alembic runs, in one transaction."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute("CREATE TEMP TABLE currency_decimals (currency text, decimals smallint) ON COMMIT DROP")
        currencies = [(currency.code, currency.decimals) for currency in known_currencies()]
        execute_values(cursor, "INSERT INTO currency_decimals VALUES %s", currencies)
        cursor.execute(sql_text("postgres/0002_organizations_everywhere"))
        cursor.execute("SELECT chain_id::text, seq, hash FROM audit_heads")
        heads = [{"chain": chain, "seq": seq, "hash": digest} for chain, seq, digest in cursor.fetchall()]
        if not heads:
            return
        now = datetime.now(UTC)
        event = AuditEvent("CHAIN_HEADS_RECORDED", "system", Subject.installation(), metadata={"heads": heads})
        cursor.execute(
            "INSERT INTO audit_events (chain_id, seq, event_type, actor, subject_type, subject_id, created_at, metadata,"
            " previous_hash, hash) VALUES (%s, 1, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                str(INSTALLATION_CHAIN),
                event.event_type,
                event.actor,
                event.subject.type,
                event.subject.id,
                now,
                Json(event.metadata),
                GENESIS,
                event_hash(INSTALLATION_CHAIN, 1, GENESIS, now, event),
            ),
        )
