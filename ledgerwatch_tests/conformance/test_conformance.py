"""Every analyzer keeps the rules; one that breaks a rule is refused for that rule."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ledgerwatch_pipeline.analysis.conformance import check_conformance
from ledgerwatch_pipeline.analysis.contract import Analyzer, DecimalParameter, Evidence, EvidenceType, Input, Message
from ledgerwatch_pipeline.analysis.inspection import Rule, inspect
from ledgerwatch_pipeline.analysis.registry import BUILT_IN

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("analyzer", BUILT_IN, ids=lambda each: each.name)
def test_a_built_in_analyzer_keeps_every_rule(analyzer: Analyzer) -> None:
    result = check_conformance(analyzer)
    assert [str(each) for each in result.violations] == []
    assert result.findings > 50, "the generated ledgers have nothing to judge it by"


def rule(sql: str, **changes: object) -> Analyzer:
    """An analyzer with this SQL, which gives its columns in the short form of ``found``."""
    analyzer = Analyzer(
        name="tried",
        version=1,
        summary="An analyzer that is tried.",
        sql=sql,
        inputs=frozenset({Input.LEDGER, Input.MONTHS}),
        messages={"row": Message("{subject}: {figure}", "{subject}: {figure}")},
        evidence={"figure": Evidence("figure", EvidenceType.MONEY)},
        reach=0,
        lookback=0,
    )
    return replace(analyzer, **changes)  # type: ignore[arg-type]


def found(
    source: str,
    *,
    figure: str = "t.amount",
    where: str = "true",
    month: str = "t.month",
    severity: str = "'LOW'",
    key: str = "CAST(t.transaction_id AS VARCHAR)",
    kind: str = "'row'",
    subject: str = "t.vendor",
    transactions: str = "[t.transaction_id]",
    ctes: str = "",
) -> str:
    """The SELECT of a finding a row of ``source`` (which names it ``t``), with one thing or another changed."""
    return f"""{ctes}
        SELECT t.organization_id, {month} AS month, {kind} AS kind, {key} AS key, {severity} AS severity,
               {subject} AS subject, CAST(t.amount AS DECIMAL(28, 4)) AS at_stake, {transactions} AS transactions,
               {figure} AS figure
        FROM {source}
        WHERE {where}"""


IN_SCOPE = "ledger AS t JOIN scope_months AS s ON s.organization_id = t.organization_id AND s.month = t.month"


def test_a_good_one_is_kept() -> None:
    result = check_conformance(rule(found(IN_SCOPE)))
    assert result.violations == ()
    assert result.findings > 500


OVER = "(SELECT CAST({} AS DECIMAL(28, 4)) FROM ledger AS l WHERE l.organization_id = t.organization_id)"
BAD = {
    "looks at the rows after the month": (
        rule(found(IN_SCOPE, figure=OVER.format("max(l.amount)")), lookback=None, reach=None),
        {Rule.LATER_ROWS, Rule.UNION},
    ),
    "looks at the totals of the months after": (
        rule(
            found(
                IN_SCOPE,
                figure="(SELECT CAST(sum(m.amount) AS DECIMAL(28, 4)) FROM months AS m"
                " WHERE m.organization_id = t.organization_id AND m.month <= t.month + INTERVAL 1 MONTH)",
            ),
            reach=None,
        ),
        {Rule.LATER_ROWS, Rule.UNION},
    ),
    "looks back further than it says": (
        rule(found(IN_SCOPE, figure=OVER.format("max(l.amount) FILTER (l.month <= t.month)")), reach=None),
        {Rule.UNION},
    ),
    "answers by the range it is asked for": (
        rule(
            found(f"{IN_SCOPE} JOIN scope AS w ON w.organization_id = t.organization_id AND t.month = w.first_month"),
        ),
        {Rule.UNION},
    ),
    "mixes the organizations": (
        rule(found(IN_SCOPE, figure="(SELECT sum(m.amount) FROM months AS m WHERE m.month = t.month)::DECIMAL(28, 4)")),
        {Rule.TENANTS, Rule.UNION},
    ),
    "reaches further than it says": (
        rule(
            found(
                IN_SCOPE,
                figure="(SELECT CAST(sum(m.amount) AS DECIMAL(28, 4)) FROM months AS m"
                " WHERE m.organization_id = t.organization_id AND m.month <= t.month)",
            ),
            reach=1,
        ),
        {Rule.REACH},
    ),
    "depends on the order of rows": (
        rule(
            found(
                IN_SCOPE,
                figure="(SELECT first(l.amount) FROM ledger AS l"
                " WHERE l.organization_id = t.organization_id AND l.month = t.month)",
            )
        ),
        {Rule.SAME_AGAIN},
    ),
    "finds something out of scope": (
        rule(found("ledger AS t"), lookback=1),
        {Rule.FINDINGS},
    ),
    "finds something in a month that is none": (rule(found(IN_SCOPE, month="t.date")), {Rule.FINDINGS}),
    "has a kind without a message": (rule(found(IN_SCOPE, kind="'other'")), {Rule.FINDINGS}),
    "has a severity of its own": (rule(found(IN_SCOPE, severity="'URGENT'")), {Rule.FINDINGS}),
    "gives one key twice": (rule(found(IN_SCOPE, key="t.vendor")), {Rule.FINDINGS}),
    "has no subject": (rule(found(IN_SCOPE, subject="t.external_id")), {Rule.FINDINGS}),
    "has a text that is null": (rule(found(IN_SCOPE, figure="nullif(t.amount, t.amount)")), {Rule.TEXTS}),
    "names transactions that are none": (
        rule(found(IN_SCOPE, transactions="[t.organization_id]")),
        {Rule.TRANSACTIONS},
    ),
    "names transactions of another organization": (
        rule(
            found(
                IN_SCOPE,
                transactions="(SELECT list(l.transaction_id ORDER BY l.transaction_id) FROM ledger AS l WHERE l.month = t.month)",
            )
        ),
        {Rule.TRANSACTIONS, Rule.TENANTS, Rule.UNION},
    ),
    "has not enough data out of scope": (
        rule(
            found(IN_SCOPE), insufficient="SELECT organization_id, DATE '1999-01-01' AS month, 'x' AS reason FROM scope"
        ),
        {Rule.FINDINGS},
    ),
    "has not enough data without a reason": (
        rule(
            found(IN_SCOPE),
            insufficient="SELECT organization_id, month, CAST(NULL AS VARCHAR) AS reason FROM scope_months",
        ),
        {Rule.FINDINGS},
    ),
    "fails on some rows": (rule(found(IN_SCOPE, where="CAST(t.vendor AS INTEGER) > 0")), {Rule.SQL}),
}


@pytest.mark.parametrize("title", BAD)
def test_one_that_breaks_a_rule_is_refused_for_it(title: str) -> None:
    analyzer, rules = BAD[title]
    assert inspect(analyzer) == [], "this one is to be caught by its findings"
    result = check_conformance(analyzer)
    assert {each.rule for each in result.violations} == rules


SEEN_IN_THE_SQL = {
    "reads the lake": (found("lake.transactions AS t"), Rule.RELATIONS),
    "reads what it does not declare": (found(f"{IN_SCOPE} JOIN organizations USING (organization_id)"), Rule.RELATIONS),
    "reads a file": (found(IN_SCOPE, where="EXISTS (FROM '/etc/passwd')"), Rule.RELATIONS),
    "reads a file by a function": (found(IN_SCOPE, where="EXISTS (FROM read_csv('/etc/passwd'))"), Rule.FUNCTIONS),
    "reads the catalog": (found(IN_SCOPE, where="EXISTS (FROM duckdb_databases())"), Rule.FUNCTIONS),
    "hides a table behind a CTE of its name elsewhere": (
        found(
            IN_SCOPE,
            where="EXISTS (SELECT b.path FROM (WITH duckdb_databases AS (SELECT 1) SELECT 1) AS a, duckdb_databases AS b)",
        ),
        Rule.RELATIONS,
    ),
    "reads a CTE before it is there": (
        found(IN_SCOPE, ctes="WITH a AS (SELECT 1 AS x FROM b), b AS (SELECT 1 AS x)"),
        Rule.RELATIONS,
    ),
    "reads a setting": (found(IN_SCOPE, where="current_setting('memory_limit') = '1'"), Rule.FUNCTIONS),
    "looks at the clock": (found(IN_SCOPE, where="t.date < current_date"), Rule.FUNCTIONS),
    "throws dice": (found(IN_SCOPE, where="gen_random_uuid() <> t.transaction_id"), Rule.FUNCTIONS),
    "divides": (found(IN_SCOPE, where="t.amount / 3 > 1"), Rule.FLOATS),
    "takes an average": (found(IN_SCOPE, where="t.amount > (SELECT avg(amount) FROM ledger)"), Rule.FLOATS),
    "takes a root": (found(IN_SCOPE, where="sqrt(t.amount) > 1"), Rule.FLOATS),
    "casts to a float": (found(IN_SCOPE, where="CAST(t.amount AS REAL) > 1"), Rule.FLOATS),
    "writes a float": (found(IN_SCOPE, where="t.amount > 1e2"), Rule.FLOATS),
    "groups by a float that a name hides": (
        found(IN_SCOPE, ctes="WITH a AS (SELECT CAST(amount AS DOUBLE) AS x FROM ledger GROUP BY ALL)"),
        Rule.FLOATS,
    ),
    "gives a float": (found(IN_SCOPE, figure="list_aggregate([t.amount], 'avg')"), Rule.FLOATS),
    "gives no key": (found(IN_SCOPE).replace("AS key", "AS id"), Rule.COLUMNS),
    "gives a month that is a text": (found(IN_SCOPE, month="CAST(t.month AS VARCHAR)"), Rule.COLUMNS),
    "gives no column for its texts": (found(IN_SCOPE).replace("AS figure", "AS number"), Rule.COLUMNS),
    "gives a text for an amount": (found(IN_SCOPE, figure="t.vendor"), Rule.COLUMNS),
    "is two statements": (found(IN_SCOPE) + "; SELECT 1", Rule.SQL),
    "writes": ("DELETE FROM ledger", Rule.SQL),
    "describes": ("DESCRIBE ledger", Rule.RELATIONS),
    "asks for a value": (found(IN_SCOPE, where="t.month = $first"), Rule.SQL),
    "is no SQL": ("SELEC 1", Rule.SQL),
    "names no column that is there": (found(IN_SCOPE, where="t.price > 1"), Rule.SQL),
}


@pytest.mark.parametrize("title", SEEN_IN_THE_SQL)
def test_what_the_sql_shows_is_refused_without_running_it(title: str) -> None:
    sql, expected = SEEN_IN_THE_SQL[title]
    assert expected in {each.rule for each in inspect(rule(sql))}
    assert check_conformance(rule(sql)).findings == 0


def test_the_sql_of_insufficient_data_is_looked_at_too() -> None:
    def violations(insufficient: str) -> set[Rule]:
        return {each.rule for each in inspect(rule(found(IN_SCOPE), insufficient=insufficient))}

    assert violations("SELECT organization_id, month, 'x' AS reason FROM scope_months") == set()
    assert violations("SELECT organization_id, month FROM scope_months") == {Rule.COLUMNS}
    assert violations("SELECT organization_id, month, 'x' AS reason FROM lake.transactions") == {Rule.RELATIONS}


def test_what_auditors_write_is_not_mistaken_for_floats() -> None:
    where = """t.amount % 1000 = 0 AND t.date - INTERVAL 3 DAY >= t.month AND t.date < t.month + INTERVAL '2 weeks'
        AND extract(year FROM t.date) > 2000 AND t.amount * 0.25 > 12.5 AND round(t.amount, 0) = t.amount
        AND t.vendor ILIKE '%now(%' AND regexp_matches(t.vendor, 'a/b') AND isodow(t.date) > 5
        AND strftime(t.date, '%Y') = '2024' AND t.vendor IN (SELECT unnest(['a', 'b']))"""
    assert inspect(rule(found(IN_SCOPE, where=where))) == []


def test_parameters_at_their_ends_are_tried() -> None:
    """Nothing is wrong with it at its default, and at its least it divides by nothing."""
    divisor = DecimalParameter("divisor", default=Decimal(1), minimum=Decimal(0), meaning="x")
    sql = found(
        f"{IN_SCOPE} JOIN parameters AS p ON p.organization_id = t.organization_id",
        figure="CAST(t.amount // CAST(p.divisor AS BIGINT) AS DECIMAL(28, 4))",
    )
    result = check_conformance(rule(sql, parameters=(divisor,)))
    assert {each.rule for each in result.violations} == {Rule.TEXTS}
