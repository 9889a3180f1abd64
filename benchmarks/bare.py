"""The same work as one bare DuckDB script: parse, type, a ledger by month in Parquet, the analyzers over every month.

It checks nothing, keeps no state, explains nothing and raises no alert: what LedgerWatch takes beyond it is the price of
being a product. Prints one JSON object. Knows the analyzers' default parameters only; needs duckdb only.

    python -m benchmarks.bare DIR OPENING_BALANCE LIMIT CATEGORY_LIMIT

DIR/<organization>/*.csv with date, vendor, amount, category, description; the amounts are those of every organization.
"""

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import duckdb

_LEDGER = """
    COPY (
        SELECT parse_path(filename)[-2] AS organization, date, trim(vendor) AS vendor, lower(trim(vendor)) AS vendor_key, amount,
               CASE WHEN lower(category) = 'revenue' THEN 'income' ELSE 'expense' END AS type, category, description,
               date_trunc('month', date)::DATE AS month, year(date) AS year
        FROM read_csv(
            $files, header = true, filename = true, delim = ',', quote = '"', escape = '"',
            columns = {{date: 'DATE', vendor: 'VARCHAR', amount: 'DECIMAL(14,2)', category: 'VARCHAR', description: 'VARCHAR'}}
        )
        ORDER BY month, organization, vendor_key
    ) TO '{ledger}' (FORMAT parquet, PARTITION_BY (year))
"""

FINDINGS = {
    "large_transaction": """
        WITH monthly AS (
            SELECT organization, month, sum(amount) AS total, count(*) AS n FROM ledger GROUP BY ALL
        ), baseline AS (
            SELECT organization, month, sum(total) OVER year AS total, sum(n) OVER year AS n FROM monthly
            WINDOW year AS (PARTITION BY organization ORDER BY month RANGE BETWEEN INTERVAL 11 MONTH PRECEDING AND CURRENT ROW)
        )
        SELECT count(*) FROM ledger JOIN baseline USING (organization, month) WHERE amount > 10000 AND amount * n > 2 * total
    """,
    "burn_rate": """
        WITH monthly AS (
            SELECT organization, month, sum(CASE type WHEN 'income' THEN -amount ELSE amount END) AS net FROM ledger GROUP BY ALL
        ), windowed AS (
            SELECT organization, sum(net) OVER quarter AS net, count(*) OVER quarter AS n,
                   $opening - sum(net) OVER (PARTITION BY organization ORDER BY month) AS cash
            FROM monthly
            WINDOW quarter AS (PARTITION BY organization ORDER BY month RANGE BETWEEN INTERVAL 2 MONTH PRECEDING AND CURRENT ROW)
        )
        SELECT count(*) FROM windowed WHERE net > 0 AND greatest(cash, 0) * n < 6 * net
    """,
    "vendor_spike": """
        WITH spend AS (
            SELECT organization, vendor_key, month, sum(amount) AS spend FROM ledger WHERE type = 'expense' GROUP BY ALL
        ), compared AS (
            SELECT *, lag(month) OVER w AS seen, lag(spend) OVER w AS before, min(month) OVER (PARTITION BY organization) AS start
            FROM spend
            WINDOW w AS (PARTITION BY organization, vendor_key ORDER BY month)
        )
        SELECT count(*) FROM compared
        WHERE month > start AND (seen IS NULL OR seen < month - INTERVAL 1 MONTH OR (spend - before) * 100 >= 25 * before)
    """,
    # A chain that goes on into another month is a finding in each month at whose end it has two members.
    "duplicate": """
        WITH near AS (
            SELECT organization, vendor_key, amount, type, date, month
            FROM ledger
            WINDOW payment AS (PARTITION BY organization, vendor_key, amount, type ORDER BY date)
            QUALIFY date - lag(date) OVER payment <= 2 OR lead(date) OVER payment - date <= 2
        ), days AS (
            SELECT organization, vendor_key, amount, type, date, any_value(month) AS month, count(*) AS n
            FROM near GROUP BY organization, vendor_key, amount, type, date
        ), linked AS (
            SELECT *, date - lag(date) OVER payment <= 2 AS follows
            FROM days
            WINDOW payment AS (PARTITION BY organization, vendor_key, amount, type ORDER BY date)
        ), chained AS (
            SELECT *, count(*) FILTER (NOT coalesce(follows, false)) OVER payment AS chain
            FROM linked
            WINDOW payment AS (PARTITION BY organization, vendor_key, amount, type ORDER BY date)
        ), monthly AS (
            SELECT sum(sum(n)) OVER (
                PARTITION BY organization, vendor_key, amount, type, chain ORDER BY month
            ) AS members
            FROM chained GROUP BY organization, vendor_key, amount, type, chain, month
        )
        SELECT count(*) FROM monthly WHERE members >= 2
    """,
    # The limits of benchmarks.data, a month each: one for all expenses, one for a category.
    "budget_threshold": """
        WITH totals AS (
            SELECT organization, month, sum(amount) AS total, sum(amount) FILTER (lower(category) = 'cost centre 3') AS of_category
            FROM ledger WHERE type = 'expense' GROUP BY ALL
        )
        SELECT count(*) FILTER (total * 100 >= 80 * $limit) + count(*) FILTER (of_category * 100 >= 80 * $category_limit) FROM totals
    """,
}


