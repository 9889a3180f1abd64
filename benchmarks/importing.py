"""The import alone, without the start of a process and without analysis, beside the ledger stage of the bare script, in turns;
``make bench-import``. Of other real files (``--devon FOLDER``) beside a bare script of the same reading, and of many small files.
docs/benchmarks.md explains. ``--beside`` names a checkout of another version, which imports the same files in the same turns.
"""

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TypeAlias

import duckdb

from benchmarks import bare, data
from benchmarks.homes import apart
from benchmarks.memory import run_watched, wait_until_gone

_HERE = Path(__file__).parent.parent
_SMALL_FILES = 100
_SMALL_ROWS = 100
_DEVON = """
    COPY (
        WITH typed AS (
            SELECT CAST(CASE WHEN "Date" LIKE '%/%' THEN try_strptime("Date", '%d/%m/%Y')
                             ELSE try_strptime("Date", '%Y-%m-%d %H:%M:%S') END AS DATE) AS day, trim("Supplier Name") AS vendor,
                   TRY_CAST(replace("Amount", ',', '') AS DECIMAL(14, 2)) AS paid, "Expense Type" AS category,
                   "Transaction Number" AS description, "Invoice Number" AS reference
            FROM read_csv(
                $files, header = true, delim = ',', quote = '"', escape = '"', all_varchar = true, union_by_name = true,
                strict_mode = false, null_padding = true, ignore_errors = true, sample_size = 100
            )
        )
        SELECT day, vendor, lower(vendor) AS vendor_key, CAST(abs(paid) AS DECIMAL(14, 2)) AS amount,
               CASE WHEN paid < 0 THEN 'refund' ELSE 'expense' END AS type, category, description, reference,
               date_trunc('month', day)::DATE AS month, year(day) AS year
        FROM typed
        WHERE day IS NOT NULL AND paid <> 0
        ORDER BY month, vendor_key
    ) TO '{ledger}' (FORMAT parquet, PARTITION_BY (year))
"""
"""The reading that profile devon.toml asks for, without its checks. Lines that are not UTF-8 are skipped, since a plain script does not
find out which file is in which encoding."""
Deliveries: TypeAlias = Mapping[str, Sequence[Path]]


@dataclass(frozen=True, slots=True)
class _Taken:
    """What one side took in one turn: seconds by the clock and of the processor, the rows of its ledger, its peak of memory. received:
    the part of the seconds that went into the archive; a bare script has none."""

    clock: float
    processor: float
    rows: int
    peak: int
    received: tuple[float, float] = (0, 0)


_Side: TypeAlias = Callable[[], _Taken]


