"""Computes the signals and the ranked cases of a scope into temporary tables; nothing of the stores is written.

What is left: ``scored_signals`` and ``ranked_cases``, in whole numbers, and ``subjects``, ``source_loads`` and
``ranked_organizations``, by which ``run`` writes them down. All organizations of a scope have the same windows; ``by_windows`` cuts one
that is of several. Call it in a transaction in which ``lake`` is attached, so that it reads one snapshot.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.run import CurrentRun, ScopeRow
from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.parameters import Parameters
from ledgerwatch_pipeline.ranking.registry import KINDS
from ledgerwatch_pipeline.ranking.signals.batch import BATCH
from ledgerwatch_pipeline.ranking.signals.same_ref import SAME_DESC, SAME_REF
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.lake.planning import joining_as_written
from ledgerwatch_pipeline.stores.lake.scope import create_current, create_scope

_DAYS_OF_A_MONTH = 28
TABLES = (
    "scope",
    "organizations",
    "organization_limits",
    "organization_bonus",
    "organization_kinds",
    "outcomes_given",
    "outcomes",
    "ranked_organizations",
    "ranked_months",
    "source_loads",
    "vendors",
    "postings",
    "refunds",
    "vendor_spending",
    "vendor_history",
    "organization_months",
    "equal_payments",
    "repeats",
    "past_signals",
    "rule_findings",
    "rule_subjects",
    "subjects",
    "current",
    "findings",
    "same_ref_findings",
    "same_desc_findings",
    "found_signals",
    "batched",
    "kind_bonus",
    "judged_cases",
    "scored_signals",
    "ranked_cases",
)
_VIEWS = ("payments", "recent_payments", "reference_findings")
REFERENCES = (SAME_REF, SAME_DESC)
"""The kinds whose findings may be a batch."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A case that a person resolved: what it was about, which kind led it, and what came of it."""

    organization_id: UUID
    subject: str
    kind: str
    month: Month
    outcome: str
    number: int


@dataclass(frozen=True, slots=True)
class Given:
    """What holds for the organizations beside their ledgers. parameters: of each, else the defaults. past: the runs whose signals
    hold; rules: the runs of rules about no vendor whose findings hold; judged: what people resolved; corrected: as
    ``stores.lake.ledger.define`` asks."""

    parameters: Mapping[UUID, Parameters] = field(default_factory=dict)
    past: Sequence[CurrentRun] = ()
    rules: Sequence[CurrentRun] = ()
    judged: Sequence[Judged] = ()
    corrected: bool | None = None

    def of(self, organization_id: UUID) -> Parameters:
        """The parameters of one organization."""
        return self.parameters.get(organization_id, _DEFAULT)


_DEFAULT = Parameters()


def by_windows(scope: Sequence[ScopeRow], given: Given) -> list[list[ScopeRow]]:
    """The scope in parts whose organizations have the same windows; most have the defaults."""
    parts: dict[tuple[int, ...], list[ScopeRow]] = {}
    for row in scope:
        parts.setdefault(given.of(row.organization_id).windows, []).append(row)
    return list(parts.values())


@contextmanager
def evaluated(
    con: duckdb.DuckDBPyConnection,
    scope: Sequence[ScopeRow],
    organizations: Sequence[Organization],
    given: Given,
    kinds: Sequence[SignalKind] = KINDS,
) -> Iterator[None]:
    """Within the block the signals and cases of this scope, which has rows, are there. Whatever happens, nothing is left behind."""
    try:
        with joining_as_written(con):
            _find(con, scope, organizations, given, kinds)
            con.execute(sql_text("ranking/rank"))
        yield
    finally:
        with suppress(duckdb.TransactionException):  # an aborted transaction takes them along when it is rolled back
            ledger.forget(con)
            for name in _VIEWS:
                con.execute(f"DROP VIEW IF EXISTS temp.{name}")
            for name in TABLES:
                con.execute(f"DROP TABLE IF EXISTS temp.{name}")


def _find(
    con: duckdb.DuckDBPyConnection,
    scope: Sequence[ScopeRow],
    organizations: Sequence[Organization],
    given: Given,
    kinds: Sequence[SignalKind],
) -> None:
    parameters = given.of(scope[0].organization_id)
    con.execute(sql_text("ranking/macros"))
    _constants(con, parameters)
    create_scope(con, scope)
    _stage_organizations(con, organizations, given)
    ledger.define(con, [each.id for each in organizations], corrected=given.corrected)
    con.execute(sql_text("ranking/stage"))
    con.execute(sql_text("ranking/empty_inputs"))
    _stage_outcomes(con, given.judged)
    first = min(row.months.first for row in scope)
    last = max(row.months.last for row in scope)
    _read(con, "ranking/past_signals", given.past, first.plus(-parameters.window), last)
    _read(con, "ranking/rule_findings", given.rules, first, last)
    con.execute(sql_text("ranking/found_signals"))
    if BATCH in kinds:
        _find_references(con)
    for kind in kinds:
        if BATCH not in kinds or kind not in (BATCH, *REFERENCES):
            _find_kind(con, kind)
            _count(con, kind)
    con.execute(sql_text("ranking/rules"))
    con.execute(sql_text("ranking/subjects"))
    con.execute(sql_text("ranking/kind_bonus"))


