"""How long to wait after failures in a row: exponential backoff."""

_MOST_DOUBLINGS = 32
"""More would not fit into a number, and every pause is at its longest by then."""


def backoff(failures: int, first: float, longest: float) -> float:
    """Seconds to wait after so many failures in a row: ``first`` after one, doubled by each, at most ``longest``."""
    return min(first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS), longest)
