"""The DuckDB side of the generator: rows of a batch of organizations in memory, sums over them, and CSV files of them.

Here: tables, SQL and parameters. Not here: what the rows mean. Nothing outside this module sees a connection.
Called by ``generator`` only.
"""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from ledgerwatch_demo.draws import draw
from ledgerwatch_demo.planting import PlantedRow
from ledgerwatch_demo.roster import CAP, Organization, income_offsets
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.duckdb_process import NO_DOWNLOADS

NORMAL_ROWS = "demo/normal_rows"
# Activity by calendar month in thousandths. The largest step up, October to November, is 2.5 %.
SEASON = (970, 960, 985, 1000, 1010, 1020, 1005, 985, 1000, 1020, 1045, 1060)

_LINE = {
    "org": "BIGINT",
    "line": "BIGINT",
    "kind": "VARCHAR",
    "vendor": "VARCHAR",
    "category": "VARCHAR",
    "reference": "VARCHAR",
    "rows": "BIGINT",
    "base": "BIGINT",
    "noise": "BIGINT",
    "modulus": "BIGINT",
    "shape": "BIGINT",
    "day": "BIGINT",
}
_ORG_MONTH = dict.fromkeys(
    ("org", "month", "income_rows", "income_offset", "income_level", "campaign_level", "customers"), "BIGINT"
)
_CUSTOMER = {"org": "BIGINT", "position": "BIGINT", "name": "VARCHAR"}
_CALENDAR = {"month": "BIGINT", "first_day": "DATE", "pay_day": "DATE", "business_days": "BIGINT", "season": "BIGINT"}
_BUSINESS_DAY = {"month": "BIGINT", "position": "BIGINT", "date": "DATE"}
_PLANTED = {
    "org": "BIGINT",
    "month": "BIGINT",
    "date": "DATE",
    "vendor": "VARCHAR",
    "cents": "BIGINT",
    "type": "VARCHAR",
    "category": "VARCHAR",
    "description": "VARCHAR",
    "nth": "BIGINT",
    "shuffle": "BIGINT",
}


