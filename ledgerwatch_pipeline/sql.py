"""Finds the project's SQL texts by name; what they say lives in ``sql/``, values are always bound by the caller."""

from functools import cache

from ledgerwatch_pipeline.packaged import packaged


@cache
def sql_text(name: str) -> str:
    """The text of ``sql/<name>.sql``, for example ``sql_text("analyzers/duplicate")``."""
    return (packaged("sql") / f"{name}.sql").read_text(encoding="utf-8")
