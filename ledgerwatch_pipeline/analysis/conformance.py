"""The rules that every analyzer keeps, tried on generated ledgers: ``check_conformance`` says which of them one breaks.

It needs no home: a private DuckDB stands for the lake, with ledgers that are the same each time (refunds, months without
rows, turns of the year, organizations of several currencies, with parameters and thresholds of their own, one without a
transaction).
Called by the tests, for every analyzer there is, and by ``ledgerwatch analyzers check``.

A ledger of generated rows can show that a rule is broken, not prove that none ever will be: what an analyzer never finds
anything in was not tried, so ``Conformance`` also says how many findings there were. Floats are looked for in the SQL: see
``inspection`` for what is seen there.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product
from uuid import UUID, uuid5

import duckdb

from ledgerwatch_pipeline.analysis.contract import (
    RELATIONS,
    Analyzer,
    ContractError,
    DecimalParameter,
    Input,
    ParameterValue,
)
from ledgerwatch_pipeline.analysis.evaluate import Evaluation, evaluate
from ledgerwatch_pipeline.analysis.inspection import Rule, Violation, inspect
from ledgerwatch_pipeline.analysis.texts import arithmetic_sql, findings_sql
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.threshold import (
    Operator,
    Period,
    Threshold,
    ThresholdScope,
    ThresholdType,
)
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.duckdb_process import NO_DOWNLOADS

_SEEDS = (1, 2)
_NAMESPACE = UUID("6f1d1c1e-7c55-4a7e-9a39-2f2f5c1a4b11")
_TENANTS = (
    ("usd", "USD", 2, 360, (20_000, date(2022, 12, 1))),
    ("jpy", "JPY", 0, 240, (15_000, date(2023, 2, 14))),
    ("kwd", "KWD", 3, 240, None),
    ("few", "GBP", 2, 24, (500, date(2023, 10, 31))),
    ("none", "USD", 2, 0, (500, date(2023, 1, 1))),
)
"""Slug, currency and its decimals, rows drawn, opening balance and date."""
_MONTHS = MonthRange(Month(2022, 12), Month(2024, 6))
_CUTS = (Month(2022, 12), Month(2023, 3), Month(2023, 11), Month(2023, 12), Month(2024, 4))

Found = frozenset[tuple[UUID, Month, str]]
"""What an evaluation gave: organization, month, and everything said of it in one text."""


@dataclass(frozen=True, slots=True)
class Conformance:
    """The rules that were broken, one violation each; and how many findings there were to judge by."""

    violations: tuple[Violation, ...]
    findings: int


def check_conformance(analyzer: Analyzer) -> Conformance:
    """Try every rule on ``analyzer``; takes some seconds."""
    violations = inspect(analyzer)
    if violations:
        return Conformance(tuple(violations), 0)
    broken: dict[Rule, Violation] = {}
    findings = 0
    with duckdb.connect(config=NO_DOWNLOADS) as con:
        con.execute("SET threads = 1")  # a few hundred rows: more would only wait for each other
        con.execute("ATTACH ':memory:' AS lake")
        con.execute(sql_text("lake/macros"))
        for seed in _SEEDS:
            try:
                trial = _Trial(con, analyzer, seed)
                findings += trial.count()
                for violation in trial.violations():
                    broken.setdefault(violation.rule, violation)
            except ContractError as error:
                broken.setdefault(Rule.FINDINGS, Violation(Rule.FINDINGS, error.problem))
            except duckdb.Error as error:
                broken.setdefault(Rule.SQL, Violation(Rule.SQL, f"it fails on a ledger: {error}"))
            if broken:
                break
    return Conformance(tuple(broken[rule] for rule in Rule if rule in broken), findings)


class _Trial:
    """One generated ledger, and the analyzer's answers over parts of it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, analyzer: Analyzer, seed: int) -> None:
        self._con = con
        self._analyzer = analyzer
        self._seed = seed
        self._organizations = [
            Organization(
                id=uuid5(_NAMESPACE, slug),
                slug=slug,
                name=slug,
                currency=currency,
                currency_decimals=decimals,
                opening_balance=None if opening is None else Decimal(opening[0]),
                opening_date=None if opening is None else opening[1],
            )
            for slug, currency, decimals, _, opening in _TENANTS
        ]
        self._parameters = _parameters(analyzer, [each.id for each in self._organizations])
        self._thresholds = _thresholds(self._organizations, seed) if Input.THRESHOLDS in analyzer.inputs else {}
        con.execute(
            sql_text("analysis/generated_ledger"),
            {
                "ids": [each.id for each in self._organizations],
                "currencies": [each.currency for each in self._organizations],
                "decimals": [each.currency_decimals for each in self._organizations],
                "rows": [rows for _, _, _, rows, _ in _TENANTS],
                "seed": seed,
            },
        )
        self._everywhere = _months_of(self._scope())
        self._ledger()
        self._whole = self._found(self._scope())

    def count(self) -> int:
        """How many findings the whole ledger has."""
        return self._evaluated(self._scope())

    def violations(self) -> Iterator[Violation]:
        """Every rule broken, with an example; a rule may come several times."""
        yield from self._texts()
        yield from self._transactions()
        order = list(self._same_again())
        yield from order
        if order:
            return  # whatever follows compares answers, and would blame a rule for what is chance
        yield from self._later_rows()
        yield from self._tenants()
        yield from self._union()
        yield from self._reach()

    def _texts(self) -> Iterator[Violation]:
        self._evaluated(self._scope())
        written = {each.name: each.written(each.default) for each in self._analyzer.parameters}
        text = sql_text(
            "analysis/texts_missing",
            findings_sql=findings_sql(self._con, self._analyzer),
            arithmetic=arithmetic_sql(self._con, self._analyzer, written),
        )
        row = self._con.execute(text, _RUN | {"analyzer": self._analyzer.name}).fetchone()
        if row is not None:
            yield Violation(
                Rule.TEXTS, f"a finding of {Month.of(row[0])} about {row[1]!r} has a text that is NULL or empty"
            )

    def _transactions(self) -> Iterator[Violation]:
        row = self._con.execute(sql_text("analysis/transactions_unknown")).fetchone()
        if row is not None:
            yield Violation(
                Rule.TRANSACTIONS, f"a finding of {Month.of(row[0])} names {row[1]}, which is none up to then"
            )

    def _same_again(self) -> Iterator[Violation]:
        for order in ("date, row_number", "hash(load_id, row_number)", "organization_id DESC, row_number DESC"):
            self._ledger(order=order)
            yield from self._compare(
                Rule.SAME_AGAIN, self._found(self._scope()), "with its rows in another order", self._everywhere
            )
        self._ledger()

    def _later_rows(self) -> Iterator[Violation]:
        for cut in _CUTS:
            self._ledger(f"month <= DATE '{cut.first_day}'")
            upto = {(each, month) for each, month in self._everywhere if month <= cut}
            yield from self._compare(Rule.LATER_ROWS, self._found(self._scope()), f"without the rows after {cut}", upto)
        self._ledger()

    def _tenants(self) -> Iterator[Violation]:
        for organization in self._organizations:
            alone = self._found([ScopeRow(organization.id, _MONTHS)])
            own = {(each, month) for each, month in self._everywhere if each == organization.id}
            yield from self._compare(Rule.TENANTS, alone, "without the other organizations", own)

    def _union(self) -> Iterator[Violation]:
        for only in list(_MONTHS)[self._seed % 2 :: 2]:  # two seeds have every month
            scope = [ScopeRow(each.id, MonthRange(only, only)) for each in self._organizations]
            yield from self._compare(Rule.UNION, self._found(scope), "by itself", _months_of(scope))
        scope = _scattered([each.id for each in self._organizations])
        yield from self._compare(
            Rule.UNION, self._found(scope), "with ranges that differ by organization", _months_of(scope)
        )

    def _reach(self) -> Iterator[Violation]:
        ledgers = self._months_with_rows()
        for changed in _CUTS:
            self._ledger(f"month <> DATE '{changed.first_day}'")
            reached = {
                each.id: self._analyzer.last_reached(
                    changed, self._written(each.id), self._thresholds.get(each.id, ()), ledgers.get(each.id, ())
                )
                for each in self._organizations
            }
            beyond = {
                (each, month)
                for each, month in self._everywhere
                if (last := reached[each]) is not None and month > max(last, changed)
            }
            yield from self._compare(Rule.REACH, self._found(self._scope()), f"without the rows of {changed}", beyond)
        self._ledger()

    def _months_with_rows(self) -> dict[UUID, list[Month]]:
        ledgers: dict[UUID, list[Month]] = {}
        for organization_id, month in self._con.execute(sql_text("analysis/months_with_rows")).fetchall():
            ledgers.setdefault(organization_id, []).append(Month.of(month))
        return ledgers

    def _compare(self, rule: Rule, found: Found, how: str, within: Set[tuple[UUID, Month]]) -> Iterator[Violation]:
        """A violation if the answer ``how`` differs from that over the whole ledger, in these organizations' months."""
        differing = sorted(
            (month, self._slug(organization_id), said)
            for organization_id, month, said in found ^ self._whole
            if (organization_id, month) in within
        )
        if differing:
            month, slug, said = differing[0]
            yield Violation(rule, f"{how}, the month {month} of organization {slug} has another answer: {said[:200]}")

    def _found(self, scope: Sequence[ScopeRow]) -> Found:
        """Evaluate; findings with all their texts, and months without enough data."""
        evaluation = self._evaluation(scope)
        rows = self._con.execute(
            sql_text("analysis/generated_answer", findings_sql=findings_sql(self._con, self._analyzer)),
            _RUN | {"analyzer": self._analyzer.name},
        )
        names = [column[0] for column in rows.description or []]
        place, month = names.index("organization_id"), names.index("month")
        findings = {(row[place], Month.of(row[month]), str(row)) for row in rows.fetchall()}
        poor = {
            (organization_id, each_month, f"not enough data: {each.reason}")
            for organization_id, reasons in evaluation.insufficient.items()
            for each in reasons
            for each_month in each.months
        }
        return frozenset(findings | poor)

    def _evaluated(self, scope: Sequence[ScopeRow]) -> int:
        return self._evaluation(scope).total

    def _evaluation(self, scope: Sequence[ScopeRow]) -> Evaluation:
        return evaluate(self._con, self._analyzer, scope, self._organizations, self._parameters, self._thresholds)

    def _ledger(self, which: str = "true", order: str = "organization_id, row_number") -> None:
        """Make the lake hold these of the generated rows, in this order, with the control totals and vendors of their loads."""
        columns = ", ".join(f'"{name}"' for name in RELATIONS[Input.LEDGER] if name != "transaction_id")
        self._con.execute(
            f"CREATE OR REPLACE TABLE lake.transactions AS SELECT {columns} FROM generated WHERE {which} ORDER BY {order}"
        )
        self._con.execute(sql_text("analysis/generated_totals"))
        self._con.execute(sql_text("analysis/generated_vendors"))

    def _scope(self) -> list[ScopeRow]:
        return [ScopeRow(each.id, _MONTHS) for each in self._organizations]

    def _written(self, organization_id: UUID) -> dict[str, str]:
        values = self._parameters[organization_id]
        return {each.name: each.written(values[each.name]) for each in self._analyzer.parameters}

    def _slug(self, organization_id: UUID) -> str:
        return next(each.slug for each in self._organizations if each.id == organization_id)


