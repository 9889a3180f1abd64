"""The ledger as people look at it: filters, pages, CSV, and questions of their own in SQL that change and reach nothing."""

import csv
import io
import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from ledgerwatch_pipeline.model.load import LoadRow
from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation

pytestmark = pytest.mark.usefixtures("shop")

ROWS = """date,vendor,amount,category,description,type
2024-01-05,Alpha  Tools,10.00,Office,first,expense
2024-01-05,ALPHA tools,20.00,office,second,expense
2024-02-01,Beta,30.50,Rent,third,expense
2024-02-02,Beta,30.50,Rent,back,refund
2024-03-03,Gamma,1000.00,Sales,sold,income
2024-03-04,=cmd|calc,5.00,-1+1,@SUM(A1),expense
"""


@pytest.fixture(scope="module")
def shop(place: Installation) -> LoadRow:
    """The load of an organization ``shop`` with the rows above."""
    place.add_organization("shop")
    file = place.home.settings.home / "shop.csv"
    file.write_text(ROWS)
    return place.deliver("shop", file)[0]


@pytest.fixture
def listed(ledgerwatch: Callable[..., Answer]) -> Callable[..., list[str]]:
    """The descriptions of the shop's transactions that fit some filters, in the order listed."""

    def call(*filters: str) -> list[str]:
        code, out, err = ledgerwatch("transactions", "list", "--org", "shop", *filters, "--json")
        assert (code, err) == (0, "")
        return [row["description"] for row in json.loads(out)["transactions"]]

    return call


FILTERS = {
    "all, by date": ((), ["first", "second", "third", "back", "sold", "@SUM(A1)"]),
    "a vendor by key": (("--vendor", " alpha TOOLS "), ["first", "second"]),
    "a category without case": (("--category", "OFFICE"), ["first", "second"]),
    "a type": (("--type", "refund"), ["back"]),
    "from a day": (("--from", "2024-03-03"), ["sold", "@SUM(A1)"]),
    "up to a day": (("--to", "2024-02-01"), ["first", "second", "third"]),
    "between amounts, both included": (("--min", "20", "--max", "30.50"), ["second", "third", "back"]),
    "a vendor that looks like SQL": (("--vendor", "' OR 1=1 --"), []),
}


@pytest.mark.parametrize("what", FILTERS)
def test_filters(listed: Callable[..., list[str]], what: str) -> None:
    filters, expected = FILTERS[what]
    assert listed(*filters) == expected


def test_pages_follow_each_other_in_a_stable_order(ledgerwatch: Callable[..., Answer]) -> None:
    whole = json.loads(ledgerwatch("transactions", "list", "--org", "shop", "--all", "--json")[1])
    assert (len(whole["transactions"]), whole["next"]) == (6, None)
    seen: list[Any] = []
    after: list[str] = []
    for _ in range(3):
        page = json.loads(ledgerwatch("transactions", "list", "--org", "shop", "--limit", "2", *after, "--json")[1])
        seen += page["transactions"]
        after = ["--after", page["next"]]
    assert seen == whole["transactions"]


