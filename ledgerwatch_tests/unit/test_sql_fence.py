"""People's own SQL: what must be refused, each for a reason, and what must work, on a real lake and a real PostgreSQL.

The home is opened with a password in its database URL, and every answer and every refusal is searched for it.
"""

import json
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import duckdb
import pytest
from sqlalchemy import make_url

from ledgerwatch_pipeline.cli.output import write_csv
from ledgerwatch_pipeline.cli.sql import _for_csv
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import StoreUnavailableError, UnknownThingError, UsageError
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.lake.allowed_functions import FUNCTIONS, TABLE_FUNCTIONS
from ledgerwatch_pipeline.stores.lake.answering import TABLES, answering
from ledgerwatch_pipeline.stores.lake.duckdb_process import DuckDBProcess
from ledgerwatch_pipeline.stores.lake.queries import answer, run_query, understand
from ledgerwatch_pipeline.stores.lake.session import execute_bound, open_duckdb
from ledgerwatch_pipeline.stores.postgres import organizations
from ledgerwatch_pipeline.stores.postgres.tables import current_runs
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.databases import owned

pytestmark = pytest.mark.slow  # processes are started, or there are very many

PASSWORD = "correct-horse-battery"
LONG_CALL = "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))"
"""One call of a function that takes minutes, and that no interrupt of DuckDB ends."""


@dataclass(frozen=True)
class Shop:
    """An organization with a small ledger, in a home whose database URL holds a password."""

    home: Home
    slug: str


