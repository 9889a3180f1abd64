"""A second ledger beside the lake: a DuckDB file of its own, attached under the lake's name, with the lake itself as ``standing``.

What is written for the lake is written into it by the same statements. Then the two are compared load by load, and what the
lake has lost is put back from it. What belongs into it is ``importing.rebuild``'s business.
"""

import re
import shutil
import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.model.transaction import FIELDS
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import migrate
from ledgerwatch_pipeline.stores.lake.catalog import VERSION
from ledgerwatch_pipeline.stores.lake.session import attach, open_duckdb, quoted
from ledgerwatch_pipeline.stores.postgres.engine import Database

OF_LOADS = {
    "transactions": tuple(field.name for field in FIELDS),
    "load_totals": ("load_id", "organization_id", "month", "type", "rows", "amount"),
    "load_vendors": ("load_id", "organization_id", "vendor_key", "first_month"),
}
"""The tables that a load brings, by their columns."""
OF_CORRECTIONS = {
    "taken_out": (
        "correction_id",
        "organization_id",
        "load_id",
        "row_number",
        "month",
        "vendor_key",
        "type",
        "amount",
        "sign",
    ),
    "withdrawn_loads": ("correction_id", "organization_id", "load_id"),
}
"""The tables that corrections bring."""
_ISSUES = ("load_id", "organization_id", "attempt", "kind", "row_number", "column_name", "value", "rule", "message")
_COMPARED = {**OF_LOADS, **OF_CORRECTIONS, "row_issues": _ISSUES}


@dataclass(frozen=True, slots=True)
class Content:
    """What a table has of one load: rows, and a sum over the hashes of all their columns."""

    rows: int
    digest: int


class Beside:
    """Use it in a ``with``: the file is gone afterwards."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        settings.scratch.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="rebuild-", dir=settings.scratch))
        self.con = open_duckdb(settings)
        self.con.execute(f"ATTACH '{quoted(str(self._folder / 'ledger.duckdb'))}' AS lake")
        for statement in re.findall(r"CREATE TABLE lake\.\w+ \(.*?\);", migrate.schema(), re.S):
            self.con.execute(statement)
        self.con.execute(sql_text("lake/macros"))
        attach(self.con, settings, database, name="standing")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.con.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def lost(self) -> dict[str, str]:
        """The tables of the lake that cannot be read, each with what DuckDB says: their files are gone, or damaged."""
        there = {
            name
            for (name,) in self.con.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = 'standing'"
            ).fetchall()
        }
        found = {}
        for table in _tables():
            if table not in there:
                found[table] = "the table is not there"
                continue
            columns = ", ".join(self._columns(table))  # hashed: counting would be answered by the catalog alone
            try:
                self.con.execute(f"SELECT max(hash({columns})) FROM standing.{table}").fetchall()
            except (duckdb.IOException, duckdb.InvalidInputException, duckdb.HTTPException) as error:
                found[table] = " ".join(str(error).split())[:300]
        return found

    def contents(self, catalog: str, table: str, organization_ids: Collection[UUID]) -> dict[UUID, Content]:
        """What a table of ``lake`` (the second ledger) or ``standing`` has of each load of these organizations."""
        columns = ", ".join(_COMPARED[table])
        rows = self.con.execute(
            f"SELECT load_id, count(*), sum(CAST(hash({columns}) AS HUGEINT)) FROM {catalog}.{table}"
            " WHERE organization_id IN (SELECT unnest(CAST($ids AS UUID[]))) GROUP BY load_id",
            {"ids": [str(each) for each in organization_ids]},
        ).fetchall()
        return {load_id: Content(count, digest) for load_id, count, digest in rows}

    def issues(self, catalog: str, attempts: Iterable[tuple[UUID, int]]) -> dict[UUID, Content]:
        """The row issues of these loads, as of the attempts given."""
        self.con.execute("CREATE OR REPLACE TEMP TABLE wanted_attempts (load_id UUID, attempt INTEGER)")
        pairs = list(attempts)
        self.con.execute(
            "INSERT INTO wanted_attempts SELECT CAST(unnest($loads) AS UUID), unnest($attempts)",
            {"loads": [str(load) for load, _ in pairs], "attempts": [attempt for _, attempt in pairs]},
        )
        rows = self.con.execute(
            f"SELECT load_id, count(*), sum(CAST(hash({', '.join(_ISSUES)}) AS HUGEINT)) FROM {catalog}.row_issues"
            " SEMI JOIN wanted_attempts USING (load_id, attempt) GROUP BY load_id"
        ).fetchall()
        return {load_id: Content(count, digest) for load_id, count, digest in rows}

    def make_anew(self, tables: Collection[str]) -> None:
        """Within a transaction: make these tables of the lake anew and empty."""
        text = migrate.schema()
        for table in tables:
            self.con.execute(f"DROP TABLE IF EXISTS standing.{table}")
            for statement in re.findall(rf"(?:CREATE|ALTER) TABLE lake\.{table} .*?;", text, re.S):
                self.con.execute(statement.replace(" lake.", " standing.", 1))
            if table == "schema_version":
                self.con.execute(f"INSERT INTO standing.schema_version VALUES ({VERSION})")

    def put_back(self, load_ids: Collection[UUID], unknown: Collection[UUID], organizations: Collection[UUID]) -> None:
        """Within a transaction: the lake has of these loads what the second ledger has, and nothing of the unknown ones; and of the
        organizations the same corrections."""
        both = {"gone": [str(each) for each in (*load_ids, *unknown)]}
        back = {"loads": [str(each) for each in load_ids]}
        for table in (*OF_LOADS, "row_issues"):
            self.con.execute(
                f"DELETE FROM standing.{table} WHERE load_id IN (SELECT unnest(CAST($gone AS UUID[])))", both
            )
            self.con.execute(
                f"INSERT INTO standing.{table} BY NAME FROM lake.{table}"
                " WHERE load_id IN (SELECT unnest(CAST($loads AS UUID[])))",
                back,
            )
        owners = {"owners": [str(each) for each in organizations]}
        for table in OF_CORRECTIONS:
            which = "organization_id IN (SELECT unnest(CAST($owners AS UUID[])))"
            self.con.execute(f"DELETE FROM standing.{table} WHERE {which}", owners)
            self.con.execute(f"INSERT INTO standing.{table} BY NAME FROM lake.{table} WHERE {which}", owners)

    def forget_snapshots(self) -> None:
        """Forget every earlier snapshot: what they show is lost."""
        self.con.execute("CALL ducklake_expire_snapshots('standing', older_than => now())")

    def _columns(self, table: str) -> list[str]:
        found = self.con.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = 'standing' AND table_name = $table",
            {"table": table},
        ).fetchall()
        return [f'"{name}"' for (name,) in found]


def _tables() -> list[str]:
    return re.findall(r"CREATE TABLE lake\.(\w+) \(", migrate.schema())