def test_a_long_list_is_one_line_a_row(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    place.add_organization("long")
    file = place.home.settings.home / "long.csv"
    file.write_text("date,vendor,amount\n" + "".join(f"2024-03-01,Vendor {n},{n}.00\n" for n in range(1, 1202)))
    (load,) = place.deliver("long", file)
    lines = ledgerwatch("transactions", "list", "--org", "long", "--all")[1].splitlines()
    rows = [line.split() for line in lines if line.startswith("2024")]
    assert [row[-1] for row in rows] == [f"{str(load.id)[:13]}:{n}" for n in range(2, 1203)]
    assert len({len(line) for line in lines if line.startswith("2024")}) <= 3  # aligned


def test_csv_has_every_match_and_runs_no_formula(ledgerwatch: Callable[..., Answer], shop: LoadRow) -> None:
    table = list(
        csv.DictReader(io.StringIO(ledgerwatch("transactions", "list", "--org", "shop", "--csv", "--limit", "1")[1]))
    )
    assert len(table) == 6
    assert (table[-1]["vendor"], table[-1]["category"], table[-1]["description"]) == (
        "'=cmd|calc",
        "'-1+1",
        "'@SUM(A1)",
    )
    assert (table[2]["amount"], table[2]["row_number"], table[2]["load_id"]) == ("30.50", "4", str(shop.id))


def test_a_transaction_is_found_by_its_id_and_as_listed(ledgerwatch: Callable[..., Answer], shop: LoadRow) -> None:
    row = json.loads(ledgerwatch("transactions", "list", "--org", "shop", "--min", "1000", "--json")[1])[
        "transactions"
    ][0]
    found = json.loads(ledgerwatch("transactions", "show", row["id"], "--json")[1])["transaction"]
    assert found == {**row, "file": "shop.csv", "sha256": shop.sha256, "in_ledger": True}
    short = f"{str(shop.id)[:13]}:{row['row_number']}"
    assert short in ledgerwatch("transactions", "list", "--org", "shop")[1]
    assert row["id"] in ledgerwatch("transactions", "show", short)[1]
    assert "unknown transaction" in ledgerwatch("transactions", "show", f"{shop.id}:7000")[2]


WRONG = {
    "no amount": (("transactions", "list", "--min", "lots"), "--min is an amount such as 1000.00, not 'lots'"),
    "a page nobody printed": (("transactions", "list", "--after", "2024-01-01"), "is not what a page printed as next"),
    "no id": (("transactions", "show", "first"), "'first' is no transaction's id"),
    "unknown organization": (("transactions", "list", "--org", "shp"), "unknown organization 'shp'"),
    "insert": (("sql", "INSERT INTO ledger SELECT * FROM ledger"), "one statement that only reads"),
    "update": (("sql", "UPDATE ledger SET amount = 1"), "not UPDATE"),
    "delete": (("sql", "DELETE FROM lake.transactions"), "not DELETE"),
    "attach": (("sql", "ATTACH '/tmp/x.db'"), "not ATTACH"),
    "copy": (("sql", "COPY ledger TO '/tmp/x.csv'"), "not COPY"),
    "a setting": (("sql", "SET threads = 1"), "not SET"),
    "two statements": (("sql", "SELECT 1; DROP TABLE ledger"), "not SELECT, DROP"),
    "a file by function": (
        ("sql", "SELECT * FROM read_csv('/etc/passwd')"),
        "the function read_csv is not to be used here",
    ),
    "a file by function, deep down": (
        ("sql", "WITH a AS (SELECT (SELECT max(content) FROM read_text('/etc/passwd')) AS t) FROM a"),
        "the function read_text",
    ),
    "a file by name": (("sql", "FROM '/etc/passwd'"), "unknown table '/etc/passwd'"),
    "PostgreSQL": (
        ("sql", "FROM postgres_query('__ducklake_metadata_lake', 'SELECT 1')"),
        "the function postgres_query",
    ),
    "a query in a text": (("sql", "FROM query('SELECT 1')"), "the function query"),
    "the lake's own tables": (("sql", "FROM lake.transactions"), "unknown table 'lake.transactions'"),
    "the catalog": (("sql", "FROM information_schema.tables"), "unknown table 'information_schema.tables'"),
    "a table by a wrong name": (("sql", "SELECT * FROM ledgr"), "unknown table 'ledgr'; known: ledger"),
    "a pragma": (("sql", "PRAGMA database_list"), "cannot be checked"),
    "no SQL": (("sql", "SELEC 1"), "syntax error"),
    "nothing": (("sql", " "), "nothing is asked"),
    "a value that cannot be": (("sql", "SELECT CAST(vendor AS INTEGER) FROM ledger"), "Could not convert"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_may_not_be_asked_is_refused(ledgerwatch: Callable[..., Answer], what: str) -> None:
    arguments, message = WRONG[what]
    code, _, err = ledgerwatch(*arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


LEDGER = [
    "transaction_id",
    "organization",
    "date",
    "month",
    "vendor",
    "vendor_key",
    "amount",
    "type",
    "category",
    "description",
    "reference",
    "currency",
    "external_id",
    "account",
    "load_id",
    "row_number",
]


def test_sql_answers_in_json_with_amounts_as_text(ledgerwatch: Callable[..., Answer]) -> None:
    query = "SELECT month, sum(amount) AS spent, count(*) AS n FROM ledger WHERE organization = 'shop' GROUP BY ALL ORDER BY 1"
    assert json.loads(ledgerwatch("sql", query, "--json")[1]) == {
        "columns": ["month", "spent", "n"],
        "rows": [["2024-01", "30.00", 2], ["2024-02", "61.00", 2], ["2024-03", "1005.00", 2]],
    }
    assert json.loads(ledgerwatch("sql", "FROM ledger LIMIT 0", "--json")[1]) == {"columns": LEDGER, "rows": []}


def test_sql_asks_findings_alerts_loads_and_rejected_rows(ledgerwatch: Callable[..., Answer], tmp_path: Path) -> None:
    def ask(query: str) -> list[list[Any]]:
        rows: list[list[Any]] = json.loads(ledgerwatch("sql", query, "--json")[1])["rows"]
        return rows

    bad = tmp_path / "bad.csv"
    bad.write_text("date,vendor,amount\n2024-01-01,,1.00\n")
    assert ledgerwatch("import", bad, "--org", "shop", "--no-analyze")[0] == 5
    assert ask("SELECT file, status, months FROM loads WHERE organization = 'shop' ORDER BY file") == [
        ["bad.csv", "REJECTED", []],
        ["shop.csv", "ACCEPTED", ["2024-01", "2024-02", "2024-03"]],
    ]
    assert ask(
        "SELECT row_number, rule FROM rejected_rows JOIN loads AS l USING (load_id) WHERE l.organization = 'shop'"
    ) == [[2, "vendor_required"]]
    same = "SELECT a.amount, len(a.transactions) FROM alerts AS a JOIN findings AS f ON f.title = a.title WHERE a.number = 'acme-1'"
    assert ask(same)[0] == ["50.00", 2]


def test_sql_reads_its_query_from_standard_input(place: Installation) -> None:
    done = subprocess.run(
        place.command("sql", "--csv"),
        input="SELECT '=1+1' AS formula, 1.50 AS amount, -5.00 AS refund",
        env=place.environment,
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["formula,amount,refund", "'=1+1,1.50,-5.00"]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_question_ends_at_once_when_it_is_told_to_and_leaves_no_folder(
    place: Installation, number: signal.Signals, code: int
) -> None:
    """Told while DuckDB is within one call of a function that takes minutes."""
    before = set(place.home.settings.scratch.glob("question-*"))
    asking = place.start("sql", "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))", "--csv")
    with asking:
        while not (children := [each for each in psutil.Process(asking.pid).children() if each.cpu_times().user > 2]):
            assert asking.poll() is None
            time.sleep(0.1)
        (folder,) = set(place.home.settings.scratch.glob("question-*")) - before
        asking.send_signal(number)
        _, said = asking.communicate()
        assert asking.returncode == code, said
    assert not psutil.wait_procs(children, timeout=60)[1], "it goes on"
    assert not folder.exists()
