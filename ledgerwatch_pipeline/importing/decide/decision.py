"""From the figures of a staged batch to a decision on each load: accepted, rejected or held, and all that decided it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from ledgerwatch_pipeline.importing.check.rules import RULES_VERSION
from ledgerwatch_pipeline.importing.decide.overlap import reason as overlapping
from ledgerwatch_pipeline.importing.limits import MAX_ROWS
from ledgerwatch_pipeline.importing.stage import Days, StagedLoad
from ledgerwatch_pipeline.model.load import DecidedWith, Decision, LoadStatus, OnInvalid, Overlap
from ledgerwatch_pipeline.sql import sql_text


@dataclass(frozen=True, slots=True)
class Figures:
    """How many rows of a load came to what, and the totals of the good ones. months: their first days, in order."""

    rows: int
    blank: int
    skipped: int
    rejected: int
    good: int
    expense: Decimal
    income: Decimal
    refund: Decimal
    months: tuple[date, ...]


def decide(
    con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], days: Days, overlaps: Mapping[int, Overlap]
) -> list[Decision]:
    """The decision on each load of the batch, from the temporary tables ``fates`` and ``problems``. overlaps: of those to be held,
    by ordinal."""
    figures: dict[int, Figures] = {}
    for ordinal, rows, blank, skipped, rejected, good, *amounts, months in con.execute(
        sql_text("importing/counts")
    ).fetchall():
        expense, income, refund = amounts
        figures[ordinal] = Figures(rows, blank, skipped, rejected, good, expense, income, refund, tuple(months or ()))
    rules: dict[int, Counter[str]] = {}
    for ordinal, rule, count in con.execute("SELECT ordinal, rule, count(*) FROM problems GROUP BY ALL").fetchall():
        rules.setdefault(ordinal, Counter())[rule] = count
    return [
        decision(each, figures.get(each.ordinal), rules.get(each.ordinal, Counter()), days, overlaps.get(each.ordinal))
        for each in staged
    ]


def decision(
    staged: StagedLoad, figures: Figures | None, rules: Counter[str], days: Days, overlap: Overlap | None = None
) -> Decision:
    """The decision on one load; ``figures`` None: it has no row. rules: broken rule → number of rows. overlap: why it is held."""
    load = staged.load
    decided_with = _decided_with(staged, days)
    rejected = LoadStatus.REJECTED
    if staged.failure is not None:
        return Decision(
            load.id, rejected, rules={staged.failure.rule: 1}, reason=str(staged.failure), decided_with=decided_with
        )
    footers = 0 if staged.layout is None else len(staged.layout.source.footer)
    if figures is None:
        empty = "the file has a header and no rows" + (
            f" but {footers} that the profile calls a footer" if footers else ""
        )
        return Decision(load.id, rejected, rules={"empty": 1}, reason=empty, decided_with=decided_with)
    reason = _reason(figures, load.options.on_invalid)
    held = overlap if reason is None else None
    accepted = reason is None and held is None
    return Decision(
        load_id=load.id,
        status=LoadStatus.ACCEPTED if accepted else LoadStatus.HELD if held is not None else rejected,
        rows=figures.rows + footers,
        accepted=figures.good if accepted else 0,
        rejected=figures.rejected,
        skipped=figures.skipped + footers,
        blank=figures.blank,
        expense=figures.expense if accepted else Decimal(0),
        income=figures.income if accepted else Decimal(0),
        refund=figures.refund if accepted else Decimal(0),
        months=figures.months if accepted else (),
        rules=dict(sorted(rules.items())),
        reason=reason if held is None else overlapping(load, held),
        decided_with=decided_with,
        overlap=held,
    )


def _reason(figures: Figures, on_invalid: OnInvalid) -> str | None:
    """Why a load of these figures is rejected; None: it is not."""
    if figures.rows > MAX_ROWS:
        return f"the file has {figures.rows:,} rows; at most {MAX_ROWS:,} are taken in one load: deliver it in parts"
    if figures.rejected and on_invalid is OnInvalid.REJECT:
        return f"{figures.rejected} of {figures.rows} rows break a rule"
    if not figures.good and not figures.skipped:
        return "no row of the file is a transaction"
    return None


def _decided_with(staged: StagedLoad, days: Days) -> DecidedWith | None:
    if staged.layout is None:
        return None
    load = staged.load
    return DecidedWith(
        profile=staged.layout.profile,
        revenue_categories=load.revenue_categories,
        currency=load.currency,
        currency_decimals=load.currency_decimals,
        first_month=days.first_month,
        judged_on=days.last,
        reader=staged.layout.source.reader,
        rules=RULES_VERSION,
        statements=tuple(staged.layout.source.statements),
    )
