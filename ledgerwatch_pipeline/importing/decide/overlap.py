"""Holds the good rows of a staged batch against the ledger and against each other: a load that looks like a re-export is held, or
the rows that the ledger has are dropped, or all are taken, as its delivery says.

Rows are equal in date, vendor, amount and type, and counted: a row that a file has twice and the ledger once has one equal. Vendors
are compared by key, as analyzers compare them: another export of the same system differs in case and spaces, and one row written
in two ways would be paid twice all the same. The rule for people is in docs/concepts.md. Rows are compared in ``sql/importing``, and
only where counts by month and type leave it possible that they overlap.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.importing.decide.judged_ledger import Contender, JudgedLedger
from ledgerwatch_pipeline.importing.plain import set_apart
from ledgerwatch_pipeline.importing.stage import StagedLoad
from ledgerwatch_pipeline.model.load import (
    LoadRow,
    OnInvalid,
    OnOverlap,
    Overlap,
    OverlapExample,
    OverlappingLoad,
    OverlapSide,
)
from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import ledger, load_totals

FilesOf = Callable[[Collection[UUID]], Mapping[UUID, str]]
"""What loads of the registry are called."""
_EXAMPLES = 5
_SHOWN = 200
"""Characters of each text of an example."""
_NAMED = 3
"""Loads that the reason names."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the overlaps of a batch come to: which loads (their ordinals) are held, and which skip rows that the ledger has."""

    contenders: tuple[Contender, ...]
    held: frozenset[int] = frozenset()
    skipping: frozenset[int] = frozenset()


def judge(con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], judged: JudgedLedger) -> Verdicts:
    """Judge the batch by the temporary tables ``fates`` and ``good_rows``.

    Where some load is held or skips rows, the tables ``contenders``, ``overlap_contested`` and ``overlap_present`` say more.
    """
    bounded, suspects = _bounded(con, _contenders(con, staged, judged), judged)
    if not suspects:
        return Verdicts(tuple(bounded))
    near = [each for each in bounded if each.organization_id in {suspect.organization_id for suspect in suspects}]
    alone, shared = _contested(con, near)
    found, present = in_order(near, alone, shared)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE overlap_present AS"
        " SELECT unnest($ordinals) AS ordinal, unnest($keys) AS key_number, unnest($present) AS present",
        {name: [each[place] for each in present] for place, name in enumerate(("ordinals", "keys", "present"))},
    )
    exact = {each.ordinal: each for each in found.contenders}
    return replace(found, contenders=tuple(exact.get(each.ordinal, each) for each in bounded))


def in_order(
    contenders: Sequence[Contender], alone: Mapping[int, int], shared: Iterable[tuple[int, int, int, int]]
) -> tuple[Verdicts, list[tuple[int, int, int]]]:
    """What becomes of each, in the order of delivery: those that are held are not there for those that follow.

    alone: by ordinal, how many rows have an equal one in the ledger and none in another load of the batch. shared: the others, as
    (ordinal, key, how many rows the load has of it, how many the ledger), ordered by ordinal. Also gives (ordinal, key, how many rows
    of it there were before that load).
    """
    held: set[int] = set()
    skipping: set[int] = set()
    judged: list[Contender] = []
    there: dict[int, int] = {}
    before: list[tuple[int, int, int]] = []
    by_load = groupby(shared, key=lambda row: row[0])
    following = next(by_load, None)
    for each in contenders:
        rows: list[tuple[int, int, int]] = []
        if following is not None and following[0] == each.ordinal:
            rows = [(key, own, there.get(key, in_ledger)) for _, key, own, in_ledger in following[1]]
            following = next(by_load, None)
        equal = alone.get(each.ordinal, 0) + sum(min(own, present) for _, own, present in rows)
        judged.append(each.with_equal(equal))
        before += [(each.ordinal, key, present) for key, _, present in rows]
        if each.overlaps(equal):
            if each.on_overlap is OnOverlap.HOLD:
                held.add(each.ordinal)
                continue
            skipping.add(each.ordinal)
        for key, own, present in rows:
            there[key] = max(own, present) if each.on_overlap is OnOverlap.SKIP else own + present
    return Verdicts(tuple(judged), frozenset(held), frozenset(skipping)), before


