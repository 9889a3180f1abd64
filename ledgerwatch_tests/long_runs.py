"""How much a test of random runs draws: little each time, much in ``make test-long``, which takes an hour."""

import os

LONG = os.environ.get("LONG_TESTS") == "1"


def drawn(usually: int, in_long_run: int) -> int:
    """How many examples, seeds or kills."""
    return in_long_run if LONG else usually
