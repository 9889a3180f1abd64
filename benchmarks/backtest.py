"""``make bench-backtest``: how long ``ledgerwatch backtest`` takes over a whole ledger, one trial and a grid of nine.

A fresh home takes the files of ``data`` without analysing them; then every trial is a process of its own, start and end
included. The files and what is found in them are the same each time, so the counts say that it was the same work.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import data
from benchmarks.memory import run_watched, wait_until_gone
from benchmarks.product import COMMAND, add_organizations

TRIALS: tuple[tuple[str, ...], ...] = (
    ("large_transaction", "--set", "multiplier=3"),
    ("large_transaction", "--set", "multiplier=2,3,4", "--set", "floor=5000,10000,20000"),
    ("duplicate", "--set", "window_hours=72"),
    ("vendor_spike", "--set", "min_spend=1000"),
    ("burn_rate", "--set", "window_months=6"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One command: seconds on the clock and of the processor, peak memory, and the findings before and in its last trial."""

    command: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    before: int
    after: int


def main() -> int:
    """Measure, and print a table or a document of JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backtest", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows in all; default 10 M")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / ".data", help="where the files are kept")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    if arguments.rows < data.ORGANIZATIONS:
        parser.error(f"--rows is at least {data.ORGANIZATIONS}")
    measured = _measure(
        data.dataset(arguments.data, arguments.rows), data.Amounts.of(arguments.rows // data.ORGANIZATIONS)
    )
    if arguments.json:
        print(json.dumps({"rows": arguments.rows, "results": [asdict(each) for each in measured]}))
        return 0
    print(f"{arguments.rows:,} rows of {data.ORGANIZATIONS} organizations over {data.MONTHS} months")
    for each in measured:
        print(
            f"  {each.seconds:6.2f} s   CPU {each.cpu_seconds:6.2f} s   peak {each.peak_bytes / 1e6:7,.0f} MB"
            f"   {each.before:,} -> {each.after:,}   {each.command}"
        )
    return 0


def _measure(directory: Path, amounts: data.Amounts) -> list[Measured]:
    home = Path(tempfile.mkdtemp(prefix="lw-bench-"))  # a short path: PostgreSQL's socket lies in it
    environment = {**os.environ, "LEDGERWATCH_HOME": str(home)}
    server = home / "postgres"
    try:
        adding = multiprocessing.get_context("spawn").Process(target=add_organizations, args=(home, amounts))
        adding.start()
        adding.join()
        wait_until_gone(server)
        importing = [*COMMAND, "import", "--inbox", str(directory), "--no-analyze", "--json"]
        subprocess.run(importing, env=environment, check=True, stdout=subprocess.DEVNULL)
        known = _analyzers(environment)
        return [_tried(trial, environment, server) for trial in TRIALS if trial[0] in known]
    finally:
        wait_until_gone(server)
        shutil.rmtree(home)


def _analyzers(environment: dict[str, str]) -> set[str]:
    listed = subprocess.run(
        [*COMMAND, "analyzers", "list", "--json"], env=environment, check=True, stdout=subprocess.PIPE
    )
    return {each["name"] for each in json.loads(listed.stdout)["analyzers"]}


def _tried(trial: tuple[str, ...], environment: dict[str, str], server: Path) -> Measured:
    wait_until_gone(server)
    watched = run_watched([*COMMAND, "backtest", *trial, "--json"], environment, server)
    total = json.loads(watched.output)["backtest"]["trials"][-1]["total"]
    return Measured(
        " ".join(("backtest", *trial)),
        watched.seconds,
        watched.cpu_seconds,
        watched.peak,
        total["before"],
        total["after"],
    )


if __name__ == "__main__":
    sys.exit(main())
