"""Backtests an analyzer: what it would find over the whole ledger with other parameters, beside what it finds with those in force.

Nothing is written: the lake is attached READ_ONLY, everything lies in temporary tables of a connection that is closed in the
end, and PostgreSQL is only read. Findings are compared by DuckDB, by organization, month and key. Called by the command line.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.analysis.contract import Analyzer, ParameterValue
from ledgerwatch_pipeline.analysis.evaluate import evaluate
from ledgerwatch_pipeline.analysis.texts import FINGERPRINT, findings_sql
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.progress import Progress, no_progress
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.threshold import Threshold
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.reading import ReadOnlyLake
from ledgerwatch_pipeline.stores.postgres import loads, organizations, parameters, thresholds

MOST_TRIALS = 100
"""More combinations than this are refused."""

Combination = Mapping[str, ParameterValue]
"""A value for each parameter that a trial changes."""


class Fate(StrEnum):
    """What becomes of a finding. CHANGED: it has another severity."""

    NEW = "new"
    GONE = "gone"
    SAME = "same"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many findings there are with the parameters in force, with those of the trial, and how the two compare.

    after = new + same + changed. Of one severity, ``changed`` are those that have it only now: before = gone + same + those
    that have another one now. Of a month or in all, before = gone + same + changed.
    """

    before: int
    after: int
    new: int
    gone: int
    same: int
    changed: int


@dataclass(frozen=True, slots=True)
class TrialFinding:
    """A finding whose fate is not to be the same. before, after: its severities; None where it is not found."""

    fate: Fate
    organization: str
    month: Month
    before: Severity | None
    after: Severity | None
    title: str
    amount: Decimal
    currency: str
    currency_decimals: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What one combination of values gave. by_month: months with a finding, before or after; examples: by fate, the most
    severe first and of those the largest, as many of each as were asked for."""

    parameters: Mapping[str, str]
    total: Counts
    by_severity: Mapping[Severity, Counts]
    by_month: Mapping[Month, Counts]
    examples: Mapping[Fate, tuple[TrialFinding, ...]]


@dataclass(frozen=True, slots=True)
class Backtest:
    """The trials, in the order of the combinations.

    organizations: slugs of those that have transactions in the months asked for; months: from the first to the last of any of
    them, None without any. in_force: for every parameter that the trials change, value → how many organizations it holds for.
    """

    analyzer: str
    version: int
    organizations: tuple[str, ...]
    months: MonthRange | None
    in_force: Mapping[str, Mapping[str, int]]
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What PostgreSQL says of the organizations in scope."""

    scope: list[ScopeRow]
    organizations: list[Organization]
    overrides: Mapping[UUID, Mapping[str, str]]
    thresholds: Mapping[UUID, tuple[Threshold, ...]]


def combinations(values: Mapping[str, Sequence[ParameterValue]]) -> list[dict[str, ParameterValue]]:
    """The product of the values of several parameters; raises UsageError when that is none, or more than MOST_TRIALS."""
    product = [dict(zip(values, each, strict=True)) for each in itertools.product(*values.values())]
    if not values or not product:
        raise UsageError("say which parameter to change, for example --set multiplier=3")
    if len(product) > MOST_TRIALS:
        raise UsageError(f"{len(product):,} combinations are more than {MOST_TRIALS}; give fewer values")
    return product


def backtest(
    home: Home,
    analyzer: Analyzer,
    changes: Sequence[Combination],
    principal: Principal,
    *,
    slugs: Sequence[str] = (),
    first: Month | None = None,
    last: Month | None = None,
    examples: int | None = 10,
    on_progress: Progress = no_progress,
) -> Backtest:
    """Evaluate ``analyzer`` with the parameters in force and with each combination of ``changes``.

    slugs: organizations; all that the principal may see without any. first, last: months; the whole ledger without them.
    examples: how many findings of each fate a trial names; None: all. Raises UnknownThingError.
    """
    inputs = _inputs(home, analyzer, principal, slugs, first, last)
    with closing(ReadOnlyLake(home.settings, home.database)) as lake, lake.now():
        trials = list(_trials(lake.con, analyzer, changes, inputs, examples, on_progress)) if inputs.scope else []
    months = [row.months for row in inputs.scope]
    return Backtest(
        analyzer=analyzer.name,
        version=analyzer.version,
        organizations=tuple(each.slug for each in inputs.organizations),
        months=MonthRange(min(m.first for m in months), max(m.last for m in months)) if months else None,
        in_force=_in_force(analyzer, changes, inputs),
        trials=tuple(trials),
    )


def _inputs(
    home: Home, analyzer: Analyzer, principal: Principal, slugs: Sequence[str], first: Month | None, last: Month | None
) -> _Inputs:
    monitored = home.settings.monitored
    with home.database.transaction() as connection:
        asked = organizations.named(connection, slugs or None, principal)
        ledgers = loads.ledger_months(connection, [each.id for each in asked])
        overrides = parameters.overrides(connection, analyzer.name)
        limits = thresholds.of_organizations(connection, ledgers)
    scope = []
    for organization_id, days in ledgers.items():
        begin = max(Month.of(days[0]), monitored.first, *([first] if first else []))
        end = min(Month.of(days[-1]), monitored.last, *([last] if last else []))
        if begin <= end:
            scope.append(ScopeRow(organization_id, MonthRange(begin, end)))
    in_scope = {row.organization_id for row in scope}
    return _Inputs(scope, [each for each in asked if each.id in in_scope], overrides, limits)


