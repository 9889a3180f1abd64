"""Evaluating an analyzer: what its SQL sees, how findings are written, what is counted and what is left behind."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from threading import Timer

import duckdb
import pytest

from ledgerwatch_pipeline.analysis.analyzers.duplicate import DUPLICATE
from ledgerwatch_pipeline.analysis.analyzers.large_transaction import LARGE_TRANSACTION
from ledgerwatch_pipeline.analysis.contract import (
    Analyzer,
    ChoiceParameter,
    ContractError,
    DecimalParameter,
    Evidence,
    EvidenceType,
    FlagParameter,
    Input,
    Message,
)
from ledgerwatch_pipeline.analysis.evaluate import TookTooLongError, evaluate
from ledgerwatch_pipeline.analysis.inspection import inspect
from ledgerwatch_pipeline.analysis.texts import arithmetic_sql
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import Insufficient, ScopeRow
from ledgerwatch_tests.small_lake import SmallLake


@pytest.fixture
def lake() -> Iterator[SmallLake]:
    with SmallLake() as opened:
        opened.organization("acme")
        yield opened


def temporary(lake: SmallLake) -> set[str]:
    named = "SELECT table_name FROM duckdb_tables() WHERE temporary UNION SELECT view_name FROM duckdb_views() WHERE temporary"
    return {name for (name,) in lake.con.execute(named).fetchall()}


EVERY_ROW = Analyzer(
    name="every_row",
    version=1,
    summary="Every transaction of the months in scope.",
    sql="""
        SELECT l.organization_id, l.month, 'row' AS kind, CAST(l.transaction_id AS VARCHAR) AS key, 'LOW' AS severity,
               l.vendor AS subject, l.amount AS at_stake, [l.transaction_id] AS transactions, l.amount, p.word, p.flag,
               CAST(p.figure AS DECIMAL(18, 1)) AS figure
        FROM ledger AS l
        JOIN scope_months USING (organization_id, month)
        JOIN parameters AS p ON p.organization_id = l.organization_id
        -- a comment at the end""",
    inputs=frozenset({Input.LEDGER}),
    messages={"row": Message("{amount}", "It's {amount}, {{not}} {word}")},
    evidence={"amount": Evidence("amount", EvidenceType.MONEY), "figure": Evidence("figure", EvidenceType.RATIO)},
    parameters=(
        ChoiceParameter("word", "one", ("one", "two"), "a word"),
        FlagParameter("flag", False, "a flag"),
        DecimalParameter("figure", Decimal("2.5"), Decimal(0), "a figure"),
    ),
    reach=0,
    lookback=0,
)


def test_the_ledger_is_cut_for_each_organization_at_its_own_months(lake: SmallLake) -> None:
    sees = replace(
        EVERY_ROW, sql=EVERY_ROW.sql.replace("JOIN scope_months USING (organization_id, month)", ""), lookback=1
    )
    lake.organization("other")
    for slug in ("acme", "other"):
        for month in range(1, 9):
            lake.add(f"2024-{month:02d}-05", "V", "1.00", slug=slug)
    with pytest.raises(ContractError, match="out of scope"):
        lake.evaluate(sees, lake.scope("2024-03", "2024-04"))
    counting = replace(
        EVERY_ROW,
        lookback=1,
        sql="""
            SELECT s.organization_id, s.month, 'row' AS kind, 'k' AS key, 'LOW' AS severity, 's' AS subject,
                   CAST(0 AS DECIMAL(9, 2)) AS at_stake, CAST([] AS UUID[]) AS transactions,
                   CAST((SELECT count(*) FROM ledger AS l WHERE l.organization_id = s.organization_id) AS DECIMAL(9)) AS amount,
                   strftime((SELECT min(month) FROM ledger AS l WHERE l.organization_id = s.organization_id), '%Y-%m') AS word,
                   CAST(0 AS DECIMAL(9, 1)) AS figure
            FROM scope_months AS s""",
    )
    scope = [
        *lake.scope("2024-03", None, "acme"),
        *lake.scope("2024-05", None, "acme"),
        *lake.scope("2024-07", None, "other"),
    ]
    seen = {(each.organization, each.month): each.message for each in lake.findings(counting, scope)}
    assert seen == {
        ("acme", "2024-03"): "It's 4.00, {not} 2024-02",
        ("acme", "2024-05"): "It's 4.00, {not} 2024-02",
        ("other", "2024-07"): "It's 2.00, {not} 2024-06",
    }


def test_every_month_in_scope_is_counted_also_where_nothing_is_found(lake: SmallLake) -> None:
    lake.add("2024-03-01", "V", "1.00")
    lake.add("2024-03-02", "V", "2.00")
    lake.organization("other")
    scope = lake.scope("2024-02", "2024-04")
    evaluation = lake.evaluate(EVERY_ROW, scope)
    assert evaluation.total == 2
    assert evaluation.by_month() == {Month(2024, 2): 0, Month(2024, 3): 2, Month(2024, 4): 0}
    assert [sum(months.values()) for months in evaluation.findings.values()] == [2, 0]


def test_parameters_are_exact_and_fall_back_to_the_defaults(lake: SmallLake) -> None:
    lake.add("2024-03-01", "V", "1.00")
    lake.organization("other")
    lake.add("2024-03-01", "V", "1.00", slug="other")
    found = lake.findings(EVERY_ROW, lake.scope("2024-03"), {"other": {"word": "two", "figure": Decimal("0.1")}})
    assert {each.organization: (each.message, each.evidence) for each in found} == {
        "acme": ("It's 1.00, {not} one", '{"amount":"1.00","figure":"2.5"}'),
        "other": ("It's 1.00, {not} two", '{"amount":"1.00","figure":"0.1"}'),
    }


@pytest.mark.parametrize(
    ("currency", "amount", "text", "plain"),
    [
        ("USD", "1234.5", "1,234.50", "1234.50"),
        ("USD", "999999999999.99", "999,999,999,999.99", "999999999999.99"),
        ("USD", "0.01", "0.01", "0.01"),
        ("JPY", "1234", "1,234", "1234"),
        ("KWD", "1234567.005", "1,234,567.005", "1234567.005"),
        ("UYW", "1.0001", "1.0001", "1.0001"),
    ],
)
def test_amounts_are_written_with_the_decimals_of_the_currency(
    currency: str, amount: str, text: str, plain: str
) -> None:
    with SmallLake() as lake:
        lake.organization("acme", currency)
        lake.add("2024-03-01", "V", amount)
        (finding,) = lake.findings(EVERY_ROW, lake.scope("2024-03"))
    assert finding.title == text
    assert f'"amount":"{plain}"' in finding.evidence
    assert finding.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        ("-1234.5", 2, "-1,234.50"),
        ("0", 0, "0"),
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("-0.004", 2, "0.00"),
        ("1.5", 0, "2"),
        ("0.0005", 3, "0.001"),
        ("1000", 3, "1,000.000"),
        ("12345678901234567.8912", 4, "12,345,678,901,234,567.8912"),
    ],
)
def test_what_is_no_whole_minor_unit_is_rounded_half_away_from_zero(
    lake: SmallLake, amount: str, decimals: int, text: str
) -> None:
    written = lake.con.execute(
        "SELECT amount_text(CAST($a AS DECIMAL(28, 4)), $d), plain_amount(CAST($a AS DECIMAL(28, 4)), $d)",
        {"a": amount, "d": decimals},
    ).fetchone()
    assert written == (text, text.replace(",", ""))


@pytest.mark.parametrize(
    ("total", "n", "decimals", "mean"),
    [("50000", 6, 2, "8333.33"), ("1", 8, 2, "0.13"), ("-1", 8, 2, "-0.13"), ("5", 2, 0, "3"), ("1", 3, 3, "0.333")],
)
def test_a_mean_is_shown_exactly_rounded(lake: SmallLake, total: str, n: int, decimals: int, mean: str) -> None:
    row = lake.con.execute(
        "SELECT exact_quotient(ten_thousandths(CAST($t AS DECIMAL(28, 4))), $n, $d)",
        {"t": total, "n": n, "d": decimals},
    ).fetchone()
    assert row == (Decimal(mean),)


def test_a_baseline_without_expense_or_income_is_not_enough_data_month_by_month(lake: SmallLake) -> None:
    lake.add("2022-03-01", "V", "1.00")
    lake.add("2024-03-01", "V", "1.00", "refund")
    lake.organization("other")
    scope = lake.scope("2023-01", "2024-03")
    evaluation = lake.evaluate(LARGE_TRANSACTION, scope)
    reason = "no expense or income in the baseline"
    acme, other = (lake.organizations[slug].id for slug in ("acme", "other"))
    assert evaluation.insufficient == {
        acme: (Insufficient(reason, MonthRange(Month(2023, 3), Month(2024, 3))),),
        other: (Insufficient(reason, MonthRange(Month(2023, 1), Month(2024, 3))),),
    }
    early = ScopeRow(acme, MonthRange(Month(2023, 1), Month(2023, 4)))
    assert evaluation.insufficient_of(early) == (Insufficient(reason, MonthRange(Month(2023, 3), Month(2023, 4))),)
    history = lake.evaluate(LARGE_TRANSACTION, scope, {"acme": {"baseline_months": Decimal(0)}})
    assert set(history.insufficient) == {other}


def test_duplicate_has_enough_data_from_the_first_payment_on(lake: SmallLake) -> None:
    lake.add("2024-02-01", "V", "1.00")
    (poor,) = lake.evaluate(DUPLICATE, lake.scope("2024-01", "2024-03")).insufficient.values()
    assert poor == (Insufficient("no expense or income up to the month", MonthRange(Month(2024, 1), Month(2024, 1))),)


def test_only_the_organization_whose_group_may_have_begun_earlier_is_read_again(lake: SmallLake) -> None:
    for step in range(90):
        lake.add(str(date(2024, 1, 1) + timedelta(days=2 * step)), "Chain", "5.00")
    lake.organization("other")
    for day in ("2023-06-01", "2024-06-01", "2024-06-02"):
        lake.add(day, "Other", "7.00", slug="other")
    found = lake.findings(DUPLICATE, lake.scope("2024-06"))
    assert [(each.organization, each.transactions) for each in sorted(found, key=lambda each: each.organization)] == [
        ("acme", 90),
        ("other", 2),
    ]


def test_nothing_but_the_findings_is_left_behind(lake: SmallLake) -> None:
    lake.add("2024-03-01", "V", "1.00")
    before = temporary(lake)
    lake.evaluate(EVERY_ROW, lake.scope("2024-03"))
    assert temporary(lake) - before == {"staged_findings"}


@pytest.mark.parametrize("in_transaction", [True, False])
def test_an_analyzer_that_fails_leaves_nothing_behind(lake: SmallLake, in_transaction: bool) -> None:
    lake.add("2024-03-01", "V", "1.00")
    before = temporary(lake)
    failing = replace(EVERY_ROW, sql=EVERY_ROW.sql.replace("p.word,", "CAST(l.vendor AS INTEGER) AS word,"))
    if in_transaction:
        lake.con.begin()
    with pytest.raises(duckdb.Error, match="Could not convert string 'V'"):
        lake.evaluate(failing, lake.scope("2024-03"))
    if in_transaction:
        lake.con.rollback()
    assert temporary(lake) == before


@pytest.mark.parametrize("in_transaction", [True, False])
def test_joins_are_planned_as_declared_only_while_an_analyzer_is_evaluated(
    lake: SmallLake, in_transaction: bool
) -> None:
    setting = "current_setting('disabled_optimizers')"
    lake.add("2024-03-01", "V", "1.00")
    shown = EVERY_ROW.sql.replace("p.word,", f"{setting} AS word,")
    for declared in (True, False):
        lake.evaluate(replace(EVERY_ROW, sql=shown, joins_as_written=declared), lake.scope("2024-03"))
        assert lake.con.execute("SELECT word LIKE '%join_order%' FROM staged_findings").fetchall() == [(declared,)]
    failing = replace(EVERY_ROW, sql=shown.replace(setting, "CAST(l.vendor AS INTEGER)"), joins_as_written=True)
    if in_transaction:
        lake.con.begin()
    with pytest.raises(duckdb.Error, match="Could not convert string 'V'"):
        lake.evaluate(failing, lake.scope("2024-03"))
    if in_transaction:
        lake.con.rollback()
    assert lake.con.execute(f"SELECT {setting}").fetchall() == [("",)]


def test_what_is_out_of_scope_is_never_in_the_ledger(lake: SmallLake) -> None:
    """Whether all there is lies in scope or somebody's ledger, or a month of it, does not."""
    for month in ("2024-01", "2024-02", "2024-03"):
        lake.add(f"{month}-15", "V", "1.00")
    lake.organization("other")
    acme, other = (lake.organizations[slug].id for slug in ("acme", "other"))
    everything = MonthRange(Month(2024, 1), Month(2024, 3))
    seen = replace(EVERY_ROW, lookback=None, sql=EVERY_ROW.sql.replace("p.word,", "count(*) OVER () AS word,"))

    def rows(*scope: ScopeRow) -> list[tuple[int]]:
        lake.evaluate(seen, scope)
        return lake.con.execute("SELECT DISTINCT word FROM staged_findings").fetchall()

    assert rows(ScopeRow(acme, everything)) == [(3,)]
    assert rows(ScopeRow(acme, MonthRange(Month(2024, 1), Month(2024, 2)))) == [(2,)]
    lake.add("2024-03-01", "V", "1.00", slug="other")
    assert rows(ScopeRow(acme, everything)) == [(3,)]
    assert rows(ScopeRow(acme, everything), ScopeRow(other, everything)) == [(4,)]


