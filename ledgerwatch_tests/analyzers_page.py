"""The examples of docs/analyzers.md, read from the page, and the two ways an installation gets them."""

import importlib
import re
from pathlib import Path

PAGE = (Path(__file__).parents[1] / "docs" / "analyzers.md").read_text(encoding="utf-8")
_EXAMPLES = re.findall(r"```(toml|sql|python)\n(.*?)```", PAGE, flags=re.DOTALL)
ROUND_TOML, _ENTRY_POINT = (text for kind, text in _EXAMPLES if kind == "toml")
(ROUND_SQL,) = (text for kind, text in _EXAMPLES if kind == "sql")
(_WEEKEND,) = (text for kind, text in _EXAMPLES if kind == "python")


def write(folder: Path, name: str = "round_payment", toml: str = ROUND_TOML, sql: str = ROUND_SQL) -> Path:
    """Drop an analyzer into a home's folder, as an auditor does; the path of its TOML."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(toml, encoding="utf-8")
    (folder / f"{name}.sql").write_text(sql, encoding="utf-8")
    return folder / f"{name}.toml"


def install_package(site: Path) -> Path:
    """What pip leaves of the package ``acme-audit`` in a folder of ``sys.path``; the path of its module."""
    metadata = site / "acme_audit-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-audit\nVersion: 1.0\n")
    name, value = re.findall(r'(\w+) = "(.*)"', _ENTRY_POINT)[0]
    (metadata / "entry_points.txt").write_text(f"[ledgerwatch.analyzers]\n{name} = {value}\n")
    (site / "acme_audit.py").write_text(_WEEKEND, encoding="utf-8")
    importlib.invalidate_caches()
    return site / "acme_audit.py"