def settle(
    con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], verdicts: Verdicts, files_of: FilesOf
) -> dict[int, Overlap]:
    """Mark the rows to be skipped, and list them in ``dropped_rows`` with the row that each equals; why loads are held, by ordinal."""
    wanted = verdicts.held | verdicts.skipping
    if not wanted:
        return {}
    asked = {**_of_ledger(_near(con, verdicts.contenders)), "wanted": sorted(wanted), "held": sorted(verdicts.held)}
    con.execute(sql_text("importing/overlap_pairs", ledger=ledger.TRANSACTIONS), asked)
    con.execute(
        "INSERT INTO dropped_rows SELECT ordinal, row_number, concat('row ', other_row_number, ' of load ', other_load_id)"
        " FROM overlap_pairs WHERE list_contains($skipping, ordinal)",
        {"skipping": sorted(verdicts.skipping)},
    )
    return _overlaps(con, staged, verdicts, files_of) if verdicts.held else {}


def skip_dropped(con: duckdb.DuckDBPyConnection) -> None:
    """Mark the rows of ``dropped_rows`` as skipped."""
    set_apart(con, "dropped_rows")
    con.execute(
        "UPDATE explained SET outcome = 'skipped' FROM dropped_rows AS d"
        " WHERE d.ordinal = explained.ordinal AND d.row_number = explained.row_number"
    )


def drop_what_was_dropped(con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], judged: JudgedLedger) -> None:
    """Of loads that skip, and whose rows an attempt wrote that was cut off: drop what it dropped. The ledger says which it kept."""
    written = [each for each in _written(staged, judged) if each.load.options.on_overlap is OnOverlap.SKIP]
    if not written:
        return
    con.execute(
        sql_text("importing/dropped_before", ledger=ledger.TRANSACTIONS),
        {"ordinals": [each.ordinal for each in written]},
    )
    skip_dropped(con)


def reason(load: LoadRow, overlap: Overlap) -> str:
    """Why a load is held, as a sentence."""
    named = [f"{each.rows:,} of {each.file} (load {str(each.load_id)[:18]})" for each in overlap.loads[:_NAMED]]
    more = len(overlap.loads) - len(named)
    where = ", ".join(named) + (f" and others of {counted(more, 'load')}" if more else "")
    return f"{overlap.equal:,} of its {overlap.rows:,} rows equal rows that {load.organization} has already: {where}"


def _contenders(con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], judged: JudgedLedger) -> list[Contender]:
    """The loads that will be accepted unless they are held, in the order of delivery. Not those that an attempt wrote before a
    crash: they are decided."""
    rejected: set[int] = set()
    groups: dict[int, Counter[tuple[date, str]]] = {}
    for ordinal, fate, month, kind, rows in con.execute(
        "SELECT ordinal, fate, date_trunc('month', date)::DATE, type, CAST(sum(rows) AS BIGINT) FROM fates"
        " WHERE fate IN ('good', 'rejected') GROUP BY ALL"
    ).fetchall():
        if fate == "rejected":
            rejected.add(ordinal)
        else:
            groups.setdefault(ordinal, Counter())[month, kind] = rows
    strict = {each.ordinal for each in staged if each.load.options.on_invalid is OnInvalid.REJECT}
    left_out = (rejected & strict) | {each.ordinal for each in (*_written(staged, judged), *_unreadable(staged))}
    return [
        Contender(
            each.ordinal,
            each.load.organization_id,
            each.load.options.on_overlap,
            groups[each.ordinal].total(),
            groups[each.ordinal],
        )
        for each in staged
        if each.ordinal in groups and each.ordinal not in left_out
    ]


def _written(staged: Sequence[StagedLoad], judged: JudgedLedger) -> list[StagedLoad]:
    return [each for each in staged if each.load.id in judged.loads.get(each.load.organization_id, ())]


def _unreadable(staged: Sequence[StagedLoad]) -> list[StagedLoad]:
    return [each for each in staged if each.failure is not None]


def _bounded(
    con: duckdb.DuckDBPyConnection,
    contenders: Sequence[Contender],
    judged: JudgedLedger,
) -> tuple[list[Contender], list[Contender]]:
    """The contenders, each with how many rows can have an equal one at most; and those of them for which that makes a difference."""
    able = {each.organization_id for each in contenders if each.overlaps(each.rows)}
    present = load_totals.rows_by_month(con, {load for each in able for load in judged.loads[each]}) if able else {}
    bounded, suspects = [], []
    for each in contenders:
        there = present.setdefault(each.organization_id, Counter())
        known = each.with_equal(each.at_most_equal(there))
        bounded.append(known)
        if known.overlaps(known.equal):
            suspects.append(known)
        there.update(each.groups)
    return bounded, suspects


