"""``make bench-backtest``: how long ``ledgerwatch backtest`` takes over a whole ledger, one trial and a grid of nine.

A fresh home takes the files of ``data`` without analysing them; then every trial is a process of its own, start and end
included. The files and what is found in them are the same each time, so the counts say that it was the same work.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import data
from benchmarks.homes import FreshHome, fresh_home

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
    with fresh_home(amounts) as home:
        home.run("import", "--inbox", directory, "--no-analyze", "--json")
        return [_tried(trial, home) for trial in TRIALS]


def _tried(trial: tuple[str, ...], home: FreshHome) -> Measured:
    watched = home.run("backtest", *trial, "--json")
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
