"""How long signals and ranked cases take, without import and rules: the whole ledger, and its last month again; of 10 M rows of
fifty organizations, and with ``--devon FOLDER`` of Devon's spending files. ``make bench-cases``; docs/benchmarks.md explains.
"""

import argparse
import sys
import time
from pathlib import Path

from benchmarks import data
from benchmarks.homes import FreshHome, apart, fresh_home
from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.work import CASES
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres import leases

_HERE = Path(__file__).parent.parent
_TURNS = 3
_WHOLE_OF_DEVON, _WHOLE, _MONTH = 15.0, 20.0, 2.0
"""Seconds that there are for each, on two cores of which nobody else uses any."""


def main() -> int:
    """Measure and print; 1 when something took longer than there is time for it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cases", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the drawn ledger; default 10 M; 0: none")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / ".data", help="where the files are kept")
    parser.add_argument("--devon", type=Path, help="a folder with Devon's spending files, below it at any depth")
    arguments = parser.parse_args()
    in_time = True
    print(f"{'':<30}{'clock':>9}{'processor':>11}{'bar':>7}   cases", flush=True)
    if arguments.devon is not None:
        with fresh_home(data.Amounts.of(1_000)) as home:
            files = sorted(arguments.devon.rglob("*.csv"))
            home.run("orgs", "add", "devon", "--name", "Devon", "--currency", "GBP")
            home.run(
                "import", *files, "--org", "devon", "--profile", _HERE / "examples/profiles/devon.toml",
                "--on-invalid", "quarantine", "--no-analyze",
            )  # fmt: skip
            in_time &= _measure(home, "Devon", _WHOLE_OF_DEVON, Month(2011, 1), Month(2026, 3))
    if arguments.rows:
        directory = data.dataset(arguments.data, arguments.rows)
        with fresh_home(data.Amounts.of(arguments.rows // data.ORGANIZATIONS)) as home:
            home.run("import", "--inbox", directory, "--no-analyze")
            in_time &= _measure(home, f"{arguments.rows:,} rows", _WHOLE, Month(2020, 1), Month(2024, 12))
    return 0 if in_time else 1


def _measure(home: FreshHome, name: str, bar: float, first: Month, last: Month) -> bool:
    whole = apart(_ranked, home.folder, MonthRange(first, last), 1)
    month = apart(_ranked, home.folder, MonthRange(last, last), _TURNS)
    for what, seconds, (clock, processor, cases) in (
        (f"{name}, {first} to {last}", bar, whole),
        (f"{name}, {last} again", _MONTH, month),
    ):
        print(f"{what:<30}{clock:>7.2f} s{processor:>9.2f} s{seconds:>5.0f} s   {cases:,}", flush=True)
    return whole[0] <= bar and month[0] <= _MONTH


def _ranked(folder: Path, months: MonthRange, turns: int) -> tuple[float, float, int]:
    """Least seconds, by the clock and of this process's processor time, in which months are ranked and their lists kept; and how
    many cases they have in all."""
    home = Home(Settings(home=folder))
    try:
        home.lake.con.execute(
            "SELECT $values", {"values": [1]}
        )  # attached, and pandas loaded, which a command has by then
        taken = [_once(home, months) for _ in range(turns)]
    finally:
        home.close()
    return min(each[0] for each in taken), min(each[1] for each in taken), taken[0][2]


def _once(home: Home, months: MonthRange) -> tuple[float, float, int]:
    analyses.request_cases(home, local_operator("benchmark"), months)
    with leases.worker(home.database) as worker:
        analyses.take(home, worker, months, [CASES], limit=data.ORGANIZATIONS + 1)
        clock, processor = time.perf_counter(), time.process_time()
        ranked = analyses.rank_leased(home, worker)
        listed = analyses.list_leased(home, worker)
        taken = time.perf_counter() - clock, time.process_time() - processor
        analyses.release(home, worker)
    failures = ranked.failures + listed.failures
    assert not failures, failures
    return *taken, sum(sum(by.values()) for each in ranked.rankings for by in each.cases.values())


if __name__ == "__main__":
    sys.exit(main())
