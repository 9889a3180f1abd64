"""Runs of the jobs on real stores: what they record in Dagster, what a failure stops, and what it does not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest

from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.registry import ANALYZERS
from ledgerwatch_pipeline.analysis.scope import AnalysisRequest
from ledgerwatch_pipeline.dagster_runtime import launching
from ledgerwatch_pipeline.dagster_runtime.instance import IN_PROCESS_TAG, alive, fail_abandoned_runs, instance_of
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.importer import no_progress
from ledgerwatch_pipeline.importing.receive import files as receiving
from ledgerwatch_pipeline.model.load import OnInvalid
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.stores.postgres import alerts, runs
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_tests.conftest import Tenant, rows

LARGE = [*(f"2025-01-{day:02d},Paper,100.00,," for day in range(1, 26, 5)), "2025-03-10,Builder,10000.01,,"]
TWICE = ["2025-02-03,Print,640.00,,", "2025-02-04,Print,640.00,,"]
QUARTER = MonthRange(Month(2025, 1), Month(2025, 3))
BROKEN = replace(ANALYZERS[0], name="without_sql", version=7)


def last_run(home: Home, job: str) -> dg.DagsterRun:
    (run,) = instance_of(home).get_runs(dg.RunsFilter(job_name=job), limit=1)
    return run


def deliver(tenant: Tenant, content: str, on_invalid: OnInvalid = OnInvalid.REJECT) -> None:
    """Import through Dagster, as the command does."""
    path = tenant.folder / f"dagster-{next(tenant.files)}.csv"
    path.write_text(content, encoding="utf-8")
    (receipt,) = receiving.receive(
        tenant.home, [path], tenant.slug, profile_name=None, on_invalid=on_invalid, actor="paula"
    )
    launching.import_loads(tenant.home, [receipt.load_id], actor="paula", on_progress=no_progress)


def request(tenant: Tenant, months: MonthRange = QUARTER) -> AnalysisRequest:
    return AnalysisRequest(months, (tenant.slug,))


def run_job(
    home: Home, job: str, analyzers: tuple[Analyzer, ...] = ANALYZERS, **options: Any
) -> dg.ExecuteInProcessResult:
    """Run a job as Dagster's UI would, with these analyzers."""
    definitions = build_definitions(home=home, progress=no_progress, analyzers=analyzers)
    return definitions.resolve_job_def(job).execute_in_process(
        instance=instance_of(home), raise_on_error=False, **options
    )


def analyze(tenant: Tenant, analyzers: tuple[Analyzer, ...]) -> dg.ExecuteInProcessResult:
    scope = {"config": {"organizations": [tenant.slug]}}
    steps = ["ledger", "alerts", *(f"{kind}__{a.name}" for kind in ("findings", "alerts") for a in analyzers)]
    return run_job(
        tenant.home,
        "analyze_months",
        analyzers,
        run_config={"ops": dict.fromkeys(steps, scope)},
        tags={"dagster/asset_partition_range_start": "2025-01", "dagster/asset_partition_range_end": "2025-03"},
    )


def failed_steps(result: dg.ExecuteInProcessResult) -> set[str]:
    return {event.step_key for event in result.all_events if event.is_step_failure and event.step_key}


def test_an_import_by_a_command_is_a_run_that_the_ui_can_show_and_repeat(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*TWICE))
    run = last_run(home, "import_files")
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert run.remote_job_origin is not None and run.job_code_origin is not None
    assert run.remote_job_origin.repository_origin.code_location_origin.location_name == "ledgerwatch"


