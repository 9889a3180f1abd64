"""People's own SQL over the ledger: one reading statement over five tables, and nothing else of the machine or the stores.

Two fences stand one behind the other: ``lake.fence`` refuses what may not be said, and ``lake.answering`` gives a connection
that knows no secret and reaches nothing, so that what slipped through would find nothing. Here they are put together.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.stores.lake.answering import TABLES, Deadline, answering
from ledgerwatch_pipeline.stores.lake.fence import check
from ledgerwatch_pipeline.stores.lake.pivot import find_pivots, values_of

_FETCHED = 5_000
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The names of the columns, and the rows as they come; a row that cannot be computed raises UsageError."""

    columns: list[str]
    rows: Iterator[tuple[Any, ...]]


@contextmanager
def run_query(home: Home, query: str, *, seconds: float = _SECONDS) -> Iterator[Answer]:
    """The answer to ``query``, which is there until the block ends; ``seconds`` is how long DuckDB may compute in all.

    Raises UsageError for anything that may not be asked, that DuckDB refuses, or that takes too long or too much memory.
    """
    with closing(duckdb.connect()) as parser:
        pivots = find_pivots(query)
        checked = check(parser, pivots.text if pivots else query, TABLES)
        with answering(home.settings, home.database, checked.tables) as con:
            deadline = Deadline(con, seconds)
            text = checked.text
            if pivots:

                def ask(values: str) -> Sequence[tuple[Any, ...]]:
                    with deadline.running():
                        return con.execute(check(parser, values, TABLES).text).fetchall()

                text = check(parser, pivots.with_values(values_of(parser, pivots, ask)), TABLES).text
            with deadline.running():
                found = con.execute(text)
            yield Answer([column[0] for column in found.description or ()], _rows(found, deadline))


def _rows(found: duckdb.DuckDBPyConnection, deadline: Deadline) -> Iterator[tuple[Any, ...]]:
    while True:
        with deadline.running():
            part = found.fetchmany(_FETCHED)
        if not part:
            return
        yield from part
