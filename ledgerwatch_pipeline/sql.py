"""Finds the project's SQL texts by name; what they say lives in ``sql/``, values are always bound by the caller.

A text may have fragments, written ``{{columns}}``: lists of columns that follow from the description of a transaction's
fields (``model.transaction``). They come from code, never from a file or a person.
"""

import re
from functools import cache

from ledgerwatch_pipeline.packaged import packaged

_FRAGMENT = re.compile(r"\{\{([a-z_]+)\}\}")


@cache
def sql_text(name: str, **fragments: str) -> str:
    """The text of ``sql/<name>.sql``, for example ``sql_text("analyzers/duplicate")``, with its fragments filled in.

    Raises ValueError when the text wants other fragments than are given.
    """
    text = (packaged("sql") / f"{name}.sql").read_text(encoding="utf-8")
    wanted = set(_FRAGMENT.findall(text))
    if wanted != fragments.keys():
        raise ValueError(f"sql/{name}.sql has the fragments {sorted(wanted)}, given are {sorted(fragments)}")
    return _FRAGMENT.sub(lambda found: fragments[found[1]], text)
