"""The process that a person's question is computed in: what ends it, what it may take, and what it leaves. No lake is needed."""

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest

from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.stores.lake.duckdb_process import Deadline, DuckDBProcess

LONG_CALL = "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))"
MARGIN = 512 * 1024
"""KiB over the memory limit that docs/architecture.md allows the process."""

pytestmark = [
    pytest.mark.slow,  # processes are started, and end by their limits
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, and memory is bounded on Linux only"),
]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[DuckDBProcess]:
    with closing(DuckDBProcess(tmp_path)) as opened:
        yield opened


def test_values_come_as_duckdb_gives_them(process: DuckDBProcess) -> None:
    values: dict[str, Any] = {
        "NULL": None,
        "true": True,
        "170141183460469231731687303715884105727": 2**127 - 1,
        "1.5::DOUBLE": 1.5,
        "'-12345678901234567890123456789.012345678'::DECIMAL(38, 9)": Decimal(
            "-12345678901234567890123456789.012345678"
        ),
        "0::DECIMAL(18, 10)": Decimal("0E-10"),
        "'it''s €'": "it's €",
        "'\\x00\\xFF'::BLOB": b"\x00\xff",
        "DATE '2024-02-29'": date(2024, 2, 29),
        "TIME '12:34:56.789'": time(12, 34, 56, 789000),
        "TIMESTAMP '2024-02-29 12:00:00.000001'": datetime(2024, 2, 29, 12, 0, 0, 1),  # noqa: DTZ001 it has none
        "TIMESTAMPTZ '2024-02-29 12:00:00+02'": datetime(2024, 2, 29, 10, tzinfo=UTC),
        "INTERVAL 90 MINUTE": timedelta(minutes=90),
        "UUID '01a20db7-0df3-761e-bcea-0e65a70f8c19'": UUID("01a20db7-0df3-761e-bcea-0e65a70f8c19"),
        "[1.10, NULL]": [Decimal("1.10"), None],
        "{'a': [DATE '2024-01-01'], 'b': NULL}": {"a": [date(2024, 1, 1)], "b": None},
        "MAP {'k': 0.5}": {"k": Decimal("0.5")},
    }
    process.execute("SET TimeZone = 'UTC'")
    answer = process.execute("SELECT " + ", ".join(f"{text} AS c{place}" for place, text in enumerate(values)))
    assert answer.columns == [f"c{place}" for place in range(len(values))]
    (found,) = answer.rows
    assert found == tuple(values.values())
    assert [type(value) for value in found] == [type(value) for value in values.values()]


def test_every_type_of_duckdb_comes_through(process: DuckDBProcess) -> None:
    query = "SELECT * FROM test_all_types()"
    with closing(duckdb.connect()) as con:
        for each in (process.execute, con.execute):
            each("SET TimeZone = 'UTC'")
        assert repr(list(process.execute(query).rows)) == repr(con.execute(query).fetchall())


@pytest.mark.slow
def test_long_answers_and_wide_rows_come_whole_and_in_order(process: DuckDBProcess) -> None:
    assert list(process.execute("FROM range(30001)").rows) == [(number,) for number in range(30001)]
    wide = process.execute("SELECT n::INT, repeat('x', 3000000) FROM range(60) AS t(n)")
    assert [(number, len(text)) for number, text in wide.rows] == [(number, 3_000_000) for number in range(60)]
    with pytest.raises(UsageError, match="a row of the answer is longer than 64 MB"):
        list(process.execute("SELECT repeat('x', 70000000)").rows)
    assert list(process.execute("SELECT 1").rows) == [(1,)]


def test_errors_have_duckdbs_own_words_and_the_process_goes_on(process: DuckDBProcess) -> None:
    with pytest.raises(UsageError, match="Conversion Error: Could not convert string 'x' to INT32"):
        list(process.execute("SELECT 'x'::INTEGER").rows)
    with pytest.raises(UsageError, match=r"Catalog Error: Table with name nosuch does not exist"):
        process.execute("FROM nosuch")
    late = process.execute(
        "SELECT (n || if(n < 200000, '', 'x'))::INTEGER, repeat('x', 100) FROM range(300000) AS t(n)"
    ).rows
    assert next(late)[0] == 0
    # DuckDB's threads race for which error is told: the one's own, or that of another which it stops.
    with pytest.raises(UsageError, match="Conversion Error|Interrupted"):
        list(late)
    assert list(process.execute("SELECT 1").rows) == [(1,)]


