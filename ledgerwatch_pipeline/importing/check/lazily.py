"""Modules that others import and LedgerWatch does not need: loaded when somebody looks into them, and not before.

Nothing is taken away or replaced: what is loaded later is what would have been loaded at once. Great Expectations imports all it
has for whoever needs a part; the importer calls this before it loads a part.
"""

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from pathlib import Path
from threading import RLock
from types import ModuleType

_GREAT_EXPECTATIONS = "great_expectations"
_IMPORT_EVERYTHING = (
    "core",
    "data_context",
    "data_context.data_context",
    "expectations",
    "expectations.core",
    "expectations.metrics",
    "expectations.metrics.column_map_metrics",
)
"""Packages of Great Expectations through which each of its modules loads all others: contexts, checkpoints, the data sources
of a dozen services with some hundred pydantic classes, every expectation and metric there is."""
_lock = RLock()


def great_expectations_by_parts() -> None:
    """Let a module of Great Expectations load what it needs itself, and no more. Does nothing if all is loaded already."""
    with _lock:
        if _GREAT_EXPECTATIONS in sys.modules:
            return
        load_when_used("scipy.stats")  # for metrics that no check here computes
        package = package_when_used(_GREAT_EXPECTATIONS)
        for name in _IMPORT_EVERYTHING:
            names_when_used(f"{_GREAT_EXPECTATIONS}.{name}")
        version = importlib.import_module(f"{_GREAT_EXPECTATIONS}._version").get_versions()["version"]
        vars(package)["__version__"] = version  # its __init__ makes it so, and most of its modules ask for it


def load_when_used(name: str) -> None:
    """Let ``from package import module`` give ``package.module`` without loading it; the first look into it loads it.

    Does nothing if it is loaded already. Raises ModuleNotFoundError when there is no such module.
    """
    if name in sys.modules:
        return
    spec, loader = _found(name)
    spec.loader = importlib.util.LazyLoader(loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    _put_into_its_package(name, module)


def package_when_used(name: str) -> ModuleType:
    """Let the modules of a package be imported without its ``__init__``. Whoever looks for anything else in it runs that, and
    those of the packages in it. Raises ModuleNotFoundError when there is no such package.
    """
    return sys.modules.get(name) or _Package(*_found(name), {})


def names_when_used(name: str) -> ModuleType:
    """As above; but each name that its ``__init__`` imports from a module is found without running it, too."""
    if name in sys.modules:
        return sys.modules[name]
    spec, loader = _found(name)
    return _Package(spec, loader, dict(_imported(spec)))


class _Package(ModuleType):
    """A package whose ``__init__`` was not run yet. sources: name → module that has it, and its name there."""

    def __init__(self, spec: ModuleSpec, loader: Loader, sources: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(spec.name)
        self.__spec__ = spec
        self.__loader__ = self._loader = loader
        self.__package__ = spec.name
        self.__file__ = spec.origin
        self.__path__ = spec.submodule_search_locations or []
        self._sources = sources
        sys.modules[spec.name] = self
        _put_into_its_package(spec.name, self)

    def __getattr__(self, name: str) -> object:
        """A name that was not looked for before."""
        if name.startswith("__") and name != "__all__":  # such as inspect tries
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self)
        if name in self._sources:
            module, attribute = self._sources[name]
            value = getattr(importlib.import_module(module), attribute)
            setattr(self, name, value)
            return value
        if importlib.util.find_spec(f"{self.__name__}.{name}") is not None:
            return importlib.import_module(f"{self.__name__}.{name}")
        self._run()
        return getattr(self, name)

    def _run(self) -> None:
        with _lock:
            if type(self) is not _Package:  # somebody else was first
                return
            self.__class__ = ModuleType  # type: ignore[assignment]
            self._loader.exec_module(self)
            inner = [module for name, module in sys.modules.items() if name.startswith(f"{self.__name__}.")]
            for module in inner:
                if isinstance(module, _Package):
                    module._run()


def _imported(spec: ModuleSpec) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each name that ``from … import …`` gives a package's ``__init__``, with its module and its name there."""
    if spec.origin is None:
        raise ModuleNotFoundError(f"{spec.name} has no __init__", name=spec.name)
    for node in ast.parse(Path(spec.origin).read_bytes()).body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            module = importlib.util.resolve_name("." * node.level + node.module, spec.name)
            for each in node.names:
                yield each.asname or each.name, (module, each.name)


def _found(name: str) -> tuple[ModuleSpec, Loader]:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return spec, spec.loader


def _put_into_its_package(name: str, module: ModuleType) -> None:
    """Where ``from package import module`` looks first; its second place, sys.modules, would load the module."""
    package, _, attribute = name.rpartition(".")
    if package:
        setattr(sys.modules[package], attribute, module)
