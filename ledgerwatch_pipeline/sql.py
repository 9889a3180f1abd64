"""Finds the project's SQL texts by name; what they say lives in ``sql/``, values are always bound by the caller."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent
_FOLDER = _PACKAGE / "sql" if (_PACKAGE / "sql").is_dir() else _PACKAGE.parent / "sql"  # wheel, or a checkout


@cache
def sql_text(name: str) -> str:
    """The text of ``sql/<name>.sql``, for example ``sql_text("analyzers/duplicate")``."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
