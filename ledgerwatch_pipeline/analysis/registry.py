"""The rules over the ledger, one module and one SQL text each. ``ANALYZERS`` is the whole list, in the order they run."""

from ledgerwatch_pipeline.analysis.analyzers.duplicate import DUPLICATE
from ledgerwatch_pipeline.analysis.analyzers.large_transaction import LARGE_TRANSACTION
from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.model.errors import UnknownThingError

ANALYZERS: tuple[Analyzer, ...] = (LARGE_TRANSACTION, DUPLICATE)


def by_name(analyzers: tuple[Analyzer, ...]) -> dict[str, Analyzer]:
    """Analyzers by name; two of the same name are refused."""
    named = {analyzer.name: analyzer for analyzer in analyzers}
    if len(named) != len(analyzers):
        raise ValueError("two analyzers have the same name")
    return named


ANALYZERS_BY_NAME = by_name(ANALYZERS)


def analyzer_named(name: str) -> Analyzer:
    if name not in ANALYZERS_BY_NAME:
        raise UnknownThingError("analyzer", name, ANALYZERS_BY_NAME)
    return ANALYZERS_BY_NAME[name]
