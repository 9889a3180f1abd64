"""The code location as text: what ``definitions.json`` keeps of it, so that a change of the graph is seen in review.

``python -m ledgerwatch_tests.defs.snapshot`` writes the file anew, where no LEDGERWATCH_ variable is set.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import dagster as dg
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph
from dagster._core.definitions.freshness import TimeWindowFreshnessPolicy

from ledgerwatch_pipeline.analysis.registry import BUILT_IN
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.model.finding import FINDING_COLUMNS
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.transaction import FIELDS

FILE = Path(__file__).with_name("definitions.json")
TABLES = {"transactions": [field.name for field in FIELDS], "findings": list(FINDING_COLUMNS)}
"""Columns that runs of the assets name: those of the tables in the lake. That the lake has just these says a test."""


def snapshot(definitions: dg.Definitions) -> str:
    """What a code location holds, but for texts and for what changes with the day: one line a fact."""
    facts = {
        "assets": _assets(definitions.resolve_asset_graph()),
        "columns of tables": TABLES,
        "checks": _checks(definitions.resolve_asset_graph()),
        "jobs": _jobs(definitions),
        "schedules": _schedules(definitions.get_repository_def()),
        "sensors": _sensors(definitions.get_repository_def()),
    }
    return json.dumps(facts, indent=2) + "\n"


def _assets(graph: AssetGraph) -> dict[str, JsonValue]:
    return {
        key.to_user_string(): {
            "group": node.group_name,
            "kinds": _joined(node.kinds),
            "owners": _joined(node.owners),
            "tags": _joined(f"{name}={value}" for name, value in node.tags.items() if "kind/" not in name),
            "made by": "Dagster" if node.is_executable else "others",
            "code version": "none" if node.code_version is None else "its analyzer's",
            "deps": _keys(node.parent_keys),
            "partitions": _partitions(node.partitions_def),
            "backfill": "none" if node.backfill_policy is None else node.backfill_policy.policy_type.name,
            "freshness": _freshness(node.freshness_policy),
        }
        for key in sorted(graph.get_all_asset_keys())
        for node in [graph.get(key)]
    }


def _partitions(partitions: dg.PartitionsDefinition | None) -> str:
    if partitions is None:
        return "none"
    assert isinstance(partitions, dg.TimeWindowPartitionsDefinition)
    return f"{partitions.cron_schedule}, {partitions.fmt}, from {partitions.get_first_partition_key()}"


def _freshness(policy: dg.FreshnessPolicy | None) -> str:
    if policy is None:
        return "none"
    assert isinstance(policy, TimeWindowFreshnessPolicy)
    warn = "" if policy.warn_window is None else f"warning after {policy.warn_window.to_timedelta()}, "
    return f"{warn}failure after {policy.fail_window.to_timedelta()}"


def _checks(graph: AssetGraph) -> dict[str, JsonValue]:
    return {
        f"{key.asset_key.to_user_string()}: {key.name}": "blocking" if graph.get(key).blocking else "not blocking"
        for key in sorted(graph.asset_check_keys)
    }


def _jobs(definitions: dg.Definitions) -> dict[str, JsonValue]:
    return {
        job.name: {
            "assets": _keys(job.asset_layer.executable_asset_keys),
            "ops": [] if job.asset_layer.executable_asset_keys else sorted(node.name for node in job.nodes),
            "checks": len(job.asset_layer.asset_graph.asset_check_keys),
            "partitions": _partitions(job.partitions_def),
        }
        for job in sorted(definitions.resolve_all_job_defs(), key=lambda each: each.name)
        if not job.name.startswith("__")
    }


def _schedules(repository: dg.RepositoryDefinition) -> dict[str, JsonValue]:
    return {
        each.name: f"{each.cron_schedule} {each.execution_timezone}, {each.job_name}, {each.default_status.value}"
        for each in sorted(repository.schedule_defs, key=lambda each: each.name)
    }


def _sensors(repository: dg.RepositoryDefinition) -> dict[str, JsonValue]:
    return {
        each.name: f"every {each.minimum_interval_seconds} seconds, {each.job_name}, {each.default_status.value}"
        for each in sorted(repository.sensor_defs, key=lambda each: each.name)
    }


def _keys(keys: Iterable[dg.AssetKey]) -> list[JsonValue]:
    return [key.to_user_string() for key in sorted(keys)]


def _joined(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


if __name__ == "__main__":
    FILE.write_text(snapshot(build_definitions(analyzers=BUILT_IN)), encoding="utf-8")
