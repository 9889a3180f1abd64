"""An analyzer of a home's folder and one of another package, from a delivered file to assets, findings and alerts."""

import sys
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_tests.analyzers_page import install_package, write
from ledgerwatch_tests.conftest import Tenant, rows


@pytest.fixture
def other_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of its own: which analyzers it has is read once a process."""
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
    install_package(tmp_path / "site-packages")
    with tempfile.TemporaryDirectory(prefix="lw-", ignore_cleanup_errors=True) as folder:
        write(Path(folder) / "analyzers")
        write(Path(folder) / "analyzers", "broken", sql="SELECT")
        opened = Home(Settings(home=Path(folder)))
        yield opened
        opened.close()
    sys.modules.pop("acme_audit", None)


def test_they_are_assets_and_make_findings_and_alerts(other_home: Home, tmp_path: Path) -> None:
    keys = {
        key.to_user_string() for key in build_definitions(home=other_home).resolve_asset_graph().get_all_asset_keys()
    }
    added = {f"{kind}/{name}" for kind in ("findings", "alerts") for name in ("round_payment", "weekend_payment")}
    assert added <= keys
    assert not [key for key in keys if "broken" in key]

    tenant = Tenant(other_home, tmp_path, "JPY", 0)
    tenant.deliver(rows("2024-03-01,Office,5000,Rent,x", "2024-03-02,Rail,1234,Travel,x"))  # a Friday and a Saturday
    tenant.analyze()
    assert tenant.findings("round_payment") == [("2024-03", "LOW", Decimal(5000))]
    assert tenant.findings("weekend_payment") == [("2024-03", "LOW", Decimal(1234))]
    assert [each.title for each in tenant.alerts("round_payment")] == ["Round payment: Office, 5,000"]
    assert [each.title for each in tenant.alerts("weekend_payment")] == ["Weekend payment: Rail, 1,234"]
