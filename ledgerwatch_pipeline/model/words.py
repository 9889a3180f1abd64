"""Numbers in sentences."""


def counted(count: int, noun: str) -> str:
    """A number with its noun: 1 file, 1,200 files. What ends in -sis has another plural: analyses."""
    if count == 1:
        return f"{count} {noun}"
    return f"{count:,} {noun[:-2]}es" if noun.endswith("sis") else f"{count:,} {noun}s"
