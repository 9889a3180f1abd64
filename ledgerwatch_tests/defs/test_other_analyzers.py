"""An analyzer of a home's folder and one of another package, from a delivered file to assets, findings and alerts."""

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ledgerwatch_pipeline.analysis.analyzers.duplicate import DUPLICATE
from ledgerwatch_pipeline.cli.main import run
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.defs.findings import findings_asset, findings_key
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import AlertRow, Severity
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_tests.analyzers_page import ROUND_SQL, ROUND_TOML, install_package, write
from ledgerwatch_tests.conftest import Tenant, rows
from ledgerwatch_tests.template import make_home


@pytest.fixture
def other_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of its own: which analyzers it has is read once a process."""
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
    install_package(tmp_path / "site-packages")
    with tempfile.TemporaryDirectory(prefix="lw-", ignore_cleanup_errors=True) as folder:
        make_home(Path(folder))
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


LEVEL = """
[parameters.level]
type = "choice"
default = "by_amount"
choices = ["by_amount", "always_low"]
meaning = "how the severity is found"

[messages.round]"""


@pytest.mark.slow
def test_decimals_flags_and_choices_are_set_shown_recorded_and_reset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def ledgerwatch(*arguments: str) -> Any:
        assert run([*arguments, "--json"]) == 0
        return json.loads(capfd.readouterr().out)

    def recorded(alert: AlertRow) -> dict[str, str]:
        shown = ledgerwatch("alerts", "show", str(alert.name))
        of_run = ledgerwatch("runs", "show", shown["analysis_run"])["run"]["organizations"]
        assert [each["parameters"] for each in of_run if each["organization"] == tenant.slug] == [shown["parameters"]]
        explained = ledgerwatch("explain", str(alert.name))["explanation"]["parameters"]
        assert {each["name"]: each["value"] for each in explained} == shown["parameters"]
        found: dict[str, str] = shown["parameters"]
        return found

    with tempfile.TemporaryDirectory(prefix="lw-", ignore_cleanup_errors=True) as folder:
        make_home(Path(folder))
        monkeypatch.setenv("LEDGERWATCH_HOME", folder)
        toml = ROUND_TOML.replace("\n[messages.round]", LEVEL)
        sql = ROUND_SQL.replace("CASE WHEN", "CASE WHEN p.level = 'always_low' THEN 'LOW' WHEN")
        write(Path(folder) / "analyzers", toml=toml, sql=sql)
        home = Home(Settings(home=Path(folder)))
        tenant = Tenant(home, tmp_path)
        tenant.deliver(rows("2024-03-01,Office,50000.00,Rent,x", "2024-03-01,Rail,1500.00,Travel,"))
        tenant.analyze()
        assert [each.severity for each in tenant.alerts("round_payment")] == [Severity.MEDIUM]
        assert recorded(tenant.alerts("round_payment")[0]) == {
            "step": "1000",
            "with_description": "true",
            "level": "by_amount",
        }
        of = ("round_payment", "--org", tenant.slug)
        assert run(["analyzers", "set", *of, "level=never"]) == 2
        assert "level is one of by_amount, always_low, not 'never'" in capfd.readouterr().err
        assert run(["analyzers", "set", *of, "with_description=no"]) == 2
        assert "with_description is true or false, not 'no'" in capfd.readouterr().err
        changed = ledgerwatch("analyzers", "set", *of, "step=500", "with_description=true", "level=always_low")
        assert changed["after"] == {"step": "500", "with_description": "true", "level": "always_low"}
        shown = ledgerwatch("analyzers", "show", *of)["analyzer"]["parameters"]
        assert [(each["name"], each["value"], each["overridden"], each["choices"]) for each in shown] == [
            ("step", "500", True, None),
            ("with_description", "true", True, None),
            ("level", "always_low", True, ["by_amount", "always_low"]),
        ]
        tenant.analyze()
        alerts = tenant.alerts("round_payment")
        assert [(each.subject, each.severity) for each in alerts] == [("Office", Severity.LOW), ("Rail", Severity.LOW)]
        assert recorded(alerts[0]) == {"step": "500", "with_description": "true", "level": "always_low"}
        ledgerwatch("analyzers", "set", *of, "with_description=false")
        tenant.analyze()
        assert [each.subject for each in tenant.alerts("round_payment")] == ["Rail"]
        (trial,) = ledgerwatch("backtest", "round_payment", "--set", "with_description=true")["backtest"]["trials"]
        assert (trial["total"]["new"], trial["parameters"]) == (1, {"with_description": "true"})
        ledgerwatch("analyzers", "set", *of, "--reset")
        tenant.analyze()
        assert [(each.subject, each.severity) for each in tenant.alerts("round_payment")] == [
            ("Office", Severity.MEDIUM)
        ]
        home.close()


def test_the_code_version_of_an_asset_is_its_analyzers() -> None:
    months = dg.MonthlyPartitionsDefinition("2024-01-01")
    for version in (1, 7):
        analyzer = replace(DUPLICATE, version=version)
        asset = findings_asset(analyzer, months, {})
        assert asset.code_versions_by_key == {findings_key(analyzer.name): str(version)}
