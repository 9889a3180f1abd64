"""What a database holds in figures, and where it is: for ``ledgerwatch status``. Nothing is changed here."""

from typing import Any

from psycopg2.extensions import parse_dsn

from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres.engine import Cursor


def counts(cursor: Cursor) -> dict[str, Any]:
    """Organizations, loads by status, open alerts by severity, audit events, months due."""
    cursor.execute(sql_text("postgres/counts"))
    row = cursor.fetchone()
    return {
        "organizations": row["organizations"],
        "loads": {name: row[f"loads_{name.lower()}"] for name in ("RECEIVED", "ACCEPTED", "REJECTED")},
        "open_alerts": {name: row[f"open_{name.lower()}"] for name in ("HIGH", "MEDIUM", "LOW")},
        "audit_events": row["audit_events"],
        "months_due": row["months_due"],
    }


def server_version(cursor: Cursor) -> str:
    cursor.execute("SHOW server_version")
    return str(cursor.fetchone()["server_version"])


def shown_address(url: str) -> str:
    """The database's address as it may be shown: a password in it is hidden, and so is everything but the place."""
    parts = parse_dsn(url)
    user = parts.get("user", "") + (":***" if "password" in parts else "")
    port = f":{parts['port']}" if "port" in parts else ""
    return f"postgresql://{user}{'@' if user else ''}{parts.get('host', '')}{port}/{parts.get('dbname', '')}"
