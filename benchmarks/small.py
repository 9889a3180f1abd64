"""What a small import costs: 40 rows into a home that is there, start and end of the command included; ``make bench-small``.

The processor time is nearly all start: docs/benchmarks.md explains. ``--beside`` names a checkout of another version, which is
measured in turns with this one on the same files.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from benchmarks.memory import Watched, run_watched, wait_until_gone

_ROWS = 40
_FIRST_DAY = date(2024, 1, 1)
_HERE = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class _Side:
    """One version of LedgerWatch, its home, and what its imports took."""

    tree: Path
    home: Path
    taken: list[Watched] = field(default_factory=list)

    def run(self, *arguments: str | Path) -> Watched:
        """The command, with its code from ``tree``; it starts the server, and the server is gone before and after."""
        environment = {**os.environ, "LEDGERWATCH_HOME": str(self.home), "PYTHONPATH": str(self.tree)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiling anew each time is not what is measured
        command = [sys.executable, "-P", "-m", "ledgerwatch_pipeline.cli.main", *map(str, arguments)]
        watched = run_watched(command, environment, self.home / "postgres")
        wait_until_gone(self.home / "postgres")
        return watched


def main() -> int:
    """Measure, and print a line for each version."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.small", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=5, help="imports of each version (default 5)")
    parser.add_argument("--beside", type=Path, action="append", default=[], help="a checkout of another version")
    arguments = parser.parse_args()
    if arguments.turns < 1:
        parser.error("--turns is at least 1")
    with _sides([_HERE, *(each.resolve() for each in arguments.beside)]) as sides:
        for turn in range(arguments.turns + 1):  # the first makes tables and compiles; it does not count
            for side in sides:
                file = side.home / "files" / f"{turn}.csv"
                file.parent.mkdir(exist_ok=True)
                file.write_text(forty_rows(turn), encoding="utf-8")
                watched = side.run("import", file, "--org", "acme")
                if turn:
                    side.taken.append(watched)
                    print(f"{turn}. {side.tree.name}: {watched.cpu_seconds:.2f} s", file=sys.stderr, flush=True)
        for side in sides:
            print(_line(side, sides[0].taken), flush=True)
    return 0


@contextmanager
def _sides(trees: Sequence[Path]) -> Iterator[list[_Side]]:
    """Each version with a home that has one organization; the homes are gone after the block."""
    sides = [_Side(tree, Path(tempfile.mkdtemp(prefix="lw-bench-"))) for tree in trees]
    try:
        for side in sides:
            side.run("orgs", "add", "acme", "--name", "Acme")
        yield sides
    finally:
        for side in sides:
            shutil.rmtree(side.home)


def forty_rows(turn: int) -> str:
    """A delivery of two months, other ones each turn; one payment is far above the others, and one is there twice."""
    start = _FIRST_DAY + timedelta(days=61 * (turn % 12))
    lines = ["date,vendor,amount,category,description"]
    for row in range(_ROWS):
        day = start + timedelta(days=row * 3 // 2)
        amount = "48000.00" if row == 17 else f"{100 + row % 39}.50"
        lines.append(f"{day},Supplier {row % 13 % 7},{amount},Office,Invoice {turn}-{row}")
    return "\n".join(lines) + "\n"


def _line(side: _Side, own: Sequence[Watched]) -> str:
    """Least and median of the processor time, least of the clock, and the ratio of the least to this version's."""
    cpu = sorted(each.cpu_seconds for each in side.taken)
    least = min(each.cpu_seconds for each in own)
    clock = min(each.seconds for each in side.taken)
    return (
        f"{side.tree.name:<12} processor {cpu[0]:.2f} s (median {cpu[len(cpu) // 2]:.2f}), clock {clock:.2f} s, "
        f"this version's processor time is {least / cpu[0]:.2f} of it"
    )


if __name__ == "__main__":
    sys.exit(main())