class PostingStore:
    """Rows of one batch of organizations at a time. Use as a context manager: it spills to a temporary folder."""

    def __init__(self, calendar: Sequence[date], seed: int, threads: int | None) -> None:
        """Open an empty store for the months that begin on the days of ``calendar``."""
        self._seed = seed
        self._spill = tempfile.TemporaryDirectory(prefix="ledgerwatch-generate-")
        self._con = duckdb.connect(config={**NO_DOWNLOADS, "temp_directory": self._spill.name})
        if threads is not None:
            self._con.execute("SET threads = $threads", {"threads": threads})
        self._sql = sql_text(NORMAL_ROWS)
        self._load_calendar(calendar)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._con.close()
        self._spill.cleanup()

    def fill(
        self,
        batch: Sequence[Organization],
        planted: Mapping[tuple[int, int], int],
        campaign_levels: Mapping[int, Sequence[int]],
    ) -> None:
        """Draw the normal rows of a batch, leaving room for ``planted[organization, month]`` rows."""
        self._load("line", _LINE, (asdict(line) for plan in batch for line in plan.lines))
        customers = (
            {"org": plan.index, "position": number, "name": name}
            for plan in batch
            for number, name in enumerate(plan.customers)
        )
        self._load("customer", _CUSTOMER, customers)
        org_months: list[dict[str, Any]] = []
        for plan in batch:
            org_months += _org_months(plan, planted, campaign_levels[plan.index])
        self._load("org_month", _ORG_MONTH, org_months)
        self._con.execute(self._sql, {"seed": self._seed, "cap": CAP})

    def add(self, rows: Sequence[PlantedRow]) -> None:
        """Add planted rows; they are mixed among the normal ones of their day."""
        records = [
            {**asdict(row), "nth": number, "shuffle": draw(self._seed, "shuffle", row.org, number) >> 40}
            for number, row in enumerate(rows)
        ]
        self._load("planted", _PLANTED, records)
        self._con.execute("INSERT INTO posting BY NAME SELECT *, -1 AS line FROM planted")

    def totals(self) -> dict[int, defaultdict[tuple[int, str], tuple[int, int]]]:
        """Return for each organization, by month and type, cents and number of rows."""
        found: dict[int, defaultdict[tuple[int, str], tuple[int, int]]] = {}
        query = "SELECT org, month, type, sum(cents)::BIGINT, count(*) FROM posting GROUP BY ALL"
        for org, month, type_, cents, count in self._con.execute(query).fetchall():
            found.setdefault(org, defaultdict(lambda: (0, 0)))[month, type_] = (cents, count)
        return found

    def spend(self, lines: Iterable[tuple[int, int]]) -> dict[int, dict[tuple[int, int], int]]:
        """Return for each organization cents by line and month, for the wanted (organization, line) only."""
        self._load(
            "wanted", {"org": "BIGINT", "line": "BIGINT"}, ({"org": o, "line": n} for o, n in sorted(set(lines)))
        )
        found: defaultdict[int, dict[tuple[int, int], int]] = defaultdict(dict)
        query = (
            "SELECT org, line, month, sum(cents)::BIGINT FROM posting SEMI JOIN wanted USING (org, line) GROUP BY ALL"
        )
        for org, line, month, cents in self._con.execute(query).fetchall():
            found[org][line, month] = cents
        return found

    def write(self, path: Path, org: int, first_month: int, last_month: int, *, with_type: bool) -> None:
        """Write the rows of an organization's months to a CSV file, in an order that nothing but the rows decides."""
        columns = "date, vendor, (cents * CAST(0.01 AS DECIMAL(3, 2)))::DECIMAL(16, 2) AS amount, category, description"
        # COPY takes no parameters: the numbers are our own, the path is quoted.
        self._con.execute(
            f"""
            COPY (
                SELECT {columns}{", type" if with_type else ""}
                FROM posting
                WHERE org = {int(org)} AND month BETWEEN {int(first_month)} AND {int(last_month)}
                ORDER BY date, shuffle, line, nth
            ) TO '{str(path).replace("'", "''")}' (FORMAT csv, HEADER, NEW_LINE '\\r\\n')
            """
        )

    def _load_calendar(self, calendar: Sequence[date]) -> None:
        months, days = [], []
        for number, first in enumerate(calendar):
            following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            every = [first + timedelta(days=day) for day in range((following - first).days)]
            business = [day for day in every if day.weekday() < 5]
            days += [{"month": number, "position": at, "date": day} for at, day in enumerate(business)]
            months.append(
                {
                    "month": number,
                    "first_day": first,
                    "pay_day": business[-1],
                    "business_days": len(business),
                    "season": SEASON[first.month - 1],
                }
            )
        self._load("calendar", _CALENDAR, months)
        self._load("business_day", _BUSINESS_DAY, days)

    def _load(self, table: str, columns: Mapping[str, str], records: Iterable[Mapping[str, Any]]) -> None:
        """Replace a table; by way of JSON, which is forty times faster here than binding Python lists."""
        text = json.dumps(list(records), default=date.isoformat, ensure_ascii=False)
        self._con.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT unnest(from_json($records, $shape), recursive := true)",
            {"records": text, "shape": json.dumps([columns])},
        )


def _org_months(
    plan: Organization, planted: Mapping[tuple[int, int], int], campaign_levels: Sequence[int]
) -> list[dict[str, Any]]:
    """Rows of ``org_month``: income takes what the regular vendors and the planted rows leave of each month."""
    regular = sum(line.rows for line in plan.lines)
    income = [rows - regular - planted.get((plan.index, month), 0) for month, rows in enumerate(plan.rows)]
    return [
        {
            "org": plan.index,
            "month": month,
            "income_rows": rows,
            "income_offset": before,
            "income_level": plan.income_level[month],
            "campaign_level": campaign_levels[month],
            "customers": len(plan.customers),
        }
        for month, (rows, before) in enumerate(zip(income, income_offsets(income), strict=True))
    ]
