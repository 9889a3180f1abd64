"""The ranking of drawn signals, held against a plain Python model of it (SIGNAL: rarity, points, score, order)."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import pytest

from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.ranking.evaluate import Given, Judged
from ledgerwatch_pipeline.ranking.parameters import Parameters
from ledgerwatch_pipeline.ranking.registry import KINDS
from ledgerwatch_tests.ranking.lake import Found, Ranked, Ranking, rank
from ledgerwatch_tests.ranking.ledgers import drawn
from ledgerwatch_tests.small_lake import Row, SmallLake

BONUS = {kind.name: kind.bonus for kind in KINDS}


def tenths(value: int) -> int:
    """Ten times the logarithm to base 2, linear between powers of two."""
    power = value.bit_length() - 1
    return 10 * power + ((value - (1 << power)) * 10) // (1 << power)


def modelled(
    signals: Sequence[Found], first: Month, window: int, lowered: Mapping[tuple[str, str, str], int]
) -> tuple[dict[tuple[str, str, str], tuple[int, int, int]], list[Ranked]]:
    """(rarity, points, as strong) of each signal by month, kind and subject; and the cases. lowered: what counts less, by month,
    subject and lead."""
    scored: dict[tuple[str, str, str], tuple[int, int, int]] = {}
    for each in signals:
        month = Month.parse(each.month)
        strong = sum(
            other.kind == each.kind
            and month.plus(1 - window) <= Month.parse(other.month) <= month
            and other.strength >= each.strength
            for other in signals
        )
        age = (month.year - first.year) * 12 + month.number - first.number + 1
        rarity = tenths(10 * min(age, window)) - tenths(10 * strong)
        points = rarity + BONUS[each.kind] + 3 * tenths(max(each.stake, 1)) // 10
        scored[(each.month, each.kind, each.subject)] = (rarity, points, strong)
    by_case: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for each in signals:
        by_case[(each.month, each.subject)].append(each)
    cases = []
    for (month_text, subject), theirs in by_case.items():
        marks = {each.kind: scored[(month_text, each.kind, subject)] for each in theirs}
        kinds = sorted(marks, key=lambda kind: (-marks[kind][1], kind))
        others = max(0, sum(mark[0] > -40 for mark in marks.values()) - 1)
        score = marks[kinds[0]][1] + 10 * others - lowered.get((month_text, subject, kinds[0]), 0)
        cases.append(Ranked("acme", month_text, 0, subject, score, max(each.stake for each in theirs), tuple(kinds)))
    placed = []
    for month_text in sorted({each.month for each in cases}):
        ordered = sorted(
            (each for each in cases if each.month == month_text),
            key=lambda each: (-each.score, -each.stake, each.subject.encode()),
        )
        placed += [
            Ranked("acme", month_text, place, e.subject, e.score, e.stake, e.kinds)
            for place, e in enumerate(ordered, 1)
        ]
    return scored, placed


@pytest.fixture
def lake() -> Iterator[SmallLake]:
    with SmallLake() as small:
        yield small


def held(
    ranking: Ranking, rows: Sequence[Row], window: int, lowered: Mapping[tuple[str, str, str], int], seed: int
) -> None:
    first = Month.of(min(row.day for row in rows if row.type == "expense"))
    scored, cases = modelled(ranking.signals, first, window, lowered)
    found = {(e.month, e.kind, e.subject): (e.rarity, e.points, e.as_strong) for e in ranking.signals}
    assert found == scored, f"seed {seed}"
    assert sorted(ranking.cases, key=str) == sorted(cases, key=str), f"seed {seed}"


@pytest.mark.parametrize("window", [24, 5])
def test_rank_is_what_the_model_says(lake: SmallLake, window: int) -> None:
    seed = random.randrange(1_000_000)
    rows = drawn(seed, ("acme",))
    lake.add_rows(rows)
    given = Given({lake.organization("acme").id: Parameters(window=window)})
    held(rank(lake, lake.scope("2020-01", "2022-08"), given), rows, window, {}, seed)


def test_what_was_judged_to_be_in_order_counts_two_bits_less_for_a_year(lake: SmallLake) -> None:
    seed = random.randrange(1_000_000)
    rows = drawn(seed, ("acme",))
    lake.add_rows(rows)
    scope = lake.scope("2020-01", "2022-08")
    first = next(each for each in rank(lake, scope).cases if each.month == "2021-02" and each.rank == 1)
    judged = Judged(lake.organization("acme").id, first.subject, first.kinds[0], Month(2021, 2), "accepted", 7)
    months = [str(Month(2021, 2).plus(each)) for each in range(1, 13)]
    ranking = rank(lake, scope, Given(judged=[judged]))
    # An outcome of the kind moves its bonus too; here it is the only one, and the mean is its own: no bonus at all.
    held(ranking, rows, 24, {(month, first.subject, first.kinds[0]): 20 for month in months}, seed)


def test_kinds_whose_cases_were_worth_it_come_before_others_and_no_more_than_two_bits(lake: SmallLake) -> None:
    lake.add_rows(drawn(3, ("acme",)))
    organization = lake.organization("acme").id
    scope = lake.scope("2022-01", "2022-08")
    plain = {(e.month, e.kind, e.subject): e.points for e in rank(lake, scope).signals}
    judged = [Judged(organization, f"v{n}", "repeat", Month(2021, 1), "fixed", n) for n in range(40)]
    judged += [Judged(organization, f"v{n}", "new", Month(2021, 1), "false_positive", n) for n in range(400)]
    moved = {
        each.kind: each.points - plain[(each.month, each.kind, each.subject)]
        for each in rank(lake, scope, Given(judged=judged)).signals
    }
    assert moved.pop("repeat") == 20
    assert moved.pop("new") == -20
    assert set(moved.values()) == {0}