ENDLESS = replace(
    EVERY_ROW,
    sql=f"SELECT * FROM ({EVERY_ROW.sql}\n) WHERE (SELECT count(*) FROM range(9000000) AS a, range(9000000) AS b"
    " WHERE a.range * b.range % 7 = 3) > 0",
)


@pytest.mark.parametrize("in_transaction", [True, False])
def test_an_analyzer_that_does_not_end_is_interrupted_when_its_time_is_over(
    lake: SmallLake, in_transaction: bool
) -> None:
    lake.add("2024-03-01", "V", "1.00")
    before = temporary(lake)
    if in_transaction:
        lake.con.begin()
    with pytest.raises(TookTooLongError, match="took longer than the 0.2 seconds it had and was interrupted"):
        evaluate(lake.con, ENDLESS, lake.scope("2024-03"), list(lake.organizations.values()), {}, seconds=0.2)
    if in_transaction:
        lake.con.rollback()
    assert temporary(lake) == before
    assert lake.evaluate(EVERY_ROW, lake.scope("2024-03")).total == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_an_analyzer_and_is_handled_then(lake: SmallLake, number: signal.Signals) -> None:
    class ToldToEndError(Exception):
        pass

    def handler(*_: object) -> None:
        raise ToldToEndError

    lake.add("2024-03-01", "V", "1.00")
    before, handler_before = temporary(lake), signal.signal(number, handler)
    try:
        sender = Timer(0.2, os.kill, (os.getpid(), number))
        sender.start()
        with pytest.raises(ToldToEndError):
            lake.evaluate(ENDLESS, lake.scope("2024-03"))
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, handler_before)
    assert temporary(lake) == before
    assert lake.evaluate(EVERY_ROW, lake.scope("2024-03")).total == 1


