"""Modules that others import and LedgerWatch does not need. Called by the importer, before it loads Great Expectations."""

import importlib.util
import sys


def load_when_used(name: str) -> None:
    """Let ``from package import module`` give ``package.module`` without loading it; the first look into it loads it.

    Does nothing if it is loaded already. Raises ModuleNotFoundError when there is no such module.
    """
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    package, _, attribute = name.rpartition(".")
    if package:  # where ``from package import`` looks first; its second place, sys.modules, would load the module
        setattr(sys.modules[package], attribute, module)