def test_a_call_that_no_interrupt_ends_is_ended(process: DuckDBProcess) -> None:
    with pytest.raises(UsageError, match=r"longer than 0\.3 seconds"):
        list(process.execute(LONG_CALL, Deadline(0.3)).rows)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT length(repeat('x', 4000000000))",
        "SELECT length(range(0, 1000000000))",
        "SELECT length(list_resize([1::TINYINT], 2000000000))",
        "SELECT sum(length(repeat('x', 3000000000 + n::INT))) FROM range(3) AS t(n)",
        "SELECT length(printf('%1000000000d', 1))",
        "SELECT length(format('{:1000000000d}', 1))",
        "SELECT list(n) FROM range(1000000000) AS t(n)",
        "SELECT repeat('x', 1000000) FROM range(3000)",
    ],
)
def test_memory_beyond_the_limit_is_refused_and_never_taken(process: DuckDBProcess, query: str) -> None:
    before = _peak(process)
    message = _refused(process, query, seconds=60)
    assert "the answer needed more than 200MB of memory" in message
    assert _peak(process) - before < 200_000_000 // 1024 + MARGIN


@pytest.mark.slow
@pytest.mark.parametrize(
    "query", ["SELECT length(lpad('x', 2000000000, 'y'))", "SELECT length(bitstring('1', 2000000000)::VARCHAR)"]
)
def test_memory_that_is_taken_slowly_is_ended_by_one_bound_or_the_other(process: DuckDBProcess, query: str) -> None:
    message = _refused(process, query, seconds=3)
    assert "more than 200MB of memory" in message or "longer than 3 seconds" in message


def _refused(process: DuckDBProcess, query: str, seconds: float) -> str:
    """What is said of a query that goes beyond a limit of 200 MB."""
    process.execute("SET memory_limit = '200MB'")
    process.execute("SET threads = 2")
    process.limit_memory("200MB")
    with pytest.raises(UsageError) as refused:
        list(process.execute(query, Deadline(seconds)).rows)
    return str(refused.value)


def _peak(process: DuckDBProcess) -> int:
    """The most memory that the process has had, in KiB."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def test_a_process_that_is_killed_for_its_memory_is_a_refusal(process: DuckDBProcess) -> None:
    process.limit_memory("200MB")
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(UsageError, match=r"more than 200MB of memory.*SIGKILL"):
        process.execute("SELECT 1")


@pytest.mark.slow
def test_what_fits_by_spilling_is_answered_within_the_limit(process: DuckDBProcess, tmp_path: Path) -> None:
    """The bound of the address space leaves DuckDB all the memory that it may use."""
    process.execute(f"SET temp_directory = '{tmp_path}/spill'")
    process.execute("SET memory_limit = '200MB'")
    process.limit_memory("200MB")
    for query in (
        "SELECT count(*) FROM (SELECT n, min(n::VARCHAR) FROM range(5000000) AS t(n) GROUP BY n)",
        "SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY hash(n)) AS r FROM range(5000000) AS t(n))",
        "SELECT count(*) FROM (SELECT hash(n) AS h FROM range(5000000) AS t(n)) JOIN (SELECT hash(n) AS h FROM range(5000000) AS t(n)) USING (h)",
    ):
        assert list(process.execute(query).rows) == [(5_000_000,)]


def test_several_threads_have_a_process_each(tmp_path: Path) -> None:
    found: list[Any] = []

    def ask(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        with closing(DuckDBProcess(folder)) as process:
            found.extend(process.execute(f"SELECT {number}, sum(n) FROM range(100000) AS t(n)").rows)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [(number, 4999950000) for number in range(4)]


def test_the_process_knows_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEDGERWATCH_DATABASE_URL", "postgresql://asker:correct-horse@localhost/x")
    monkeypatch.setenv("PGPASSWORD", "correct-horse")
    with closing(DuckDBProcess(tmp_path)) as process:
        list(process.execute("SELECT 1").rows)
        told = [Path(f"/proc/{process.pid}/{what}").read_bytes() for what in ("cmdline", "environ")]
    assert not [each for each in told if b"correct-horse" in each or b"LEDGERWATCH" in each]


@pytest.mark.parametrize("computing", [True, False], ids=["computing", "idle"])
def test_it_ends_and_removes_its_folder_when_its_parent_is_killed(tmp_path: Path, computing: bool) -> None:
    """Whatever it does at that moment."""
    folder = tmp_path / "question"
    folder.mkdir()
    (folder / "spill").write_text("of the ledger")
    statement = LONG_CALL if computing else "SELECT 2"
    text = (
        "import sys; from pathlib import Path; from ledgerwatch_pipeline.stores.lake.duckdb_process import DuckDBProcess\n"
        f"process = DuckDBProcess(Path({str(folder)!r})); list(process.execute('SELECT 1').rows)\n"
        f'print(process.pid, flush=True); list(process.execute("{statement}").rows); sys.stdin.read()'
    )
    parent = subprocess.Popen([sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    with closing(os.fdopen(child)):
        _wait_for(child)
    assert not folder.exists()


def _wait_for(process: int) -> None:
    """Until the process behind the descriptor has ended; fails after a minute."""
    watching = select.poll()
    watching.register(process, select.POLLIN)
    assert watching.poll(60_000), "it goes on"