def test_an_empty_scope_gives_nothing(lake: SmallLake) -> None:
    assert lake.evaluate(DUPLICATE, []).total == 0


def test_a_limit_beyond_every_amount_flags_nothing(lake: SmallLake) -> None:
    for day in range(1, 4):
        lake.add(f"2024-03-0{day}", f"V{day}", "999999999999.99")
    most = {"multiplier": Decimal(1_000_000), "floor": Decimal(9_999_999_999)}
    assert lake.findings(LARGE_TRANSACTION, lake.scope("2024-03"), {"acme": most}) == []


def test_a_limit_between_two_ten_thousandths_is_compared_exactly() -> None:
    """Mean of 1, 1 and 2 is 1.333…; 1.3333 lies below it, 1.3334 above."""
    for amount, expected in (("1.3333", 0), ("1.3334", 1)):
        with SmallLake() as lake:
            lake.organization("acme", "UYW")
            rest = Decimal(4) - Decimal(amount)
            lake.add("2024-03-01", "A", amount)
            lake.add("2024-03-02", "B", str(rest / 2))
            lake.add("2024-03-03", "C", str(rest / 2))
            once = {"multiplier": Decimal(1), "floor": Decimal(1)}
            found = lake.findings(LARGE_TRANSACTION, lake.scope("2024-03"), {"acme": once})
        assert sum("A," in each.title for each in found) == expected


