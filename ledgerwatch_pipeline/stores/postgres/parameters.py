"""What organizations set for analyzers instead of the defaults. What a parameter is and may be: ``analysis.contract``."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from ledgerwatch_pipeline.stores.postgres.tables import analyzer_parameters


def overrides(connection: Connection, analyzer: str) -> dict[UUID, dict[str, str]]:
    """Parameter → value as text, by organization; one that sets nothing is absent."""
    query = select(analyzer_parameters.c.organization_id, analyzer_parameters.c.parameters)
    rows = connection.execute(query.where(analyzer_parameters.c.analyzer == analyzer))
    return {row.organization_id: row.parameters for row in rows}


def set_overrides(connection: Connection, organization_id: UUID, analyzer: str, values: Mapping[str, str]) -> None:
    """Make these all that the organization sets; an empty mapping leaves it the defaults."""
    table = analyzer_parameters
    if not values:
        connection.execute(
            table.delete().where(table.c.organization_id == organization_id, table.c.analyzer == analyzer)
        )
        return
    row = {"organization_id": organization_id, "analyzer": analyzer, "parameters": dict(values)}
    statement = insert(table).values(row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[table.c.organization_id, table.c.analyzer],
            set_={"parameters": statement.excluded.parameters},
        )
    )
