"""Ranks what stands in a ``SmallLake``, without home or import, and says what came of it in plain values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import CurrentRun, ScopeRow
from ledgerwatch_pipeline.model.work import CASES
from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.evaluate import Given, by_windows, evaluated
from ledgerwatch_pipeline.ranking.registry import KINDS
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_tests.small_lake import SmallLake


@dataclass(frozen=True, slots=True)
class Found:
    """A signal. rows: numbers of its payments as they were added; all of the vendor's of the month, if None."""

    organization: str
    month: str
    kind: str
    subject: str
    evidence: int
    strength: int
    stake: int
    findings: int
    as_strong: int
    of_months: int
    rarity: int
    points: int
    figures: Mapping[str, JsonValue]
    rows: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A case of a month's ranking."""

    organization: str
    month: str
    rank: int
    subject: str
    score: int
    stake: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """All of it, in order."""

    signals: list[Found]
    cases: list[Ranked]


def rank(
    lake: SmallLake,
    scope: Sequence[ScopeRow],
    given: Given | None = None,
    kinds: Sequence[SignalKind] = KINDS,
    run: UUID | None = None,
) -> Ranking:
    """The ranking of a scope; with ``run`` it is written to the lake as that run's generation too."""
    signals: list[Found] = []
    cases: list[Ranked] = []
    asked = given or Given()
    for part in by_windows(scope, asked):
        theirs = {row.organization_id for row in part}
        tenants = [each for each in lake.organizations.values() if each.id in theirs]
        with evaluated(lake.con, part, tenants, asked, kinds):
            signals += _signals(lake)
            cases += _cases(lake)
            if run is not None:
                lake.con.execute(sql_text("lake/ranking"))
                lake.con.execute(sql_text("ranking/insert_cases"), {"score_version": 1, "run": run})
                lake.con.execute(sql_text("ranking/insert_signals"), {"run": run})
    return Ranking(sorted(signals, key=str), sorted(cases, key=str))


def month_by_month(lake: SmallLake, months: MonthRange, given: Given | None = None) -> Ranking:
    """The same, each month alone in its order, with what was found before it read back from the lake."""
    signals: list[Found] = []
    cases: list[Ranked] = []
    past: list[CurrentRun] = []
    for month in months:
        run = uuid4()
        alone = rank(lake, lake.scope(str(month)), replace(given or Given(), past=tuple(past)), run=run)
        signals += alone.signals
        cases += alone.cases
        past += [CurrentRun(each.id, CASES, month, run, 1, 0) for each in lake.organizations.values()]
    return Ranking(sorted(signals, key=str), sorted(cases, key=str))


def _signals(lake: SmallLake) -> list[Found]:
    slugs = {each.id: each.slug for each in lake.organizations.values()}
    rows = lake.con.execute(
        "SELECT o.organization_id, month_start(s.month), s.kind, u.subject, s.evidence, s.strength, s.stake, s.findings,"
        " s.as_strong, s.of_months, s.rarity, s.points, s.figures,"
        " list_transform(s.payments, lambda p: p & 4294967295)"
        " FROM scored_signals AS s JOIN ranked_organizations AS o USING (org) JOIN subjects AS u ON u.vendor = s.vendor"
    ).fetchall()
    return [
        Found(
            slugs[row[0]],
            str(Month.of(row[1])),
            *row[2:12],
            json.loads(row[12]),
            None if row[13] is None else tuple(row[13]),
        )
        for row in rows
    ]


def _cases(lake: SmallLake) -> list[Ranked]:
    slugs = {each.id: each.slug for each in lake.organizations.values()}
    rows = lake.con.execute(
        "SELECT o.organization_id, month_start(c.month), c.rank, c.subject, c.score, c.stake, c.kinds FROM ranked_cases AS c"
        " JOIN ranked_organizations AS o USING (org)"
    ).fetchall()
    return [Ranked(slugs[row[0]], str(Month.of(row[1])), row[2], row[3], row[4], row[5], tuple(row[6])) for row in rows]