LISTED = {
    "large_transaction": """
        WITH monthly AS (
            SELECT organization, month, sum(amount) AS total, count(*) AS n FROM ledger GROUP BY ALL
        ), baseline AS (
            SELECT organization, month, sum(total) OVER year AS total, sum(n) OVER year AS n FROM monthly
            WINDOW year AS (PARTITION BY organization ORDER BY month RANGE BETWEEN INTERVAL 11 MONTH PRECEDING AND CURRENT ROW)
        )
        SELECT organization, month, vendor, amount, date, total, n, [place] AS transactions
        FROM places JOIN baseline USING (organization, month) WHERE amount > 10000 AND amount * n > 2 * total
    """,
    "burn_rate": """
        WITH monthly AS (
            SELECT organization, month, sum(CASE type WHEN 'income' THEN -amount ELSE amount END) AS net FROM ledger GROUP BY ALL
        ), windowed AS (
            SELECT organization, month, sum(net) OVER quarter AS net, count(*) OVER quarter AS n,
                   $opening - sum(net) OVER (PARTITION BY organization ORDER BY month) AS cash
            FROM monthly
            WINDOW quarter AS (PARTITION BY organization ORDER BY month RANGE BETWEEN INTERVAL 2 MONTH PRECEDING AND CURRENT ROW)
        )
        SELECT *, [] AS transactions FROM windowed WHERE net > 0 AND greatest(cash, 0) * n < 6 * net
    """,
    "vendor_spike": """
        WITH spend AS (
            SELECT organization, vendor_key, month, sum(amount) AS spend FROM ledger WHERE type = 'expense' GROUP BY ALL
        ), compared AS (
            SELECT *, lag(month) OVER w AS seen, lag(spend) OVER w AS before, min(month) OVER (PARTITION BY organization) AS start
            FROM spend
            WINDOW w AS (PARTITION BY organization, vendor_key ORDER BY month)
        ), found AS (
            SELECT *, row_number() OVER () AS finding FROM compared
            WHERE month > start AND (seen IS NULL OR seen < month - INTERVAL 1 MONTH OR (spend - before) * 100 >= 25 * before)
        ), members AS (
            SELECT finding, arg_min(vendor, {date: date, place: place}) AS vendor,
                   list_sort(list({amount: -amount, place: place}))[1:100] AS largest
            FROM places JOIN found USING (organization, vendor_key, month) WHERE type = 'expense' GROUP BY finding
        )
        SELECT organization, month, vendor, seen, before, spend, list_transform(largest, lambda x: x.place) AS transactions
        FROM members JOIN found USING (finding)
    """,
    "duplicate": """
        WITH near AS (
            SELECT organization, vendor_key, amount, type, date, month, vendor, place
            FROM places
            WINDOW payment AS (PARTITION BY organization, vendor_key, amount, type ORDER BY date)
            QUALIFY date - lag(date) OVER payment <= 2 OR lead(date) OVER payment - date <= 2
        ), linked AS (
            SELECT *, date - lag(date) OVER payment <= 2 AS follows
            FROM near
            WINDOW payment AS (PARTITION BY organization, vendor_key, amount, type ORDER BY date, place)
        ), chained AS (
            SELECT *, count(*) FILTER (NOT coalesce(follows, false)) OVER (
                PARTITION BY organization, vendor_key, amount, type ORDER BY date, place ROWS UNBOUNDED PRECEDING
            ) AS chain
            FROM linked
        ), groups AS (
            SELECT organization, vendor_key, amount, type, min(date) AS first_date, list_distinct(list(month)) AS months,
                   list_sort(list({date: date, place: place, vendor: vendor, month: month})) AS members
            FROM chained GROUP BY organization, vendor_key, amount, type, chain
        ), as_of AS (
            SELECT * EXCLUDE (months, members), list_filter(members, lambda x: x.month <= g.month) AS members
            FROM (SELECT *, unnest(months) AS month FROM groups) AS g
        )
        SELECT organization, month, members[1].vendor AS vendor, amount, type, first_date,
               list_transform(members, lambda x: x.date) AS dates, list_transform(members, lambda x: x.place) AS transactions
        FROM as_of WHERE len(members) >= 2
    """,
    # Sums of days say on which one a limit is crossed; only its rows are added up one by one.
    "budget_threshold": """
        WITH days AS (
            SELECT organization, month, date, sum(amount) AS total, sum(amount) FILTER (lower(category) = 'cost centre 3') AS of_category
            FROM ledger WHERE type = 'expense' GROUP BY ALL
        ), running AS (
            SELECT organization, month, date, 'all' AS threshold, $limit AS bound, total AS added FROM days
            UNION ALL
            SELECT organization, month, date, 'category', $category_limit, of_category FROM days WHERE of_category IS NOT NULL
        ), reached AS (
            SELECT *, sum(added) OVER (bucket ORDER BY date) AS so_far, sum(added) OVER bucket AS total
            FROM running WINDOW bucket AS (PARTITION BY organization, month, threshold)
        ), crossed AS (
            SELECT * FROM (SELECT *, CASE WHEN total > bound THEN bound ELSE 0.8 * bound END AS bar FROM reached)
            WHERE total * 100 >= 80 * bound AND so_far >= bar AND so_far - added < bar
        ), crossings AS (
            SELECT organization, month, threshold, any_value(c.total) AS total, arg_min(place, running) AS crossed_by
            FROM (
                SELECT c.*, t.place, so_far - added + sum(t.amount) OVER (PARTITION BY c.organization, date, threshold ORDER BY t.place) AS running
                FROM places AS t JOIN crossed AS c USING (organization, month, date)
                WHERE t.type = 'expense' AND (threshold = 'all' OR lower(t.category) = 'cost centre 3')
            ) AS c
            WHERE running >= bar GROUP BY ALL
        ), largest AS (
            SELECT organization, month, arg_max(place, amount, 100) AS of_all,
                   arg_max(place, amount, 100) FILTER (lower(category) = 'cost centre 3') AS of_category
            FROM places WHERE type = 'expense' GROUP BY ALL
        )
        SELECT c.*, CASE threshold WHEN 'all' THEN of_all ELSE of_category END AS transactions
        FROM crossings AS c JOIN largest USING (organization, month)
    """,
}
"""The same, but not only counted: each finding with its figures and the places of its rows, of many the 100 largest, in a table."""


