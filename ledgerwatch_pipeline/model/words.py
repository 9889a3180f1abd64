"""Numbers in sentences."""


def counted(count: int, noun: str) -> str:
    """A number with its noun: 1 file, 1,200 files. What ends in -sis has another plural: analyses."""
    if count == 1:
        return f"{count} {noun}"
    return f"{count:,} {noun[:-2]}es" if noun.endswith("sis") else f"{count:,} {noun}s"


def times(count: int) -> str:
    """How often: once, twice, 14 times."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def per_cent(part: int, whole: int) -> str:
    """A share with one decimal, rounded half up; whole > 0."""
    tenths = (2_000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}"
