"""Rules that every kind of signals and the ranking keep, on drawn ledgers; seeds are drawn anew and named when one is broken."""

import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.packaged import packaged
from ledgerwatch_pipeline.ranking.registry import KINDS
from ledgerwatch_tests.ranking.lake import month_by_month, rank
from ledgerwatch_tests.ranking.ledgers import drawn
from ledgerwatch_tests.small_lake import SmallLake

MONTHS = MonthRange(Month(2020, 1), Month(2022, 8))


@pytest.fixture
def seed() -> int:
    return random.randrange(1_000_000)


@pytest.fixture
def lake() -> Iterator[SmallLake]:
    with SmallLake() as small:
        yield small


def test_every_kind_finds_something_in_the_drawn_ledgers(lake: SmallLake) -> None:
    lake.add_rows([row for each in range(6) for row in drawn(each, (f"org-{each}",))])
    found = Counter(each.kind for each in rank(lake, lake.scope("2020-01", "2022-08")).signals)
    assert {kind.name for kind in KINDS} <= found.keys()


@pytest.mark.slow
def test_a_range_of_months_is_the_union_of_its_months(lake: SmallLake, seed: int) -> None:
    lake.add_rows(drawn(seed))
    whole = rank(lake, lake.scope("2020-01", "2022-08"))
    alone = month_by_month(lake, MONTHS)
    assert whole == alone, f"seed {seed}"


def test_rows_after_a_month_change_nothing_of_it(lake: SmallLake, seed: int) -> None:
    rows = drawn(seed)
    lake.add_rows(rows)
    cut = MonthRange(Month(2020, 1), Month(2021, 6))
    whole = rank(lake, lake.scope(str(cut.first), str(cut.last)))
    kept = [row for row in rows if Month.of(row.day) <= cut.last]
    lake.clear()
    lake.add_rows(kept)
    places = [place for place, row in enumerate(rows, 1) if Month.of(row.day) <= cut.last]
    numbers = {old: new for new, old in enumerate(places, 1)}
    left = rank(lake, lake.scope(str(cut.first), str(cut.last)))
    assert left.cases == whole.cases, f"seed {seed}"
    assert [each.rows for each in left.signals] == [
        None if each.rows is None else tuple(numbers[row] for row in each.rows) for each in whole.signals
    ], f"seed {seed}"


def test_other_organizations_change_nothing(lake: SmallLake, seed: int) -> None:
    lake.add_rows(drawn(seed, ("acme", "other", "third")))
    together = [each for each in rank(lake, lake.scope("2020-01", "2022-08")).cases if each.organization == "other"]
    alone = rank(lake, lake.scope("2020-01", "2022-08", "other")).cases
    assert alone == together, f"seed {seed}"


def test_neither_threads_nor_the_order_of_the_rows_change_anything(lake: SmallLake, seed: int) -> None:
    rows = drawn(seed)
    lake.add_rows(rows)
    first = rank(lake, lake.scope("2020-01", "2022-08"))
    lake.con.execute("SET threads = 2")
    assert rank(lake, lake.scope("2020-01", "2022-08")) == first, f"seed {seed}"
    lake.con.execute("CREATE TABLE lake.shuffled AS FROM lake.transactions ORDER BY hash(row_number)")
    lake.con.execute("DELETE FROM lake.transactions")
    lake.con.execute("INSERT INTO lake.transactions BY NAME FROM lake.shuffled")
    assert rank(lake, lake.scope("2020-01", "2022-08")) == first, f"seed {seed}"


def test_nothing_is_left_behind(lake: SmallLake) -> None:
    lake.add_rows(drawn(1))
    rank(lake, lake.scope("2020-01", "2022-08"))
    left = lake.con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'temp'").fetchall()
    views = lake.con.execute("SELECT view_name FROM duckdb_views() WHERE database_name = 'temp' AND NOT internal")
    assert left + views.fetchall() == []


@pytest.mark.parametrize("file", sorted(path.stem for path in (packaged("sql") / "ranking").glob("*.sql")))
def test_no_text_of_the_ranking_computes_with_floating_point(file: str) -> None:
    text = (packaged("sql") / "ranking" / f"{file}.sql").read_text()
    code = re.sub(r"'[^']*'|--[^\n]*", "", text)
    assert not re.search(
        r"(?<![/*])/(?![/*])|\b(double|float|real|avg|mean|log2?|ln|pow|sqrt|exp)\b|\*\*", code, re.IGNORECASE
    )