def arithmetic(lake: SmallLake, analyzer: Analyzer, parameters: dict[str, str]) -> list[str]:
    """The arithmetic of what lies staged, in the order of the keys."""
    text = arithmetic_sql(lake.con, analyzer, parameters)
    return [row[0] for row in lake.con.execute(f"SELECT {text} FROM staged_findings ORDER BY key").fetchall()]


def test_an_arithmetic_names_columns_and_parameters(lake: SmallLake) -> None:
    lake.add("2024-03-01", "V", "1200.00")
    message = Message("{amount}", "{amount}", "{amount} is {word}\n{figure}: it's {{so}}")
    analyzer = replace(EVERY_ROW, messages={"row": message})
    lake.evaluate(analyzer, lake.scope("2024-03"))
    assert arithmetic(lake, analyzer, {"word": "two", "flag": "false", "figure": "2.50"}) == [
        "1,200.00 is two\n2.50: it's {so}"
    ]
    assert arithmetic(lake, EVERY_ROW, {}) == [""]


def test_an_arithmetic_that_names_what_is_neither_column_nor_parameter_is_refused(lake: SmallLake) -> None:
    lake.add("2024-03-01", "V", "1.00")
    analyzer = replace(EVERY_ROW, messages={"row": Message("{amount}", "{amount}", "{amount} > {limit}")})
    with pytest.raises(ContractError, match="gives no column limit"):
        lake.findings(analyzer, lake.scope("2024-03"))
    assert [str(each) for each in inspect(analyzer) if "no column limit" in each.problem]
    with pytest.raises(ValueError, match="nothing more"):
        Message("t", "m", "{amount:>10}")


