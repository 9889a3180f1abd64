"""Runs of the jobs on real stores: what they record in Dagster, what a failure stops, and what it does not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.analysis.analyzers.duplicate import DUPLICATE
from ledgerwatch_pipeline.analysis.analyzers.large_transaction import LARGE_TRANSACTION
from ledgerwatch_pipeline.analysis.analyzers.vendor_spike import VENDOR_SPIKE
from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.registry import BUILT_IN
from ledgerwatch_pipeline.dagster_runtime import launching
from ledgerwatch_pipeline.dagster_runtime.instance import IN_PROCESS_TAG, alive, fail_abandoned_runs, instance_of
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.defs.loads import ALL_DECIDED
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.archive import archive_path
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.audit import Subject, SubjectType
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import ImportOptions, OnInvalid, OnOverlap
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.progress import no_progress
from ledgerwatch_pipeline.model.run import RunFilter, RunStatus
from ledgerwatch_pipeline.model.work import CASES
from ledgerwatch_pipeline.pipeline.held import release_load
from ledgerwatch_pipeline.pipeline.retry import retry_failed
from ledgerwatch_pipeline.reports.registry import REPORTS
from ledgerwatch_pipeline.stores.postgres import audit, loads, overview, runs, work
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.databases import owned, unguarded

LARGE = [*(f"2025-01-{day:02d},Paper,100.00,," for day in range(1, 26, 5)), "2025-03-10,Builder,10000.01,,"]
TWICE = ["2025-02-03,Print,640.00,,", "2025-02-04,Print,640.00,,"]
QUARTER = MonthRange(Month(2025, 1), Month(2025, 3))
BROKEN = replace(
    DUPLICATE, name="broken_rule", version=7, sql=f"SELECT * FROM ({DUPLICATE.sql}) WHERE error('boom') IS NULL"
)

pytestmark = pytest.mark.slow


def last_run(home: Home, job: str) -> dg.DagsterRun:
    (run,) = instance_of(home).get_runs(dg.RunsFilter(job_name=job), limit=1)
    return run


def deliver(tenant: Tenant, content: str, on_invalid: OnInvalid = OnInvalid.REJECT) -> None:
    """Import through Dagster, as the command does."""
    path = tenant.write(content)
    (receipt,) = receive(tenant.home, [path], tenant.slug, ImportOptions(on_invalid), local_operator("paula"))
    launching.import_loads(tenant.home, [receipt.load_id], principal=local_operator("paula"), on_progress=no_progress)


def analyze(tenant: Tenant, analyzers: tuple[Analyzer, ...] | None = None, months: MonthRange = QUARTER) -> None:
    """Analyse this tenant's months, as the command does."""
    launching.analyze(
        tenant.home, months, slugs=[tenant.slug], analyzers=analyzers, principal=TESTER, on_progress=no_progress
    )


def run_job(
    home: Home, job: str, analyzers: tuple[Analyzer, ...] = BUILT_IN, **options: Any
) -> dg.ExecuteInProcessResult:
    """Run a job as Dagster's UI would, with these analyzers."""
    definitions = build_definitions(home=home, progress=no_progress, analyzers=analyzers)
    return definitions.resolve_job_def(job).execute_in_process(
        instance=instance_of(home), raise_on_error=False, **options
    )


def analyze_with(tenant: Tenant, analyzers: tuple[Analyzer, ...]) -> dg.ExecuteInProcessResult:
    scope = {"config": {"organizations": [tenant.slug]}}
    steps = ["ledger", *(f"{kind}__{a.name}" for kind in ("findings", "alerts") for a in analyzers)]
    return run_job(
        tenant.home,
        "analyze_months",
        analyzers,
        run_config={"ops": dict.fromkeys(steps, scope)},
        tags={"dagster/asset_partition_range_start": "2025-01", "dagster/asset_partition_range_end": "2025-03"},
    )


def failing_checks(result: dg.ExecuteInProcessResult) -> dict[str, str | None]:
    """Asset and check → what it says, of the checks that did not pass."""
    return {
        f"{each.asset_key.to_user_string()}: {each.check_name}": each.description
        for each in result.get_asset_check_evaluations()
        if not each.passed
    }


