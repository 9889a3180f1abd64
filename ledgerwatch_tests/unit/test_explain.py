"""``explain``: the rule behind an alert over the ledger it was found in, and whether it would be found today."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.alerting.act import change_alert
from ledgerwatch_pipeline.analysis import thresholds
from ledgerwatch_pipeline.analysis.analyzers.large_transaction import LARGE_TRANSACTION
from ledgerwatch_pipeline.analysis.explain import Difference, Explanation, UsedParameter, Verdict, explain
from ledgerwatch_pipeline.analysis.parameters import set_parameters
from ledgerwatch_pipeline.analysis.registry import BUILT_IN, Refused, Registry
from ledgerwatch_pipeline.analysis.thresholds import ThresholdFields
from ledgerwatch_pipeline.model.alert import AlertAction, AlertNumber, AlertRow, Outcome
from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError
from ledgerwatch_pipeline.model.threshold import Period
from ledgerwatch_pipeline.pipeline.maintain import maintain
from ledgerwatch_tests.conftest import TESTER, Tenant, rows

pytestmark = pytest.mark.slow  # each explanation opens a DuckDB of its own

REGISTRY = Registry(BUILT_IN)
SMALL = [f"2024-03-0{day},Vendor {day},100.00,Office,x" for day in range(1, 6)]
BIG = "2024-03-20,Big,10000.01,Office,x"
THREE = [f"2024-03-0{day},Acme,640.00,Office,x" for day in (3, 5, 7)]
EARLIER = [f"2024-02-{day:02d},Earlier {day},9000.00,Office,x" for day in range(1, 21)]


def explained(tenant: Tenant, alert: AlertRow, registry: Registry = REGISTRY) -> Explanation:
    return explain(tenant.home, registry, alert.name, TESTER)


def found(tenant: Tenant, analyzer: str, *lines: str) -> AlertRow:
    tenant.deliver(rows(*lines))
    tenant.analyze()
    (alert,) = tenant.alerts(analyzer)
    return alert


def tidy(tenant: Tenant) -> None:
    maintain(tenant.home, snapshot_age=timedelta(0), file_age=timedelta(0))


LARGE_ARITHMETIC = (
    "mean  = 10,500.01 ÷ 6 expenses and incomes of the baseline = 1,750.00, rounded only here\n"
    "limit = max(multiplier × mean, floor) = max(2 × 1,750.00, 10000) = 10,000.00\n"
    "        10,000.01 is above it\n"
    "HIGH above high_multiplier × mean = 5 × 1,750.00 = 8,750.01: HIGH"
)


def test_a_large_transaction_with_its_figures(tenant: Tenant) -> None:
    alert = found(tenant, "large_transaction", *SMALL, BIG)
    explanation = explained(tenant, alert)
    assert explanation.rule == LARGE_TRANSACTION.summary
    assert explanation.run.id == alert.analysis_run_id
    assert explanation.parameters == tuple(
        UsedParameter(name, value, value)
        for name, value in (
            ("multiplier", "2"),
            ("floor", "10000"),
            ("high_multiplier", "5"),
            ("baseline_months", "12"),
        )
    )
    assert explanation.then.finding is not None
    assert explanation.then.finding.arithmetic == LARGE_ARITHMETIC
    assert explanation.then.differences == ()
    (row,) = explanation.transactions
    assert (row.vendor, row.amount, str(row.date), row.row_number) == ("Big", Decimal("10000.01"), "2024-03-20", 7)
    assert explanation.sources[row.load_id].file == "file-1.csv"
    assert (explanation.today.verdict, explanation.today.differences) == (Verdict.SAME, ())


def test_a_duplicate_with_its_figures(tenant: Tenant) -> None:
    alert = found(tenant, "duplicate", *THREE)
    explanation = explained(tenant, alert)
    assert explanation.then.finding is not None
    assert explanation.then.finding.arithmetic == (
        "group    = neighbours at most window_hours ÷ 24 = 48 ÷ 24 = 2 days apart: 2024-03-03, 2024-03-05, 2024-03-07\n"
        "left     = 3 payments - 0 refunded = 3; 2 or more are a finding\n"
        "at stake = 640.00 × (3 - 1) = 1,280.00"
    )
    assert [str(row.date) for row in explanation.transactions] == ["2024-03-03", "2024-03-05", "2024-03-07"]
    assert explanation.today.verdict is Verdict.SAME


def test_late_data_that_changes_a_figure_does_not_change_what_was(tenant: Tenant) -> None:
    alert = found(tenant, "large_transaction", *SMALL, BIG)
    tenant.deliver(rows("2024-02-01,Late,700.00,Office,x"))  # not analysed yet: the alert is as it was
    explanation = explained(tenant, alert)
    assert explanation.then.finding is not None
    assert explanation.then.finding.arithmetic == LARGE_ARITHMETIC
    assert explanation.today.verdict is Verdict.OTHER_FIGURES
    assert explanation.today.differences == (Difference("mean", "1750.00", "1600.00"),)
    assert explanation.today.finding is not None
    assert "mean  = 11,200.01 ÷ 7 expenses" in explanation.today.finding.arithmetic


def test_late_data_of_another_month_changes_nothing(tenant: Tenant) -> None:
    alert = found(tenant, "duplicate", *THREE)
    tenant.deliver(rows("2024-05-01,Late,700.00,Office,x"))
    assert explained(tenant, alert).today.verdict is Verdict.SAME


def test_late_data_after_which_it_is_found_no_more(tenant: Tenant) -> None:
    alert = found(tenant, "large_transaction", *SMALL, BIG)
    tenant.deliver(rows(*EARLIER))
    explanation = explained(tenant, alert)
    assert explanation.then.finding is not None
    assert (explanation.today.verdict, explanation.today.finding, explanation.today.reason) == (
        Verdict.GONE,
        None,
        None,
    )


def test_the_snapshot_of_an_open_alert_outlives_maintenance(tenant: Tenant) -> None:
    alert = found(tenant, "large_transaction", *SMALL, BIG)
    duplicate = found(tenant, "duplicate", *THREE)  # the month again: another run, another snapshot
    tenant.deliver(rows("2024-02-01,Late,700.00,Office,x"))
    tidy(tenant)
    tidy(tenant)
    (alert,) = tenant.alerts("large_transaction")
    first = explained(tenant, alert)
    assert first.run.ledger_snapshot == alert.ledger_snapshot
    assert first.then.finding is not None
    assert "÷ 9 expenses" in first.then.finding.arithmetic
    assert first.then.differences == ()
    assert explained(tenant, duplicate).then.unavailable is None
    assert first.today.verdict is Verdict.OTHER_FIGURES


def test_a_snapshot_that_is_gone_leaves_what_the_alert_keeps(tenant: Tenant) -> None:
    tenant.analyze()  # what other tests left due would be of the same snapshot
    alert = found(tenant, "large_transaction", *SMALL, BIG)
    change_alert(tenant.home, alert.name, AlertAction.RESOLVE, principal=TESTER, outcome=Outcome.ACCEPTED, note=None)
    found(tenant, "duplicate", *THREE)  # the months again: nothing names the first snapshot any more
    tidy(tenant)
    explanation = explained(tenant, alert)
    assert explanation.then.finding is None
    assert explanation.then.unavailable == (
        f"the lake's snapshot {alert.ledger_snapshot} is gone: it is kept as long as the alert is open"
    )
    assert explanation.alert.evidence["mean"] == "1750.00"
    assert [row.vendor for row in explanation.transactions] == ["Big"]
    assert explanation.today.differences == (Difference("mean", "1750.00", "1380.00"),)


def test_parameters_are_those_of_the_run_and_those_of_today(tenant: Tenant) -> None:
    set_parameters(tenant.home, LARGE_TRANSACTION, tenant.slug, {"floor": Decimal(2_000)}, TESTER)
    alert = found(tenant, "large_transaction", *SMALL, BIG)
    assert alert.evidence["limit"] == "3500.00"
    set_parameters(tenant.home, LARGE_TRANSACTION, tenant.slug, {"floor": Decimal(9_000)}, TESTER)
    explanation = explained(tenant, alert)
    assert UsedParameter("floor", "2000", "10000") in explanation.parameters
    assert explanation.then.finding is not None
    assert "max(2 × 1,750.00, 2000) = 3,500.00" in explanation.then.finding.arithmetic
    assert explanation.today.differences == (Difference("limit", "3500.00", "9000.00"),)
    assert UsedParameter("floor", "9000", "10000") in explanation.today.parameters
    set_parameters(tenant.home, LARGE_TRANSACTION, tenant.slug, {"floor": Decimal(20_000)}, TESTER)
    assert explained(tenant, alert).today.verdict is Verdict.GONE


def test_a_threshold_is_that_of_the_run_and_that_of_today(tenant: Tenant) -> None:
    limit = ThresholdFields(period=Period.MONTH, amount=Decimal(100))
    thresholds.add(tenant.home, tenant.slug, "office", limit, TESTER)
    alert = found(tenant, "budget_threshold", *SMALL)
    explanation = explained(tenant, alert)
    assert explanation.then.finding is not None
    assert "500.00" in explanation.then.finding.arithmetic
    assert [each.amount for each in explanation.thresholds] == [Decimal(100)]
    assert explanation.today.verdict is Verdict.SAME
    thresholds.change(tenant.home, tenant.slug, "office", ThresholdFields(amount=Decimal(400)), TESTER)
    explanation = explained(tenant, alert)
    assert explanation.then.differences == ()
    assert [each.amount for each in explanation.today.thresholds] == [Decimal(400)]
    assert Difference("limit", "100.00", "400.00") in explanation.today.differences
    thresholds.remove(tenant.home, tenant.slug, "office", TESTER)
    explanation = explained(tenant, alert)
    assert (explanation.today.verdict, explanation.today.thresholds) == (Verdict.GONE, ())
    assert explanation.then.finding is not None


def test_an_analyzer_that_changed_or_is_not_here_any_more(tenant: Tenant) -> None:
    alert = found(tenant, "large_transaction", *SMALL, BIG)
    newer = Registry((replace(LARGE_TRANSACTION, version=2),))
    explanation = explained(tenant, alert, newer)
    assert explanation.then.unavailable == "version 1 of large_transaction found it, and here is version 2"
    assert explanation.today.verdict is Verdict.SAME  # whatever its number, the rule is asked
    gone = explained(tenant, alert, Registry((), (Refused("large_transaction", "x.toml", "it is broken"),)))
    assert gone.then.unavailable == "there is no analyzer large_transaction here any more"
    assert (gone.today.verdict, gone.today.reason) == (
        Verdict.UNKNOWN,
        "large_transaction is not here any more: it is broken",
    )
    assert (gone.rule, [row.vendor for row in gone.transactions]) == (None, ["Big"])
    assert UsedParameter("floor", "10000", None) in gone.parameters


def test_other_tenants_are_not_seen(new_tenant: Callable[[], Tenant]) -> None:
    tenant, other = new_tenant(), new_tenant()
    alert = found(tenant, "large_transaction", *SMALL, BIG)
    other.deliver(rows(*EARLIER))
    assert explained(tenant, alert).today.verdict is Verdict.SAME
    stranger = Principal("stranger", Role.ADMIN, frozenset({other.id}))
    with pytest.raises(UnknownThingError, match=f"unknown organization '{tenant.slug}'"):
        explain(tenant.home, REGISTRY, alert.name, stranger)


def test_an_alert_that_is_not_there_and_one_that_nobody_found(tenant: Tenant) -> None:
    with pytest.raises(UnknownThingError, match=f"{tenant.slug}-9"):
        explain(tenant.home, REGISTRY, AlertNumber(tenant.slug, 9), TESTER)
    alert = found(tenant, "large_transaction", *SMALL, BIG)
    with tenant.home.database.transaction() as connection:
        connection.execute(
            text("UPDATE alerts SET analysis_run_id = NULL, ledger_snapshot = NULL WHERE id = :id"), {"id": alert.id}
        )
    with pytest.raises(UsageError, match="raised by hand"):
        explained(tenant, alert)


def test_nothing_is_written(tenant: Tenant) -> None:
    alert = found(tenant, "large_transaction", *SMALL, BIG)
    before = tenant.home.lake.snapshot()
    explained(tenant, alert)
    assert tenant.home.lake.snapshot() == before
