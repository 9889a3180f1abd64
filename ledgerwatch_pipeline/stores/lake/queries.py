"""People's own SQL over the ledger: one reading statement over five tables, and nothing else of the machine or the stores.

Two fences stand one behind the other: ``lake.fence`` refuses what may not be said, and ``lake.answering`` gives a connection
that knows no secret and reaches nothing, so that what slipped through would find nothing. Here they are put together.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.lake.answering import TABLES, answering
from ledgerwatch_pipeline.stores.lake.duckdb_process import Answer, Deadline, DuckDBProcess
from ledgerwatch_pipeline.stores.lake.fence import check, parser
from ledgerwatch_pipeline.stores.lake.pivot import Pivots, find_pivots, values_of
from ledgerwatch_pipeline.stores.postgres.engine import Database

SECONDS = 60.0
"""How long DuckDB may compute for one question."""


@dataclass(frozen=True, slots=True)
class Question:
    """A statement that may be asked: its text, the offered tables it reads, and its pivots that lack their values yet."""

    text: str
    tables: frozenset[str]
    pivots: Pivots | None


@contextmanager
def run_query(settings: Settings, database: Database, query: str, *, seconds: float = SECONDS) -> Iterator[Answer]:
    """The answer to ``query``, which is there until the block ends; ``seconds`` is how long DuckDB may compute in all.

    Raises UsageError for anything that may not be asked, that DuckDB refuses, or that takes too long or too much memory.
    """
    question = understand(query)
    with answering(settings, database, question.tables) as process:
        yield answer(process, question, seconds=seconds)


def understand(query: str) -> Question:
    """``query``, once it is sure that it may be asked; raises UsageError. Nothing is opened or executed."""
    with parser() as con:
        pivots = find_pivots(con, query)
        checked = check(con, pivots.text if pivots else query, TABLES)
    return Question(checked.text, checked.tables, pivots)


def answer(process: DuckDBProcess, question: Question, *, seconds: float = SECONDS) -> Answer:
    """Ask a process of ``answering``; raises UsageError as ``run_query`` does."""
    deadline = Deadline(seconds)
    text = question.text
    if question.pivots:
        with parser() as con:

            def ask(values: str) -> Sequence[tuple[Any, ...]]:
                return list(process.execute(check(con, values, TABLES).text, deadline).rows)

            text = check(con, question.pivots.with_values(values_of(con, question.pivots, ask)), TABLES).text
    return process.execute(text, deadline)
