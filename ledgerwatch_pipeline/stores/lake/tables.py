"""What the lake says of its own tables: how many rows, which columns."""

from dataclasses import dataclass

import duckdb

from ledgerwatch_pipeline.stores.lake.rows import only_row


@dataclass(frozen=True, slots=True)
class LakeColumn:
    """A column of a table of the lake; ``type`` in DuckDB's words."""

    name: str
    type: str
    nullable: bool


def row_count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of ``lake.<table>``, from its statistics."""
    return int(only_row(con.execute(f"SELECT count(*) FROM lake.{table}"))[0])


def columns(con: duckdb.DuckDBPyConnection, table: str) -> list[LakeColumn]:
    """The columns of ``lake.<table>`` in order."""
    described = con.execute(f"DESCRIBE lake.{table}").fetchall()
    return [LakeColumn(name, kind, nullable == "YES") for name, kind, nullable, *_ in described]