def main() -> int:
    """Measure, and print a table for each kind of files."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.importing", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--rows", type=int, default=10_000_000, help="rows of the generated files; default 10 M, 0: none"
    )
    parser.add_argument("--turns", type=int, default=2, help="turns of each side; default 2")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / ".data", help="where the files are kept")
    parser.add_argument("--devon", type=Path, help="a folder with Devon's spending files, below it at any depth")
    parser.add_argument("--beside", type=Path, help="a checkout of another version")
    arguments = parser.parse_args()
    if arguments.turns < 1 or 0 < arguments.rows < data.ORGANIZATIONS:
        parser.error(f"--turns is at least 1, --rows at least {data.ORGANIZATIONS}")
    arguments.data.mkdir(exist_ok=True)
    trees = {"this version": _HERE} | ({arguments.beside.name: arguments.beside.resolve()} if arguments.beside else {})

    def products(deliveries: Deliveries, currency: str = "USD", profile: Path | None = None) -> dict[str, _Side]:
        return {name: partial(_imported, tree, deliveries, currency, profile) for name, tree in trees.items()}

    if arguments.rows:
        directory = data.dataset(arguments.data, arguments.rows)
        files = {each.name: [each / "transactions.csv"] for each in sorted(directory.iterdir())}
        sides: dict[str, _Side] = {"bare script": partial(apart, _bare_ledger, directory), **products(files)}
        _measure(f"{arguments.rows:,} rows in {len(files)} files", arguments.turns, sides)
    if arguments.devon is not None:
        found = sorted(arguments.devon.rglob("*.csv"))
        devon = products({"devon": found}, "GBP", _HERE / "examples/profiles/devon.toml")
        sides = {"bare script": partial(apart, _bare_devon, found, arguments.data), **devon}
        _measure(f"Devon, {len(found)} files", arguments.turns, sides)
    with tempfile.TemporaryDirectory(dir=arguments.data) as folder:
        small = [Path(folder) / f"{number}.csv" for number in range(_SMALL_FILES)]
        for number, file in enumerate(small):
            file.write_text(_small_file(number), encoding="utf-8")
        _measure(f"{_SMALL_FILES} files of {_SMALL_ROWS} rows", arguments.turns, products({"acme": small}))
    return 0


def _measure(what: str, turns: int, sides: Mapping[str, _Side]) -> None:
    """Each side in turn; the least of each, and its ratio to the first side."""
    taken: dict[str, list[_Taken]] = {name: [] for name in sides}
    for _ in range(turns):
        for name, side in sides.items():
            taken[name].append(side())
    print(f"{what}; least of {turns} turns", flush=True)
    first = next(iter(taken.values()))
    for name, each in taken.items():
        clock, processor = min(one.clock for one in each), min(one.processor for one in each)
        ratios = clock / min(one.clock for one in first), processor / min(one.processor for one in first)
        received = min(one.received[0] for one in each), min(one.received[1] for one in each)
        print(
            f"  {name:<14} clock {clock:7.2f} s ({ratios[0]:.2f})   processor {processor:7.2f} s ({ratios[1]:.2f})"
            f"   of it receive {received[0]:.2f} and {received[1]:.2f} s   {each[0].rows:,} rows"
            f"   peak {max(one.peak for one in each) / 1e6:,.0f} MB",
            flush=True,
        )


def _small_file(number: int) -> str:
    """A delivery of some days, other ones for each number."""
    start = date(2020, 1, 1) + timedelta(days=number)
    rows = (
        f"{start + timedelta(days=row % 9)},Supplier {row % 13},{100 + row * 7 % 39}.50,Office,Invoice {number}-{row}\n"
        for row in range(_SMALL_ROWS)
    )
    return "date,vendor,amount,category,description\n" + "".join(rows)


def _imported(tree: Path, deliveries: Deliveries, currency: str, profile: Path | None) -> _Taken:
    """One import with the code in ``tree`` into a home of its own."""
    home = Path(tempfile.mkdtemp(prefix="lw-bench-"))
    task = {
        "deliveries": {slug: list(map(str, files)) for slug, files in deliveries.items()},
        "currency": currency,
        "profile": None if profile is None else str(profile),
    }
    try:
        command = [sys.executable, "-P", str(Path(__file__).with_name("import_once.py")), str(home), json.dumps(task)]
        watched = run_watched(command, {**os.environ, "PYTHONPATH": str(tree)}, home / "postgres")
        wait_until_gone(home / "postgres")
        found = json.loads(watched.output)
        clock, processor = found["whole"]
        return _Taken(clock, processor, found["rows"], found["peak_bytes"], tuple(found["received"]))
    finally:
        shutil.rmtree(home)


def _bare_ledger(directory: Path) -> _Taken:
    return _bare(directory.parent, lambda con, scratch: bare.prepare(con, directory, scratch))


def _bare_devon(files: Sequence[Path], folder: Path) -> _Taken:
    def prepare(con: duckdb.DuckDBPyConnection, scratch: Path) -> None:
        con.execute("SET enable_progress_bar = false")
        con.execute("SET preserve_insertion_order = false")
        con.execute(_DEVON.format(ledger=scratch / "ledger"), {"files": [str(file) for file in files]})
        con.execute(f"CREATE VIEW ledger AS FROM read_parquet('{scratch}/ledger/*/*.parquet')")

    return _bare(folder, prepare)


def _bare(folder: Path, prepare: Callable[[duckdb.DuckDBPyConnection, Path], None]) -> _Taken:
    """A bare script's ledger, in this process, which does nothing else."""
    scratch = Path(tempfile.mkdtemp(prefix="bare-", dir=folder))
    try:
        with duckdb.connect() as con:
            clock, processor = time.perf_counter(), time.process_time()
            prepare(con, scratch)
            clock, processor = time.perf_counter() - clock, time.process_time() - processor
            (rows,) = con.execute("SELECT count(*) FROM ledger").fetchone() or (0,)
        return _Taken(clock, processor, rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    sys.exit(main())