def failures(tenant: Tenant) -> list[tuple[str, str]]:
    """What is FAILED of this tenant: the analyzer or file, and the error."""
    with tenant.home.database.transaction() as connection:
        return [
            (each.name, each.error)
            for each in overview.failures(connection, TESTER)
            if each.organization == tenant.slug
        ]


def test_an_import_by_a_command_is_a_run_that_the_ui_can_show_and_repeat(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*TWICE))
    run = last_run(home, "import_files")
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert run.remote_job_origin is not None
    assert run.job_code_origin is not None
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
        if evaluation.asset_key == dg.AssetKey("validated_transactions") and evaluation.check_name != ALL_DECIDED
    }  # that one, and those of other assets, look at what other tests left, too
    vendor = evaluations["vendor_present"]
    assert (vendor.passed, vendor.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert vendor.metadata["rows_refused_in_run"].value == 1
    samples = vendor.metadata["samples_in_run"]
    assert isinstance(samples, dg.TableMetadataValue)
    assert [record.data["row_number"] for record in samples.records] == [4]
    assert evaluations["accepted_rows_kept"].passed
    assert {name for name, evaluation in evaluations.items() if not evaluation.passed} == {"vendor_present"}


def by_month(home: Home, key: list[str], label: str, months: MonthRange = QUARTER) -> dict[str, Any]:
    """What an asset's last materialization says of each month."""
    instance = instance_of(home)
    return {
        str(month): record.asset_materialization.metadata[label].value
        for month in months
        for record in instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=dg.AssetKey(key), asset_partitions=[str(month)]), limit=1
        ).records
        if record.asset_materialization and label in record.asset_materialization.metadata
    }


def test_a_months_figures_are_of_all_organizations_whatever_the_run_was_restricted_to(
    home: Home, new_tenant: Callable[[], Tenant]
) -> None:
    first, second = new_tenant(), new_tenant()
    months = MonthRange(Month(2013, 4), Month(2013, 5))
    deliver(first, rows("2013-04-03,Print,640.00,,", "2013-04-04,Print,640.00,,", "2013-05-04,Paper,1.00,,"))
    deliver(second, rows("2013-04-07,Acme,90.00,,", "2013-04-08,Acme,90.00,,", "2013-04-09,Acme,90.00,,"))
    analyze(first, (DUPLICATE,), months=months)
    analyze(second, (DUPLICATE,), months=months)
    assert by_month(home, ["ledger"], "dagster/partition_row_count", months) == {"2013-04": 5, "2013-05": 1}
    assert by_month(home, ["ledger"], "organizations", months) == {"2013-04": 2, "2013-05": 1}
    assert by_month(home, ["findings", "duplicate"], "dagster/partition_row_count", months) == {
        "2013-04": 2,
        "2013-05": 0,
    }
    assert by_month(home, ["alerts"], "unresolved_low", months) == {"2013-04": 2, "2013-05": 0}
    assert by_month(home, ["alerts", "duplicate"], "unresolved_low", months) == {"2013-04": 2, "2013-05": 0}


def told(home: Home, key: list[str], month: Month) -> dict[str, Any]:
    """What an asset's last materialization says of a month, tables as lists of rows. Left out is what ends in ``_in_run``, and
    pictures, which are numbered at random."""
    (record,) = (
        instance_of(home)
        .fetch_materializations(
            dg.AssetRecordsFilter(asset_key=dg.AssetKey(key), asset_partitions=[str(month)]), limit=1
        )
        .records
    )
    assert record.asset_materialization is not None
    return {
        label: [row.data for row in value.records] if isinstance(value, dg.TableMetadataValue) else value.value
        for label, value in record.asset_materialization.metadata.items()
        if not label.endswith("_in_run") and not isinstance(value, dg.MarkdownMetadataValue)
    }