def test_refused_rows_are_a_warning_with_samples_and_reach_no_ledger(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*TWICE, "2025-02-05,,10.00,,"), OnInvalid.QUARANTINE)
    run = last_run(home, "import_files")
    assert run.status is dg.DagsterRunStatus.SUCCESS
    evaluations = {
        evaluation.check_name: evaluation
        for record in instance_of(home).all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        if record.dagster_event
        for evaluation in [record.dagster_event.asset_check_evaluation_data]
    }
    vendor = evaluations["vendor_present"]
    assert (vendor.passed, vendor.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert vendor.metadata["rows_refused"].value == 1
    samples = vendor.metadata["samples"]
    assert isinstance(samples, dg.TableMetadataValue)
    assert [record.data["row_number"] for record in samples.records] == [4]
    assert evaluations["accepted_rows_kept"].passed
    assert {name for name, evaluation in evaluations.items() if not evaluation.passed} == {"vendor_present"}


def test_months_are_analysed_in_one_run_and_counted_by_month(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*LARGE, *TWICE))
    launching.analyze(home, request(tenant), ANALYZERS, on_progress=no_progress)
    run = last_run(home, "analyze_months")
    instance = instance_of(home)
    assert run.status is dg.DagsterRunStatus.SUCCESS

    def by_month(key: list[str], label: str) -> dict[str, Any]:
        records = instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=dg.AssetKey(key), asset_partitions=[str(month) for month in QUARTER]),
            limit=20,
        ).records
        return {
            str(record.partition_key): record.asset_materialization.metadata[label].value
            for record in records
            if record.run_id == run.run_id and record.asset_materialization
        }

    assert by_month(["ledger"], "dagster/partition_row_count") == {"2025-01": 5, "2025-02": 2, "2025-03": 1}
    assert by_month(["findings", "duplicate"], "dagster/partition_row_count") == {
        "2025-01": 0,
        "2025-02": 1,
        "2025-03": 0,
    }
    assert by_month(["alerts", "large_transaction"], "raised") == {"2025-01": 0, "2025-02": 0, "2025-03": 1}
    assert by_month(["alerts"], "open_high") == {"2025-01": 0, "2025-02": 0, "2025-03": 1}
    assert by_month(["alerts"], "open_low") == {"2025-01": 0, "2025-02": 1, "2025-03": 0}


def test_a_range_of_months_gives_what_its_months_give_one_by_one(home: Home, new_tenant: Callable[[], Tenant]) -> None:
    at_once, one_by_one = new_tenant(), new_tenant()
    for tenant in (at_once, one_by_one):
        deliver(tenant, rows(*LARGE, *TWICE))
    launching.analyze(home, request(at_once), ANALYZERS, on_progress=no_progress)
    for month in QUARTER:
        launching.analyze(home, request(one_by_one, MonthRange(month, month)), ANALYZERS, on_progress=no_progress)
    for analyzer in ANALYZERS:
        assert at_once.findings(analyzer.name) == one_by_one.findings(analyzer.name) != []


def test_one_analyzer_alone_leaves_the_others_as_they_are(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*LARGE, *TWICE))
    launching.analyze(home, request(tenant), [ANALYZERS[1]], on_progress=no_progress)
    assert (len(tenant.alerts("duplicate")), len(tenant.alerts("large_transaction"))) == (1, 0)


def test_an_analyzer_that_fails_stops_neither_the_others_nor_hides(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*LARGE, *TWICE))
    result = analyze(tenant, (BROKEN, *ANALYZERS))
    assert not result.success
    assert failed_steps(result) == {"findings__without_sql"}
    assert (len(tenant.alerts("duplicate")), len(tenant.alerts("large_transaction"))) == (1, 1)
    with home.database.transaction() as cursor:
        (failed,) = runs.newest(cursor, analyzer="without_sql", status="FAILED", limit=1)
    assert failed["dagster_run_id"] == result.run_id
    assert "without_sql" in failed["error"] and failed["findings"] is None


def test_analyzers_run_in_their_order_so_that_alerts_are_numbered_alike(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*LARGE, *TWICE))
    result = analyze(tenant, ANALYZERS)
    started = [event.step_key for event in result.all_events if event.event_type is dg.DagsterEventType.STEP_START]
    each = [step for a in ANALYZERS for step in (f"findings__{a.name}", f"alerts__{a.name}")]
    assert started == ["ledger", *each, "alerts"]


def test_a_command_says_which_step_failed_and_why(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*TWICE))
    lose_a_row(tenant)
    with pytest.raises(
        launching.RunFailedError, match=f"ledger: the ledger of {tenant.slug} has 1 rows of type expense"
    ):
        launching.analyze(home, request(tenant), ANALYZERS, on_progress=no_progress)
    restore(tenant)


def test_a_ledger_that_lost_a_row_fails_its_check_and_nothing_is_analysed(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*TWICE))
    lose_a_row(tenant)
    result = analyze(tenant, ANALYZERS)
    (evaluation,) = result.get_asset_check_evaluations()
    assert (evaluation.check_name, evaluation.passed) == ("reconciled", False)
    assert failed_steps(result) == {"ledger"}
    assert not result.get_asset_materialization_events()
    assert tenant.findings("duplicate") == []
    restore(tenant)


