"""The same work as one bare DuckDB script: parse, type, a ledger by month in Parquet, the analyzers over every month.

It checks nothing, keeps no state, explains nothing and raises no alert: what LedgerWatch takes beyond it is the price of
being a product. Prints one JSON object. Knows the analyzers' default parameters only; needs duckdb only.

    python -m benchmarks.bare DIR          # DIR/<organization>/*.csv with date, vendor, amount, category, description
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
}


def run(directory: Path) -> dict[str, object]:
    """Seconds by stage, rows and number of findings of the whole work over ``directory``."""
    scratch = Path(tempfile.mkdtemp(prefix="bare-", dir=directory.parent))
    try:
        con = duckdb.connect()
        con.execute("SET temp_directory = $1", [str(scratch / "spill")])
        con.execute("SET preserve_insertion_order = false")
        stages = {}
        clock = time.perf_counter()
        con.execute(_LEDGER.format(ledger=scratch / "ledger"), {"files": str(directory / "*" / "*.csv")})
        stages["ledger"] = time.perf_counter() - clock
        con.execute(f"CREATE VIEW ledger AS FROM read_parquet('{scratch}/ledger/*/*.parquet')")
        findings = {}
        for name, query in FINDINGS.items():
            clock = time.perf_counter()
            ((findings[name],),) = con.execute(query).fetchall()
            stages[name] = time.perf_counter() - clock
        ((rows,),) = con.execute("SELECT count(*) FROM ledger").fetchall()
        con.close()
    finally:
        shutil.rmtree(scratch)
    return {"rows": rows, "stages": stages, "findings": findings}


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]))))