def test_a_run_for_one_of_three_organizations_says_of_the_month_what_one_for_all_three_says(
    home: Home, new_tenant: Callable[[], Tenant], tmp_path: Path
) -> None:
    tenants = [new_tenant(), new_tenant(), Tenant(home, tmp_path, "KWD", 3)]
    month = Month(2012, 7)
    for tenant, amount in zip(tenants, ("640.10", "90.25", "7.125"), strict=True):
        deliver(
            tenant,
            rows(
                f"2012-07-03,Print,{amount},,",
                f"2012-07-04,Print,{amount},,",
                f"2012-07-05,Sales of {tenant.slug},1000,Revenue,",
            ),
        )
    launching.analyze(
        home,
        MonthRange(month, month),
        slugs=[each.slug for each in tenants],
        analyzers=None,
        principal=TESTER,
        on_progress=no_progress,
    )
    keys = [["ledger"], ["alerts"], *([kind, a.name] for kind in ("findings", "alerts") for a in BUILT_IN)]
    of_all = {tuple(key): told(home, key, month) for key in keys}
    analyze(tenants[1], months=MonthRange(month, month))
    of_one = {tuple(key): told(home, key, month) for key in keys}
    assert of_one == of_all
    ledger = of_all[("ledger",)]
    assert (ledger["dagster/partition_row_count"], ledger["organizations"]) == (9, 3)
    assert (ledger["expense_usd"], ledger["expense_kwd"], ledger["income_usd"]) == (1460.7, 14.25, 2000.0)
    assert ledger["amounts"] == [
        {"currency": "KWD", "rows": 3, "expense": "14.250", "income": "1,000.000", "refund": "0.000"},
        {"currency": "USD", "rows": 6, "expense": "1,460.70", "income": "2,000.00", "refund": "0.00"},
    ]
    assert of_all["findings", "duplicate"]["dagster/partition_row_count"] == 3
    assert of_all[("alerts",)]["unresolved_low"] >= 3


def test_the_run_of_a_month_shows_rows_and_exact_amounts_of_the_two_years_before(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows("2011-01-03,Print,640.10,,", "2011-03-04,Print,99999999999.99,,", "2010-01-01,Old,1.00,,"))
    analyze(tenant, months=MonthRange(Month(2011, 3), Month(2011, 3)))
    run = told(home, ["ledger"], Month(2011, 3))
    assert [(row["month"], row["expense"]) for row in run["amounts_by_month_as_of_run"]] == [
        ("2011-03", "99,999,999,999.99"),
        ("2011-01", "640.10"),
        ("2010-01", "1.00"),
    ]
    only = MonthRange(Month(2011, 3), Month(2011, 3))
    picture = by_month(home, ["ledger"], "rows_by_month_as_of_run", only)["2011-03"]
    assert picture.startswith("![Transactions by month](data:image/svg+xml")
    assert "amounts_by_month_as_of_run" not in by_month(
        home, ["ledger"], "amounts_by_month_as_of_run", MonthRange(Month(2011, 1), Month(2011, 2))
    )


def test_columns_of_ledger_and_findings_name_the_columns_they_follow_from(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows("2011-06-03,Print,640.00,,"))
    analyze(tenant, months=MonthRange(Month(2011, 6), Month(2011, 6)))
    for key, above in ((["ledger"], "validated_transactions"), (["findings", "duplicate"], "ledger")):
        said = told(home, key, Month(2011, 6))
        columns = {column.name for column in said["dagster/column_schema"].columns}
        lineage = said["dagster/column_lineage"].deps_by_column
        assert set(lineage) <= columns
        assert {dep.asset_key for deps in lineage.values() for dep in deps} == {dg.AssetKey(above)}
        assert all(column.description for column in said["dagster/column_schema"].columns)


def test_a_range_of_months_gives_what_its_months_give_one_by_one(new_tenant: Callable[[], Tenant]) -> None:
    at_once, one_by_one = new_tenant(), new_tenant()
    for tenant in (at_once, one_by_one):
        deliver(tenant, rows(*LARGE, *TWICE))
    analyze(at_once)
    for month in QUARTER:
        analyze(one_by_one, months=MonthRange(month, month))
    for analyzer in BUILT_IN:
        assert at_once.findings(analyzer.name) == one_by_one.findings(analyzer.name)
    for analyzer in (LARGE_TRANSACTION, VENDOR_SPIKE, DUPLICATE):
        assert at_once.findings(analyzer.name) != []


def test_one_analyzer_alone_leaves_the_others_as_they_are(tenant: Tenant) -> None:
    deliver(tenant, rows(*LARGE, *TWICE))
    analyze(tenant, (DUPLICATE,))
    assert (len(tenant.alerts("duplicate")), len(tenant.alerts("large_transaction"))) == (1, 0)