def _contested(
    con: duckdb.DuckDBPyConnection, contenders: Sequence[Contender]
) -> tuple[dict[int, int], Iterable[tuple[int, int, int, int]]]:
    con.execute("CREATE OR REPLACE TEMP TABLE contenders (ordinal INTEGER, organization_id UUID, on_overlap VARCHAR)")
    con.executemany(
        "INSERT INTO contenders VALUES (?, ?, ?)",
        [(each.ordinal, each.organization_id, each.on_overlap.value) for each in contenders],
    )
    con.execute(sql_text("importing/overlap_counts"))
    con.execute(sql_text("importing/overlap_contested", ledger=ledger.TRANSACTIONS), _of_ledger(contenders))
    alone = con.execute(
        "SELECT ordinal, CAST(sum(least(rows, ledger_rows)) AS BIGINT) FROM overlap_contested WHERE key_number IS NULL"
        " GROUP BY ordinal"
    ).fetchall()
    shared = con.execute(
        "SELECT ordinal, key_number, rows, ledger_rows FROM overlap_contested WHERE key_number IS NOT NULL ORDER BY ordinal"
    ).fetchall()
    return dict(alone), shared


def _near(con: duckdb.DuckDBPyConnection, contenders: Sequence[Contender]) -> list[Contender]:
    """Those that were compared row by row."""
    compared = {row[0] for row in con.execute("SELECT ordinal FROM contenders").fetchall()}
    return [each for each in contenders if each.ordinal in compared]


def _of_ledger(contenders: Sequence[Contender]) -> dict[str, object]:
    """What of the ledger is read for these: their organizations and the months they touch, no others."""
    months = sorted({month for each in contenders for month, _ in each.groups})
    return {
        "organizations": sorted({each.organization_id for each in contenders}),
        "months": months,
        "first": months[0],
        "last": months[-1],
    }


def _overlaps(
    con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], verdicts: Verdicts, files_of: FilesOf
) -> dict[int, Overlap]:
    equal: dict[int, list[tuple[UUID, int]]] = {}
    for ordinal, load_id, rows in con.execute(
        "SELECT ordinal, other_load_id, count(*) FROM overlap_pairs WHERE list_contains($held, ordinal)"
        " GROUP BY ALL ORDER BY ordinal, count(*) DESC, other_load_id",
        {"held": sorted(verdicts.held)},
    ).fetchall():
        equal.setdefault(ordinal, []).append((load_id, rows))
    of_batch = {each.load.id: each.load.file for each in staged}
    elsewhere = {load_id for loads in equal.values() for load_id, _ in loads} - of_batch.keys()
    files = {**of_batch, **(files_of(elsewhere) if elsewhere else {})}
    examples = _examples(con, verdicts)
    return {
        each.ordinal: Overlap(
            rows=each.rows,
            equal=each.equal,
            loads=tuple(
                OverlappingLoad(load_id, files.get(load_id, "a file of no registry"), rows)
                for load_id, rows in equal[each.ordinal]
            ),
            examples=tuple(examples[each.ordinal]),
        )
        for each in verdicts.contenders
        if each.ordinal in verdicts.held
    }


def _examples(con: duckdb.DuckDBPyConnection, verdicts: Verdicts) -> dict[int, list[OverlapExample]]:
    months = _of_ledger(_near(con, verdicts.contenders))["months"]
    found: dict[int, list[OverlapExample]] = {}
    for ordinal, day, amount, kind, *rest in con.execute(
        sql_text("importing/overlap_examples", ledger=ledger.TRANSACTIONS),
        {"held": sorted(verdicts.held), "count": _EXAMPLES, "months": months},
    ).fetchall():
        own, load_id, other = _side(*rest[:5]), rest[5], _side(*rest[6:])
        found.setdefault(ordinal, []).append(OverlapExample(day, amount, kind, own, load_id, other))
    return found


def _side(row: int, vendor: str, *texts: str | None) -> OverlapSide:
    """Shortened, and as PostgreSQL can keep it."""
    category, description, reference = (None if text is None else _kept(text) for text in texts)
    return OverlapSide(row, _kept(vendor), category, description, reference)


def _kept(text: str) -> str:
    return text[:_SHOWN].replace("\0", "")
