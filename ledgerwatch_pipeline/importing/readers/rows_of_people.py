"""Where the rows of a transaction begin and end in what people lay out for people: titles above a header, totals below."""

from collections.abc import Sequence

from ledgerwatch_pipeline.model.profile import header_key


def has_columns(header: Sequence[str], required: Sequence[Sequence[str | int]]) -> bool:
    """Whether a header has one of the candidates of each required column."""
    keys = {header_key(name) for name in header}
    return all(
        any((each <= len(header)) if isinstance(each, int) else header_key(each) in keys for each in candidates)
        for candidates in required
    )


def is_footer(row: Sequence[str | None], footer: Sequence[str]) -> bool:
    """Whether the first field of the row that is not empty begins with one of the texts, whatever the case."""
    first = next((each.strip() for each in row if each and each.strip()), "").casefold()
    return any(first.startswith(text.casefold()) for text in footer)


def numbered_columns(count: int) -> tuple[str, ...]:
    """Names of columns that have none."""
    return tuple(f"column {place}" for place in range(1, count + 1))
