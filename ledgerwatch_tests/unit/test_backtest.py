"""``backtest``: what an analyzer would find with other parameters, beside what it finds with those in force."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.analysis import thresholds
from ledgerwatch_pipeline.analysis.analyzers.budget_threshold import BUDGET_THRESHOLD
from ledgerwatch_pipeline.analysis.analyzers.duplicate import DUPLICATE
from ledgerwatch_pipeline.analysis.analyzers.large_transaction import LARGE_TRANSACTION
from ledgerwatch_pipeline.analysis.backtest import MOST_TRIALS, Backtest, Counts, Fate, backtest, combinations
from ledgerwatch_pipeline.analysis.contract import Analyzer, FlagParameter, ParameterValue
from ledgerwatch_pipeline.analysis.parameters import set_parameters
from ledgerwatch_pipeline.analysis.thresholds import ThresholdFields
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.threshold import Period
from ledgerwatch_pipeline.stores.postgres.tables import metadata
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.processes import everything

pytestmark = pytest.mark.slow  # each opens a DuckDB of its own

MANY = [f"2024-03-{day:02d},Vendor {day},1000.00,Office,x" for day in range(1, 26)]
"""Twenty-five payments of 1,000.00: with the three below the mean is about 2,464.29."""
LARGE = [
    "2024-03-26,Eleven,11000.00,Office,x",
    "2024-03-27,Twelve,12000.00,Office,x",
    "2024-04-28,Forty,21000.00,Office,x",
]


def trying(
    tenant: Tenant,
    analyzer: Analyzer,
    values: dict[str, list[ParameterValue]],
    first: Month | None = None,
    last: Month | None = None,
) -> Backtest:
    changes = combinations(values)
    return backtest(tenant.home, analyzer, changes, TESTER, slugs=[tenant.slug], first=first, last=last)


def decimals(*values: int) -> list[ParameterValue]:
    return [Decimal(each) for each in values]


def sizes(home: Home) -> dict[str, int]:
    """How many rows each table of PostgreSQL has: runs and audit events among them."""
    with home.database.transaction() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


def test_new_gone_and_same(tenant: Tenant) -> None:
    tenant.deliver(rows(*MANY, *LARGE))
    # March: mean 48,000 / 27 = 1,777.78, HIGH above 8,888.89. April: mean 69,000 / 28 = 2,464.29, HIGH above 12,321.43.
    result = trying(tenant, LARGE_TRANSACTION, {"floor": decimals(11_500)})
    assert (result.organizations, result.months) == ((tenant.slug,), MonthRange(Month(2024, 3), Month(2024, 4)))
    assert result.in_force == {"floor": {"10000": 1}}
    (trial,) = result.trials
    assert trial.parameters == {"floor": "11500"}
    assert trial.total == Counts(before=3, after=2, new=0, gone=1, same=2, changed=0)
    assert trial.by_severity[Severity.HIGH] == trial.total
    assert trial.by_month == {
        Month(2024, 3): Counts(2, 1, 0, 1, 1, 0),
        Month(2024, 4): Counts(1, 1, 0, 0, 1, 0),
    }
    (gone,) = trial.examples[Fate.GONE]
    assert (gone.title, gone.before, gone.after, gone.month, gone.amount) == (
        "Large transaction: Eleven, 11,000.00",
        Severity.HIGH,
        None,
        Month(2024, 3),
        Decimal(11_000),
    )
    assert (trial.examples[Fate.NEW], trial.examples[Fate.CHANGED]) == ((), ())


def test_new_ones_and_other_severities(tenant: Tenant) -> None:
    tenant.deliver(rows(*MANY, *LARGE))
    (trial,) = trying(
        tenant,
        LARGE_TRANSACTION,
        {"floor": decimals(500), "multiplier": [Decimal("0.5")], "high_multiplier": decimals(8)},
    ).trials
    # March: above 888.89 is found, HIGH above 14,222.22; April: above 1,232.14, HIGH above 19,714.29.
    assert trial.total == Counts(before=3, after=28, new=25, gone=0, same=1, changed=2)
    assert trial.by_severity[Severity.HIGH] == Counts(before=3, after=1, new=0, gone=0, same=1, changed=0)
    assert trial.by_severity[Severity.MEDIUM] == Counts(before=0, after=27, new=25, gone=0, same=0, changed=2)
    assert [(each.title, each.before, each.after) for each in trial.examples[Fate.CHANGED]] == [
        ("Large transaction: Twelve, 12,000.00", Severity.HIGH, Severity.MEDIUM),
        ("Large transaction: Eleven, 11,000.00", Severity.HIGH, Severity.MEDIUM),
    ]
    assert len(trial.examples[Fate.NEW]) == 10


def test_every_combination_is_tried(tenant: Tenant) -> None:
    tenant.deliver(rows(*MANY, *LARGE))
    result = trying(
        tenant, LARGE_TRANSACTION, {"floor": decimals(10_000, 15_000), "high_multiplier": decimals(5, 1_000)}
    )
    counts = {tuple(each.parameters.values()): [c.after for c in each.by_severity.values()] for each in result.trials}
    assert counts == {
        ("10000", "5"): [3, 0, 0],
        ("10000", "1000"): [0, 3, 0],
        ("15000", "5"): [1, 0, 0],
        ("15000", "1000"): [0, 1, 0],
    }
    same = result.trials[0].total
    assert same == Counts(3, 3, 0, 0, 3, 0)


def test_months_and_what_lies_before_them(tenant: Tenant) -> None:
    tenant.deliver(rows(*MANY, *LARGE))
    april = Month(2024, 4)
    result = trying(tenant, LARGE_TRANSACTION, {"floor": decimals(30_000)}, first=april, last=april)
    assert result.months == MonthRange(april, april)
    assert result.trials[0].total == Counts(1, 0, 0, 1, 0, 0)
    assert trying(tenant, LARGE_TRANSACTION, {"floor": decimals(1)}, first=Month(2025, 1)).trials == ()


def test_another_window_of_duplicates(tenant: Tenant) -> None:
    tenant.deliver(rows("2024-03-01,Acme,50.00,Office,x", "2024-03-04,Acme,50.00,Office,x"))
    result = trying(tenant, DUPLICATE, {"window_hours": decimals(24, 72)})
    assert [each.total.new for each in result.trials] == [0, 1]
    (new,) = result.trials[1].examples[Fate.NEW]
    assert (new.title, new.amount) == ("2 equal payments: Acme, 50.00 each", Decimal(50))


def test_each_organization_is_compared_with_what_it_sets_itself(new_tenant: Callable[[], Tenant]) -> None:
    one, other = new_tenant(), new_tenant()
    for each in (one, other):
        each.deliver(rows(*MANY, *LARGE))
    set_parameters(one.home, LARGE_TRANSACTION, one.slug, {"floor": Decimal(11_500)}, TESTER)
    changes = combinations({"floor": [Decimal(10_000)]})
    result = backtest(one.home, LARGE_TRANSACTION, changes, TESTER, slugs=[one.slug, other.slug])
    assert result.in_force == {"floor": {"11500": 1, "10000": 1}}
    (trial,) = result.trials
    assert trial.total == Counts(before=5, after=6, new=1, gone=0, same=5, changed=0)
    assert [each.organization for each in trial.examples[Fate.NEW]] == [one.slug]


def test_only_organizations_that_the_principal_sees(new_tenant: Callable[[], Tenant]) -> None:
    mine, other = new_tenant(), new_tenant()
    for each in (mine, other):
        each.deliver(rows(*MANY, *LARGE))
    viewer = Principal("viewer", Role.VIEWER, frozenset({mine.id}))
    changes = combinations({"floor": [Decimal(10_000)]})
    assert backtest(mine.home, LARGE_TRANSACTION, changes, viewer).organizations == (mine.slug,)
    with pytest.raises(UnknownThingError, match="organization"):
        backtest(mine.home, LARGE_TRANSACTION, changes, viewer, slugs=[other.slug])


def test_thresholds_hold_in_a_backtest_too(tenant: Tenant) -> None:
    thresholds.add(tenant.home, tenant.slug, "all", ThresholdFields(period=Period.MONTH, amount=Decimal(100)), TESTER)
    tenant.deliver(rows("2024-03-01,Acme,150.00,Office,x"))
    unused = FlagParameter("unused", True, "a parameter that decides nothing")
    analyzer = replace(BUDGET_THRESHOLD, parameters=(*BUDGET_THRESHOLD.parameters, unused))
    (trial,) = trying(tenant, analyzer, {"unused": [False]}).trials
    assert trial.total == Counts(1, 1, 0, 0, 1, 0)


def test_nothing_is_written(tenant: Tenant) -> None:
    tenant.deliver(rows(*MANY, *LARGE))
    tenant.analyze()
    before = everything(tenant.home), tenant.home.lake.snapshot(), sizes(tenant.home)
    trying(tenant, LARGE_TRANSACTION, {"floor": decimals(1, 2)})
    assert (everything(tenant.home), tenant.home.lake.snapshot(), sizes(tenant.home)) == before


def test_combinations_are_bounded_and_some() -> None:
    assert combinations({"a": [Decimal(1), Decimal(2)], "b": ["x"]}) == [
        {"a": Decimal(1), "b": "x"},
        {"a": Decimal(2), "b": "x"},
    ]
    with pytest.raises(UsageError, match="say which parameter"):
        combinations({})
    with pytest.raises(UsageError, match="more than 100"):
        combinations({"a": decimals(*range(MOST_TRIALS + 1))})
