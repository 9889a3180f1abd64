"""Which analyzers there are: the built-in ones, those of other packages, those in the home's folder ``analyzers/``.

One that breaks the contract is left out with the reason, and stops nobody else. What is judged: ``contract`` and
``inspection``; how a declaration in a file is read: ``declaration``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from ledgerwatch_pipeline.analysis.analyzers.duplicate import DUPLICATE
from ledgerwatch_pipeline.analysis.analyzers.large_transaction import LARGE_TRANSACTION
from ledgerwatch_pipeline.analysis.contract import Analyzer, ContractError
from ledgerwatch_pipeline.model.errors import LedgerWatchError, UnknownThingError
from ledgerwatch_pipeline.settings import Settings

BUILT_IN: tuple[Analyzer, ...] = (LARGE_TRANSACTION, DUPLICATE)
"""The analyzers of the product, in the order they run."""
ENTRY_POINTS = "ledgerwatch.analyzers"
"""The entry point group of other packages; each entry point is an ``Analyzer``."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An analyzer that is left out: its name as far as it is known, where it was found, and why."""

    name: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Registry:
    """The analyzers of an installation and its home, in the order they run, and those left out."""

    analyzers: tuple[Analyzer, ...]
    refused: tuple[Refused, ...] = ()

    def named(self, name: str) -> Analyzer:
        """The analyzer called ``name``; raises UnknownThingError naming the close ones, or why it was refused."""
        for analyzer in self.analyzers:
            if analyzer.name == name:
                return analyzer
        reasons = [f"{each.source} is refused: {each.reason}" for each in self.refused if each.name == name]
        raise UnknownThingError("analyzer", name, [each.name for each in self.analyzers], "; ".join(reasons))


def load_registry(settings: Settings) -> Registry:
    """The registry of this home; read once a process."""
    return _load(settings.analyzers)


@cache
def _load(folder: Path) -> Registry:
    found = [*_from_packages(), *_from_folder(folder)]
    kept, refused = _without_namesakes([each for each in found if isinstance(each, Analyzer)])
    return Registry((*BUILT_IN, *kept), (*(each for each in found if isinstance(each, Refused)), *refused))


def _from_packages() -> Iterator[Analyzer | Refused]:
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name):
        source = f"package {point.dist.name}" if point.dist else point.value
        try:
            yield _inspected(_loaded(point, source))
        except Exception as error:  # noqa: BLE001: another package's code may raise anything, and must stop nobody else
            yield Refused(point.name, source, _reason(error))


def _loaded(point: EntryPoint, source: str) -> Analyzer:
    loaded = point.load()
    if not isinstance(loaded, Analyzer):
        raise ContractError(point.name, f"{point.value} is no Analyzer but of type {type(loaded).__name__}")
    if loaded.name != point.name:
        raise ContractError(point.name, f"its entry point is called {point.name}, and it calls itself {loaded.name}")
    return replace(loaded, source=source)


def _from_folder(folder: Path) -> Iterator[Analyzer | Refused]:
    for file in sorted(folder.glob("*.toml")):
        from ledgerwatch_pipeline.analysis.declaration import read_declaration  # only where there is one

        try:
            yield _inspected(_fenced(read_declaration(file)))
        except LedgerWatchError as error:
            yield Refused(file.stem, str(file), _reason(error))


def _fenced(analyzer: Analyzer) -> Analyzer:
    """An analyzer of a file, if its SQL could be asked with ``ledgerwatch sql`` over the relations it declares; raises
    UsageError. It will run where the lake is open, and whoever can write a file need not be who may do everything there."""
    from ledgerwatch_pipeline.stores.lake import fence  # only where there is one

    with fence.parser() as con:
        for text in filter(None, (analyzer.sql, analyzer.insufficient)):
            fence.check(con, text, analyzer.relations)
    return analyzer


def _inspected(analyzer: Analyzer) -> Analyzer:
    """The analyzer, if its SQL keeps the rules that can be seen without rows; raises ContractError."""
    from ledgerwatch_pipeline.analysis.inspection import inspect  # loads DuckDB: a list of alerts needs none

    for violation in inspect(analyzer):
        raise ContractError(analyzer.name, violation.problem)
    return analyzer


def _reason(error: Exception) -> str:
    if isinstance(error, ContractError):
        return error.problem
    return str(error) if isinstance(error, LedgerWatchError) else f"{type(error).__name__}: {error}"


def _without_namesakes(found: list[Analyzer]) -> tuple[list[Analyzer], list[Refused]]:
    """Those whose name nobody else has. A built-in analyzer's name is taken; of two others nobody can say which is meant."""
    sources: dict[str, list[str]] = {}
    for analyzer in (*BUILT_IN, *found):
        sources.setdefault(analyzer.name, []).append(analyzer.source)
    kept = [each for each in found if len(sources[each.name]) == 1]
    refused = [
        Refused(each.name, each.source, f"its name is used twice: {' and '.join(sources[each.name])}")
        for each in found
        if len(sources[each.name]) > 1
    ]
    return kept, refused
