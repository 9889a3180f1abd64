"""Records of analysis runs: what the database itself refuses, whatever code writes there."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import Insufficient, RunOutcome, ScopeRow
from ledgerwatch_pipeline.stores.postgres import runs
from ledgerwatch_pipeline.stores.postgres.runs import RangeResult, StartedRun
from ledgerwatch_tests.conftest import TESTER, Tenant

MARCH_TO_MAY = MonthRange(Month(2024, 3), Month(2024, 5))


def started(tenant: Tenant) -> StartedRun:
    scope = [ScopeRow(tenant.id, MARCH_TO_MAY)]
    run = StartedRun(uuid4(), "duplicate", 1, scope, {tenant.id: {"window_hours": "48"}}, None, 1)
    with tenant.home.database.transaction() as connection:
        runs.start(connection, run)
    return run


def succeeded(tenant: Tenant, *insufficient: Insufficient) -> StartedRun:
    run = started(tenant)
    result = RangeResult(run.scope[0], dict.fromkeys(MARCH_TO_MAY, 0), insufficient)
    with tenant.home.database.transaction() as connection:
        runs.succeed(connection, run, 1, [result])
    return run


def write(home: Home, run_id: UUID, what: str, table: str = "analysis_runs", key: str = "id") -> None:
    with home.database.transaction() as connection:
        connection.execute(text(f"UPDATE {table} SET {what} WHERE {key} = :id"), {"id": run_id})


@pytest.mark.parametrize(
    "what",
    [
        "findings = 1",
        "alerts_raised = 1",
        "ledger_snapshot = 1",
        "error = 'it broke'",
        "finished_at = now()",
        "status = 'DONE'",
        "status = 'SUCCEEDED', finished_at = now(), findings = 1",
        "status = 'SUCCEEDED', finished_at = now(), ledger_snapshot = 1",
        "status = 'FAILED', finished_at = now()",
        "status = 'FAILED', error = 'it broke'",
        "status = 'FAILED', finished_at = now(), error = 'it broke', findings = 1",
        "last_month = '2024-02-01'",
    ],
)
def test_a_run_has_results_only_if_it_succeeded_and_an_error_only_if_it_failed(tenant: Tenant, what: str) -> None:
    run = started(tenant)
    with pytest.raises(IntegrityError):
        write(tenant.home, run.id, what)
    with tenant.home.database.transaction() as connection:
        runs.fail(connection, run.id, "of a test")


def test_a_run_that_succeeded_takes_no_error(tenant: Tenant) -> None:
    with pytest.raises(IntegrityError):
        write(tenant.home, succeeded(tenant).id, "error = 'it broke'")


@pytest.mark.parametrize("what", ["findings = NULL", "outcome = 'FAILED'", "outcome = 'PENDING'", "outcome = 'FINE'"])
def test_what_a_run_gave_for_an_organization_goes_with_its_outcome(tenant: Tenant, what: str) -> None:
    with pytest.raises(IntegrityError):
        write(tenant.home, succeeded(tenant).id, what, "analysis_run_results", "run_id")


def test_months_without_enough_data_are_kept_with_their_reason(tenant: Tenant) -> None:
    whole = Insufficient("no transactions", MARCH_TO_MAY)
    part = Insufficient("no transactions", MonthRange(Month(2024, 3), Month(2024, 4)))
    for insufficient, outcome in ((whole, RunOutcome.INSUFFICIENT_DATA), (part, RunOutcome.ANALYSED)):
        run = succeeded(tenant, insufficient)
        with tenant.home.database.transaction() as connection:
            (result,) = runs.results(connection, run.id, TESTER)
            assert runs.result_for_month(connection, run.id, tenant.id, Month(2024, 4).first_day) == result
            assert runs.result_for_month(connection, run.id, tenant.id, Month(2024, 6).first_day) is None
        assert (result.outcome, result.insufficient, result.parameters) == (
            outcome,
            (insufficient,),
            {"window_hours": "48"},
        )