def run(directory: Path, amounts: dict[str, int]) -> dict[str, object]:
    """Seconds by stage, rows and number of findings of the whole work over ``directory``; amounts by what queries call them."""
    scratch = Path(tempfile.mkdtemp(prefix="bare-", dir=directory.parent))
    try:
        with duckdb.connect() as con:
            clock = time.perf_counter()
            prepare(con, directory, scratch)
            stages = {"ledger": time.perf_counter() - clock}
            findings = {}
            for name in FINDINGS:
                stages[name], findings[name] = count(con, name, amounts)
            ((rows,),) = con.execute("SELECT count(*) FROM ledger").fetchall()
    finally:
        shutil.rmtree(scratch)
    return {"rows": rows, "stages": stages, "findings": findings}


def prepare(con: duckdb.DuckDBPyConnection, directory: Path, scratch: Path) -> None:
    """Write the ledger of the files in ``directory`` into ``scratch``; ``con`` then has it as the view ``ledger``."""
    con.execute("SET temp_directory = $1", [str(scratch / "spill")])
    con.execute("SET enable_progress_bar = false")
    con.execute("SET preserve_insertion_order = false")
    con.execute(_LEDGER.format(ledger=scratch / "ledger"), {"files": str(directory / "*" / "*.csv")})
    con.execute(f"CREATE VIEW ledger AS FROM read_parquet('{scratch}/ledger/*/*.parquet')")
    con.execute(
        "CREATE VIEW places AS SELECT *, (CAST(file_index AS BIGINT) << 32) + file_row_number AS place"
        f" FROM read_parquet('{scratch}/ledger/*/*.parquet')"
    )


def count(con: duckdb.DuckDBPyConnection, analyzer: str, amounts: dict[str, int]) -> tuple[float, int]:
    """Seconds and number of findings of one analyzer's query."""
    query = FINDINGS[analyzer]
    clock = time.perf_counter()
    ((found,),) = con.execute(query, _named_in(query, amounts)).fetchall()
    return time.perf_counter() - clock, found


def write(con: duckdb.DuckDBPyConnection, analyzer: str, amounts: dict[str, int]) -> tuple[float, int]:
    """The same of its findings with their rows, written into a temporary table."""
    query = LISTED[analyzer]
    clock = time.perf_counter()
    ((found,),) = con.execute(f"CREATE OR REPLACE TEMP TABLE found AS {query}", _named_in(query, amounts)).fetchall()
    return time.perf_counter() - clock, found


def _named_in(query: str, amounts: dict[str, int]) -> dict[str, int]:
    return {key: value for key, value in amounts.items() if f"${key}" in query}


if __name__ == "__main__":
    named = dict(zip(("opening", "limit", "category_limit"), map(int, sys.argv[2:]), strict=True))
    print(json.dumps(run(Path(sys.argv[1]), named)))
