"""Every golden case of the signals, and that each kind has some."""

from collections.abc import Iterator

import pytest

from ledgerwatch_pipeline.ranking.registry import KINDS
from ledgerwatch_tests.signal_cases import SignalCase, differences, load
from ledgerwatch_tests.small_lake import SmallLake

CASES = list(load())


@pytest.fixture(scope="module")
def lake() -> Iterator[SmallLake]:
    with SmallLake() as small:
        yield small


@pytest.mark.parametrize("case", CASES, ids=[f"{case.kind}: {case.title}" for case in CASES])
def test_signals(lake: SmallLake, case: SignalCase) -> None:
    assert differences(lake, case) == []


def test_every_kind_has_golden_cases() -> None:
    assert {case.kind for case in CASES} == {kind.name for kind in KINDS}