def test_an_analyzer_that_fails_stops_neither_the_others_nor_hides(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*LARGE, *TWICE))
    result = analyze_with(tenant, (BROKEN, *BUILT_IN))
    assert result.success
    assert {
        "findings/broken_rule: every_organization_analysed",
        "alerts/broken_rule: every_organization_raised",
    } == set(failing_checks(result))
    assert (len(tenant.alerts("duplicate")), len(tenant.alerts("large_transaction"))) == (1, 1)
    ((name, error),) = failures(tenant)
    assert name == "broken_rule"
    assert "boom" in error
    with home.database.transaction() as connection:
        (failed, *_) = runs.list_recent(
            connection, RunFilter(analyzer="broken_rule", status=RunStatus.FAILED), TESTER, limit=1, after=None
        )
    assert failed.dagster_run_id == result.run_id
    assert failed.error is not None
    assert "boom" in failed.error
    assert failed.findings is None


def test_what_failed_in_an_earlier_run_stays_an_error_in_those_for_others_until_it_is_retried(
    home: Home, new_tenant: Callable[[], Tenant]
) -> None:
    poor, well = new_tenant(), new_tenant()
    deliver(poor, rows(*TWICE))
    deliver(well, rows(*TWICE))
    checks = {"findings/standing_rule: every_organization_analysed", "alerts/standing_rule: every_organization_raised"}
    standing = replace(BROKEN, name="standing_rule")
    analyze_with(poor, (standing,))
    mended = replace(DUPLICATE, name="standing_rule")
    failing = failing_checks(analyze_with(well, (mended,)))
    assert checks <= set(failing)
    assert f"{poor.slug}: standing_rule: " in str(failing[checks.copy().pop()])
    with home.database.transaction() as connection:
        work.retry(connection, [poor.id])
    assert checks.isdisjoint(failing_checks(analyze_with(well, (mended,))))
    assert checks.isdisjoint(failing_checks(analyze_with(poor, (mended,))))


def test_analyzers_run_in_their_order_so_that_alerts_are_numbered_alike(tenant: Tenant) -> None:
    deliver(tenant, rows(*LARGE, *TWICE))
    result = analyze_with(tenant, BUILT_IN)
    started = [event.step_key for event in result.all_events if event.event_type is dg.DagsterEventType.STEP_START]
    each = [step for a in BUILT_IN for step in (f"findings__{a.name}", f"alerts__{a.name}")]
    assert started == ["ledger", *each, "alerts", "signals", "cases"]
    assert [(a.name, str(alert.name)) for a in BUILT_IN for alert in tenant.alerts(a.name)] == [
        ("large_transaction", f"{tenant.slug}-1"),
        ("vendor_spike", f"{tenant.slug}-2"),  # Builder, in March
        ("vendor_spike", f"{tenant.slug}-3"),  # Print, in February
        ("duplicate", f"{tenant.slug}-4"),
    ]


def test_an_organization_whose_ledger_lost_a_row_is_named_and_the_others_are_analysed(
    home: Home, new_tenant: Callable[[], Tenant]
) -> None:
    poor, well = new_tenant(), new_tenant()
    for tenant in (poor, well):
        deliver(tenant, rows(*TWICE))
    with row_lost(poor):
        scope = {"config": {"organizations": [poor.slug, well.slug]}}
        steps = [
            "ledger",
            *(f"{kind}__{a.name}" for kind in ("findings", "alerts") for a in BUILT_IN),
            "signals",
            "cases",
        ]
        result = run_job(
            home,
            "analyze_months",
            run_config={"ops": dict.fromkeys(steps, scope)},
            tags={"dagster/partition": "2025-02"},
        )
        assert result.success
        failing = failing_checks(result)
        assert set(failing) == {
            "ledger: reconciled",
            *(f"findings/{a.name}: every_organization_analysed" for a in BUILT_IN),
            *(f"alerts/{a.name}: every_organization_raised" for a in BUILT_IN),
            "signals: every_organization_ranked",
        }
        said = failing["ledger: reconciled"]
        assert said is not None
        assert f"{poor.slug}: duplicate: its ledger has 1 rows of type expense in 2025-02" in said
        assert [name for name, _ in failures(poor)] == sorted([*(a.name for a in BUILT_IN), CASES])
        assert poor.findings("duplicate") == []
        assert len(well.alerts("duplicate")) == 1
        assert failures(well) == []


