"""Explains one alert: the rule with its figures filled in, over the ledger as it was, and whether it would be found today.

The analyzer is evaluated anew for the alert's organization and month, twice: with the parameters that its run recorded over
the snapshot of the lake that the run read, and with those in force over the ledger as it is. Nothing is written; the lake is
attached READ_ONLY. How an analyzer is evaluated: ``evaluate``. Called by the command line.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.evaluate import evaluate
from ledgerwatch_pipeline.analysis.registry import Registry
from ledgerwatch_pipeline.analysis.texts import FINGERPRINT, arithmetic_sql, findings_sql
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import AlertNumber, AlertRow, Severity
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import LoadRow, load_and_row
from ledgerwatch_pipeline.model.money import plain_amount
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.run import RunRow, ScopeRow
from ledgerwatch_pipeline.model.threshold import Threshold
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.reading import ReadOnlyLake
from ledgerwatch_pipeline.stores.lake.transactions import TransactionRow, with_ids
from ledgerwatch_pipeline.stores.postgres import alerts, loads, organizations, parameters, runs, thresholds

TRANSACTIONS_SHOWN = 20
"""How many transactions of an alert an explanation reads."""


class Verdict(StrEnum):
    """Whether the finding would be made today. UNKNOWN: its analyzer is not here any more."""

    SAME = "same"
    OTHER_FIGURES = "other_figures"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class UsedParameter:
    """A parameter's value, as it is written; default: the analyzer's present one, None where it has no such parameter."""

    name: str
    value: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of the alert that an evaluation gives otherwise. before: the alert's, now: the evaluation's."""

    figure: str
    before: JsonValue
    now: JsonValue


@dataclass(frozen=True, slots=True)
class Finding:
    """What an evaluation found under the alert's fingerprint; arithmetic: '' for an analyzer that gives none."""

    severity: Severity
    amount: Decimal
    evidence: Mapping[str, JsonValue]
    transactions: tuple[UUID, ...]
    arithmetic: str


