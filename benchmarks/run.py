"""``make bench``: bare script and LedgerWatch in turn, seconds by stage, ratio, peak memory. docs/benchmarks.md explains.

Exit code 1 when the two do not find the same, or not the same in every turn: figures of different work say nothing.
"""

import argparse
import json
import os
import statistics
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks import data, product
from benchmarks.memory import run_watched


class DifferentWorkError(Exception):
    """The two sides did not do the same."""


def main() -> int:
    """Measure, and print a table or a document of JSON; 1 when the two sides did not do the same."""
    arguments = _arguments()
    report: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "results": [],
    }
    out = sys.stderr if arguments.json else sys.stdout
    for rows in arguments.rows or (1_000_000, 10_000_000):
        print(f"{rows:,} rows in {data.ORGANIZATIONS} files, {arguments.repeat} turns each", file=out, flush=True)
        try:
            result = _measure(data.dataset(arguments.data, rows), rows, arguments.repeat)
        except DifferentWorkError as error:
            print(f"benchmark failed: {error}", file=sys.stderr)
            return 1
        report["results"].append(result)
        print(_table(result), file=out, flush=True)
    if arguments.json:
        print(json.dumps(report))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, action="append", help="rows in all, may be repeated; default 1 M and 10 M")
    parser.add_argument("--repeat", type=int, default=2, help="turns of each side (default 2)")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / ".data", help="where the files are kept")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output; tables go to stderr")
    arguments = parser.parse_args()
    if arguments.repeat < 1 or any(rows < data.ORGANIZATIONS for rows in arguments.rows or ()):
        parser.error(f"--repeat is at least 1, --rows at least {data.ORGANIZATIONS}")
    return arguments


def _measure(directory: Path, rows: int, repeat: int) -> dict[str, Any]:
    amounts = data.Amounts.of(rows // data.ORGANIZATIONS)
    sides: dict[str, list[dict[str, Any]]] = {"bare": [], "ledgerwatch": []}
    for turn in range(1, repeat + 1):
        sides["bare"].append(_bare(directory, amounts))
        sides["ledgerwatch"].append(product.run(directory, amounts, commands_too=turn == repeat))
    every = sides["bare"] + sides["ledgerwatch"]
    for name in ("rows", "findings"):
        if any(each[name] != every[0][name] for each in every):
            raise DifferentWorkError(f"{name} differ: {[each[name] for each in every]}")
    summary = {side: _summary(turns) for side, turns in sides.items()}
    return {
        "rows": rows,
        "findings": every[0]["findings"],
        "alerts": sides["ledgerwatch"][-1]["alerts"],
        "ratio": {
            key: summary["ledgerwatch"]["seconds"][key] / summary["bare"]["seconds"][key] for key in ("min", "median")
        },
        "commands": sides["ledgerwatch"][-1]["commands"],
        **summary,
    }


def _bare(directory: Path, amounts: data.Amounts) -> dict[str, Any]:
    given = map(str, amounts.as_bound().values())
    watched = run_watched([sys.executable, "-m", "benchmarks.bare", str(directory), *given], os.environ)
    measured: dict[str, Any] = json.loads(watched.output)
    return measured | {
        "seconds": watched.seconds,
        "cpu_seconds": watched.cpu_seconds,
        "peak_bytes": watched.peak,
        "own_peak_bytes": watched.own_peak,
    }


def _summary(turns: list[dict[str, Any]]) -> dict[str, Any]:
    """Of the turns, the least and the median time, the stages' medians, and the most memory."""
    seconds = [turn["seconds"] for turn in turns]
    stages = dict.fromkeys(name for turn in turns for name in turn["stages"])
    return {
        "seconds": {"min": min(seconds), "median": statistics.median(seconds), "all": seconds},
        "cpu_seconds": min(turn["cpu_seconds"] for turn in turns),
        "stages": {name: statistics.median(turn["stages"].get(name, 0.0) for turn in turns) for name in stages},
        "peak_bytes": max(turn["peak_bytes"] for turn in turns),
        "own_peak_bytes": max(turn["own_peak_bytes"] for turn in turns),
    }


def _table(result: dict[str, Any]) -> str:
    lines = []
    for side in ("bare", "ledgerwatch"):
        figures = result[side]
        lines.append(
            f"  {side:<12} min {figures['seconds']['min']:7.1f} s   median {figures['seconds']['median']:7.1f} s   "
            f"CPU {figures['cpu_seconds']:6.1f} s   peak {figures['peak_bytes'] / 1e6:7,.0f} MB (process alone {figures['own_peak_bytes'] / 1e6:,.0f} MB)"
        )
        lines += [f"    {name:<36}{seconds:8.2f} s" for name, seconds in figures["stages"].items()]
    lines.append(f"  ratio        min {result['ratio']['min']:7.2f}     median {result['ratio']['median']:7.2f}")
    lines.append("  findings     " + ", ".join(f"{name} {count:,}" for name, count in result["findings"].items()))
    lines.append("  alerts       " + ", ".join(f"{name} {count:,}" for name, count in result["alerts"].items()))
    lines.append("  commands     " + ", ".join(f"{name} {taken:.2f} s" for name, taken in result["commands"].items()))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