def test_the_arithmetic_of_large_transaction(lake: SmallLake) -> None:
    for day in range(1, 6):
        lake.add(f"2024-03-{day:02d}", f"V{day}", "100.00")
    lake.add("2024-03-20", "Big", "10000.01")
    lake.evaluate(LARGE_TRANSACTION, lake.scope("2024-03"))
    defaults = {each.name: each.written(each.default) for each in LARGE_TRANSACTION.parameters}
    assert arithmetic(lake, LARGE_TRANSACTION, defaults) == [
        "mean  = 10,500.01 ÷ 6 expenses and incomes of the baseline = 1,750.00, rounded only here\n"
        "limit = max(multiplier × mean, floor) = max(2 × 1,750.00, 10000) = 10,000.00\n"
        "        10,000.01 is above it\n"
        "HIGH above high_multiplier × mean = 5 × 1,750.00 = 8,750.01: HIGH"
    ]


def test_the_arithmetic_of_duplicate(lake: SmallLake) -> None:
    for day in ("2024-03-03", "2024-03-05", "2024-03-07"):
        lake.add(day, "Acme", "640.00")
    lake.add("2024-03-20", "Acme", "640.00", "refund")
    lake.evaluate(DUPLICATE, lake.scope("2024-03"))
    assert arithmetic(lake, DUPLICATE, {"window_hours": "48"}) == [
        "group    = neighbours at most window_hours ÷ 24 = 48 ÷ 24 = 2 days apart: 2024-03-03, 2024-03-05, 2024-03-07\n"
        "left     = 3 payments - 1 refunded = 2; 2 or more are a finding\n"
        "at stake = 640.00 × (2 - 1) = 640.00"
    ]