def _constants(con: duckdb.DuckDBPyConnection, parameters: Parameters) -> None:
    """The windows as macros, so that DuckDB plans with the numbers. months_read: how many months before the scope may matter to
    what is counted over the window."""
    days = max(parameters.repeat_days, parameters.same_ref_days, parameters.near_days)
    for name, value in {
        "window_months": parameters.window,
        "repeat_days": parameters.repeat_days,
        "same_ref_days": parameters.same_ref_days,
        "near_days": parameters.near_days,
        "dormant_months": parameters.dormant_months,
        "months_read": parameters.window + 1 + -(-days // _DAYS_OF_A_MONTH),
    }.items():
        con.execute(f"CREATE OR REPLACE TEMP MACRO {name}() AS {value:d}")


def _stage_organizations(con: duckdb.DuckDBPyConnection, organizations: Sequence[Organization], given: Given) -> None:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE organizations AS SELECT unnest(CAST($ids AS UUID[])) AS organization_id,"
        " unnest(CAST($decimals AS INTEGER[])) AS currency_decimals",
        {"ids": [each.id for each in organizations], "decimals": [each.currency_decimals for each in organizations]},
    )
    _table(
        con,
        "organization_limits",
        "organization_id UUID, limit_amount BIGINT",
        [(each.id, limit) for each in organizations for limit in given.of(each.id).limits],
    )
    _table(
        con,
        "organization_bonus",
        "organization_id UUID, kind VARCHAR, bonus INTEGER",
        [(each.id, kind, bonus) for each in organizations for kind, bonus in given.of(each.id).bonus],
    )
    _table(
        con,
        "organization_kinds",
        "organization_id UUID, kind VARCHAR",
        [(each.id, kind) for each in organizations for kind in given.of(each.id).off],
    )


def _stage_outcomes(con: duckdb.DuckDBPyConnection, judged: Sequence[Judged]) -> None:
    _table(
        con,
        "outcomes_given",
        "organization_id UUID, subject VARCHAR, kind VARCHAR, month DATE, outcome VARCHAR, number INTEGER",
        [(e.organization_id, e.subject, e.kind, e.month.first_day, e.outcome, e.number) for e in judged],
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE outcomes AS SELECT o.org, g.subject, g.kind, month_number(g.month) AS month, g.outcome,"
        " g.number FROM outcomes_given AS g JOIN ranked_organizations AS o USING (organization_id)"
    )


def _table(
    con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[tuple[UUID | str | int | date, ...]]
) -> None:
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")
    if rows:
        types = [column.split()[1] for column in columns.split(", ")]
        unnested = ", ".join(f"unnest(CAST(${place + 1} AS {kind}[]))" for place, kind in enumerate(types))
        con.execute(f"INSERT INTO {name} SELECT {unnested}", [list(column) for column in zip(*rows, strict=True)])


def _read(con: duckdb.DuckDBPyConnection, text: str, current: Sequence[CurrentRun], first: Month, last: Month) -> None:
    """Insert what the lake holds of these runs in these months. The bounds are constants of the text: only by them does DuckLake
    leave out files."""
    wanted = [each for each in current if first <= each.month <= last]
    if not wanted:
        return
    create_current(con, wanted)
    con.execute(sql_text(text, earliest=f"DATE '{first.first_day}'", latest=f"DATE '{last.first_day}'"))


def _find_references(con: duckdb.DuckDBPyConnection) -> None:
    """The findings of references that were used again; those that are one batch are taken together."""
    for kind in REFERENCES:
        _find_kind(con, kind)
        con.execute(f"ALTER TABLE temp.findings RENAME TO {kind.name}_findings")
    con.execute(
        "CREATE OR REPLACE TEMP VIEW reference_findings AS "
        + " UNION ALL ".join(f"FROM {kind.name}_findings" for kind in REFERENCES)
    )
    _find_kind(con, BATCH)
    _count(con, BATCH)
    con.execute("UPDATE found_signals SET findings = CAST(figures ->> 'findings' AS INTEGER) WHERE kind = 'batch'")
    con.execute("INSERT INTO batched SELECT org, month, unnest(payments) FROM findings")
    con.execute("DROP VIEW temp.reference_findings")
    for kind in REFERENCES:
        con.execute("DROP TABLE temp.findings")
        con.execute(f"ALTER TABLE temp.{kind.name}_findings RENAME TO findings")
        _count(con, kind)


def _find_kind(con: duckdb.DuckDBPyConnection, kind: SignalKind) -> None:
    con.execute(f"CREATE OR REPLACE TEMP TABLE findings AS {kind.sql}")
    if kind.finish is not None:
        con.execute(kind.finish)


def _count(con: duckdb.DuckDBPyConnection, kind: SignalKind) -> None:
    """Signals of ``findings``, without those of organizations that do not look for the kind and those that a batch explains."""
    con.execute(
        "DELETE FROM findings AS f USING organization_kinds AS k, ranked_organizations AS o"
        " WHERE k.kind = $kind AND o.organization_id = k.organization_id AND f.org = o.org",
        {"kind": kind.name},
    )
    if kind.left_to_batches:
        con.execute(sql_text("ranking/left_to_batches"))
    con.execute(sql_text("ranking/collect"), {"kind": kind.name})
