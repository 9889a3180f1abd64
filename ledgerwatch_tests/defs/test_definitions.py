"""The graph as people see it in Dagster: a change of assets, checks, partitions or jobs shows in its snapshot, in review."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context

from ledgerwatch_pipeline.analysis.registry import BUILT_IN
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.defs.metadata import column_schema, transactions_schema
from ledgerwatch_pipeline.defs.partitions import months_from
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.finding import FINDING_COLUMNS
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_tests.defs.snapshot import FILE, TABLES, snapshot

PROJECT = Path(__file__).parents[2]


def test_the_code_location_is_what_the_snapshot_shows(home: Home) -> None:
    assert snapshot(build_definitions(home=home, analyzers=BUILT_IN)) == FILE.read_text(encoding="utf-8"), (
        f"the code location is not what {FILE.relative_to(PROJECT)} shows. If it is meant to be, write the file anew and look at"
        " its diff: python -m ledgerwatch_tests.defs.snapshot"
    )


def test_only_files_and_reports_are_without_months_and_a_range_of_months_is_one_run(home: Home) -> None:
    graph = build_definitions(home=home).resolve_asset_graph()
    nodes = [graph.get(key) for key in graph.get_all_asset_keys()]
    assert {node.key.to_user_string() for node in nodes if not node.is_partitioned} == {
        "raw_loads",
        "validated_transactions",
        "forensic_reports",
        "audit_log",
        "operations",
    }
    for node in nodes:
        if node.is_partitioned:
            assert isinstance(node.partitions_def, dg.TimeWindowPartitionsDefinition)
            assert node.partitions_def.get_first_partition_key() == "2010-01"
            assert node.backfill_policy == dg.BackfillPolicy.single_run()


def test_the_audit_log_is_verified_by_a_job_of_its_own(home: Home) -> None:
    definitions = build_definitions(home=home)
    checks = {
        job: {key.name for key in definitions.resolve_job_def(job).asset_layer.asset_graph.asset_check_keys}
        for job in ("import_files", "analyze_months", "verify_audit")
    }
    assert checks["verify_audit"] == {"chains_whole"}
    assert "chains_whole" not in checks["analyze_months"]
    assert {"within_findings", "reconciled", "seen_once"} <= checks["analyze_months"]
    assert {"nothing_left_waiting", "no_file_rejected_lately", "every_load_decided"} <= checks["import_files"]


def test_an_operators_look_is_a_job_that_asks_who_delivered_also_when_nothing_arrives(home: Home) -> None:
    graph = build_definitions(home=home).resolve_job_def("operations_report").asset_layer.asset_graph
    assert {key.to_user_string() for key in graph.executable_asset_keys} == {"operations"}
    assert {key.name for key in graph.asset_check_keys} == {
        "nothing_left_waiting",
        "no_file_rejected_lately",
        "no_file_held",
        "delivered_by_their_day",
    }


def test_files_and_alerts_are_to_be_fresh_and_their_descriptions_say_how(home: Home) -> None:
    graph = build_definitions(home=home).resolve_asset_graph()
    fresh = [graph.get(key) for key in graph.get_all_asset_keys() if graph.get(key).freshness_policy is not None]
    assert {node.key.to_user_string() for node in fresh} == {"validated_transactions", "alerts"}
    for node in fresh:
        assert "8 days" in (node.description or "")
        assert "35 days" in (node.description or "")
        assert node.freshness_policy == dg.FreshnessPolicy.time_window(timedelta(days=35), timedelta(days=8))


def test_every_column_of_a_finding_and_of_a_transaction_is_described(home: Home) -> None:
    described = {
        "findings": column_schema(home, "findings", FINDING_COLUMNS),
        "transactions": transactions_schema(home),
    }
    assert {name: [column.name for column in schema.columns] for name, schema in described.items()} == TABLES
    for schema in described.values():
        assert all(column.description for column in schema.columns)


def test_every_asset_says_what_it_is_and_whose(home: Home) -> None:
    graph = build_definitions(home=home).resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.owners, key
        assert node.kinds, key
        assert node.group_name != "default", key


def test_every_asset_names_the_code_it_is_made_by(home: Home) -> None:
    graph = build_definitions(home=home).resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        *others, source = graph.get(key).metadata["dagster/code_references"].code_references
        assert Path(source.file_path).parent == PROJECT / "ledgerwatch_pipeline" / "defs"
        sql = {PROJECT / "sql" / "analyzers" / f"{key.path[-1]}.sql"} if key.path[0] == "findings" else set()
        assert {Path(each.file_path) for each in others} == sql
        assert all(Path(each.file_path).is_file() for each in (*others, source))


def test_an_analyzer_added_to_the_list_gets_its_assets_by_itself(home: Home) -> None:
    added = replace(BUILT_IN[0], name="round_amounts")
    graph = build_definitions(home=home, analyzers=(*BUILT_IN, added)).resolve_asset_graph()
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert {"findings/round_amounts", "alerts/round_amounts"} <= keys
    assert dg.AssetKey(["alerts", "round_amounts"]) in graph.get(dg.AssetKey("alerts")).parent_keys


@pytest.mark.parametrize(
    ("today", "last"),
    [(date(2026, 11, 21), "2026-11"), (date(2026, 11, 30), "2026-12"), (date(2026, 12, 31), "2027-01")],
)
def test_the_last_partition_is_the_month_of_tomorrow(today: date, last: str) -> None:
    with partition_loading_context(datetime(today.year, today.month, today.day, 12, tzinfo=UTC)):
        assert months_from(Month(2010, 1), today).get_last_partition_key() == last


def test_workspace_and_project_file_name_the_same_code_location() -> None:
    workspace = (PROJECT / "workspace.yaml").read_text(encoding="utf-8")
    project = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    assert "module_name: ledgerwatch_pipeline.definitions" in workspace
    assert "location_name: ledgerwatch\n" in workspace
    assert 'code_location_target_module = "ledgerwatch_pipeline.definitions"' in project
    assert 'code_location_name = "ledgerwatch"' in project
