"""The asset ``operations`` and the check of who delivered, run as Dagster runs them, on a home of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.access.principal import SYSTEM
from ledgerwatch_pipeline.analysis.registry import BUILT_IN
from ledgerwatch_pipeline.dagster_runtime.instance import instance_of
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.defs.operations import _month_keys, operations_asset
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.cadence import Cadence
from ledgerwatch_pipeline.model.progress import no_progress
from ledgerwatch_pipeline.pipeline.operations import operations
from ledgerwatch_pipeline.stores.postgres import organizations
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.template import home_of_its_own

pytestmark = pytest.mark.slow


@pytest.fixture
def own() -> Iterator[Home]:
    with home_of_its_own() as opened:
        yield opened


def run(home: Home) -> dg.ExecuteInProcessResult:
    definitions = build_definitions(home=home, progress=no_progress)
    return definitions.resolve_job_def("operations_report").execute_in_process(instance=instance_of(home))


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    (event,) = [
        each for each in result.get_asset_materialization_events() if each.asset_key == dg.AssetKey("operations")
    ]
    return dict(event.materialization.metadata)


def table(value: Any) -> list[dict[str, Any]]:
    assert isinstance(value, dg.TableMetadataValue)
    return [dict(record.data) for record in value.records]


def expect_daily(tenant: Tenant) -> None:
    """As if it had been said five days ago."""
    with tenant.home.database.transaction() as connection:
        organizations.change(connection, tenant.slug, {"delivers": Cadence.parse("daily")}, TESTER)
        connection.execute(
            text("UPDATE organizations SET delivers_since = :since WHERE id = :id"),
            {"since": datetime.now(UTC).date() - timedelta(days=5), "id": tenant.id},
        )


def test_who_delivered_nothing_is_a_warning_also_when_nothing_arrives(own: Home, tmp_path: Path) -> None:
    late, _ = Tenant(own, tmp_path), Tenant(own, tmp_path)
    expect_daily(late)
    result = run(own)
    assert result.success
    (check,) = [each for each in result.get_asset_check_evaluations() if each.check_name == "delivered_by_their_day"]
    since = datetime.now(UTC).date() - timedelta(days=4)
    assert (check.passed, check.severity, check.asset_key) == (
        False,
        dg.AssetCheckSeverity.WARN,
        dg.AssetKey("raw_loads"),
    )
    assert check.description == f"{late.slug}: due {since}"
    (row,) = table(check.metadata["overdue_deliveries"])
    assert (row["organization"], row["delivers"], row["since"], row["missed"]) == (late.slug, "daily", str(since), 4)
    assert check.metadata["organizations"].value == 1
    late.deliver(rows("2025-02-03,Print,640.00,,"))
    assert all(each.passed for each in run(own).get_asset_check_evaluations())


def test_the_asset_has_the_figures_of_status_as_numbers_and_bounded_tables(own: Home, tmp_path: Path) -> None:
    tenants = [Tenant(own, tmp_path) for _ in range(25)]
    for each in tenants:
        expect_daily(each)
    tenants[0].deliver(rows("2025-02-03,,640.00,,"), "bad.csv")
    tenants[1].deliver(rows("2025-02-03,Print,640.00,,", "2025-02-04,Print,640.00,,"))
    tenants[1].analyze()
    found = operations(own, SYSTEM)
    told = metadata(run(own))
    assert told["organizations_overdue"].value == len(found.overdue_deliveries) == 24
    assert len(table(told["overdue_deliveries"])) == 20
    assert (told["organizations_expected"].value, told["files_rejected"].value, told["failed"].value) == (25, 1, 0)
    assert {name: told[f"open_{name.lower()}"].value for name in ("HIGH", "MEDIUM", "LOW")} == found.unresolved_alerts
    assert told["needs_a_person"].value == len(found.attention) == len(table(told["attention"]))
    assert [row["file"] for row in table(told["rejected"])] == ["bad.csv"]
    assert [row["queue"] for row in table(told["queues"])] == ["imports", "analyses"]
    assert table(told["new_alerts"])[0]["organization"] == tenants[1].slug
    assert told["oldest_wait_hours"].value == 0.0
    assert table(told["audit"]) == []


def test_months_of_nobody_are_told_to_be_empty_once_and_no_other_month_is(own: Home, tmp_path: Path) -> None:
    tenant = Tenant(own, tmp_path)
    tenant.deliver(rows("2024-01-03,Print,640.00,,", "2024-04-03,Print,640.00,,"))
    result = run(own)
    told = {
        (each.asset_key.to_user_string(), each.partition)
        for each in result.get_asset_materialization_events()
        if each.asset_key is not None and each.partition is not None
    }
    assert {key for key, _ in told} >= {"ledger", "alerts", "findings/duplicate", "alerts/duplicate"}
    assert {month for _, month in told} == {"2024-02", "2024-03"}
    assert metadata(result)["months_told_empty"].value == len(told)
    assert instance_of(own).get_materialized_partitions(dg.AssetKey("ledger")) == {"2024-02", "2024-03"}
    (row,) = [each for each in table(metadata(result)["months_without_data"]) if each["organization"] == "everybody"]
    assert (row["months"], row["is"]) == ("2024-02..2024-03", "no data of anybody")
    assert metadata(run(own))["months_told_empty"].value == 0


def test_the_assets_whose_empty_months_are_told_are_those_that_have_months(own: Home) -> None:
    graph = build_definitions(home=own).resolve_asset_graph()
    assert set(_month_keys(BUILT_IN)) == {key for key in graph.get_all_asset_keys() if graph.get(key).is_partitioned}
    assert operations_asset(()).keys == {dg.AssetKey("operations")}
