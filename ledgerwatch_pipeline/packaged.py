"""Finds files that belong to the project but are not Python: ``sql/``, ``dagster.yaml``, ``workspace.yaml``.

In a checkout they lie beside the package, in a wheel inside it.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def packaged(name: str) -> Path:
    """The path of ``name``, for example ``packaged("sql")``; raises FileNotFoundError for an incomplete installation."""
    for folder in (_PACKAGE, _PACKAGE.parent):
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(f"{name} is missing from this installation of LedgerWatch")
