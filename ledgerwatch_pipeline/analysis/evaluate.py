"""Evaluates one analyzer over a scope: its SQL sees the relations of the contract, and its findings lie staged.

Nothing of the stores is written here: ``run`` inserts what was staged with ``texts.findings_insert_sql``, and records the
rest. Everything happens in temporary tables of the connection it is given, on which ``lake`` is attached; call it within a
transaction, so that it reads one snapshot.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.analysis.contract import (
    RELATIONS,
    SEVERITIES,
    Analyzer,
    ContractError,
    Input,
    ParameterValue,
    PeriodReach,
)
from ledgerwatch_pipeline.model.errors import ItemError
from ledgerwatch_pipeline.model.month import Month, contiguous
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.run import Insufficient, ScopeRow
from ledgerwatch_pipeline.model.threshold import Threshold
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.lake.interrupting import interruptible
from ledgerwatch_pipeline.stores.lake.planning import joining_as_written

_TABLES = (
    "scope",
    "scope_months",
    "organizations",
    "thresholds",
    "parameters",
    "months",
    "since_opening",
    "vendors",
    "insufficient",
    "fresh_findings",
)
_NO_THRESHOLDS: Mapping[UUID, Sequence[Threshold]] = {}


class TookTooLongError(ItemError):
    """An analyzer that was interrupted because its time was over."""

    def __init__(self, analyzer: str, seconds: float) -> None:
        self.analyzer = analyzer
        self.seconds = seconds
        super().__init__(
            f"{analyzer} took longer than the {seconds:g} seconds it had and was interrupted; mend its SQL, or give it more in"
            " LEDGERWATCH_ANALYZER_SECONDS"
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation gave. findings: how many, for every month in scope; insufficient: months without enough data."""

    findings: Mapping[UUID, Mapping[Month, int]]
    insufficient: Mapping[UUID, tuple[Insufficient, ...]]

    @property
    def total(self) -> int:
        """How many findings there are in all."""
        return sum(sum(months.values()) for months in self.findings.values())

    def by_month(self) -> dict[Month, int]:
        """How many findings each month has, over all organizations; in order."""
        totals: dict[Month, int] = {}
        for months in self.findings.values():
            for month, count in months.items():
                totals[month] = totals.get(month, 0) + count
        return dict(sorted(totals.items()))

    def insufficient_of(self, row: ScopeRow) -> tuple[Insufficient, ...]:
        """The months of one row of the scope that had not enough data, each reason's contiguous months together."""
        wanted = set(row.months)
        return tuple(
            Insufficient(each.reason, months)
            for each in self.insufficient.get(row.organization_id, ())
            for months in contiguous(month for month in each.months if month in wanted)
        )


def evaluate(
    con: duckdb.DuckDBPyConnection,
    analyzer: Analyzer,
    scope: Sequence[ScopeRow],
    organizations: Sequence[Organization],
    parameters: Mapping[UUID, Mapping[str, ParameterValue]],
    thresholds: Mapping[UUID, Sequence[Threshold]] = _NO_THRESHOLDS,
    seconds: float | None = None,
    *,
    corrected: bool | None = None,
) -> Evaluation:
    """Fill the temporary table ``staged_findings``; say how many findings there are, and who had not enough data.

    organizations: at least those in scope. parameters: by organization; what is not there is the analyzer's default.
    thresholds: by organization, those that hold; what is not there has none. seconds: after which it is interrupted; None: never.
    corrected: False where nobody corrected anything of the ledgers in scope; None: the lake is asked.
    ``staged_findings`` has the columns of the analyzer's SQL and ``currency_decimals``. Raises ContractError if the SQL gave what
    no analyzer may give, TookTooLongError, and DuckDB's errors if it failed; whatever it raises, no temporary table is left
    behind. A signal that ends the process interrupts it too.
    """
    given = _Given(organizations, parameters, thresholds, corrected)
    planned = joining_as_written(con) if analyzer.joins_as_written else nullcontext()
    with _cleared(con), planned, limited(con, analyzer.name, seconds):
        _stage(con, analyzer, scope, given, _lookback(analyzer, thresholds))
        insufficient = _insufficient(con, analyzer)
        con.execute("DROP TABLE IF EXISTS temp.staged_findings")
        asking = _find(con, analyzer)
        if not asking:
            con.execute("ALTER TABLE temp.fresh_findings RENAME TO staged_findings")
            return Evaluation(_counted(con, scope), insufficient)
        con.execute("CREATE TEMP TABLE staged_findings AS FROM fresh_findings LIMIT 0")
        _keep(con, asking)
        lookback = analyzer.lookback or 0
        while asking:
            lookback = max(1, lookback * 3)
            again = [row for row in scope if row.organization_id in asking]
            _stage(con, analyzer, again, given, lookback)
            asking = _find(con, analyzer)
            _keep(con, asking)
        return Evaluation(_counted(con, scope), insufficient)