@contextmanager
def row_lost(tenant: Tenant) -> Iterator[None]:
    """Behind LedgerWatch's back. At the end it is put right: other tests analyse every organization with something due."""
    con = tenant.home.lake.con
    con.execute("DELETE FROM lake.transactions WHERE organization_id = $1 AND row_number = 2", [tenant.id])
    try:
        yield
    finally:
        for table in ("transactions", "load_totals"):
            con.execute(f"DELETE FROM lake.{table} WHERE organization_id = $1", [tenant.id])
        with tenant.home.database.transaction() as connection:
            connection.execute(text("DELETE FROM analysis_work WHERE organization_id = :id"), {"id": tenant.id})


def test_findings_alone_take_up_their_own_work(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*TWICE))
    definitions = build_definitions(home=home, progress=no_progress)
    scope = {"config": {"organizations": [tenant.slug]}}
    job = definitions.resolve_job_def("analyze_months").get_subset(
        asset_selection={dg.AssetKey(["findings", "duplicate"]), dg.AssetKey(["alerts", "duplicate"])}
    )
    result = job.execute_in_process(
        instance=instance_of(home),
        run_config={"ops": {"findings__duplicate": scope, "alerts__duplicate": scope}},
        tags={"dagster/partition": "2025-02"},
        asset_selection=[dg.AssetKey(["findings", "duplicate"]), dg.AssetKey(["alerts", "duplicate"])],
    )
    assert result.success
    assert len(tenant.alerts("duplicate")) == 1


def test_what_a_run_took_up_and_did_not_finish_is_due_again(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*TWICE))
    scope = {"config": {"organizations": [tenant.slug]}}
    assert run_job(
        home,
        "analyze_months",
        run_config={"ops": {"ledger": scope}},
        tags={"dagster/partition": "2025-02"},
        asset_selection=[dg.AssetKey("ledger")],
    ).success
    with home.database.transaction() as connection:
        waiting = [item for item in work.pending(connection) if item.organization == tenant.slug]
        leased = connection.execute(
            text("SELECT count(*) FROM analysis_work WHERE worker IS NOT NULL AND organization_id = :id"),
            {"id": tenant.id},
        ).scalar_one()
    assert {item.analyzer for item in waiting} == {*(a.name for a in BUILT_IN), CASES}
    assert leased == 0
    tenant.analyze()
    assert len(tenant.alerts("duplicate")) == 1


