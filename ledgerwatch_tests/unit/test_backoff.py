"""Pauses after failures in a row."""

import pytest

from ledgerwatch_pipeline.model.backoff import backoff


@pytest.mark.parametrize(("failures", "seconds"), [(1, 5.0), (2, 10.0), (3, 20.0), (7, 320.0), (8, 600.0), (9, 600.0)])
def test_each_failure_doubles_the_pause_up_to_the_longest(failures: int, seconds: float) -> None:
    assert backoff(failures, 5.0, 600.0) == seconds


def test_what_fails_for_weeks_is_still_tried() -> None:
    assert backoff(100_000, 5.0, 600.0) == 600.0