@contextmanager
def _cleared(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Drop what the SQL saw when it is done, and the findings too when it failed."""
    try:
        yield
    except BaseException:
        with suppress(duckdb.TransactionException):  # an aborted transaction takes them along when it is rolled back
            _drop(con)
            con.execute("DROP TABLE IF EXISTS temp.staged_findings")
        raise
    _drop(con)


@contextmanager
def limited(con: duckdb.DuckDBPyConnection, name: str, seconds: float | None) -> Iterator[None]:
    """Interrupt what ``con`` runs in the block after ``seconds`` (None: never), and at a signal that ends the process. Raises
    TookTooLongError, which says that ``name`` did."""
    with interruptible(con, seconds) as over:
        try:
            yield
        except duckdb.Error:
            if over.is_set() and seconds is not None:
                raise TookTooLongError(name, seconds) from None
            raise


def _drop(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DROP VIEW IF EXISTS temp.ledger")
    ledger.forget(con)
    for name in _TABLES:
        con.execute(f"DROP TABLE IF EXISTS temp.{name}")


def _find(con: duckdb.DuckDBPyConnection, analyzer: Analyzer) -> set[UUID]:
    """Run the SQL into ``fresh_findings``; the organizations that ask to be evaluated again with more of their ledger.

    Who sees all there is of it (``since`` is the beginning) has nothing more to ask for, so asking comes to an end.
    """
    con.execute(sql_text("analysis/fresh_findings", analyzer_sql=analyzer.sql))
    _require_contract(con, analyzer)
    if not analyzer.rereads:
        return set()
    return {organization_id for (organization_id,) in con.execute(sql_text("analysis/asking_for_earlier")).fetchall()}


def _keep(con: duckdb.DuckDBPyConnection, asking: set[UUID]) -> None:
    """The fresh findings that hold: those of organizations that do not ask for more."""
    con.execute(sql_text("analysis/keep_findings"), {"asking": list(asking)})


@dataclass(frozen=True, slots=True)
class _Given:
    """What holds for the organizations, beside their ledgers."""

    organizations: Sequence[Organization]
    parameters: Mapping[UUID, Mapping[str, ParameterValue]]
    thresholds: Mapping[UUID, Sequence[Threshold]]
    corrected: bool | None


def _lookback(analyzer: Analyzer, thresholds: Mapping[UUID, Sequence[Threshold]]) -> int | None:
    """How many earlier months the ledger shows at first: what the analyzer declares, and where its answers end with the periods of
    thresholds no more than the longest of these goes back."""
    if analyzer.lookback is None or analyzer.reach is not PeriodReach.THRESHOLDS:
        return analyzer.lookback
    periods = {each.period for theirs in thresholds.values() for each in theirs}
    return min(analyzer.lookback, max((each.months_back for each in periods), default=0))


def _stage(
    con: duckdb.DuckDBPyConnection,
    analyzer: Analyzer,
    scope: Sequence[ScopeRow],
    given: _Given,
    lookback: int | None,
) -> None:
    """Make the relations that the SQL sees, for these rows of the scope."""
    ledger.define(con, {row.organization_id for row in scope}, corrected=given.corrected)
    con.execute(
        sql_text("analysis/scope"),
        {
            "ids": [row.organization_id for row in scope],
            "firsts": [row.months.first.first_day for row in scope],
            "lasts": [row.months.last.first_day for row in scope],
            "lookback": lookback,
        },
    )
    con.execute(sql_text("analysis/scope_months"))
    con.execute(
        sql_text("analysis/organizations"),
        {
            "ids": [each.id for each in given.organizations],
            "currencies": [each.currency for each in given.organizations],
            "decimals": [each.currency_decimals for each in given.organizations],
            "balances": [
                None if each.opening_balance is None else str(each.opening_balance) for each in given.organizations
            ],
            "dates": [each.opening_date for each in given.organizations],
        },
    )
    _stage_parameters(con, analyzer, sorted({row.organization_id for row in scope}), given.parameters)
    if Input.THRESHOLDS in analyzer.inputs:
        _stage_thresholds(con, [each for theirs in given.thresholds.values() for each in theirs])
    con.execute(sql_text("analysis/months"))
    if Input.SINCE_OPENING in analyzer.inputs:
        con.execute(_since_opening_sql(scope, given.organizations))
    if Input.VENDORS in analyzer.inputs:
        con.execute(sql_text("analysis/vendors"))
    con.execute(_ledger_sql(con, scope, lookback))


def _stage_parameters(
    con: duckdb.DuckDBPyConnection,
    analyzer: Analyzer,
    organizations: Sequence[UUID],
    values: Mapping[UUID, Mapping[str, ParameterValue]],
) -> None:
    """A row an organization. Values travel as the text they are written in, so that no decimal becomes a float."""
    columns = ["unnest(CAST($ids AS UUID[])) AS organization_id"]
    bound: dict[str, object] = {"ids": organizations}
    for each in analyzer.parameters:
        columns.append(f'CAST(unnest(CAST($p_{each.name} AS VARCHAR[])) AS {each.sql_type}) AS "{each.name}"')
        bound[f"p_{each.name}"] = [
            each.written(values.get(id_, {}).get(each.name, each.default)) for id_ in organizations
        ]
    con.execute(f"CREATE OR REPLACE TEMP TABLE parameters AS SELECT {', '.join(columns)}", bound)


def _stage_thresholds(con: duckdb.DuckDBPyConnection, thresholds: Sequence[Threshold]) -> None:
    con.execute(
        sql_text("analysis/thresholds"),
        {
            "ids": [each.organization_id for each in thresholds],
            "slugs": [each.slug for each in thresholds],
            "names": [each.name for each in thresholds],
            "periods": [each.period.value for each in thresholds],
            "scope_kinds": [each.scope.kind.value for each in thresholds],
            "scope_keys": [each.scope.key for each in thresholds],
            "scope_names": [each.scope.value for each in thresholds],
            "types": [each.type.value for each in thresholds],
            "operators": [each.operator.value for each in thresholds],
            "amounts": [str(each.amount) for each in thresholds],
            "warn_ats": [None if each.warn_at is None else str(each.warn_at) for each in thresholds],
            "severities": [each.severity.value for each in thresholds],
            "valid_froms": [each.valid_from for each in thresholds],
            "valid_tos": [each.valid_to for each in thresholds],
        },
    )


def _since_opening_sql(scope: Sequence[ScopeRow], organizations: Sequence[Organization]) -> str:
    """The statement that makes ``since_opening``. Months of which a part counts are written out in it: only by constants does
    DuckLake leave out files, and by a month before every ledger it leaves out all."""
    wanted = {row.organization_id for row in scope}
    opened = {each.opening_date for each in organizations if each.id in wanted and each.opening_date is not None}
    partial = sorted({day.replace(day=1) for day in opened if day.day > 1}) or [date.min]
    return sql_text("analysis/since_opening", partial_months=", ".join(f"DATE '{month}'" for month in partial))


def _ledger_sql(con: duckdb.DuckDBPyConnection, scope: Sequence[ScopeRow], lookback: int | None) -> str:
    """The view ``ledger``. Its bounds are written out beside the join: only by constants does DuckLake leave out files. Where
    there is nothing but what is in scope no row is compared with it, which takes longer than reading."""
    columns = ", ".join(
        "transaction_id(t.load_id, t.row_number) AS transaction_id" if name == "transaction_id" else f't."{name}"'
        for name in RELATIONS[Input.LEDGER]
    )
    view = f"CREATE OR REPLACE TEMP VIEW ledger AS SELECT {columns} FROM ledger_transactions AS t"
    if con.execute(sql_text("analysis/out_of_scope")).fetchall() == [(0,)]:
        return view
    bounds = []
    if scope:
        bounds.append(f"t.month <= DATE '{max(row.months.last for row in scope).first_day}'")
    if scope and lookback is not None:
        first = min(row.months.first for row in scope)
        earliest = first.plus(-min(lookback, first.year * 12 - 12))
        bounds.append(f"t.month >= DATE '{earliest.first_day}'")
    return (
        f"{view} JOIN (SELECT organization_id, any_value(since) AS since, max(last_month) AS last_month FROM scope GROUP BY ALL)"
        " AS s ON s.organization_id = t.organization_id"
        f" WHERE {' AND '.join(['t.month BETWEEN s.since AND s.last_month', *bounds])}"
    )


def _require_contract(con: duckdb.DuckDBPyConnection, analyzer: Analyzer) -> None:
    """Raise ContractError for findings that cannot be: what the stores rely on is looked at before they get it."""
    row = con.execute(
        sql_text("analysis/not_findings"), {"kinds": list(analyzer.messages), "severities": list(SEVERITIES)}
    ).fetchone()
    if row is not None:
        raise ContractError(analyzer.name, row[0])


def _counted(con: duckdb.DuckDBPyConnection, scope: Sequence[ScopeRow]) -> dict[UUID, dict[Month, int]]:
    counts: dict[UUID, dict[Month, int]] = {}
    for row in scope:
        counts.setdefault(row.organization_id, {}).update(dict.fromkeys(row.months, 0))
    for organization_id, month, count in con.execute(sql_text("analysis/findings_by_month")).fetchall():
        counts[organization_id][Month.of(month)] = count
    return counts


def _insufficient(con: duckdb.DuckDBPyConnection, analyzer: Analyzer) -> dict[UUID, tuple[Insufficient, ...]]:
    if analyzer.insufficient is None:
        return {}
    con.execute(f"CREATE OR REPLACE TEMP TABLE insufficient AS {analyzer.insufficient}")
    wrong = con.execute(sql_text("analysis/insufficient_out_of_scope")).fetchone()
    if wrong is not None:
        raise ContractError(
            analyzer.name, f"not enough data in {wrong[0]}: a month out of scope, or no reason is given"
        )
    reasons: dict[UUID, dict[str, list[Month]]] = {}
    for organization_id, month, reason in con.execute(sql_text("analysis/insufficient_reasons")).fetchall():
        reasons.setdefault(organization_id, {}).setdefault(reason, []).append(Month.of(month))
    return {
        organization_id: tuple(
            Insufficient(reason, months) for reason, found in by_reason.items() for months in contiguous(found)
        )
        for organization_id, by_reason in reasons.items()
    }