def _trials(
    con: duckdb.DuckDBPyConnection,
    analyzer: Analyzer,
    changes: Sequence[Combination],
    inputs: _Inputs,
    examples: int | None,
    on_progress: Progress,
) -> Iterator[Trial]:
    what, total = f"trying {analyzer.name}", len(changes) + 1
    on_progress(what, 0, total)
    _evaluate(con, analyzer, inputs, {})
    con.execute("ALTER TABLE temp.staged_findings RENAME TO base_findings")
    for done, change in enumerate(changes, start=1):
        on_progress(what, done, total)
        _evaluate(con, analyzer, inputs, change)
        con.execute(sql_text("analysis/compared"))
        yield _trial(con, analyzer, change, inputs, examples)
    on_progress(what, total, total)


def _evaluate(con: duckdb.DuckDBPyConnection, analyzer: Analyzer, inputs: _Inputs, change: Combination) -> None:
    values = {
        row.organization_id: {**analyzer.values(inputs.overrides.get(row.organization_id, {})), **change}
        for row in inputs.scope
    }
    evaluate(con, analyzer, inputs.scope, inputs.organizations, values, inputs.thresholds)


def _trial(
    con: duckdb.DuckDBPyConnection, analyzer: Analyzer, change: Combination, inputs: _Inputs, examples: int | None
) -> Trial:
    rows = con.execute(sql_text("analysis/compared_counts")).fetchall()
    cells = [
        _Cell(Fate(fate), Month.of(month), _severity(before), _severity(after), count)
        for fate, month, before, after, count in rows
    ]
    return Trial(
        parameters={name: analyzer.parameter(name).written(value) for name, value in change.items()},
        total=_counts(cells),
        by_severity={each: _counts_of(cells, each) for each in reversed(Severity)},
        by_month={
            month: _counts(each for each in cells if each.month == month)
            for month in dict.fromkeys(each.month for each in cells)
        },
        examples=_examples(con, analyzer, inputs.organizations, examples),
    )


@dataclass(frozen=True, slots=True)
class _Cell:
    """How many findings of a month have a fate and severities."""

    fate: Fate
    month: Month
    before: Severity | None
    after: Severity | None
    count: int


def _severity(text: str | None) -> Severity | None:
    return None if text is None else Severity(text)


def _counts(cells: Iterable[_Cell]) -> Counts:
    by_fate: Counter[Fate] = Counter()
    for each in cells:
        by_fate[each.fate] += each.count
    found_twice = by_fate[Fate.SAME] + by_fate[Fate.CHANGED]
    return Counts(
        before=by_fate[Fate.GONE] + found_twice,
        after=by_fate[Fate.NEW] + found_twice,
        new=by_fate[Fate.NEW],
        gone=by_fate[Fate.GONE],
        same=by_fate[Fate.SAME],
        changed=by_fate[Fate.CHANGED],
    )


def _counts_of(cells: Sequence[_Cell], severity: Severity) -> Counts:
    after = [each for each in cells if each.after is severity]
    before = [each for each in cells if each.before is severity]

    def of(fate: Fate, among: Iterable[_Cell]) -> int:
        return sum(each.count for each in among if each.fate is fate)

    return Counts(
        before=sum(each.count for each in before),
        after=sum(each.count for each in after),
        new=of(Fate.NEW, after),
        gone=of(Fate.GONE, before),
        same=of(Fate.SAME, after),
        changed=of(Fate.CHANGED, after),
    )


_SIDES = {Fate.NEW: "staged_findings", Fate.CHANGED: "staged_findings", Fate.GONE: "base_findings"}
"""Where the findings of a fate lie, with their texts."""


def _examples(
    con: duckdb.DuckDBPyConnection, analyzer: Analyzer, of: Sequence[Organization], count: int | None
) -> dict[Fate, tuple[TrialFinding, ...]]:
    known = {each.id: each for each in of}
    return {
        fate: tuple(
            TrialFinding(
                fate,
                known[organization_id].slug,
                Month.of(month),
                _severity(before),
                _severity(after),
                title,
                amount,
                known[organization_id].currency,
                known[organization_id].currency_decimals,
            )
            for organization_id, month, before, after, title, amount in _texts(con, analyzer, fate, table, count)
        )
        for fate, table in _SIDES.items()
    }


def _texts(
    con: duckdb.DuckDBPyConnection, analyzer: Analyzer, fate: Fate, table: str, count: int | None
) -> list[tuple[UUID, date, str | None, str | None, str, Decimal]]:
    """Organization, month, severities, title and amount of the first findings of a fate, in rank order."""
    con.execute(sql_text("analysis/compared_shown", table=table), {"fate": fate.value, "count": count})
    return con.execute(
        sql_text("analysis/compared_texts", findings_sql=findings_sql(con, analyzer, "shown"), hash=FINGERPRINT),
        {"analyzer": analyzer.name, "run": UUID(int=0), "snapshot": 0},
    ).fetchall()


def _in_force(analyzer: Analyzer, changes: Sequence[Combination], inputs: _Inputs) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name in dict.fromkeys(name for change in changes for name in change):
        parameter = analyzer.parameter(name)
        values = (
            inputs.overrides.get(each.id, {}).get(name, parameter.written(parameter.default))
            for each in inputs.organizations
        )
        found[name] = dict(Counter(values).most_common())
    return found