def _months_of(scope: Sequence[ScopeRow]) -> set[tuple[UUID, Month]]:
    return {(row.organization_id, month) for row in scope for month in row.months}


_RUN: dict[str, object] = {"run": UUID(int=0), "snapshot": 0}


def _parameters(analyzer: Analyzer, organizations: Sequence[UUID]) -> Mapping[UUID, Mapping[str, ParameterValue]]:
    """The defaults for most; the second organization has the least of every parameter, the third the most."""
    defaults = {each.name: each.default for each in analyzer.parameters}
    values: dict[UUID, Mapping[str, ParameterValue]] = dict.fromkeys(organizations, defaults)
    ends: list[dict[str, ParameterValue]] = [{}, {}]
    for each in analyzer.parameters:
        if isinstance(each, DecimalParameter):
            least, most = each.minimum, each.maximum
            ends[0][each.name], ends[1][each.name] = round(least, each.decimals), round(most, each.decimals)
        else:
            choices: Sequence[ParameterValue] = (False, True) if isinstance(each.default, bool) else each.choices
            ends[0][each.name], ends[1][each.name] = choices[0], choices[-1]
    values[organizations[1]], values[organizations[2]] = ends
    return values


_LIMITS = {
    Period.TRANSACTION: 600,
    Period.DAY: 700,
    Period.WEEK: 900,
    Period.MONTH: 2_500,
    Period.QUARTER: 6_000,
    Period.YEAR: 20_000,
}
_SCOPES = ("all", "category:category  1", "vendor:AWS", "vendor:acme")
_VALID = ((None, None), (date(2023, 2, 10), None), (None, date(2024, 2, 20)), (date(2022, 12, 15), date(2023, 12, 31)))


