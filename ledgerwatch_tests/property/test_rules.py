"""The built-in analyzers on small ledgers of several organizations, each with parameters and thresholds of its own, against the
rules in plain Python: over a range of months at once, equal findings, figure by figure.

The draws lie close to the bounds: few vendors, few amounts, days at the turns of months and years.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerwatch_pipeline.analysis.analyzers.budget_threshold import BUDGET_THRESHOLD
from ledgerwatch_pipeline.analysis.contract import Analyzer, ParameterValue
from ledgerwatch_pipeline.analysis.registry import BUILT_IN
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_tests import rules
from ledgerwatch_tests.long_runs import drawn
from ledgerwatch_tests.property import test_budget_threshold_by_python as budget
from ledgerwatch_tests.small_lake import FoundRow, Row, SmallLake

Overrides = Mapping[str, Mapping[str, str]]
Opened = Mapping[str, tuple[int, date] | None]
Rule = Callable[[rules.Ledger, Month, Organization, Mapping[str, ParameterValue]], list[rules.Told] | None]
RULES: dict[str, Rule] = {
    "large_transaction": rules.large_transaction,
    "burn_rate": rules.burn_rate,
    "vendor_spike": rules.vendor_spike,
    "duplicate": rules.duplicate,
}
ANALYZERS = {each.name: each for each in BUILT_IN}
SEVERITIES = ("LOW", "MEDIUM", "HIGH")
CURRENCIES = {"acme": "USD", "globex": "JPY", "initech": "KWD"}
DECIMALS = {"acme": 2, "globex": 0, "initech": 3}

FIRST = date(2023, 11, 27)
TURNS = [
    date(2023, 11, 30),
    date(2023, 12, 31),
    date(2024, 1, 1),
    date(2024, 1, 31),
    date(2024, 2, 29),
    date(2024, 3, 1),
]
days = st.one_of(st.integers(0, 99).map(lambda day: FIRST + timedelta(days=day)), *[st.sampled_from(TURNS)] * 2)
minor_units = st.sampled_from([1, 6_000, *[10_000] * 6, 10_001, 12_499, 12_500, 14_999, 15_000, 20_000, 50_000])
vendors = st.sampled_from(["Acme", " ACME ", "\uff21cme", "Rail", "rail"])
types = st.sampled_from(["expense", "expense", "expense", "income", "refund"])
months = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(
    lambda ends: MonthRange(Month(2023, 11).plus(min(ends)), Month(2023, 11).plus(max(ends)))
)
balances = st.one_of(
    st.none(),
    st.tuples(
        st.sampled_from([-1, 0, 10_000, 30_000, 36_000, 60_000, 100_000]),
        st.sampled_from([date(2023, 11, 1), *TURNS]),
    ),
)
PARAMETERS: dict[str, dict[str, list[str]]] = {
    "large_transaction": {
        "multiplier": ["1", "1.2", "2"],
        "floor": ["0", "100", "10000"],
        "high_multiplier": ["1.5", "2", "5"],
        "baseline_months": ["0", "1", "2", "12"],
    },
    "burn_rate": {"window_months": ["1", "2", "3", "12"], "basis": ["cash", "cash", "revenue"]},
    "vendor_spike": {
        "min_spend": ["0", "100", "10000"],
        "spike_percent": ["0", "24.99", "25", "50"],
        "medium_percent": ["0", "25", "50"],
    },
    "duplicate": {"window_hours": ["0", "24", "47", "48", "672"]},
}


@st.composite
def ledgers(draw: st.DrawFn) -> list[Row]:
    drawn = draw(
        st.lists(st.tuples(st.sampled_from(sorted(CURRENCIES)), days, vendors, minor_units, types), max_size=30)
    )
    return [Row(slug, day, vendor, amount_of(slug, units), kind) for slug, day, vendor, units, kind in drawn]


def amount_of(slug: str, units: int) -> Decimal:
    return Decimal(units).scaleb(-DECIMALS[slug])


def parameters_of(name: str) -> st.SearchStrategy[dict[str, dict[str, str]]]:
    """What each organization sets: some of the parameters, or none."""
    chosen: st.SearchStrategy[dict[str, str]] = st.fixed_dictionaries(
        {}, optional={each: st.sampled_from(values) for each, values in PARAMETERS[name].items()}
    )
    return st.fixed_dictionaries(dict.fromkeys(CURRENCIES, chosen))


def ledger_of(slug: str, rows: Sequence[Row], month: Month) -> dict[int, Row]:
    """Its rows up to the end of the month, by number."""
    return {
        number: row
        for number, row in enumerate(rows, start=1)
        if row.organization == slug and row.day <= month.last_day
    }


def compare(
    analyzer: Analyzer,
    rows: Sequence[Row],
    asked: MonthRange,
    overrides: Overrides,
    opened: Opened,
) -> None:
    """Evaluate the range at once, and ask the rule for each organization and month."""
    with SmallLake() as lake:
        for slug, currency in CURRENCIES.items():
            units, day = opened[slug] or (None, None)
            lake.organization(
                slug,
                currency,
                balance=None if units is None else str(amount_of(slug, units)),
                opened=None if day is None else str(day),
            )
        lake.add_rows(rows)
        parameters = {slug: analyzer.values(overrides[slug]) for slug in CURRENCIES}
        found, poor = lake.answer(analyzer, lake.scope(str(asked.first), str(asked.last)), parameters)
        wanted: list[tuple[object, ...]] = []
        wanted_poor = set()
        for slug, organization in lake.organizations.items():
            for month in asked:
                told = RULES[analyzer.name](ledger_of(slug, rows, month), month, organization, parameters[slug])
                if told is None:
                    wanted_poor.add((slug, str(month)))
                wanted += [(slug, str(month), *vars(each).values()) for each in told or []]
    given = [
        (
            each.organization,
            each.month,
            SEVERITIES[each.severity - 1],
            each.kind,
            each.subject,
            each.amount,
            json.loads(each.evidence),
            tuple(each.rows[id_] for id_ in each.transactions),
        )
        for each in found
    ]
    assert sorted(given, key=repr_of) == sorted(wanted, key=repr_of)
    assert {(slug, month) for slug, month, _ in poor} == wanted_poor


def repr_of(finding: tuple[object, ...]) -> str:
    """An order in which 1 and 1.00 are one amount."""
    return repr([each.normalize() if isinstance(each, Decimal) else each for each in finding])


nobody: st.SearchStrategy[Opened] = st.just(dict.fromkeys(CURRENCIES))


@pytest.mark.slow
@settings(max_examples=drawn(25, 120))
@given(rows=ledgers(), asked=months, overrides=parameters_of("large_transaction"), opened=nobody)
def test_large_transaction(rows: list[Row], asked: MonthRange, overrides: Overrides, opened: Opened) -> None:
    compare(ANALYZERS["large_transaction"], rows, asked, overrides, opened)


@pytest.mark.slow
@settings(max_examples=drawn(25, 120))
@given(
    rows=ledgers(),
    asked=months,
    overrides=parameters_of("burn_rate"),
    opened=st.fixed_dictionaries(dict.fromkeys(CURRENCIES, balances)),
)
def test_burn_rate(rows: list[Row], asked: MonthRange, overrides: Overrides, opened: Opened) -> None:
    compare(ANALYZERS["burn_rate"], rows, asked, overrides, opened)


@pytest.mark.slow
@settings(max_examples=drawn(25, 120))
@given(rows=ledgers(), asked=months, overrides=parameters_of("vendor_spike"), opened=nobody)
def test_vendor_spike(rows: list[Row], asked: MonthRange, overrides: Overrides, opened: Opened) -> None:
    compare(ANALYZERS["vendor_spike"], rows, asked, overrides, opened)


@pytest.mark.slow
@settings(max_examples=drawn(25, 120))
@given(rows=ledgers(), asked=months, overrides=parameters_of("duplicate"), opened=nobody)
def test_duplicate(rows: list[Row], asked: MonthRange, overrides: Overrides, opened: Opened) -> None:
    compare(ANALYZERS["duplicate"], rows, asked, overrides, opened)


@pytest.mark.slow
@settings(max_examples=drawn(20, 80))
@given(
    drawn=st.lists(st.tuples(st.sampled_from(["acme", "globex"]), budget.transactions), max_size=30),
    limits=st.lists(st.tuples(st.sampled_from(["acme", "globex"]), budget.limits), max_size=6),
)
def test_budget_threshold(
    drawn: list[tuple[str, tuple[str, str, str, str, str | None]]], limits: list[tuple[str, dict[str, str]]]
) -> None:
    """Of several organizations; one alone, with more thresholds: ``test_budget_threshold``."""
    rows = [
        Row(slug, date.fromisoformat(day), vendor, Decimal(amount), kind, category)
        for slug, (day, vendor, amount, kind, category) in drawn
    ]
    with SmallLake() as lake:
        lake.organization("acme")
        lake.organization("globex")
        lake.add_rows(rows)
        ids = dict(
            lake.con.execute("SELECT row_number, transaction_id(load_id, row_number) FROM lake.transactions").fetchall()
        )
        wanted = []
        for place, (slug, fields) in enumerate(limits):
            threshold = lake.threshold(f"limit-{place}", slug=slug, **fields)
            ledger = [
                budget.Posted(ids[number], row.day, row.vendor, row.amount, row.type, row.category)
                for number, row in enumerate(rows, start=1)
                if row.organization == slug
            ]
            wanted += [each for month in budget.MONTHS for each in budget.expected(threshold, ledger, month)]
        scope = lake.scope(str(budget.MONTHS.first), str(budget.MONTHS.last))
        found, poor = lake.answer(BUDGET_THRESHOLD, scope)
    assert sorted(map(as_budget, found), key=repr) == sorted(wanted, key=repr)
    with_limits = {slug for slug, _ in limits}
    assert {slug for slug, *_ in poor} == {"acme", "globex"} - with_limits


def as_budget(found: FoundRow) -> budget.Expected:
    figures = json.loads(found.evidence)
    return budget.Expected(
        threshold=figures["threshold"],
        month=found.month,
        period_start=figures["period_start"],
        level=figures["level"],
        total=figures["total"],
        crossed_by=figures["crossed_by"],
        severity=found.severity,
        at_stake=found.amount,
        transactions=tuple(map(str, found.transactions)),
    )
