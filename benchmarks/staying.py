"""``make bench-staying``: what a file costs while a worker stays. A file of 40 rows dropped into the inbox, several times; then many
small files at once. Each is measured from the file's last byte to the moment its month has been analysed and its alerts stand.

The inbox is looked at by the worker itself, so what it takes until a file counts as settled is part of the clock.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from uuid import uuid4

import psutil
from sqlalchemy import text

from benchmarks.small import forty_rows
from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres import leases, organizations

_ORGANIZATIONS = 50
_ROWS = 100
_PATIENCE = 900.0
_EVERY = 0.05
_DONE = text(
    "SELECT (SELECT count(*) FROM loads WHERE status = 'ACCEPTED') = :files"
    " AND NOT EXISTS (SELECT 1 FROM loads WHERE status = 'RECEIVED') AND NOT EXISTS (SELECT 1 FROM analysis_work)"
    " AND EXISTS (SELECT 1 FROM analysis_runs)"
)


def main() -> int:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.staying", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=10, help="files of 40 rows, one after the other (default 10)")
    parser.add_argument("--files", type=int, default=1_000, help=f"files of {_ROWS} rows at once (default 1,000)")
    arguments = parser.parse_args()
    if min(arguments.turns, arguments.files) < 1:
        parser.error("--turns and --files are at least 1")
    with tempfile.TemporaryDirectory(prefix="lw-bench-", ignore_cleanup_errors=True) as folder:
        settings = Settings(home=Path(folder))
        home = Home(settings)
        for number in range(_ORGANIZATIONS):
            slug = f"org-{number:02}"
            with home.database.transaction() as connection:
                organizations.add(connection, Organization(uuid4(), slug, slug), local_operator("benchmark"))
            (settings.inbox / slug).mkdir(parents=True)
        worker = subprocess.Popen(
            [sys.executable, "-m", "ledgerwatch_pipeline.cli.main", "worker"],
            env={**os.environ, "LEDGERWATCH_HOME": folder},
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(lambda: _present(home), worker)
            _measure(home, worker, arguments.turns, arguments.files)
        finally:
            worker.terminate()
            worker.wait()
            home.close()
    return 0


def _measure(home: Home, worker: "subprocess.Popen[bytes]", turns: int, files: int) -> None:
    process = psutil.Process(worker.pid)
    clock, cpu = [], []
    for turn in range(turns + 1):  # the first makes tables; it does not count
        before = sum(process.cpu_times()[:2])
        seconds = _drop(home, worker, {f"org-00/{turn}.csv": forty_rows(turn)}, turn + 1)
        if turn:
            clock.append(seconds)
            cpu.append(sum(process.cpu_times()[:2]) - before)
            print(f"{turn}. {seconds:.2f} s, processor {cpu[-1]:.2f} s", file=sys.stderr, flush=True)
    print(
        f"40 rows through a worker: clock {min(clock):.2f} s (median {median(clock):.2f}, most {max(clock):.2f}), "
        f"processor {min(cpu):.2f} s (median {median(cpu):.2f})"
    )
    many = {f"org-{number % _ORGANIZATIONS:02}/many-{number}.csv": _hundred_rows(number) for number in range(files)}
    before, memory = sum(process.cpu_times()[:2]), process.memory_info().rss
    seconds = _drop(home, worker, many, turns + 1 + files)
    print(
        f"{files:,} files of {_ROWS} rows at once: clock {seconds:.1f} s, processor "
        f"{sum(process.cpu_times()[:2]) - before:.1f} s; resident before {memory / 1e6:,.0f} MB, "
        f"after {process.memory_info().rss / 1e6:,.0f} MB"
    )


def _drop(home: Home, worker: "subprocess.Popen[bytes]", files: dict[str, str], accepted: int) -> float:
    """Seconds from the last byte until so many loads are accepted and nothing is due."""
    for path, content in files.items():
        (home.settings.inbox / path).write_text(content, encoding="utf-8")
    began = time.monotonic()

    def done() -> bool:
        with home.database.transaction() as connection:
            return bool(connection.execute(_DONE, {"files": accepted}).scalar())

    _wait(done, worker)
    return time.monotonic() - began


def _present(home: Home) -> bool:
    with home.database.transaction() as connection:
        return leases.count_present(connection) > 0


def _wait(condition: Callable[[], bool], worker: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        if worker.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the worker did not come to it (exit code {worker.poll()})")
        time.sleep(_EVERY)


def _hundred_rows(number: int) -> str:
    lines = ["date,vendor,amount,category,description"]
    for row in range(_ROWS):
        day = f"2024-{1 + (number + row) % 12:02}-{1 + (7 * number + row) % 28:02}"
        lines.append(f"{day},Supplier {row % 37},{100 + (31 * number + row) % 977}.25,Office,Invoice {number}-{row}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
