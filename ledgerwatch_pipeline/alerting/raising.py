"""Findings → alerts, as one bulk operation an analyzer: raise what is new, update what stands, resolve what is gone.

Only what was analysed is touched: an alert of another month, organization or analyzer stays as it is.
"""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
from sqlalchemy import Connection, Row, select, text

from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.scope import create_scope, scope_of
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import AlertStatus
from ledgerwatch_pipeline.model.audit import AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.work import WorkItem
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres import audit, locks, runs, work
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_pipeline.stores.postgres.tables import alerts

_EVENTS = {"regressed": "ALERT_REGRESSED", "reopened": "ALERT_REOPENED", "auto_resolved": "ALERT_AUTO_RESOLVED"}
_COUNTS = ("raised", "updated", "regressed", "reopened", "auto_resolved")


@dataclass(frozen=True, slots=True)
class RaisingOutcome:
    """How many alerts were new, changed, regressed, reopened because they hold again, or resolved by the system."""

    raised: int
    updated: int
    regressed: int
    reopened: int
    auto_resolved: int
    raised_by_month: dict[Month, int]


def raise_alerts(home: Home, analyzer: Analyzer, items: Sequence[WorkItem], worker: int) -> RaisingOutcome:
    """Bring the alerts of ``analyzer`` in line with the findings that hold, for the months of ``items``, and remove these
    from the queue: ``worker`` has leased them, so nobody else changes these findings meanwhile.

    Findings are read and written out before the transaction; alerts, audit rows and queue commit together.
    """
    scope = scope_of(items)
    organization_ids = sorted({row.organization_id for row in scope}, key=str)
    home.settings.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.settings.scratch) as folder:
        file = Path(folder) / "findings"
        _write_findings(home, analyzer, scope, organization_ids, file)
        with home.database.transaction() as connection:
            work.require_lease(connection, worker, items)
            locks.hold(connection, Lock.ALERTS, organization_ids)
            _stage(connection, scope, file)
            rows = connection.execute(text(sql_text("postgres/raise_alerts")), {"analyzer": analyzer.name}).all()
            runs.count_raised(connection, _raised_by_run(rows))
            outcome = _outcome(rows)
            if outcome.raised:  # the embedded server seldom lives until autovacuum does it: lists would sort everything
                connection.execute(text("ANALYZE alerts"))
            work.done(connection, items)
            audit.append(connection, _events(analyzer, scope, rows))
    return outcome


def _write_findings(
    home: Home, analyzer: Analyzer, scope: Sequence[ScopeRow], organization_ids: Sequence[UUID], file: Path
) -> None:
    """The findings that hold, one an alert, as PostgreSQL's COPY reads them."""
    with home.database.transaction() as connection:
        current = runs.current(connection, analyzer.name, organization_ids)
        open_alerts = connection.execute(
            select(alerts.c.organization_id, alerts.c.fingerprint).where(
                alerts.c.analyzer == analyzer.name,
                alerts.c.organization_id.in_(organization_ids),
                alerts.c.status != AlertStatus.RESOLVED.value,
                alerts.c.month.between(
                    min(row.months.first for row in scope).first_day, max(row.months.last for row in scope).first_day
                ),
            )
        ).all()
    con = home.lake.con
    create_scope(con, scope)
    _create(
        con,
        "current",
        {"organization_id": "UUID", "month": "DATE", "run_id": "UUID"},
        [(str(each.organization_id), each.month.first_day, str(each.run_id)) for each in current],
    )
    _create(
        con,
        "open_alerts",
        {"organization_id": "UUID", "fingerprint": "VARCHAR"},
        [(str(row.organization_id), row.fingerprint) for row in open_alerts],
    )
    con.execute(sql_text("lake/current_findings"), {"analyzer": analyzer.name})
    con.execute(f"COPY current_findings TO '{file}' (FORMAT postgres_binary)")
    for table in ("current_findings", "current", "open_alerts", "scope"):
        con.execute(f"DROP TABLE temp.{table}")


def _create(
    con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], rows: Sequence[tuple[object, ...]]
) -> None:
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
    )
    parts = zip(*rows, strict=True) if rows else ([] for _ in columns)
    lists = {name: list(part) for name, part in zip(columns, parts, strict=True)}
    unnested = ", ".join(f"unnest(CAST(${name} AS {kind}[]))" for name, kind in columns.items())
    con.execute(f"INSERT INTO {table} SELECT {unnested}", lists)


def _stage(connection: Connection, scope: Sequence[ScopeRow], file: Path) -> None:
    """Fill the temporary tables ``raised`` and ``raised_scope``, which last as long as the transaction."""
    connection.execute(text(sql_text("postgres/raised")))
    connection.execute(
        text(
            "INSERT INTO raised_scope SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:firsts AS date[]),"
            " CAST(:lasts AS date[]))"
        ),
        {
            "ids": [str(row.organization_id) for row in scope],
            "firsts": [row.months.first.first_day for row in scope],
            "lasts": [row.months.last.first_day for row in scope],
        },
    )
    with file.open("rb") as source, connection.connection.cursor() as cursor:
        cursor.copy_expert("COPY raised FROM STDIN (FORMAT binary)", source)
    connection.execute(text("ANALYZE raised"))


def _raised_by_run(rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[tuple[UUID, UUID, date], int]:
    return {(row.analysis_run_id, row.organization_id, row.month): row.n for row in rows if row.what == "raised"}


def _outcome(rows: Sequence[Row[*tuple[Any, ...]]]) -> RaisingOutcome:
    counts: Counter[str] = Counter()
    by_month: Counter[Month] = Counter()
    for row in rows:
        counts[row.what] += row.n
        if row.what == "raised":
            by_month[Month.of(row.month)] += row.n
    return RaisingOutcome(
        raised=counts["raised"],
        updated=counts["updated"],
        regressed=counts["regressed"],
        reopened=counts["reopened"],
        auto_resolved=counts["auto_resolved"],
        raised_by_month=dict(by_month),
    )


def _events(analyzer: Analyzer, scope: Sequence[ScopeRow], rows: Sequence[Row[*tuple[Any, ...]]]) -> list[AuditEvent]:
    """By organization: what was done in all, then each alert whose state changed."""
    counts: dict[UUID, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row.organization_id, Counter())[row.what] += row.n
    events = []
    for organization_id, found in counts.items():
        months = [row.months for row in scope if row.organization_id == organization_id]
        metadata: dict[str, JsonValue] = {
            "months": ", ".join(map(str, months)),
            **{name: found[name] for name in _COUNTS},
        }
        subject = Subject(SubjectType.ANALYZER, analyzer.name)
        events.append(AuditEvent("ALERTS_GENERATED", "system", subject, organization_id, metadata))
    return events + [
        AuditEvent(
            _EVENTS[row.what],
            "system",
            Subject(SubjectType.ALERT, str(row.id)),
            row.organization_id,
            {"number": row.number},
        )
        for row in rows
        if row.what in _EVENTS
    ]
