"""Reading the answer of a query that has one row whatever the data: a count, a maximum, a function's value.

Not here: queries that may answer with no row, or with many.
"""

from typing import Any

import duckdb


def only_row(relation: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    """The one row of what was just executed. Raises LookupError when there is none, or more: a defect of the query."""
    rows = relation.fetchmany(2)
    if len(rows) != 1:
        raise LookupError("the query was to answer with one row, and answered with " + ("several" if rows else "none"))
    row: tuple[Any, ...] = rows[0]
    return row
