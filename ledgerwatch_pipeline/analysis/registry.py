"""Which analyzers there are: the built-in ones, those of other packages, those in the home's folder ``analyzers/``.

One that breaks the contract is left out with the reason, and stops nobody else. What is judged: ``contract`` and
``inspection``; how a declaration in a file is read: ``declaration``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from ledgerwatch_pipeline.analysis.analyzers.budget_threshold import BUDGET_THRESHOLD
from ledgerwatch_pipeline.analysis.analyzers.burn_rate import BURN_RATE
from ledgerwatch_pipeline.analysis.analyzers.duplicate import DUPLICATE
from ledgerwatch_pipeline.analysis.analyzers.large_transaction import LARGE_TRANSACTION
from ledgerwatch_pipeline.analysis.analyzers.vendor_spike import VENDOR_SPIKE
from ledgerwatch_pipeline.analysis.contract import Analyzer, ContractError
from ledgerwatch_pipeline.model.alert import MANUAL
from ledgerwatch_pipeline.model.errors import LedgerWatchError, UnknownThingError
from ledgerwatch_pipeline.model.work import CASES
from ledgerwatch_pipeline.settings import Settings

BUILT_IN: tuple[Analyzer, ...] = (LARGE_TRANSACTION, BURN_RATE, VENDOR_SPIKE, DUPLICATE, BUDGET_THRESHOLD)
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

    @property
    def work_names(self) -> tuple[str, ...]:
        """What work may be due for: each analyzer, and the ranking of cases behind them."""
        return (*(analyzer.name for analyzer in self.analyzers), CASES)

    def named(self, name: str) -> Analyzer:
        """The analyzer called ``name``; raises UnknownThingError naming the close ones, or why it was refused."""
        for analyzer in self.analyzers:
            if analyzer.name == name:
                return analyzer
        reasons = [f"{each.source} is refused: {each.reason}" for each in self.refused if each.name == name]
        raise UnknownThingError("analyzer", name, [each.name for each in self.analyzers], "; ".join(reasons))


def load_registry(settings: Settings) -> Registry:
    """The registry of this home; read again when a file of its folder has changed, as some processes live long."""
    files = sorted(each for each in settings.analyzers.glob("*") if each.suffix in (".toml", ".sql"))
    return _load(settings.analyzers, tuple((each.name, each.stat().st_mtime_ns) for each in files if each.is_file()))


@lru_cache(maxsize=8)
def _load(folder: Path, files: tuple[tuple[str, int], ...]) -> Registry:  # noqa: ARG001 what the answer is good for
    found = [*_from_packages(), *_from_folder(folder)]
    kept, refused = _without_namesakes([each for each in found if isinstance(each, Analyzer)])
    return Registry((*BUILT_IN, *kept), (*(each for each in found if isinstance(each, Refused)), *refused))


def _from_packages() -> Iterator[Analyzer | Refused]:
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name):
        source = f"package {point.dist.name}" if point.dist else point.value
        yield _judged(point.name, source, partial(_loaded, point, source))


def _from_folder(folder: Path) -> Iterator[Analyzer | Refused]:
    for file in sorted(folder.glob("*.toml")):
        yield _judged(file.stem, str(file), partial(_declared, file))


def _judged(name: str, source: str, make: Callable[[], Analyzer]) -> Analyzer | Refused:
    """What ``make`` gives, if its SQL keeps the rules that can be seen without rows; else why it is left out."""
    try:
        from ledgerwatch_pipeline.analysis.inspection import inspect  # loads DuckDB: a list of alerts needs none

        analyzer = make()
        violations = inspect(analyzer)
    except ContractError as error:
        return Refused(name, source, error.problem)
    except LedgerWatchError as error:
        return Refused(name, source, str(error))
    except Exception as error:  # noqa: BLE001 another's code may raise anything, and must stop no other analyzer
        return Refused(name, source, f"{type(error).__name__}: {error}")
    return Refused(name, source, violations[0].problem) if violations else analyzer


def _loaded(point: EntryPoint, source: str) -> Analyzer:
    loaded = point.load()
    if not isinstance(loaded, Analyzer):
        raise ContractError(point.name, f"{point.value} is no Analyzer but of type {type(loaded).__name__}")
    if loaded.name != point.name:
        raise ContractError(point.name, f"its entry point is called {point.name}, and it calls itself {loaded.name}")
    return replace(loaded, source=source)


def _declared(file: Path) -> Analyzer:
    """The analyzer of a file, if its SQL could be asked with ``ledgerwatch sql`` over the relations it declares: it will run
    where the lake is open, and whoever can write a file need not be who may do everything there."""
    from ledgerwatch_pipeline.analysis.declaration import read_declaration  # only where there is one
    from ledgerwatch_pipeline.stores.lake import fence

    analyzer = read_declaration(file)
    with fence.parser() as con:
        for text in filter(None, (analyzer.sql, analyzer.insufficient)):
            fence.check(con, text, analyzer.relations)
    return analyzer


def _without_namesakes(found: list[Analyzer]) -> tuple[list[Analyzer], list[Refused]]:
    """Those whose name nobody else has. A built-in analyzer's name is taken; of two others nobody can say which is meant."""
    sources: dict[str, list[str]] = {CASES: ["the ranking of cases"], MANUAL: ["alerts raised by hand"]}
    for analyzer in (*BUILT_IN, *found):
        sources.setdefault(analyzer.name, []).append(analyzer.source)
    kept = [each for each in found if len(sources[each.name]) == 1]
    refused = [
        Refused(each.name, each.source, f"its name is used twice: {' and '.join(sources[each.name])}")
        for each in found
        if len(sources[each.name]) > 1
    ]
    return kept, refused