def test_alert_transition_does_what_the_command_does(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*TWICE))
    analyze(tenant)
    (alert,) = tenant.alerts("duplicate")
    act = {"alert": str(alert.name), "action": "acknowledge", "actor": "peter", "note": "looking"}
    config = {"ops": {"change_one_alert": {"config": act}}}
    assert run_job(home, "alert_transition", run_config=config).success
    (changed,) = tenant.alerts("duplicate")
    with home.database.transaction() as connection:
        history = audit.history(connection, Subject(SubjectType.ALERT, str(alert.id)), TESTER)
    assert (changed.status, changed.acknowledged_by) == ("ACKNOWLEDGED", "peter")
    assert [(event.event_type, event.actor) for event in history] == [("ALERT_ACKNOWLEDGED", "peter")]

    conflict = run_job(home, "alert_transition", run_config=config)
    (failure,) = [event for event in conflict.all_events if event.is_step_failure]
    assert "is ACKNOWLEDGED; to acknowledge it, it must be OPEN" in str(failure.step_failure_data.error)

    given = act | {"action": "assign", "assignee": "mary"}
    assert run_job(home, "alert_transition", run_config={"ops": {"change_one_alert": {"config": given}}}).success
    (changed,) = tenant.alerts("duplicate")
    assert (changed.status, changed.assignee) == ("ACKNOWLEDGED", "mary")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"files": ["nowhere.csv"], "organization": "{slug}"}, "there is no file nowhere.csv"),
        (
            {"files": ["any.csv"], "organization": "{slug}", "on_invalid": "ignore"},
            "reject or quarantine, not 'ignore'",
        ),
        (
            {"files": ["any.csv"], "organization": "{slug}", "on_overlap": "drop"},
            "on_overlap is hold, keep or skip, not 'drop'",
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
        "SELECT count(*) FROM lake.transactions WHERE organization_id = $1", [tenant.id]
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
    statuses = {run.run_id: run.status for run in instance.get_runs(dg.RunsFilter(run_ids=[killed, living, copied]))}
    assert statuses == {
        killed: dg.DagsterRunStatus.FAILURE,
        living: dg.DagsterRunStatus.STARTED,
        copied: dg.DagsterRunStatus.STARTED,
    }
    for run_id in (living, copied):
        instance.delete_run(run_id)


def test_months_before_the_first_monitored_one_are_a_clear_error(tenant: Tenant) -> None:
    early = MonthRange(Month(2009, 11), Month(2010, 2))
    with pytest.raises(UsageError, match="2009-11"):
        analyze(tenant, months=early)


def test_the_forensic_reports_are_a_job_of_their_own_and_bounded(
    tenant: Tenant, new_tenant: Callable[[], Tenant]
) -> None:
    deliver(tenant, rows(*(f"2025-01-02,Print,{amount}.00,," for amount in range(10, 340))))
    deliver(new_tenant(), rows(*(f"2025-01-02,Print,{amount}.00,," for amount in range(10, 340))))
    result = run_job(tenant.home, "forensic_reports")
    assert result.success
    assert result.get_asset_materialization_events()[0].asset_key == dg.AssetKey("forensic_reports")
    assert len(result.get_asset_materialization_events()) == 1
    metadata = result.get_asset_materialization_events()[0].materialization.metadata
    for name in ("benford_first", "benford_second", "benford_first_two", "last_two"):
        assert isinstance(metadata[f"{name}_mad"].value, float)
    for report in REPORTS:
        assert f"{report.name}_verdict" in metadata
        table = metadata[f"{report.name}_rows"]
        assert isinstance(table, dg.TableMetadataValue)
        assert len(table.records) <= 100
    by_organization = metadata["benford_first_two_by_organization"]
    assert isinstance(by_organization, dg.TableMetadataValue)
    assert {tenant.slug} <= {record.data["organization"] for record in by_organization.records}
    assert str(metadata["benford_first_two_chart"].value).startswith("![First two digits](data:image/svg+xml")


def standing(home: Home) -> dict[str, dg.AssetCheckEvaluation]:
    """The checks of ``raw_loads``, executed by themselves."""
    names = "nothing_left_waiting", "no_file_rejected_lately", "no_file_held", "delivered_by_their_day"
    keys = {dg.AssetCheckKey(dg.AssetKey("raw_loads"), name) for name in names}
    job = build_definitions(home=home, progress=no_progress).resolve_job_def("import_files")
    result = job.get_subset(asset_selection=set(), asset_check_selection=keys).execute_in_process(
        instance=instance_of(home)
    )
    assert result.get_asset_materialization_events() == []
    return {each.check_name: each for each in result.get_asset_check_evaluations()}


def named(evaluation: dg.AssetCheckEvaluation) -> list[Any]:
    """The files that a check of ``raw_loads`` names."""
    table = evaluation.metadata["loads"]
    assert isinstance(table, dg.TableMetadataValue)
    return [(row.data["organization"], row.data["file"]) for row in table.records]


def delivered(tenant: Tenant, ago: str) -> None:
    """As if this tenant had delivered its files so long ago."""
    with tenant.home.database.transaction() as connection:
        connection.execute(
            text("UPDATE loads SET received_at = now() - CAST(:ago AS INTERVAL) WHERE organization_id = :id"),
            {"ago": ago, "id": tenant.id},
        )


def test_a_rejected_file_is_told_of_for_days_whatever_is_imported_after_it(
    home: Home, new_tenant: Callable[[], Tenant]
) -> None:
    poor, well = new_tenant(), new_tenant()
    deliver(poor, rows("2025-02-03,,640.00,,"))
    deliver(well, rows(*TWICE))
    told = standing(home)["no_file_rejected_lately"]
    assert (told.passed, told.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert (poor.slug, "file-1.csv") in named(told)
    assert well.slug not in {organization for organization, _ in named(told)}
    delivered(poor, "8 days")
    assert (poor.slug, "file-1.csv") not in named(standing(home)["no_file_rejected_lately"])


def test_a_held_file_is_told_of_until_somebody_decides(home: Home, tenant: Tenant) -> None:
    payments = [f"2025-02-{day:02},Acme {day},{day}.50,," for day in range(1, 26)]
    deliver(tenant, rows(*payments))
    deliver(tenant, rows(*payments[1:]))
    told = standing(home)["no_file_held"]
    assert (told.passed, told.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert named(told) == [(tenant.slug, "file-2.csv")]
    assert tenant.slug in (told.description or "")
    with home.database.transaction() as connection:
        (held,) = (each for each in loads.held(connection, None).first if each.organization_id == tenant.id)
    release_load(home, str(held.id), OnOverlap.SKIP, "why not", TESTER)
    launching.import_loads(home, [held.id], principal=TESTER, on_progress=no_progress)
    assert standing(home)["no_file_held"].passed
    assert tenant.load(held.id).skipped == 24


def test_a_file_that_waits_for_more_than_an_hour_is_a_warning_and_gone_once_it_is_imported(
    home: Home, tenant: Tenant
) -> None:
    path = tenant.write(rows(*TWICE))
    (receipt,) = receive(home, [path], tenant.slug, ImportOptions(OnInvalid.REJECT), TESTER)
    assert standing(home)["nothing_left_waiting"].passed
    delivered(tenant, "61 minutes")
    told = standing(home)["nothing_left_waiting"]
    assert (told.passed, told.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert named(told) == [(tenant.slug, "file-1.csv")]
    launching.import_loads(home, [receipt.load_id], principal=TESTER, on_progress=no_progress)
    last = last_run(home, "import_files")
    assert "nothing_left_waiting" not in {each.check_name for each in failed_in(home, last.run_id)}


def failed_in(home: Home, run_id: str) -> list[dg.AssetCheckEvaluation]:
    """The checks that a run of a command evaluated and that did not pass."""
    return [
        evaluation
        for record in instance_of(home).all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        if record.dagster_event
        for evaluation in [record.dagster_event.asset_check_evaluation_data]
        if not evaluation.passed
    ]


def test_a_load_that_failed_stays_an_error_in_later_imports_until_it_is_retried(
    home: Home, new_tenant: Callable[[], Tenant]
) -> None:
    poor, well = new_tenant(), new_tenant()
    path = poor.write(rows(*TWICE))
    (receipt,) = receive(home, [path], poor.slug, ImportOptions(OnInvalid.REJECT), TESTER)
    kept = poor.load(receipt.load_id)
    archived = archive_path(home.settings.archive, kept.sha256)
    aside = archived.rename(archived.with_suffix(".aside"))
    launching.import_loads(home, [receipt.load_id], principal=TESTER, on_progress=no_progress)
    deliver(well, rows(*TWICE))
    ((check, said),) = [
        (each.check_name, each.description)
        for each in failed_in(home, last_run(home, "import_files").run_id)
        if each.check_name == "every_load_decided"
    ]
    assert f"{poor.slug}: file-1.csv" in str(said)
    aside.rename(archived)
    retry_failed(home, TESTER, poor.slug)
    launching.import_loads(home, [receipt.load_id], principal=TESTER, on_progress=no_progress)
    assert "every_load_decided" not in {
        each.check_name for each in failed_in(home, last_run(home, "import_files").run_id)
    }


def test_a_blocking_check_that_fails_is_an_error_and_fails_its_step(home: Home, tenant: Tenant) -> None:
    path = tenant.write(rows(*TWICE))
    receive(home, [path], tenant.slug, ImportOptions(OnInvalid.REJECT), TESTER)
    with registry_miscounts(tenant):
        result = run_job(home, "import_files")
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert failure.step_key == "validated_transactions"
    assert "accepted_rows_kept" in str(failure.step_failure_data.error)
    (kept,) = [each for each in result.get_asset_check_evaluations() if each.check_name == "accepted_rows_kept"]
    assert (kept.passed, kept.blocking, kept.severity) == (False, True, dg.AssetCheckSeverity.ERROR)
    assert "nothing_left_waiting" in {each.check_name for each in result.get_asset_check_evaluations()}


@contextmanager
def registry_miscounts(tenant: Tenant) -> Iterator[None]:
    """What the registry keeps of this tenant's accepted loads is 1 too much: a defect as no check of a file can see it."""
    with owned(tenant.home) as database, database.transaction() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION miscount() RETURNS TRIGGER LANGUAGE plpgsql AS"
                " $$ BEGIN NEW.expense := NEW.expense + 1; RETURN NEW; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER miscount BEFORE UPDATE ON loads FOR EACH ROW"
                f" WHEN (NEW.organization_id = '{tenant.id}' AND NEW.status = 'ACCEPTED') EXECUTE FUNCTION miscount()"
            )
        )
    try:
        yield
    finally:
        with owned(tenant.home) as database, database.transaction() as connection:
            connection.execute(text("DROP TRIGGER miscount ON loads"))
            connection.execute(text("DROP FUNCTION miscount()"))


def test_an_alert_in_a_month_without_its_finding_is_an_error(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*TWICE))
    assert not any("within_findings" in check for check in failing_checks(analyze_with(tenant, (DUPLICATE,))))
    with home.database.transaction() as connection:
        move = text("UPDATE alerts SET month = :month WHERE organization_id = :id AND analyzer = 'duplicate'")
        connection.execute(move, {"month": "2025-03-01", "id": tenant.id})
    shown = run_job(
        home,
        "analyze_months",
        tags={"dagster/asset_partition_range_start": "2025-01", "dagster/asset_partition_range_end": "2025-03"},
        asset_selection=[dg.AssetKey("alerts")],
    )
    assert failing_checks(shown) == {
        "alerts: within_findings": f"{tenant.slug}: duplicate has 1 alerts and 0 findings in 2025-03"
    }
    with home.database.transaction() as connection:
        connection.execute(move, {"month": "2025-02-01", "id": tenant.id})


def test_the_audit_chains_are_verified_by_their_job(home: Home, tenant: Tenant) -> None:
    deliver(tenant, rows(*TWICE))
    (whole,) = run_job(home, "verify_audit").get_asset_check_evaluations()
    assert whole.passed
    with changed_event(tenant):
        (broken,) = run_job(home, "verify_audit").get_asset_check_evaluations()
    assert (broken.passed, broken.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert tenant.slug in str(broken.description)


@contextmanager
def changed_event(tenant: Tenant) -> Iterator[None]:
    """An audit event is another than was hashed, as only the database's owner can make it; put right at the end."""
    with tenant.home.database.transaction() as connection:
        first = text("SELECT actor FROM audit_events WHERE chain_id = :id AND seq = 1")
        actor = connection.execute(first, {"id": tenant.id}).scalar_one()
    rewrite_first_event(tenant, "mallory")
    try:
        yield
    finally:
        rewrite_first_event(tenant, actor)


def rewrite_first_event(tenant: Tenant, actor: str) -> None:
    with owned(tenant.home) as database, unguarded(database) as connection:
        change = text("UPDATE audit_events SET actor = :actor WHERE chain_id = :id AND seq = 1")
        connection.execute(change, {"actor": actor, "id": tenant.id})


def test_a_run_launched_with_a_configuration_is_tagged_with_its_organizations(
    home: Home, new_tenant: Callable[[], Tenant]
) -> None:
    tenants = [new_tenant() for _ in range(6)]
    for count, tag in ((1, tenants[0].slug), (5, ",".join(each.slug for each in tenants[:5])), (6, None)):
        scope = {"config": {"organizations": [each.slug for each in tenants[:count]]}}
        result = run_job(
            home,
            "analyze_months",
            run_config={"ops": {"ledger": scope}},
            tags={"dagster/partition": "2025-02"},
            asset_selection=[dg.AssetKey("ledger")],
        )
        run = instance_of(home).get_run_by_id(result.run_id)
        assert run is not None
        assert run.tags.get("ledgerwatch/organizations") == tag
    path = tenants[0].write(rows(*TWICE))
    config = {"files": [str(path)], "organization": tenants[0].slug}
    result = run_job(home, "import_files", run_config={"ops": {"raw_loads": {"config": config}}})
    run = instance_of(home).get_run_by_id(result.run_id)
    assert run is not None
    assert run.tags["ledgerwatch/organizations"] == tenants[0].slug
