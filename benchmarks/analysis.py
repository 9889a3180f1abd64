"""How long the analyzers take, without import and alerts: each over the whole ledger, beside a bare DuckDB query of the same
rule, once counting its findings and once writing them with their rows; and the months of a long and of a short ledger analysed
again. ``make bench-analysis``; docs/benchmarks.md explains.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path

import duckdb

from benchmarks import bare, data
from benchmarks.homes import FreshHome, apart, fresh_home
from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.evaluate import evaluate
from ledgerwatch_pipeline.analysis.registry import BUILT_IN
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres import organizations, thresholds

_TURNS = 3
_LAST = Month(2024, 12)
_SHORT_MONTHS = 6


def main() -> int:
    """Measure and print; 1 when the two sides find different numbers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analysis", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the long ledger; default 10 M")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / ".data", help="where the files are kept")
    arguments = parser.parse_args()
    amounts = data.Amounts.of(arguments.rows // data.ORGANIZATIONS)
    directory = data.dataset(arguments.data, arguments.rows)
    with fresh_home(amounts) as long_home, fresh_home(amounts) as short_home:
        long_home.run("import", "--inbox", directory, "--no-analyze")
        same = apart(_whole, long_home.folder, directory, amounts)
        with tempfile.TemporaryDirectory(dir=arguments.data) as folder:
            short_home.run("import", "--inbox", _shortened(directory, Path(folder)), "--no-analyze")
        apart(_one_month, long_home.folder, short_home.folder)
        _command(long_home, short_home)
    return 0 if same else 1


@dataclass(frozen=True, slots=True)
class _Spent:
    """Seconds by the clock and of processor time; the latter say more on a machine that has other work."""

    clock: float = 0
    processor: float = 0

    def least(self, other: "_Spent") -> "_Spent":
        return _Spent(min(self.clock, other.clock), min(self.processor, other.processor))

    def __add__(self, other: "_Spent") -> "_Spent":
        return _Spent(self.clock + other.clock, self.processor + other.processor)


def _whole(home: Path, directory: Path, amounts: data.Amounts) -> bool:
    """Every analyzer over every month of everybody, in turns with its bare queries; least seconds of each."""
    months = MonthRange(Month(2020, 1), _LAST)
    print(f"{'':<20}{'bare, counting':>22}{'bare, with rows':>22}{'product':>22}", flush=True)
    print(f"{'analyzer':<20}{'clock    processor':>22}{'clock    processor':>22}{'clock    processor':>22}   findings")
    total = [_Spent()] * 3
    same = True
    scratch = Path(tempfile.mkdtemp(prefix="bare-", dir=directory.parent))
    opened = Home(Settings(home=home))
    try:
        with duckdb.connect() as con:
            bare.prepare(con, directory, scratch)
            for analyzer in BUILT_IN:
                turns = [_turn(con, opened, analyzer, months, amounts.as_bound()) for _ in range(_TURNS)]
                least = [reduce(_Spent.least, (spent for spent, _ in side)) for side in zip(*turns, strict=True)]
                total = [before + each for before, each in zip(total, least, strict=True)]
                numbers = {found for turn in turns for _, found in turn}
                same = same and len(numbers) == 1
                print(_sides(analyzer.name, least, " and ".join(f"{each:,}" for each in sorted(numbers))), flush=True)
        counting, listing, product = total
        print(_sides("all", total, ""))
        print(
            f"product to bare, counting: {product.clock / counting.clock:.2f} by the clock,"
            f" {product.processor / counting.processor:.2f} of processor time; to bare, with rows:"
            f" {product.clock / listing.clock:.2f} and {product.processor / listing.processor:.2f}",
            flush=True,
        )
    finally:
        opened.close()
        shutil.rmtree(scratch)
    return same


def _turn(
    con: duckdb.DuckDBPyConnection, home: Home, analyzer: Analyzer, months: MonthRange, amounts: dict[str, int]
) -> list[tuple[_Spent, int]]:
    """What each side takes once, and how much it finds: the bare query counting, the one with rows, the product."""
    sides = []
    for work in (
        partial(bare.count, con, analyzer.name, amounts),
        partial(bare.write, con, analyzer.name, amounts),
        partial(_evaluated, home, analyzer, months),
    ):
        processor = time.process_time()
        clock, found = work()
        sides.append((_Spent(clock, time.process_time() - processor), found))
    return sides


def _sides(name: str, sides: Sequence[_Spent], findings: str) -> str:
    return f"{name:<20}" + "".join(f"{each.clock:>11.2f}{each.processor:>11.2f}" for each in sides) + f"   {findings}"


def _line(name: str, seconds: Sequence[float], findings: str) -> str:
    return f"{name:<20}{seconds[0]:>6.2f} s{seconds[1]:>7.2f} s{seconds[1] / seconds[0]:>7.2f}   {findings}"


def _evaluated(home: Home, analyzer: Analyzer, months: MonthRange) -> tuple[float, int]:
    """Seconds of one evaluation with all that it stages, and its number of findings; nothing is kept."""
    with home.database.transaction() as connection:
        tenants = organizations.list_all(connection, local_operator("benchmark"))
        limits = thresholds.of_organizations(connection, [each.id for each in tenants])
    scope = [ScopeRow(each.id, months) for each in tenants]
    with home.lake.transaction() as lake:
        began = time.perf_counter()
        evaluation = evaluate(lake.con, analyzer, scope, tenants, {}, limits)
        return time.perf_counter() - began, evaluation.total


def _one_month(long_home: Path, short_home: Path) -> None:
    """The last month of everybody again, one evaluation after the other."""
    print(f"\n{_LAST} again: {data.MONTHS} months of ledger against {_SHORT_MONTHS}", flush=True)
    print(f"{'analyzer':<20}{'short':>8}{'long':>9}{'ratio':>7}", flush=True)
    homes = [Home(Settings(home=each)) for each in (short_home, long_home)]
    try:
        total = [0.0, 0.0]
        for analyzer in BUILT_IN:
            turns = [[_evaluated(each, analyzer, MonthRange(_LAST, _LAST))[0] for each in homes] for _ in range(_TURNS)]
            least = [min(turn[side] for turn in turns) for side in (0, 1)]
            total = [before + each for before, each in zip(total, least, strict=True)]
            print(_line(analyzer.name, least, ""), flush=True)
        print(_line("all", total, ""), flush=True)
    finally:
        for each in homes:
            each.close()


def _command(long_home: FreshHome, short_home: FreshHome) -> None:
    """The whole command over the last month, the second time: the first one makes the alerts."""
    for _ in range(2):
        taken = [home.run("analyze", "--month", str(_LAST)).cpu_seconds for home in (short_home, long_home)]
    print(_line("command, processor", taken, ""), flush=True)


def _shortened(directory: Path, folder: Path) -> Path:
    """The same files with the rows of the last months only."""
    first = _LAST.plus(1 - _SHORT_MONTHS).first_day
    for file in sorted(directory.glob("*/*.csv")):
        target = folder / "inbox" / file.parent.name / file.name
        target.parent.mkdir(parents=True)
        duckdb.execute(
            f"COPY (FROM read_csv('{file}', all_varchar = true) WHERE date >= '{first}') TO '{target}' (HEADER)"
        )
    return folder / "inbox"


if __name__ == "__main__":
    sys.exit(main())
