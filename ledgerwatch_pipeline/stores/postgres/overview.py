"""What a database holds in figures, what of it failed, and where it is: for ``ledgerwatch status`` and Dagster's checks. Nothing is
changed here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg2.extensions import parse_dsn
from sqlalchemy import Connection, Row, Select, func, select, text

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.model.listed import Listed
from ledgerwatch_pipeline.model.load import LoadStatus
from ledgerwatch_pipeline.model.work import CASES, Failure, WorkStatus
from ledgerwatch_pipeline.stores.postgres import audit, corrections
from ledgerwatch_pipeline.stores.postgres.loads import UNSOLVED
from ledgerwatch_pipeline.stores.postgres.lookup import visible
from ledgerwatch_pipeline.stores.postgres.tables import analysis_work, current_runs, loads, organizations


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by what they are; analyses_due: pairs of organization and analyzer with anything due. findings: those that hold.
    ledger_rows: as the accepted loads say, less what corrections took out."""

    organizations: int
    loads: Mapping[LoadStatus, int]
    ledger_rows: int
    analyses_due: int
    analyses_failed: int
    findings: int
    audit_events: int


def counts(connection: Connection) -> Counts:
    """What the whole installation holds: for its operators."""
    by_status = select(loads.c.status, func.count(), func.sum(loads.c.accepted)).group_by(loads.c.status)
    found = connection.execute(by_status).all()
    statuses = {row[0]: row[1] for row in found}
    rows = sum(int(row[2] or 0) for row in found if row[0] == LoadStatus.ACCEPTED.value)
    rows -= corrections.rows_taken_out(connection)
    work = select(
        analysis_work.c.status,
        func.count(func.distinct(analysis_work.c.organization_id, analysis_work.c.analyzer)),
    ).group_by(analysis_work.c.status)
    works = {row[0]: row[1] for row in connection.execute(work)}
    return Counts(
        organizations=connection.execute(select(func.count()).select_from(organizations)).scalar_one(),
        loads={status: statuses.get(status.value, 0) for status in LoadStatus},
        ledger_rows=rows,
        analyses_due=works.get(WorkStatus.PENDING.value, 0),
        analyses_failed=works.get(WorkStatus.FAILED.value, 0),
        findings=int(
            connection.execute(
                select(func.coalesce(func.sum(current_runs.c.findings), 0)).where(current_runs.c.analyzer != CASES)
            ).scalar_one()
        ),
        audit_events=audit.count(connection),
    )


def failures(connection: Connection, principal: Principal) -> list[Failure]:
    """Everything that is FAILED of the principal's organizations, by organization: loads that nobody closed, then analyses."""
    found = [_load(row) for row in connection.execute(_failed_loads(principal))]
    return found + [_analysis(row) for row in connection.execute(_failed_analyses(principal))]


def failed_loads(connection: Connection, principal: Principal, limit: int) -> Listed[Failure]:
    """The loads that are FAILED, whichever import they failed in, and the first of them."""
    return _listed(connection, _failed_loads(principal), limit, _load)


def failed_analyses(connection: Connection, principal: Principal, analyzer: str, limit: int) -> Listed[Failure]:
    """What is FAILED of one analyzer, whichever run it failed in, and the first of it: an item for each organization and error."""
    query = _failed_analyses(principal).where(analysis_work.c.analyzer == analyzer)
    return _listed(connection, query, limit, _analysis)


def _failed_loads(principal: Principal) -> Select[Any]:
    return (
        select(organizations.c.slug, loads.c.file, loads.c.error)
        .join_from(loads, organizations)
        .where(loads.c.status == LoadStatus.FAILED.value, UNSOLVED, *visible(loads.c.organization_id, principal))
        .order_by(organizations.c.slug, loads.c.received_at, loads.c.id)
    )


def _failed_analyses(principal: Principal) -> Select[Any]:
    return (
        select(organizations.c.slug, analysis_work.c.analyzer, analysis_work.c.error)
        .join_from(analysis_work, organizations)
        .where(analysis_work.c.status == WorkStatus.FAILED.value, *visible(analysis_work.c.organization_id, principal))
        .distinct()
        .order_by(organizations.c.slug, analysis_work.c.analyzer, analysis_work.c.error)
    )


def _listed(
    connection: Connection, query: Select[Any], limit: int, failure: Callable[[Row[Any]], Failure]
) -> Listed[Failure]:
    total = connection.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    return Listed(total, [failure(row) for row in connection.execute(query.limit(limit))])


def _load(row: Row[Any]) -> Failure:
    return Failure("load", row.slug, row.file, row.error)


def _analysis(row: Row[Any]) -> Failure:
    return Failure("analysis", row.slug, row.analyzer, row.error)


def server_version(connection: Connection) -> str:
    """PostgreSQL's version, as it says it."""
    return str(connection.execute(text("SHOW server_version")).scalar_one())


def shown_address(url: str) -> str:
    """The database's address as it may be shown: a password in it is hidden, and so is everything but the place."""
    parts = parse_dsn(url)
    user = parts.get("user", "") + (":***" if "password" in parts else "")
    port = f":{parts['port']}" if "port" in parts else ""
    return f"postgresql://{user}{'@' if user else ''}{parts.get('host', '')}{port}/{parts.get('dbname', '')}"