def lose_a_row(tenant: Tenant) -> None:
    """Behind LedgerWatch's back."""
    con = tenant.home.lake.con
    con.execute(
        "DELETE FROM lake.transactions WHERE load_id IN (SELECT load_id FROM lake.load_totals"
        " WHERE organization_id = $1) AND row_number = 2",
        [tenant._id()],
    )


def restore(tenant: Tenant) -> None:
    """Other tests analyse every organization with something due: leave none that cannot be reconciled."""
    with tenant.home.lake.writing() as con:
        for table in ("transactions", "load_totals"):
            con.execute(f"DELETE FROM lake.{table} WHERE organization_id = $1", [tenant._id()])
    with tenant.home.database.transaction() as cursor:
        cursor.execute("DELETE FROM months_due WHERE organization_id = %s", (tenant._id(),))


def test_alert_transition_does_what_the_command_does(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*TWICE))
    launching.analyze(home, request(tenant), ANALYZERS, on_progress=no_progress)
    (alert,) = tenant.alerts("duplicate")
    act = {"alert": alert["number"], "action": "acknowledge", "actor": "peter", "note": "looking"}
    config = {"ops": {"change_one_alert": {"config": act}}}
    assert run_job(home, "alert_transition", run_config=config).success
    with home.database.transaction() as cursor:
        changed = alerts.get(cursor, alert["number"])
        event, *_ = audit_log.newest(cursor, limit=1)
    assert (changed["status"], changed["acknowledged_by"]) == ("ACKNOWLEDGED", "peter")
    assert (event["event_type"], event["actor"]) == ("ALERT_ACKNOWLEDGED", "peter")

    conflict = run_job(home, "alert_transition", run_config=config)
    (failure,) = [event for event in conflict.all_events if event.is_step_failure]
    assert "is ACKNOWLEDGED; to acknowledge it, it must be OPEN" in str(failure.step_failure_data.error)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"files": ["nowhere.csv"], "organization": "{slug}"}, "there is no file nowhere.csv"),
        (
            {"files": ["any.csv"], "organization": "{slug}", "on_invalid": "ignore"},
            "reject or quarantine, not 'ignore'",
        ),
    ],
)
def test_files_named_in_the_ui_are_refused_as_plainly_as_on_the_command_line(
    home: Home, tenant: Tenant, config: dict[str, Any], said: str
) -> None:
    config = {**config, "organization": tenant.slug}
    result = run_job(home, "import_files", run_config={"ops": {"raw_loads": {"config": config}}})
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert failure.step_key == "raw_loads"
    assert said in str(failure.step_failure_data.user_failure_data)


def test_files_named_in_the_ui_are_received_and_imported(home: Home, tenant: Tenant) -> None:
    path = tenant.folder / "from-the-ui.csv"
    path.write_text(rows(*TWICE), encoding="utf-8")
    config = {"files": [str(path)], "organization": tenant.slug, "actor": "paula"}
    assert run_job(home, "import_files", run_config={"ops": {"raw_loads": {"config": config}}}).success
    count = home.lake.con.execute(
        "SELECT count(*) FROM lake.transactions WHERE organization_id = $1", [tenant._id()]
    ).fetchone()
    assert count == (2,)


def test_a_run_whose_command_was_killed_is_marked_as_failed_by_the_next(home: Home) -> None:
    instance = instance_of(home)
    job = build_definitions(home=home).resolve_job_def("import_files")
    killed, living, copied = (dg._core.utils.make_new_run_id() for _ in range(3))
    for run_id, tag in ((killed, killed), (living, living), (copied, killed)):
        instance.create_run_for_job(
            job_def=job, run_id=run_id, status=dg.DagsterRunStatus.STARTED, tags={IN_PROCESS_TAG: tag}
        )
    with alive(home.database, living):
        assert fail_abandoned_runs(home.database, instance) == [killed]
    statuses = {run_id: instance.get_run_by_id(run_id).status for run_id in (killed, living, copied)}
    assert statuses == {
        killed: dg.DagsterRunStatus.FAILURE,
        living: dg.DagsterRunStatus.STARTED,
        copied: dg.DagsterRunStatus.STARTED,
    }
    for run_id in (living, copied):
        instance.delete_run(run_id)


def test_months_before_the_first_monitored_one_are_a_clear_error(home: Home, tenant: Tenant) -> None:
    early = MonthRange(Month(2009, 11), Month(2010, 2))
    with pytest.raises(launching.UsageError, match="2009-11"):
        launching.analyze(home, request(tenant, early), ANALYZERS, on_progress=no_progress)