def _thresholds(organizations: Sequence[Organization], seed: int) -> Mapping[UUID, Sequence[Threshold]]:
    """Every period with every operator and scope, some of them valid for a part of the time only; one organization, another
    with each seed, has none."""
    return {
        organization.id: [
            Threshold(
                id=uuid5(organization.id, f"{period} {operator} {scope}"),
                organization_id=organization.id,
                slug=f"limit-{place}",
                name=f"Limit {place}",
                period=period,
                scope=ThresholdScope.parse(scope),
                type=ThresholdType.INCOME if place % 5 == 0 else ThresholdType.EXPENSE,
                operator=operator,
                amount=Decimal(_LIMITS[period]) // (1 if scope == "all" else 4),
                warn_at=None if operator.waits else Decimal(50),
                valid_from=_VALID[place // 3 % 4][0],
                valid_to=_VALID[place // 3 % 4][1],
            )
            for place, (period, operator, scope) in enumerate(product(Period, Operator, _SCOPES))
        ]
        for number, organization in enumerate(organizations)
        if number != seed
    }


def _scattered(organizations: Sequence[UUID]) -> list[ScopeRow]:
    """Two ranges of each organization, with a gap, at other months for each."""
    return [
        ScopeRow(each, MonthRange(first.plus(place), first.plus(place + 2)))
        for place, each in enumerate(organizations)
        for first in (Month(2022, 12), Month(2023, 9))
    ]
