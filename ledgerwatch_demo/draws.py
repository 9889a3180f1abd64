"""Repeatable chance: numbers that depend on a key and on nothing else.

Here: the one function behind every random choice made in Python. Not here: the choices themselves, nor the row-level
chance, which is drawn the same way inside ``normal_rows.sql``. Called by the other modules of ``demo``.
"""

from hashlib import blake2b


def draw(*key: object) -> int:
    """Return an integer in 0..2**64-1 that looks random and is a function of ``key`` alone.

    A keyed hash instead of ``random.Random``: a choice does not move when another choice is added before it, and the
    standard library promises no stable ``shuffle`` or ``randrange`` from one Python version to the next.
    """
    text = "\x1f".join(str(part) for part in key)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
