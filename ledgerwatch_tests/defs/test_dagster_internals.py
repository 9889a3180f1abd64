"""What LedgerWatch uses of Dagster below its public API: an upgrade that takes one of these away fails here, by name."""

import importlib
import inspect
import re
from pathlib import Path

import dagster as dg
import pytest

import ledgerwatch_pipeline
from ledgerwatch_pipeline.dagster_runtime.storage import BulkEventLogStorage
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.defs.sensors import OF_CHOSEN_ASSETS
from ledgerwatch_pipeline.home import Home

PRODUCT = Path(ledgerwatch_pipeline.__file__).parent

USED = {
    "dagster._config.config_schema": ["UserConfigSchema"],
    "dagster._core.code_pointer": ["ModuleCodePointer"],
    "dagster._core.definitions.job_base": ["InMemoryJob"],
    "dagster._core.events": ["ASSET_CHECK_EVENTS", "ASSET_EVENTS", "RunFailureReason"],
    "dagster._core.events.log": ["EventLogEntry"],
    "dagster._core.execution.api": ["execute_run"],
    "dagster._core.execution.execution_result": ["ExecutionResult"],
    "dagster._core.instance.ref": ["InstanceRef"],
    "dagster._core.origin": ["DEFAULT_DAGSTER_ENTRY_POINT", "JobPythonOrigin", "RepositoryPythonOrigin"],
    "dagster._core.remote_origin": [
        "ManagedGrpcPythonEnvCodeLocationOrigin",
        "RemoteJobOrigin",
        "RemoteRepositoryOrigin",
    ],
    "dagster._core.storage.event_log.schema": ["AssetKeyTable", "SqlEventLogStorageTable"],
    "dagster._core.storage.noop_compute_log_manager": ["NoOpComputeLogManager"],
    "dagster._core.types.loadable_target_origin": ["LoadableTargetOrigin"],
    "dagster._core.utils": ["make_new_run_id"],
    "dagster._serdes": ["ConfigurableClassData"],
}
"""Module → names."""

METHODS = {
    "_event_to_row": (BulkEventLogStorage, ["event"]),
    "_connect": (BulkEventLogStorage.__base__, []),
    "store_asset_check_event": (BulkEventLogStorage, ["event", "event_id"]),
    "store_event": (BulkEventLogStorage.__base__, ["event"]),
    "has_table": (BulkEventLogStorage.__base__, ["table_name"]),
    "has_asset_key_col": (BulkEventLogStorage.__base__, ["column_name"]),
    "_store_asset_event_tags": (BulkEventLogStorage, ["events", "event_ids"]),
    "_store_asset_event": (BulkEventLogStorage, ["event", "event_id"]),
    "store_event_batch": (BulkEventLogStorage.__base__, ["events"]),
    "index_transaction": (BulkEventLogStorage, []),
    "optimize_for_webserver": (BulkEventLogStorage, ["statement_timeout", "pool_recycle", "max_overflow"]),
    "create_run_for_job": (dg.DagsterInstance, ["job_def", "run_id", "remote_job_origin", "job_code_origin"]),
    "report_run_failed": (dg.DagsterInstance, ["dagster_run", "message"]),
}
"""Method → the class that has it, and parameters that are passed to it."""


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in USED.items() for name in names])
def test_what_is_imported_is_there(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name), f"{module} has no {name} any more"


@pytest.mark.parametrize("method", METHODS)
def test_what_is_called_takes_what_is_passed(method: str) -> None:
    owner, parameters = METHODS[method]
    found = inspect.signature(getattr(owner, method)).parameters
    missing = [name for name in parameters if name not in found]
    assert not missing or any(each.kind is inspect.Parameter.VAR_KEYWORD for each in found.values()), (method, found)


def test_a_run_of_chosen_assets_is_called_what_the_sensors_look_for(home: Home) -> None:
    job = build_definitions(home=home).resolve_implicit_global_asset_job_def()
    assert job.name == OF_CHOSEN_ASSETS


def test_only_dagster_runtime_looks_below_the_public_api() -> None:
    below = re.compile(r"dagster\._[a-z_.]+")
    found = {
        (path.relative_to(PRODUCT).parts[0], name)
        for path in PRODUCT.rglob("*.py")
        for name in below.findall(path.read_text(encoding="utf-8"))
    }
    assert {folder for folder, _ in found} == {"dagster_runtime"}
    assert {name for _, name in found} == set(USED)