@pytest.fixture(scope="module")
def shop(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    tenant = Tenant(home, tmp_path_factory.mktemp("fence"))
    load = tenant.deliver(
        rows(
            "2024-01-05,Acme,10.00,Office,first",
            "2024-01-06,Acme,20.50,Office,second",
            "2024-02-05,Bolt,30.25,Travel,",
            "2024-02-06,Acme,5.00,Office,again",
            "2024-03-01,Client,1000.00,Revenue,",
            "2024-03-02,Bolt,77.00,Travel,twice",
            "2024-03-02,Bolt,77.00,Travel,twice",
        )
    )
    assert load.status == "ACCEPTED", tenant.bad_rows(load)
    tenant.analyze()
    tenant.deliver("date,vendor,amount\n2024-01-01,,1.00\n")
    with (
        owned(home) as database,
        database.transaction() as connection,
        closing(connection.connection.cursor()) as cursor,
    ):
        cursor.execute(f"CREATE ROLE asker LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
    secretive = _with_password(home.settings, home.database.url)
    yield Shop(Home(secretive), tenant.slug)
    with (
        owned(home) as database,
        database.transaction() as connection,
        closing(connection.connection.cursor()) as cursor,
    ):
        cursor.execute("DROP ROLE asker")


def _with_password(settings: Settings, url: str) -> Settings:
    address = make_url(url).set(username="asker", password=PASSWORD).render_as_string(hide_password=False)
    return replace(settings, database_url=address)


@pytest.fixture(scope="module")
def open_question(shop: Shop) -> Iterator[DuckDBProcess]:
    """The connection that a question is asked over, with every table, as it is behind the first fence."""
    with answering(shop.home.settings, shop.home.database, TABLES) as con:
        yield con


@pytest.fixture
def ask(open_question: DuckDBProcess, shop: Shop) -> Callable[[str], list[tuple[Any, ...]]]:
    def asked(query: str) -> list[tuple[Any, ...]]:
        found = answer(open_question, understand(query.replace("SHOP", f"'{shop.slug}'")))
        return list(found.rows)

    return asked


_REACHES_SETTINGS = "a setting may hold an address or a password"
_REACHES_FILES = "reads files of the machine"
_REACHES_CATALOG = "shows what the installation is made of"
_RUNS_TEXT = "runs a text that nobody checked"
_CHANGES = "is no question"
_BY_FUNCTION = "is not to be used here"

REFUSED: list[tuple[str, str, str]] = [
    # settings, variables, environment
    ("SELECT current_setting('allowed_paths')", _BY_FUNCTION, _REACHES_SETTINGS),
    ("SELECT CURRENT_SETTING('allowed_directories')", _BY_FUNCTION, "upper case is the same function"),
    ("SELECT \"current_setting\"('threads')", _BY_FUNCTION, "quoted it is the same function"),
    ("SELECT main.current_setting('threads')", _BY_FUNCTION, "qualified it is the same function"),
    ("SELECT system.main.current_setting('threads')", _BY_FUNCTION, "twice qualified it is the same function"),
    ("SELECT ('threads').current_setting()", _BY_FUNCTION, "called as a method it is the same function"),
    ("SELECT count(*) FROM ledger WHERE current_setting('threads') = '1'", _BY_FUNCTION, "in WHERE"),
    ("SELECT count(*) FROM ledger GROUP BY current_setting('threads')", _BY_FUNCTION, "in GROUP BY"),
    ("SELECT count(*) FROM ledger HAVING current_setting('threads') = '1'", _BY_FUNCTION, "in HAVING"),
    ("FROM ledger ORDER BY current_setting('threads')", _BY_FUNCTION, "in ORDER BY"),
    ("FROM ledger QUALIFY row_number() OVER (ORDER BY current_setting('threads')) = 1", _BY_FUNCTION, "in QUALIFY"),
    ("FROM ledger LIMIT current_setting('threads')::INT", _BY_FUNCTION, "in LIMIT"),
    ("FROM ledger OFFSET current_setting('threads')::INT", _BY_FUNCTION, "in OFFSET"),
    ("SELECT DISTINCT ON (current_setting('threads')) vendor FROM ledger", _BY_FUNCTION, "in DISTINCT ON"),
    ("SELECT sum(amount) FILTER (current_setting('threads') = '1') FROM ledger", _BY_FUNCTION, "in FILTER"),
    (
        "SELECT string_agg(vendor ORDER BY current_setting('threads')) FROM ledger",
        _BY_FUNCTION,
        "in an ordered aggregate",
    ),
    ("SELECT sum(amount) OVER (PARTITION BY current_setting('threads')) FROM ledger", _BY_FUNCTION, "in PARTITION BY"),
    ("SELECT sum(amount) OVER w FROM ledger WINDOW w AS (ORDER BY current_setting('x'))", _BY_FUNCTION, "in WINDOW"),
    ("SELECT list_transform([1], lambda x: current_setting('threads'))", _BY_FUNCTION, "in a lambda"),
    ("SELECT [current_setting(x) FOR x IN ['threads']]", _BY_FUNCTION, "in a list comprehension"),
    ("SELECT {'a': current_setting('threads')}", _BY_FUNCTION, "in a struct"),
    ("SELECT MAP {'a': current_setting('threads')}", _BY_FUNCTION, "in a map"),
    ("SELECT CASE WHEN true THEN current_setting('threads') END", _BY_FUNCTION, "in CASE"),
    ("SELECT CAST(current_setting('threads') AS INT)", _BY_FUNCTION, "in a cast"),
    ("SELECT 1 BETWEEN 0 AND length(current_setting('threads'))", _BY_FUNCTION, "in BETWEEN"),
    ("SELECT (SELECT (SELECT current_setting('threads')))", _BY_FUNCTION, "in a subquery"),
    ("SELECT 1 WHERE EXISTS (SELECT current_setting('threads'))", _BY_FUNCTION, "in EXISTS"),
    ("SELECT 1 IN (SELECT current_setting('threads'))", _BY_FUNCTION, "in IN"),
    ("VALUES (current_setting('threads'))", _BY_FUNCTION, "in VALUES"),
    ("FROM range(current_setting('threads')::INT)", _BY_FUNCTION, "as argument of a table function"),
    ("FROM ledger a JOIN ledger b ON a.vendor = current_setting('threads')", _BY_FUNCTION, "in a join's condition"),
    ("SELECT 1 UNION ALL SELECT length(current_setting('threads'))", _BY_FUNCTION, "in a union"),
    ("WITH a AS (SELECT current_setting('threads')) FROM a", _BY_FUNCTION, "in WITH"),
    (
        "WITH RECURSIVE r AS (SELECT '1' AS n UNION ALL SELECT current_setting('x') FROM r) FROM r",
        _BY_FUNCTION,
        "in recursion",
    ),
    ("SELECT * REPLACE (current_setting('threads') AS vendor) FROM ledger", _BY_FUNCTION, "in REPLACE"),
    ("SELECT COLUMNS(c -> c = current_setting('threads')) FROM ledger", _BY_FUNCTION, "in COLUMNS"),
    ("PIVOT ledger ON type USING max(current_setting('threads'))", _BY_FUNCTION, "in USING of PIVOT"),
    ("PIVOT ledger ON current_setting(type) USING count(*)", _BY_FUNCTION, "in ON of PIVOT"),
    ("PIVOT (SELECT current_setting('threads') AS s) ON s USING count(*)", _BY_FUNCTION, "in the source of PIVOT"),
    ("PIVOT ledger ON type IN ('a') USING max(current_setting('threads'))", _BY_FUNCTION, "in a PIVOT with values"),
    ("UNPIVOT (SELECT current_setting('threads') AS s) ON s", _BY_FUNCTION, "in UNPIVOT"),
    ("DESCRIBE SELECT current_setting('threads')", _BY_FUNCTION, "in DESCRIBE"),
    ("SUMMARIZE SELECT current_setting('threads') AS s", _BY_FUNCTION, "in SUMMARIZE"),
    ("SELECT getvariable('x')", _BY_FUNCTION, _REACHES_SETTINGS),
    ("SELECT getenv('LEDGERWATCH_DATABASE_URL')", _BY_FUNCTION, "reads the environment"),
    ("SELECT version()", _BY_FUNCTION, _REACHES_CATALOG),
    ("SELECT current_database()", _BY_FUNCTION, _REACHES_CATALOG),
    ("SELECT current_schemas(true)", _BY_FUNCTION, _REACHES_CATALOG),
    ("SELECT current_query()", _BY_FUNCTION, _REACHES_CATALOG),
    ("SELECT current_user", _BY_FUNCTION, "a function without brackets"),
    ("SELECT current_catalog", _BY_FUNCTION, "a function without brackets"),
    ("SELECT session_user", _BY_FUNCTION, "a function without brackets"),
    ("SELECT txid_current()", _BY_FUNCTION, _REACHES_CATALOG),
    ("SELECT inet_server_addr()", _BY_FUNCTION, _REACHES_CATALOG),
    ("SELECT pg_get_viewdef(1)", _BY_FUNCTION, _REACHES_CATALOG),
    ("SELECT has_table_privilege('ledger', 'select')", _BY_FUNCTION, _REACHES_CATALOG),
    ("SELECT nextval('s')", _BY_FUNCTION, "changes a sequence"),
    ("SELECT currval('s')", _BY_FUNCTION, _REACHES_CATALOG),
    ("SELECT write_log('x')", _BY_FUNCTION, _CHANGES),
    ("SELECT sleep_ms(1)", _BY_FUNCTION, "waits for nothing"),
    ("SELECT pg_sleep(1)", _BY_FUNCTION, "waits for nothing"),
    ("SELECT list_aggregate([1], 'current_setting')", _BY_FUNCTION, "a function called by its name"),
    (
        "SELECT list_aggregate(['threads'], (SELECT 'max'))",
        "the name of an aggregate as a text",
        "a name that is computed",
    ),
    ("SELECT no_such_function(1)", _BY_FUNCTION, "nobody knows it"),
    ("SELECT summ(amount) FROM ledger", "near it: sum", "a slip is answered with what is near"),
    ("SELECT sql_auto_complete('SEL')", _BY_FUNCTION, _REACHES_CATALOG),
    ("SELECT json_serialize_plan('FROM ledger')", _BY_FUNCTION, _REACHES_CATALOG),
    ("SELECT json_deserialize_sql('{}')", _BY_FUNCTION, _RUNS_TEXT),
    # what runs a text
    ("FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))", _BY_FUNCTION, _RUNS_TEXT),
    ("FROM query('SELECT 1')", _BY_FUNCTION, _RUNS_TEXT),
    ("FROM query_table('duckdb_settings')", _BY_FUNCTION, "names a table by a text"),
    ("FROM query_table(['ledger'])", _BY_FUNCTION, "names a table by a text"),
    ("FROM histogram_values(ledger, amount)", _BY_FUNCTION, "a macro that names a table by an argument"),
    ("FROM histogram(ledger, amount)", _BY_FUNCTION, "a macro that names a table by an argument"),
    ("FROM postgres_query('lake', 'SELECT 1')", _BY_FUNCTION, "asks PostgreSQL"),
    ("FROM postgres_scan('', 'ledgerwatch', 'alerts')", _BY_FUNCTION, "asks PostgreSQL"),
    ("CALL postgres_execute('lake', 'SELECT 1')", "not CALL", "asks PostgreSQL"),
    ("FROM sqlite_scan('/tmp/x.db', 't')", _BY_FUNCTION, _REACHES_FILES),
    ("FROM python_map_function(1)", _BY_FUNCTION, "runs Python"),
    ("FROM pandas_scan(1)", _BY_FUNCTION, "reads memory at an address"),
    ("FROM arrow_scan(1, 2, 3)", _BY_FUNCTION, "reads memory at an address"),
    ("FROM seq_scan('ledger')", _BY_FUNCTION, _REACHES_CATALOG),
    ("FROM summary((FROM ledger))", _BY_FUNCTION, "not on the list"),
    ("FROM test_all_types()", _BY_FUNCTION, "not on the list"),
    ("FROM checkpoint()", _BY_FUNCTION, _CHANGES),
    ("FROM enable_logging()", _BY_FUNCTION, _CHANGES),
    ("FROM current_setting('threads')", _BY_FUNCTION, "a scalar function where a table stands"),
    ("FROM abs(1)", _BY_FUNCTION, "a scalar function where a table stands"),
    # files
    ("FROM read_csv('/etc/passwd')", _BY_FUNCTION, _REACHES_FILES),
    ("FROM read_csv_auto('/etc/passwd')", _BY_FUNCTION, _REACHES_FILES),
    ("FROM read_text('/etc/passwd')", _BY_FUNCTION, _REACHES_FILES),
    ("FROM read_blob('/proc/self/environ')", _BY_FUNCTION, "the environment as a file"),
    ("FROM read_json('/etc/passwd')", _BY_FUNCTION, _REACHES_FILES),
    ("FROM read_ndjson_objects('/etc/passwd')", _BY_FUNCTION, _REACHES_FILES),
    ("FROM read_parquet('lake/**/*.parquet')", _BY_FUNCTION, "reads rows that are withdrawn"),
    ("FROM parquet_scan('x.parquet')", _BY_FUNCTION, _REACHES_FILES),
    ("FROM parquet_metadata('x.parquet')", _BY_FUNCTION, _REACHES_FILES),
    ("FROM parquet_schema('x.parquet')", _BY_FUNCTION, _REACHES_FILES),
    ("FROM read_duckdb('x.duckdb')", _BY_FUNCTION, _REACHES_FILES),
    ("FROM sniff_csv('/etc/passwd')", _BY_FUNCTION, _REACHES_FILES),
    ("FROM glob('/**')", _BY_FUNCTION, _REACHES_FILES),
    ("FROM main.read_text('/etc/passwd')", _BY_FUNCTION, "qualified it is the same function"),
    ("FROM \"read_text\"('/etc/passwd')", _BY_FUNCTION, "quoted it is the same function"),
    ("FROM READ_TEXT('/etc/passwd')", _BY_FUNCTION, "upper case is the same function"),
    ("SELECT (SELECT max(content) FROM read_text('/etc/passwd'))", _BY_FUNCTION, "in a subquery"),
    ("FROM ledger, LATERAL (FROM read_text(vendor))", _BY_FUNCTION, "in a lateral join"),
    ("FROM (PIVOT read_text('/etc/passwd') ON filename USING count(*))", _BY_FUNCTION, "in PIVOT"),
    ("DESCRIBE FROM read_text('/etc/passwd')", _BY_FUNCTION, "in DESCRIBE"),
    ("FROM '/etc/passwd'", "unknown table", "a file by its name"),
    ('FROM "/etc/passwd"', "unknown table", "a file by its name"),
    ("FROM 'x.parquet'", "unknown table", "a file by its name"),
    ("FROM 'https://example.org/x.csv'", "unknown table", "an address by its name"),
    ("FROM 's3://bucket/x.parquet'", "unknown table", "an address by its name"),
    ("SUMMARIZE '/etc/passwd'", "unknown table", "a file by its name"),
    ("DESCRIBE '/etc/passwd'", "unknown table", "a file by its name"),
    ("PIVOT '/etc/passwd' ON column0", "unknown table", "a file by its name"),
    ("FROM ledger POSITIONAL JOIN '/etc/passwd'", "unknown table", "a file by its name"),
    # the catalog
    ("FROM duckdb_settings()", _BY_FUNCTION, _REACHES_SETTINGS),
    ("FROM duckdb_databases()", _BY_FUNCTION, _REACHES_CATALOG),
    ("FROM duckdb_secrets()", _BY_FUNCTION, "secrets"),
    ("FROM which_secret('s3://x', 's3')", _BY_FUNCTION, "secrets"),
    ("FROM duckdb_variables()", _BY_FUNCTION, _REACHES_SETTINGS),
    ("FROM duckdb_functions()", _BY_FUNCTION, _REACHES_CATALOG),
    ("FROM duckdb_logs()", _BY_FUNCTION, _REACHES_CATALOG),
    ("FROM pragma_database_size()", _BY_FUNCTION, _REACHES_CATALOG),
    ("FROM pragma_table_info('ledger')", _BY_FUNCTION, _REACHES_CATALOG),
    ("FROM ducklake_snapshots('lake')", _BY_FUNCTION, _REACHES_CATALOG),
    ("FROM ducklake_list_files('lake', 'transactions')", _BY_FUNCTION, _REACHES_CATALOG),
    ("FROM lake.snapshots()", _BY_FUNCTION, _REACHES_CATALOG),
    ("FROM ducklake_table_changes('lake', 'main', 'transactions', 0, 9)", _BY_FUNCTION, "rows of other times"),
    ("FROM duckdb_databases", "unknown table", _REACHES_CATALOG),
    ("FROM duckdb_settings", "unknown table", _REACHES_SETTINGS),
    ("FROM sqlite_master", "unknown table", _REACHES_CATALOG),
    ("FROM pragma_database_list", "unknown table", _REACHES_CATALOG),
    ("FROM information_schema.tables", "unknown table", _REACHES_CATALOG),
    ("FROM pg_catalog.pg_class", "unknown table", _REACHES_CATALOG),
    ("FROM pg_tables", "unknown table", _REACHES_CATALOG),
    ("FROM lake.transactions", "unknown table", "the lake's own tables are not promised to anybody"),
    ("FROM lake.main.transactions", "unknown table", "the lake's own tables are not promised to anybody"),
    ("FROM transactions", "unknown table", "the lake's own tables are not promised to anybody"),
    ("FROM organizations", "unknown table", "a helper of the views"),
    ("FROM __ducklake_metadata_lake.ducklake_data_file", "unknown table", "the copy of the catalog"),
    ("FROM temp.ledger", "unknown table", "no table has a first name"),
    ("FROM main.ledger", "unknown table", "no table has a first name"),
    ("FROM memory.main.alerts", "unknown table", "no table has a first name"),
    ("FROM ledger AT (VERSION => 1)", "AT is not to be used", "rows of other times"),
    ("FROM ledger AT (TIMESTAMP => now())", "AT is not to be used", "rows of other times"),
    ("SHOW TABLES", "SHOW is not to be used", _REACHES_CATALOG),
    ("SHOW ALL TABLES", "SHOW is not to be used", _REACHES_CATALOG),
    ("SHOW DATABASES", "SHOW is not to be used", _REACHES_CATALOG),
    ("FROM (SHOW TABLES)", "SHOW is not to be used", _REACHES_CATALOG),
    ("DESCRIBE duckdb_settings", "unknown table", _REACHES_SETTINGS),
    ("SUMMARIZE duckdb_settings", "unknown table", _REACHES_SETTINGS),
    # names of WITH beyond their scope
    (
        "SELECT b.path FROM (WITH duckdb_databases AS (SELECT 1) SELECT 1) a, duckdb_databases b",
        "duckdb_databases",
        "a name of WITH counts in its own query only",
    ),
    ("SELECT 1 FROM (WITH x AS (SELECT 1) SELECT 1) a, x", "unknown table 'x'", "beside the query that names it"),
    ("WITH a AS (WITH b AS (SELECT 1) FROM b) FROM b", "unknown table 'b'", "named deeper down"),
    ("WITH a AS (FROM b), b AS (SELECT 1) FROM a", "unknown table 'b'", "named later"),
    ("WITH a AS (FROM a) FROM a", "unknown table 'a'", "named by itself without RECURSIVE"),
    ("WITH RECURSIVE r AS (FROM r UNION ALL SELECT 1) FROM r", "unknown table 'r'", "the beginning of a recursion"),
    ("(WITH x AS (SELECT 1) FROM x) UNION ALL FROM x", "unknown table 'x'", "on the other side of a union"),
    ("SELECT (WITH x AS (SELECT 1 AS n) FROM x) FROM x", "unknown table 'x'", "outside the subquery"),
    ("WITH x AS (SELECT 1) FROM main.x", "unknown table 'main.x'", "WITH gives no qualified name"),
    ("WITH x AS (SELECT 1) FROM recurring.x, recurring.y", "unknown table 'recurring.y'", "no such recursion"),
    ("WITH pg_tables AS (SELECT 1) FROM pg_tables", "cannot name a query", "a name of DuckDB's own"),
    ("WITH DUCKDB_TABLES AS (SELECT 1) SELECT 1", "cannot name a query", "a name of DuckDB's own"),
    ("PIVOT (WITH x AS (SELECT 1 AS n) FROM x) ON n IN (1) UNION ALL FROM x", "", "a name inside a pivot's source"),
    # other statements
    ("INSERT INTO ledger VALUES (1)", "not INSERT", _CHANGES),
    ("UPDATE ledger SET amount = 1", "not UPDATE", _CHANGES),
    ("DELETE FROM lake.transactions", "not DELETE", _CHANGES),
    ("MERGE INTO ledger USING ledger AS l ON true WHEN MATCHED THEN DELETE", "not MERGE", _CHANGES),
    ("TRUNCATE ledger", "not DELETE", _CHANGES),
    ("CREATE TABLE x AS SELECT 1", "not CREATE", _CHANGES),
    ("CREATE OR REPLACE TEMP VIEW ledger AS SELECT 1", "not CREATE", _CHANGES),
    ("CREATE MACRO abs(x) AS x", "not CREATE", _CHANGES),
    ("CREATE SECRET s (TYPE s3)", "not CREATE", _CHANGES),
    ("CREATE TYPE t AS ENUM (SELECT current_setting('threads')); SELECT 1", "not CREATE, SELECT", "looks like PIVOT"),
    ("CREATE TYPE t AS ENUM ('a'); PIVOT ledger ON type", "not CREATE, SELECT", "hides behind PIVOT"),
    ("CREATE TYPE t AS ENUM ('a'); PIVOT ledger ON type IN ('a')", "not CREATE, SELECT", "hides behind PIVOT"),
    ("PIVOT ledger ON type IN (SELECT current_setting('threads'))", "", "values of a query of its own"),
    ("DROP VIEW ledger", "not DROP", _CHANGES),
    ("ALTER TABLE ledger ADD COLUMN x INT", "not ALTER", _CHANGES),
    ("COPY ledger TO '/tmp/x.csv'", "not COPY", "writes a file"),
    ("COPY (SELECT 1) TO '/dev/stdout'", "not COPY", "writes a file"),
    ("EXPORT DATABASE '/tmp/x'", "not EXPORT", "writes files"),
    ("IMPORT DATABASE '/tmp/x'", "disabled", "DuckDB reads the files while it parses"),
    ("ATTACH '/tmp/x.db'", "not ATTACH", _REACHES_FILES),
    ("DETACH lake", "not DETACH", _CHANGES),
    ("USE lake", "not SET", _CHANGES),
    ("SET enable_external_access = true", "not SET", _CHANGES),
    ("SET VARIABLE x = 1", "not SET", _CHANGES),
    ("RESET threads", "not SET", _CHANGES),
    ("INSTALL httpfs", "not LOAD", _CHANGES),
    ("LOAD httpfs", "not LOAD", _CHANGES),
    ("PRAGMA database_list", "", _REACHES_CATALOG),
    ("PRAGMA enable_profiling", "not PRAGMA", _CHANGES),
    ("CALL pragma_version()", "not CALL", _REACHES_CATALOG),
    ("EXPLAIN SELECT 1", "not EXPLAIN", "a plan shows files"),
    ("EXPLAIN ANALYZE FROM ledger", "not EXPLAIN", "a plan shows files"),
    ("PREPARE p AS SELECT 1", "not PREPARE", _CHANGES),
    ("EXECUTE p", "not EXECUTE", _RUNS_TEXT),
    ("BEGIN", "not TRANSACTION", _CHANGES),
    ("VACUUM", "not VACUUM", _CHANGES),
    ("CHECKPOINT", "not CALL", _CHANGES),
    ("SELECT 1; SELECT 2", "not SELECT, SELECT", "two statements"),
    ("SELECT 1; DROP VIEW ledger", "not SELECT, DROP", "two statements"),
    ("/* c */ SELECT 1; -- c\n SET threads = 1", "not SELECT, SET", "two statements around comments"),
    ("SELECT $1", "parameters", "there are no values to it"),
    ("SELECT ?", "parameters", "there are no values to it"),
    ("SELECT $name", "parameters", "there are no values to it"),
    ("SELEC 1", "syntax error", "no SQL"),
    ("", "nothing is asked", "nothing"),
    (" ;; ", "nothing is asked", "nothing"),
    ("-- only a comment", "nothing is asked", "nothing"),
    ("SELECT '\0'", "null character", "a text that ends early"),
    ("SELECT " + "(" * 20_000 + "1" + ")" * 20_000, "memory exhausted", "deeper than any parser goes"),
    ("SELECT " + "1 + " * 900 + "1", "nested too deeply", "deeper than the walk goes"),
    ("SELECT " + "1, " * 40_000 + "1", "at most 100,000", "longer than anybody writes"),
    ("SELECT CAST(vendor AS INTEGER) FROM ledger", "Could not convert", "a value that cannot be"),
    ("SELECT nosuch FROM ledger", "nosuch", "a column that is not there"),
    ("SELECT * FROM ledgr", "unknown table 'ledgr'; known: ledger", "a slip is answered with what is near"),
]


@pytest.mark.parametrize(("query", "message", "reason"), REFUSED, ids=[f"{q[:60]!r}" for q, _, _ in REFUSED])
def test_what_may_not_be_asked_is_refused_in_a_clear_line(
    open_question: DuckDBProcess, query: str, message: str, reason: str
) -> None:
    with pytest.raises(UsageError) as refused:
        list(answer(open_question, understand(query)).rows)
    assert refused.value.exit_code == 2
    assert message in str(refused.value), reason
    assert len(str(refused.value)) < 2_500
    assert PASSWORD not in str(refused.value)


def test_there_are_many_attempts() -> None:
    assert len({query for query, _, _ in REFUSED}) >= 200


def test_behind_the_fence_there_is_no_password(shop: Shop) -> None:
    """Each attempt that is one SELECT, run as if the first fence were not there: what it shows is no secret."""
    told = []
    with answering(shop.home.settings, shop.home.database, TABLES) as con:
        for query in [query for query, _, _ in REFUSED if len(query) < 1_000]:
            try:
                kinds = [statement.type.name for statement in duckdb.extract_statements(query)]
                if kinds in (["SELECT"], ["CALL"], ["EXPLAIN"]) and "RECURSIVE" not in query:
                    told.append(repr(list(con.execute(query).rows)))
            except (duckdb.Error, UsageError) as error:
                told.append(str(error))
        told += [
            repr(list(con.execute(f"FROM {name}").rows))
            for name in ("duckdb_settings()", "duckdb_databases()", "duckdb_secrets()")
        ]
        told.append(
            repr(
                list(
                    con.execute("SELECT current_setting('allowed_paths'), current_setting('allowed_directories')").rows
                )
            )
        )
    assert len(told) > 150
    assert not [text for text in told if PASSWORD in text or "asker" in text or "root:" in text]


def test_behind_the_fence_nothing_is_reached(shop: Shop, tmp_path: Path) -> None:
    with answering(shop.home.settings, shop.home.database, ()) as con:
        for query in (
            "FROM read_text('/etc/passwd')",
            "FROM read_blob('/proc/self/environ')",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            f"ATTACH '{tmp_path}/out.db'",
            f"EXPORT DATABASE '{tmp_path}/out'",
            "INSTALL httpfs",
            "LOAD httpfs",
            "DELETE FROM lake.transactions",
            "CREATE TABLE lake.x AS SELECT 1",
            "SET enable_external_access = true",
            "SET allowed_directories = ['/']",
            "SET lock_configuration = false",
            "SET memory_limit = '100GB'",
            "RESET allowed_directories",
            "FROM 'http://localhost/x.csv'",
            "FROM alerts",
        ):
            with pytest.raises(UsageError):
                con.execute(query)
    assert not list(tmp_path.iterdir())


MONTHS = "organization = SHOP"
WORKS: list[tuple[str, Any]] = [
    ("SELECT count(*) FROM ledger WHERE organization = SHOP", 7),
    ("FROM ledger SELECT count(*) WHERE organization = SHOP", 7),
    ("SELECT sum(amount) FROM ledger WHERE organization = SHOP AND type = 'expense'", Decimal("219.75")),
    ("SELECT regexp_replace(typeof(sum(amount)), '[0-9]\\)$', 'finest)') FROM ledger", "DECIMAL(38,finest)"),
    ("SELECT sum(amount) / 3 IS NOT NULL FROM ledger WHERE organization = SHOP", True),
    ("SELECT CAST(0.10 AS DECIMAL(18,2)) + CAST(0.20 AS DECIMAL(18,2))", Decimal("0.30")),
    ("SELECT max(date) FROM ledger WHERE organization = SHOP", date(2024, 3, 2)),
    ("SELECT vendor FROM ledger WHERE organization = SHOP GROUP BY ALL ORDER BY sum(amount) DESC LIMIT 1", "Client"),
    ("SELECT column_name FROM (DESCRIBE ledger)", "transaction_id"),
    ("DESCRIBE ledger", "transaction_id"),
    ("DESCRIBE SELECT vendor FROM ledger", "vendor"),
    ("SHOW ledger", "transaction_id"),
    ("SUMMARIZE ledger", "transaction_id"),
    ("SELECT approx_unique FROM (SUMMARIZE SELECT type FROM ledger WHERE organization = SHOP)", 2),
    ("WITH a AS (SELECT 1 AS n) SELECT n FROM a", 1),
    ("WITH a AS (SELECT 1 AS n), b AS (SELECT n + 1 AS n FROM a) SELECT n FROM b", 2),
    ("WITH a AS (SELECT 1 AS n) SELECT (SELECT n FROM a)", 1),
    ("WITH a AS (SELECT 1 AS n) SELECT n FROM (WITH a AS (SELECT 2 AS n) SELECT n FROM a)", 2),
    ("WITH a AS (SELECT 1 AS n) SELECT a.n + b.n FROM (WITH a AS (SELECT 2 AS n) FROM a) AS b, a", 3),
    ("WITH ledger AS (SELECT 42 AS amount) SELECT amount FROM ledger", 42),
    ("WITH ledger AS (FROM ledger WHERE organization = SHOP) SELECT count(*) FROM ledger", 7),
    ("WITH A AS MATERIALIZED (SELECT 1 AS n) SELECT n FROM a", 1),
    ("WITH a AS NOT MATERIALIZED (SELECT 1 AS n) SELECT n FROM A", 1),
    ('WITH "my own" AS (SELECT 1 AS n) SELECT n FROM "my own"', 1),
    ("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT max(n) FROM r", 5),
    ("WITH a AS (SELECT 1 AS x) SELECT column_name FROM (DESCRIBE a)", "x"),
    ("(WITH x AS (SELECT 1 AS n) FROM x) UNION ALL (WITH x AS (SELECT 1 AS n) FROM x)", 1),
    (
        "SELECT sum(amount) OVER (ORDER BY date, row_number) FROM ledger WHERE organization = SHOP ORDER BY date LIMIT 1",
        Decimal("10.00"),
    ),
    (
        "SELECT lag(amount) OVER w FROM ledger WHERE organization = SHOP WINDOW w AS (ORDER BY date) ORDER BY date OFFSET 1",
        Decimal("10.00"),
    ),
    ("SELECT vendor FROM ledger WHERE organization = SHOP QUALIFY rank() OVER (ORDER BY amount DESC) = 1", "Client"),
    (
        "SELECT vendor FROM ledger WHERE organization = SHOP QUALIFY row_number() OVER (PARTITION BY vendor ORDER BY date) = 1 ORDER BY 1",
        "Acme",
    ),
    (
        "PIVOT (SELECT month, type, amount FROM ledger WHERE organization = SHOP) ON type USING sum(amount) ORDER BY month",
        "2024-01",
    ),
    (
        "SELECT income FROM (PIVOT (FROM ledger WHERE organization = SHOP) ON type USING sum(amount) GROUP BY organization)",
        Decimal("1000.00"),
    ),
    (
        "FROM ledger PIVOT (count(*) FOR type IN ('expense', 'income') GROUP BY organization) WHERE organization = SHOP ORDER BY 1",
        "SHOP",
    ),
    (
        "SELECT expense FROM ledger PIVOT (count(*) FOR type IN ('expense') GROUP BY organization) WHERE organization = SHOP",
        6,
    ),
    (
        "PIVOT (FROM ledger WHERE organization = SHOP) ON month, type USING count(*) GROUP BY vendor ORDER BY vendor",
        "Acme",
    ),
    (
        "WITH p AS (PIVOT ledger ON type USING count(*) GROUP BY organization) SELECT income FROM p WHERE organization = SHOP",
        1,
    ),
    (
        "WITH a AS (FROM ledger WHERE organization = SHOP), p AS (PIVOT a ON year(date) USING sum(amount) GROUP BY type) SELECT \"2024\" FROM p WHERE type = 'income'",
        Decimal("1000.00"),
    ),
    ("PIVOT (SELECT 'it''s' AS a, 1 AS n) ON a USING sum(n)", 1),
    ('PIVOT_WIDER (SELECT \'ON\' AS "on", 1 AS n) ON "on" USING sum(n) -- ON x', 1),
    ("PIVOT (SELECT 'x' AS a, 1 AS n) ON a IN ('x') USING sum(n)", 1),
    (
        "SELECT a.income FROM (PIVOT ledger ON type USING count(*) GROUP BY organization) AS a JOIN ledger AS l ON l.organization = a.organization WHERE a.organization = SHOP LIMIT 1",
        1,
    ),
    ("PIVOT (PIVOT (SELECT 'p' AS a, 'q' AS b, 1 AS n) ON a USING sum(n) GROUP BY b) ON b USING sum(p)", 1),
    ("UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b INTO NAME name VALUE value", "a"),
    ("FROM (SELECT 1 AS a, 2 AS b) UNPIVOT (value FOR name IN (a, b))", "a"),
    ("UNPIVOT (SELECT 1 AS a, 2 AS b) ON COLUMNS(*) INTO NAME name VALUE value", "a"),
    ("SELECT l.n FROM (SELECT 1 AS k) AS a, LATERAL (SELECT a.k + 1 AS n) AS l", 2),
    ("SELECT unnest([3, 4])", 3),
    ("SELECT u FROM (SELECT [5, 6] AS l) AS t, unnest(t.l) AS x(u)", 5),
    ("SELECT count(*) FROM (SELECT unnest(transactions) FROM findings WHERE organization = SHOP)", 5),
    ("SELECT list_transform([1, 2], lambda x: x * 2)", [2, 4]),
    ("SELECT list_filter([1, 2, 3], lambda x: x > 1)", [2, 3]),
    ("SELECT list_reduce([1, 2, 3], lambda a, b: a + b)", 6),
    ("SELECT [x * 2 FOR x IN [1, 2, 3] IF x > 1]", [4, 6]),
    ("SELECT list_aggregate([1, 2], 'sum')", 3),
    ("SELECT [1, 2, 3][1:2]", [1, 2]),
    ("SELECT {'a': 1}.a", 1),
    ("SELECT MAP {'a': 1}['a']", 1),
    ("SELECT '{\"a\": {\"b\": 7}}'::JSON -> 'a' ->> 'b'", "7"),
    ("SELECT json_extract_string(evidence, '$.nothing') IS NULL FROM findings WHERE organization = SHOP", True),
    ("SELECT json_object('a', 1)::VARCHAR", '{"a":1}'),
    ("SELECT value FROM json_each('[8, 9]')", "8"),
    (
        "SELECT string_agg(DISTINCT vendor, ',' ORDER BY vendor) FROM ledger WHERE organization = SHOP",
        "Acme,Bolt,Client",
    ),
    ("SELECT list(amount ORDER BY amount)[1] FROM ledger WHERE organization = SHOP", Decimal("5.00")),
    ("SELECT arg_max(vendor, amount) FROM ledger WHERE organization = SHOP", "Client"),
    ("SELECT quantile_cont(amount, 0.5) IS NOT NULL FROM ledger WHERE organization = SHOP", True),
    ("SELECT count(*) FILTER (type = 'income') FROM ledger WHERE organization = SHOP", 1),
    (
        "SELECT sum(n) FROM (SELECT count(*) AS n FROM ledger WHERE organization = SHOP GROUP BY ROLLUP (type, month))",
        21,
    ),
    (
        "SELECT grouping(type) FROM ledger WHERE organization = SHOP GROUP BY GROUPING SETS ((type), ()) ORDER BY 1 DESC",
        1,
    ),
    ("SELECT 1 AS a, 2 AS b UNION ALL BY NAME SELECT 3 AS b, 4 AS a", 1),
    ("SELECT 1 INTERSECT SELECT 1 EXCEPT SELECT 2", 1),
    ("SELECT b.v FROM (VALUES (3)) AS a(t) ASOF JOIN (VALUES (1, 'x'), (2, 'y')) AS b(t, v) ON a.t >= b.t", "y"),
    ("VALUES (1), (2)", 1),
    ("TABLE ledger LIMIT 0", None),
    ("SELECT count(*) FROM generate_series(1, 10)", 10),
    ("SELECT count(*) FROM range(DATE '2024-01-01', DATE '2025-01-01', INTERVAL 1 MONTH)", 12),
    ("SELECT DATE '2024-01-31' + INTERVAL 1 MONTH = DATE '2024-02-29'", True),
    ("SELECT date_trunc('month', DATE '2024-02-29')::DATE", date(2024, 2, 1)),
    ("SELECT extract(year FROM DATE '2024-02-29')", 2024),
    ("SELECT strftime(DATE '2024-02-29', '%Y/%m')", "2024/02"),
    ("SELECT current_date = today()", True),
    ("SELECT current_timestamp IS NOT NULL AND localtimestamp IS NOT NULL", True),
    ("SELECT (TIMESTAMPTZ '2024-01-01 00:00:00+00' AT TIME ZONE 'UTC')::DATE", date(2024, 1, 1)),
    ("SELECT 'Acme' LIKE 'A%' AND 'Acme' ILIKE 'a%' AND 'Acme' SIMILAR TO 'A.*' AND 'Acme' GLOB 'A*'", True),
    ("SELECT 'a%' LIKE 'a$%' ESCAPE '$'", True),
    ("SELECT position('c' IN 'Acme') + length(trim(BOTH ' ' FROM ' x ')) + length(substring('abc' FROM 2 FOR 1))", 4),
    ("SELECT vendor.upper() FROM ledger WHERE organization = SHOP ORDER BY 1 LIMIT 1", "ACME"),
    ("SELECT 'B' COLLATE nocase = 'b'", True),
    ("SELECT coalesce(NULL, ifnull(NULL, 3)), nullif(1, 1), if(true, 1, 2), try(1)", 3),
    ("SELECT CASE WHEN 1 IS DISTINCT FROM 2 THEN 'x' END", "x"),
    ("SELECT TRY_CAST('a' AS INTEGER)", None),
    ("SELECT 3 IN (1, 2, 3) AND 2 BETWEEN 1 AND 3 AND NOT EXISTS (SELECT 1 WHERE false)", True),
    ("SELECT 1 = ANY ([1, 2])", True),
    ("SELECT * EXCLUDE (b) REPLACE (a + 1 AS a) FROM (SELECT 1 AS a, 2 AS b)", 2),
    ("SELECT min(COLUMNS('a|b')) FROM (SELECT 1 AS a, 2 AS b)", 1),
    (
        "SELECT DISTINCT ON (vendor) amount FROM ledger WHERE organization = SHOP ORDER BY vendor, date",
        Decimal("10.00"),
    ),
    ("SELECT count(*) FROM ledger TABLESAMPLE 100 PERCENT (bernoulli) WHERE organization = SHOP", 7),
    (
        "SELECT count(*) FROM ledger AS a SEMI JOIN findings AS f ON f.organization = a.organization WHERE a.organization = SHOP",
        7,
    ),
    ("SELECT count(*) FROM ledger AS a ANTI JOIN findings AS f USING (organization) WHERE a.organization = SHOP", 0),
    ("SELECT amount FROM alerts WHERE organization = SHOP AND analyzer = 'duplicate'", Decimal("77.00")),
    ("SELECT len(transactions) FROM alerts WHERE organization = SHOP AND analyzer = 'duplicate'", 2),
    ("SELECT months FROM loads WHERE organization = SHOP AND status = 'ACCEPTED'", ["2024-01", "2024-02", "2024-03"]),
    ("SELECT months FROM loads WHERE organization = SHOP AND status = 'REJECTED'", []),
    (
        "SELECT typeof(received_at) || regexp_replace(typeof(expense), '[0-9]\\)$', 'finest)') || typeof(load_id) || typeof(rows) FROM loads",
        "TIMESTAMP WITH TIME ZONEDECIMAL(28,finest)UUIDBIGINT",
    ),
    ("SELECT rule FROM rejected_rows WHERE organization = SHOP", "vendor_required"),
    ("SELECT count(*) FROM ledger JOIN loads USING (load_id) WHERE loads.organization = SHOP", 7),
    (
        "SELECT count(*) FROM findings AS f JOIN alerts AS a ON a.title = f.title WHERE a.organization = SHOP AND f.organization = SHOP",
        3,
    ),
    ('SELECT t.user FROM (SELECT 1 AS "user") AS t', 1),
    ("SELECT amount_text(1234567.5, 2)", "1,234,567.50"),
    ("SELECT 1 -- a comment; with a semicolon", 1),
    ("SELECT ';', '--', '/*'", ";"),
    ("SELECT 'Ö' || chr(8364);", "Ö€"),
    ("SELECT " + "1 + " * 100 + "1", 101),
    (" UNION ALL ".join(["SELECT 1"] * 500), 1),
]


@pytest.mark.parametrize(("query", "first"), WORKS, ids=[f"{q[:60]!r}" for q, _ in WORKS])
def test_what_may_be_asked_is_answered(
    ask: Callable[[str], list[tuple[Any, ...]]], shop: Shop, query: str, first: Any
) -> None:
    """``first`` is the first value of the first row; None also stands for no row."""
    found = ask(query)
    assert (found[0][0] if found else None) == (shop.slug if first == "SHOP" else first)


def test_a_pivot_that_looks_its_values_up_is_duckdbs_own(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    con = duckdb.connect()
    source = "(VALUES ('x', true, DATE '2024-01-01', 1.5), ('it''s', NULL, DATE '2024-02-01', 2), (NULL, false, NULL, 3)) AS t(a, b, d, n)"
    for query in (
        f"PIVOT {source} ON a USING sum(n)",
        f"PIVOT {source} ON a, b USING sum(n), count(*) AS c GROUP BY d ORDER BY d",
        f"PIVOT {source} ON d USING max(n) GROUP BY a ORDER BY a LIMIT 2",
        f"PIVOT {source} ON year(d), upper(a) USING max(n)",
        f"PIVOT {source} ON b",
        f"SELECT * FROM (PIVOT {source} ON n USING count(*) GROUP BY a) ORDER BY ALL",
    ):
        assert sorted(map(str, ask(query))) == sorted(map(str, con.execute(query).fetchall()))


def test_a_pivot_without_values_or_with_too_many_says_so(ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    with pytest.raises(UsageError, match="finds no values"):
        ask("PIVOT (FROM ledger WHERE false) ON type USING count(*)")
    with pytest.raises(UsageError, match="more than 1000 values"):
        ask("PIVOT (SELECT range AS n FROM range(2000)) ON n USING count(*)")


def test_a_question_can_be_asked_any_number_of_times_and_from_several_threads(shop: Shop) -> None:
    query = f"SELECT sum(amount) FROM ledger WHERE organization = '{shop.slug}'"
    found: list[Any] = []

    def once() -> None:
        with run_query(shop.home.settings, shop.home.database, query) as answered:
            found.extend(answered.rows)

    before = _folders(shop)
    once()
    threads = [threading.Thread(target=once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(Decimal("1219.75"),)] * 5
    assert _folders(shop) == before


def _folders(shop: Shop) -> set[Path]:
    return set(shop.home.settings.scratch.glob("question-*"))


def test_a_question_has_a_folder_that_nobody_else_may_enter(shop: Shop) -> None:
    before = _folders(shop)
    with run_query(shop.home.settings, shop.home.database, "SELECT 1"):
        (folder,) = _folders(shop) - before
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert not [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM range(10000000) AS a(x), range(10000000) AS b(y) WHERE (x + y) % 7 = 3",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
        "SELECT a.x FROM range(10000000) AS a(x), range(10000000) AS b(y)",
        "PIVOT (SELECT (x + y) % 3 AS p FROM range(10000000) AS a(x), range(10000000) AS b(y)) ON p USING count(*)",
    ],
)
def test_a_question_without_end_is_given_up_and_says_after_how_long(shop: Shop, query: str) -> None:
    with (
        pytest.raises(UsageError, match=r"longer than 0\.5 seconds"),
        run_query(shop.home.settings, shop.home.database, query, seconds=0.5) as answered,
    ):
        for _ in answered.rows:
            pass


def test_a_question_that_takes_too_much_memory_is_refused(shop: Shop) -> None:
    small = Home(replace(shop.home.settings, memory_limit="100MB"))
    with (
        pytest.raises(UsageError, match="Out of Memory"),
        run_query(small.settings, small.database, "SELECT list(x) FROM range(100000000) AS t(x)"),
    ):
        pass


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (LONG_CALL, r"longer than 0\.5 seconds"),
        ("SELECT length(repeat('x', 4000000000))", "more than 100MB of memory"),
        ("PIVOT (SELECT repeat('x', 4000000000) AS p) ON p USING count(*)", "more than 100MB of memory"),
    ],
)
def test_one_call_of_a_function_is_bounded_and_leaves_nothing(shop: Shop, query: str, message: str) -> None:
    before = _folders(shop)
    settings = replace(shop.home.settings, memory_limit="100MB")
    seconds = 0.5 if query == LONG_CALL else 60
    with (
        pytest.raises(UsageError, match=message),
        run_query(settings, shop.home.database, query, seconds=seconds) as asked,
    ):
        list(asked.rows)
    assert _folders(shop) == before


@pytest.mark.slow
def test_the_time_of_the_reader_is_not_the_answers(shop: Shop) -> None:
    """Between two rows of an answer that may take 3 seconds, another question takes 3 seconds."""
    with run_query(shop.home.settings, shop.home.database, "FROM range(20000)", seconds=3) as asked:
        first = next(asked.rows)
        with (
            pytest.raises(UsageError, match="longer than 3 seconds"),
            run_query(shop.home.settings, shop.home.database, LONG_CALL, seconds=3) as other,
        ):
            list(other.rows)
        assert (first, len(list(asked.rows))) == ((0,), 19_999)


@pytest.mark.slow
def test_questions_of_several_threads_end_each_by_its_own_bound(shop: Shop) -> None:
    said: list[str] = []

    def ask(query: str, seconds: float) -> None:
        settings = replace(shop.home.settings, memory_limit="100MB")
        try:
            with run_query(settings, shop.home.database, query, seconds=seconds) as asked:
                said.append(str(list(asked.rows)))
        except UsageError as error:
            said.append(str(error)[:32])

    queries = (("SELECT 1", 60), (LONG_CALL, 1), ("SELECT length(repeat('x', 4000000000))", 60), ("SELECT 2", 60))
    threads = [threading.Thread(target=ask, args=each) for each in queries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["[(1,)]", "[(2,)]", "the answer needed more than 100M", "the answer took longer than 1 se"]


def test_a_lake_at_an_address_needs_its_extension_and_nothing_is_downloaded(shop: Shop) -> None:
    far = replace(shop.home.settings, lake="s3://bucket/x")
    with (
        pytest.raises(StoreUnavailableError, match="install the package duckdb-extension-httpfs==") as refused,
        run_query(far, shop.home.database, "SELECT 1"),
    ):
        pass
    assert "s3://bucket/x" in str(refused.value)
    assert "http://" not in str(refused.value)
    with pytest.raises(StoreUnavailableError, match="install the package duckdb-extension-httpfs=="):
        open_duckdb(far)


def test_deleted_and_inlined_rows_are_as_in_the_lake(home: Home, shop: Shop) -> None:
    """Rows of a Parquet file, some of them deleted, and rows that only the catalog has: the copy says what the lake says."""
    identity, load = uuid4(), uuid4()
    with home.database.transaction() as connection:
        organization = organizations.get(connection, shop.slug, TESTER).id
        connection.execute(
            current_runs.insert().values(
                organization_id=organization,
                analyzer="fence",
                month=date(1999, 1, 1),
                run_id=load,
                version=1,
                findings=1,
            )
        )
    insert = (
        "INSERT INTO lake.findings BY NAME SELECT 'fence' AS analyzer, $1::UUID AS organization_id, DATE '1999-01-01' AS month,"
        " 'f' || n AS fingerprint, 1 AS severity, 'Ä''\"' || chr(10) || n AS subject, '' AS title, 'm' AS message, n AS amount,"
        " '{}' AS evidence, [$2::UUID, $3::UUID] AS transactions, $3::UUID AS analysis_run_id, n AS ledger_snapshot"
        " FROM range($4::INT, $5::INT) AS r(n)"
    )
    try:
        for first, last in ((0, 500), (500, 503)):
            home.lake.con.execute(insert, [organization, identity, load, first, last])
        home.lake.con.execute("DELETE FROM lake.findings WHERE analyzer = 'fence' AND amount IN (7, 501)")
        wanted = home.lake.con.execute(
            "SELECT subject, title, amount, transactions, analysis_run_id, ledger_snapshot FROM lake.findings"
            " WHERE analyzer = 'fence' ORDER BY amount"
        ).fetchall()
        query = (
            "SELECT subject, title, amount, transactions, analysis_run_id, ledger_snapshot FROM findings"
            " WHERE analyzer = 'fence' ORDER BY amount"
        )
        with run_query(shop.home.settings, shop.home.database, query) as answered:
            assert list(answered.rows) == wanted
        assert len(wanted) == 501
    finally:
        home.lake.con.execute("DELETE FROM lake.findings WHERE analyzer = 'fence'")


def test_an_answer_is_of_one_moment(home: Home, shop: Shop, tmp_path: Path) -> None:
    with answering(shop.home.settings, shop.home.database, ("loads",)) as con:
        before = list(con.execute("SELECT count(*) FROM ledger").rows)
        tenant = Tenant(home, tmp_path)
        tenant.deliver(rows("2024-01-05,Later,10.00,Office,x"))
        assert list(con.execute("SELECT count(*) FROM ledger").rows) == before
        found = con.execute(f"SELECT count(*) FROM loads WHERE organization = '{tenant.slug}'")
        assert list(found.rows) == [(0,)]


def test_every_allowed_function_is_there_and_none_knows_the_machine() -> None:
    con = duckdb.connect()
    known = {row[0].lower() for row in con.execute("SELECT function_name FROM duckdb_functions()").fetchall()}
    of_the_grammar = {
        "!",
        "->",
        "coalesce",
        "current_time",
        "current_timestamp",
        "grouping",
        "grouping_id",
        "if",
        "ifnull",
        "try",
    }
    ours = {"transaction_id", "amount_text", "exact_quotient"}
    assert known | of_the_grammar | ours >= FUNCTIONS | TABLE_FUNCTIONS
    parts = (
        "setting",
        "secret",
        "read_",
        "scan",
        "pragma",
        "duckdb_",
        "getenv",
        "variable",
        "query",
        "sql",
        "pg_",
        "catalog",
        "schema",
    )
    assert not [name for name in FUNCTIONS | TABLE_FUNCTIONS if any(part in name for part in parts)]


def test_bound_values_come_through_as_they_are() -> None:
    con = duckdb.connect()
    values = {
        "nothing": None,
        "number": -(2**62),
        "text": "it's $1 -- '; DROP",
        "day": date(2024, 2, 29),
        "amount": Decimal("-999999999999.99"),
        "id": UUID("01a20db7-0df3-761e-bcea-0e65a70f8c19"),
        "ids": [UUID("01a20db7-0df3-761e-bcea-0e65a70f8c19")],
    }
    found = execute_bound(con, f"SELECT {', '.join(f'${name}' for name in values)}", values).fetchone()
    assert found == tuple(values.values())


def test_only_texts_are_guarded_against_formulas(capsys: pytest.CaptureFixture[str]) -> None:
    values = (Decimal("-5.00"), Decimal("0E-10"), -1, -1.5, float("-inf"), "=1", "-1", None, date(2024, 1, 2), [-1, 2])
    write_csv(["value"], ([_for_csv(value)] for value in values))
    assert capsys.readouterr().out.splitlines() == [
        "value",
        "-5.00",
        "0.0000000000",
        "-1",
        "-1.5",
        "-inf",
        "'=1",
        "'-1",
        '""',
        "2024-01-02",
        '"\'-1, 2"',
    ]


def test_an_unknown_table_is_an_unknown_thing(shop: Shop) -> None:
    with pytest.raises(UnknownThingError) as refused, run_query(shop.home.settings, shop.home.database, "FROM alert"):
        pass
    assert json.loads(json.dumps(refused.value.known)) == sorted(TABLES)
