"""``make bench-workers``: several processes on one home at once against one alone, and how long they wait for locks.

Each process is ``ledgerwatch import --inbox`` over the same folder of 40 organizations, so all want all of the work. Waits are
read from PostgreSQL every few milliseconds: who waits for a lock, of which kind. Waiting until another worker has finished
what it leased is waiting for work, not for a lock, and counted apart. Exit code 1 when the states differ, or when lock waits
are above the bar of five percent of the processes' time.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from benchmarks import data
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.locks import number
from ledgerwatch_tests.processes import Installation, everything

ORGANIZATIONS = 40
BAR = 0.05
_EVERY = 0.01
_BATCH_BYTES = 4 * 1024 * 1024
"""Of files staged together: so small that every process gets a part of the work."""
_WAITING = """
    SELECT coalesce(l.locktype, a.wait_event), coalesce(l.classid::bigint, 0)
    FROM pg_stat_activity AS a
    LEFT JOIN pg_locks AS l ON l.pid = a.pid AND NOT l.granted
    WHERE a.wait_event_type = 'Lock' AND a.pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What some processes at once came to. seconds: on the clock. waited: seconds waited for locks, summed over processes,
    by kind of lock. waited_for_work: for what another worker had in hand."""

    processes: int
    seconds: float
    waited: Mapping[str, float]
    waited_for_work: float
    state: dict[str, list[object]]

    @property
    def share(self) -> float:
        """Lock waits as a share of the processes' time."""
        return sum(self.waited.values()) / (self.seconds * self.processes)


def main() -> int:
    """Run the benchmark as the command line asks; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=400_000, help="rows in all (default 400,000)")
    parser.add_argument("--processes", type=int, default=4, help="processes at once (default 4)")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / ".data", help="where the files are kept")
    arguments = parser.parse_args()
    directory = data.dataset(arguments.data, arguments.rows, ORGANIZATIONS)
    print(f"{arguments.rows:,} rows of {ORGANIZATIONS} organizations, {os.cpu_count()} processors", flush=True)
    alone = _run(directory, 1)
    print(_line(alone), flush=True)
    together = _run(directory, arguments.processes)
    print(_line(together), flush=True)
    differing = [name for name, rows in alone.state.items() if rows != together.state[name]]
    if differing:
        print(f"benchmark failed: the states differ in {', '.join(differing)}", file=sys.stderr)
        return 1
    print(f"the same state; locks were waited for {together.share:.2%} of the time (bar {BAR:.0%})")
    return 0 if together.share <= BAR else 1


def _run(directory: Path, processes: int) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="lw-workers-") as folder:
        place = Installation(Path(folder) / "h", LEDGERWATCH_BATCH_BYTES=str(_BATCH_BYTES))
        try:
            for organization in range(ORGANIZATIONS):
                place.add_organization(data.slug(organization))
            _ = place.home.lake.con  # the lake's tables are there before anybody is timed
            done = threading.Event()
            waits: Counter[tuple[str, int]] = Counter()
            watcher = threading.Thread(target=_watch, args=(place.home.database, done, waits))
            watcher.start()
            began = time.monotonic()
            running = [
                subprocess.Popen(
                    place.command("import", "--inbox", directory, "--json"),
                    env=place.environment,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                )
                for _ in range(processes)
            ]
            complaints = [process.communicate()[1] for process in running]
            seconds = time.monotonic() - began
            done.set()
            watcher.join()
            if any(process.returncode not in (0, 3) for process in running):
                raise subprocess.SubprocessError("\n".join(complaints))
            state = everything(place.home)
        finally:
            place.close()
    workers = number("ledgerwatch.worker") % 2**32
    waited = {
        kind: count * _EVERY
        for (kind, classid), count in waits.items()
        if not (kind == "advisory" and classid == workers)
    }
    return Outcome(processes, seconds, waited, waits["advisory", workers] * _EVERY, state)


def _watch(database: Database, done: threading.Event, waits: Counter[tuple[str, int]]) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:  # each look is new
        while not done.wait(_EVERY):
            for kind, classid in connection.execute(text(_WAITING)):
                waits[kind, classid if kind == "advisory" else 0] += 1


def _line(outcome: Outcome) -> str:
    kinds = ", ".join(f"{kind} {seconds:.2f} s" for kind, seconds in sorted(outcome.waited.items())) or "none"
    return (
        f"  {outcome.processes} processes  {outcome.seconds:6.1f} s   waited for locks: {kinds} "
        f"({outcome.share:.2%}); for other workers' work: {outcome.waited_for_work:.1f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