@dataclass(frozen=True, slots=True)
class AsItWas:
    """The evaluation over the snapshot. unavailable: why there is none, and then ``finding`` is None.

    differences: what it gives otherwise than the alert says; nothing, unless more than ledger and parameters decided (an
    organization's opening balance, say) and has changed.
    """

    finding: Finding | None
    unavailable: str | None
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Today:
    """The evaluation over the present ledger with the present parameters and thresholds. reason: why there is no finding, where it is known."""

    verdict: Verdict
    finding: Finding | None
    differences: tuple[Difference, ...]
    parameters: tuple[UsedParameter, ...]
    thresholds: tuple[Threshold, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """An alert, the run it comes from, and what the two evaluations gave.

    rule: the analyzer's summary, None where it is not here any more. parameters, thresholds: as the run recorded them;
    of the thresholds only the one that the alert is about. transactions: the
    first of them, from the snapshot if it is there, else from the present ledger; sources: their loads, by id.
    """

    alert: AlertRow
    run: RunRow
    rule: str | None
    parameters: tuple[UsedParameter, ...]
    thresholds: tuple[Threshold, ...]
    then: AsItWas
    transactions: tuple[TransactionRow, ...]
    sources: Mapping[UUID, LoadRow]
    today: Today


@dataclass(frozen=True, slots=True)
class _Case:
    """What PostgreSQL says of the alert."""

    alert: AlertRow
    run: RunRow
    organization: Organization
    used: Mapping[str, str]
    used_thresholds: tuple[Threshold, ...]
    set_now: Mapping[str, str]
    thresholds_now: tuple[Threshold, ...]
    sources: Mapping[UUID, LoadRow]

    @property
    def month(self) -> Month:
        return Month.of(self.alert.month)

    def about(self, among: Sequence[Threshold]) -> tuple[Threshold, ...]:
        """The threshold that the alert is about, if it is about one and it is there."""
        return tuple(each for each in among if each.slug == self.alert.evidence.get("threshold"))


def explain(home: Home, registry: Registry, name: AlertNumber, principal: Principal) -> Explanation:
    """Explain the alert called ``name``. Raises UnknownThingError, and UsageError for an alert that no analyzer found."""
    case = _read(home, name, principal)
    analyzer = next((each for each in registry.analyzers if each.name == case.alert.analyzer), None)
    snapshot = case.run.ledger_snapshot
    with closing(ReadOnlyLake(home.settings, home.database)) as lake:
        with lake.now():
            kept = snapshot is not None and lake.has(snapshot)
            transactions = _transactions(lake.con, case)
            today = _today(lake.con, case, analyzer, registry)
        if snapshot is not None and kept:
            with lake.as_of(snapshot):
                transactions = _transactions(lake.con, case) or transactions
                then = _then(lake.con, case, analyzer)
        else:
            then = AsItWas(None, f"the lake's snapshot {snapshot} is gone: it is kept as long as the alert is open", ())
    return Explanation(
        alert=case.alert,
        run=case.run,
        rule=None if analyzer is None else analyzer.summary,
        parameters=_parameters(analyzer, case.used),
        thresholds=case.about(case.used_thresholds),
        then=then,
        transactions=tuple(transactions),
        sources=case.sources,
        today=today,
    )


def _read(home: Home, name: AlertNumber, principal: Principal) -> _Case:
    with home.database.transaction() as connection:
        alert = alerts.get(connection, name, principal)
        if alert.analysis_run_id is None:
            raise UsageError(f"alert {name} was raised by hand: no analyzer found it, so no rule explains it")
        run = runs.find(connection, str(alert.analysis_run_id), principal)
        result = runs.result_for_month(connection, run.id, alert.organization_id, alert.month)
        return _Case(
            alert=alert,
            run=run,
            organization=organizations.by_ids(connection, [alert.organization_id])[alert.organization_id],
            used={} if result is None else result.parameters,
            used_thresholds=() if result is None else result.thresholds,
            set_now=parameters.overrides(connection, alert.analyzer).get(alert.organization_id, {}),
            thresholds_now=thresholds.of_organizations(connection, [alert.organization_id]).get(
                alert.organization_id, ()
            ),
            sources=loads.by_ids(connection, {load_and_row(each)[0] for each in alert.transactions}),
        )


def _then(con: duckdb.DuckDBPyConnection, case: _Case, analyzer: Analyzer | None) -> AsItWas:
    if analyzer is None:
        return AsItWas(None, f"there is no analyzer {case.alert.analyzer} here any more", ())
    if analyzer.version != case.run.version:
        was, is_ = case.run.version, analyzer.version
        return AsItWas(None, f"version {was} of {analyzer.name} found it, and here is version {is_}", ())
    try:
        finding, _ = _evaluate(con, case, analyzer, case.used, case.used_thresholds)
    except (duckdb.BinderException, duckdb.CatalogException):
        return AsItWas(None, "the snapshot has the tables of an earlier version of LedgerWatch", ())
    if finding is None:
        return AsItWas(None, "the rule does not find it over the snapshot: something else than the ledger changed", ())
    return AsItWas(finding, None, _differences(case.alert, finding))


def _today(con: duckdb.DuckDBPyConnection, case: _Case, analyzer: Analyzer | None, registry: Registry) -> Today:
    if analyzer is None:
        refused = [each.reason for each in registry.refused if each.name == case.alert.analyzer]
        gone = f"{case.alert.analyzer} is not here any more" + "".join(f": {each}" for each in refused)
        return Today(Verdict.UNKNOWN, None, (), (), (), gone)
    values = {each.name: case.set_now.get(each.name, each.written(each.default)) for each in analyzer.parameters}
    finding, reason = _evaluate(con, case, analyzer, values, case.thresholds_now)
    differences = () if finding is None else _differences(case.alert, finding)
    verdict = Verdict.GONE if finding is None else Verdict.OTHER_FIGURES if differences else Verdict.SAME
    limits = case.about(case.thresholds_now)
    return Today(verdict, finding, differences, _parameters(analyzer, values), limits, reason)


def _evaluate(
    con: duckdb.DuckDBPyConnection,
    case: _Case,
    analyzer: Analyzer,
    written: Mapping[str, str],
    limits: Sequence[Threshold],
) -> tuple[Finding | None, str | None]:
    """The finding of the alert's fingerprint in its month; and why there was not enough data, if there was not."""
    organization = case.organization
    values = analyzer.values({each.name: written[each.name] for each in analyzer.parameters if each.name in written})
    scope = [ScopeRow(organization.id, MonthRange(case.month, case.month))]
    evaluation = evaluate(con, analyzer, scope, [organization], {organization.id: values}, {organization.id: limits})
    named = {"analyzer": analyzer.name}
    con.execute(
        sql_text("analysis/only_fingerprint", fingerprint=FINGERPRINT), named | {"fingerprint": case.alert.fingerprint}
    )
    used = {each.name: each.written(values[each.name]) for each in analyzer.parameters}
    arithmetic = con.execute(sql_text("analysis/arithmetic", arithmetic=arithmetic_sql(con, analyzer, used))).fetchone()
    row = con.execute(
        sql_text("analysis/explained", findings_sql=findings_sql(con, analyzer)),
        named | {"run": case.run.id, "snapshot": case.run.ledger_snapshot},
    ).fetchone()
    con.execute("DROP TABLE temp.staged_findings")
    reasons = [each.reason for each in evaluation.insufficient.get(organization.id, ())]
    reason = f"not enough data: {', '.join(reasons)}" if reasons else None
    if row is None or arithmetic is None:
        return None, reason
    severity, amount, evidence, transactions = row
    return (
        Finding(Severity.of_rank(severity), amount, json.loads(evidence), tuple(transactions), arithmetic[0].strip()),
        reason,
    )


def _differences(alert: AlertRow, finding: Finding) -> tuple[Difference, ...]:
    decimals = alert.currency_decimals
    before: dict[str, JsonValue] = {
        "severity": alert.severity.value,
        "at stake": plain_amount(alert.amount, decimals),
        **alert.evidence,
        "transactions": [str(each) for each in sorted(alert.transactions)],
    }
    now: dict[str, JsonValue] = {
        "severity": finding.severity.value,
        "at stake": plain_amount(finding.amount, decimals),
        **finding.evidence,
        "transactions": [str(each) for each in sorted(finding.transactions)],
    }
    return tuple(
        Difference(figure, before.get(figure), now.get(figure))
        for figure in dict.fromkeys([*before, *now])
        if before.get(figure) != now.get(figure)
    )


def _parameters(analyzer: Analyzer | None, values: Mapping[str, str]) -> tuple[UsedParameter, ...]:
    """In the order of the analyzer; what it does not know any more behind them."""
    defaults = {} if analyzer is None else {each.name: each.written(each.default) for each in analyzer.parameters}
    ordered = [*(name for name in defaults if name in values), *(name for name in values if name not in defaults)]
    return tuple(UsedParameter(name, values[name], defaults.get(name)) for name in ordered)


def _transactions(con: duckdb.DuckDBPyConnection, case: _Case) -> Sequence[TransactionRow]:
    """The first transactions of the alert, as the attached lake has them."""
    months = [month for source in case.sources.values() for month in source.months]
    if not months:
        return []
    organization = case.organization
    con.execute(
        sql_text("analysis/explained_organization"),
        {"id": organization.id, "slug": organization.slug, "decimals": organization.currency_decimals},
    )
    try:
        return with_ids(con, case.alert.transactions[:TRANSACTIONS_SHOWN], min(months), max(months))
    except duckdb.BinderException:  # a snapshot from before a column was there
        return []
