"""What DuckLake's catalog in PostgreSQL says of the lake, for those who do not attach it: no DuckDB is loaded for that."""

from sqlalchemy import Connection, text

CATALOG_SCHEMA = "ducklake"
"""The schema of PostgreSQL that DuckLake keeps its catalog in."""
VERSION = 6
"""The version of the lake that this LedgerWatch writes. Version 1 is that of 0.1, which kept no number."""


def version_in(connection: Connection) -> int | None:
    """The lake's version; None: there is no lake yet, or it is that of 0.1."""
    statistics = f"{CATALOG_SCHEMA}.ducklake_table_column_stats"
    if connection.execute(text("SELECT to_regclass(:name)"), {"name": statistics}).scalar() is None:
        return None
    found = connection.execute(
        text(
            f"SELECT max(s.max_value::int) FROM {statistics} AS s"
            f" JOIN {CATALOG_SCHEMA}.ducklake_table AS t ON t.table_id = s.table_id"
            " WHERE t.table_name = 'schema_version' AND t.end_snapshot IS NULL"
        )
    ).scalar()
    return None if found is None else int(found)
