"""The graph as people see it in Dagster: a change of assets, checks, partitions or jobs shows here, in review."""

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
from ledgerwatch_pipeline.importing.check.names import CHECKS
from ledgerwatch_pipeline.model.finding import FINDING_COLUMNS
from ledgerwatch_pipeline.model.month import Month

PROJECT = Path(__file__).parents[2]


def test_the_graph_is_files_to_ledger_to_findings_to_alerts(home: Home) -> None:
    graph = build_definitions(home=home).resolve_asset_graph()
    edges = {
        key.to_user_string(): sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
        for key in graph.get_all_asset_keys()
    }
    assert edges == {
        "raw_loads": [],
        "validated_transactions": ["raw_loads"],
        "ledger": ["validated_transactions"],
        "findings/large_transaction": ["ledger"],
        "findings/burn_rate": ["ledger"],
        "findings/vendor_spike": ["ledger"],
        "findings/duplicate": ["ledger"],
        "findings/budget_threshold": ["ledger"],
        "alerts/large_transaction": ["findings/large_transaction"],
        "alerts/burn_rate": ["findings/burn_rate"],
        "alerts/vendor_spike": ["findings/vendor_spike"],
        "alerts/duplicate": ["findings/duplicate"],
        "alerts/budget_threshold": ["findings/budget_threshold"],
        "alerts": [
            "alerts/budget_threshold",
            "alerts/burn_rate",
            "alerts/duplicate",
            "alerts/large_transaction",
            "alerts/vendor_spike",
        ],
        "forensic_reports": ["validated_transactions"],
        "audit_log": [],
        "operations": ["alerts", "audit_log", "raw_loads"],
    }


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


def test_the_checks_and_those_that_block(home: Home) -> None:
    graph = build_definitions(home=home).resolve_asset_graph()
    blocking = {
        f"{key.asset_key.to_user_string()}: {key.name}": graph.get(key).blocking for key in graph.asset_check_keys
    }
    assert blocking == {
        **{f"validated_transactions: {name}": False for name in CHECKS},
        "raw_loads: nothing_left_waiting": False,
        "raw_loads: no_file_rejected_lately": False,
        "raw_loads: delivered_by_their_day": False,
        "validated_transactions: accepted_rows_kept": True,
        "validated_transactions: every_load_decided": False,
        "ledger: reconciled": False,
        **{f"findings/{a.name}: seen_once": True for a in BUILT_IN},
        **{f"findings/{a.name}: every_organization_analysed": False for a in BUILT_IN},
        **{f"alerts/{a.name}: every_organization_raised": False for a in BUILT_IN},
        "alerts: within_findings": False,
        "audit_log: chains_whole": False,
    }


def test_the_jobs(home: Home) -> None:
    definitions = build_definitions(home=home)
    assert {job.name for job in definitions.resolve_all_job_defs() if not job.name.startswith("__")} == {
        "import_files",
        "analyze_months",
        "alert_transition",
        "forensic_reports",
        "verify_audit",
        "operations_report",
        "maintain_lake",
        "notify_people",
    }


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
    assert [column.name for column in described["findings"].columns] == list(FINDING_COLUMNS)
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
        if not graph.get(key).is_materializable:
            continue
        (source,) = graph.get(key).metadata["dagster/code_references"].code_references
        assert Path(source.file_path).parent == PROJECT / "ledgerwatch_pipeline" / "defs"


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
