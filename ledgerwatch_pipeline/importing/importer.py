"""The use case of importing: every received load that waits is staged, checked, and accepted or rejected.

Faces call ``import_received``; it works in batches of some hundred megabytes, so memory is bounded by the batch and not
by the delivery. A crash at any point leaves loads RECEIVED, and the next call finishes them: a load's rows and its control
totals are one transaction of the lake, and a load that has control totals is not written again.
"""

import importlib
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import stage as staging
from ledgerwatch_pipeline.importing.check.lazily import load_when_used
from ledgerwatch_pipeline.importing.check.rules import KNOWN_ID, RULES
from ledgerwatch_pipeline.importing.decide import external_ids
from ledgerwatch_pipeline.importing.stage import StagedLoad
from ledgerwatch_pipeline.model.audit import AuditEvent
from ledgerwatch_pipeline.model.load import LoadStatus, OnInvalid
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_pipeline.stores.postgres import loads

_NOTHING = Decimal("0.00")
_EXPECTATIONS = "ledgerwatch_pipeline.importing.check.suite"

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def no_progress(what: str, done: int, total: int) -> None:
    """For where nobody watches."""


@dataclass(frozen=True)
class CheckOutcome:
    """One check over everything an import staged: how many rows it refused, and some of them."""

    name: str
    unexpected: int
    samples: tuple[dict[str, Any], ...]


@dataclass
class ImportOutcome:
    """What one call did: the registry's rows of the loads it finished, and the checks over their rows."""

    loads: list[dict[str, Any]] = field(default_factory=list)
    checks: dict[str, CheckOutcome] = field(default_factory=dict)


def import_received(home: Home, actor: str, on_progress: Progress = no_progress) -> ImportOutcome:
    """Finish every load that is RECEIVED and that no living process works on."""
    outcome = ImportOutcome()
    with loads.worker(home.database) as worker:
        with home.database.transaction() as cursor:
            claimed = loads.claim(cursor, worker)
        if claimed:
            warm_up()
        done = 0
        for batch in _batches(claimed, home.settings.batch_bytes):
            on_progress("importing", done, len(claimed))
            outcome.loads += _import_batch(home, batch, actor, outcome.checks)
            done += len(batch)
        on_progress("importing", done, len(claimed))
    return outcome


def warm_up() -> None:
    """Import Great Expectations while DuckDB reads the first files: it takes seconds. Whoever uses it waits for it."""
    threading.Thread(target=importlib.import_module, args=(_EXPECTATIONS,), daemon=True).start()


def loads_without_their_rows(home: Home, load_ids: Sequence[UUID]) -> list[str]:
    """Accepted loads whose control totals in the lake are not the registry's figures, each in a sentence: none, or a defect."""
    with home.database.transaction() as cursor:
        registered = {
            i: row for i, row in loads.by_ids(cursor, load_ids).items() if row["status"] == LoadStatus.ACCEPTED
        }
    kept = {
        row[0]: row[1:]
        for row in home.lake.con.execute(
            "SELECT load_id, CAST(sum(rows) AS BIGINT), coalesce(sum(amount) FILTER (type = 'expense'), 0),"
            " coalesce(sum(amount) FILTER (type = 'income'), 0), coalesce(sum(amount) FILTER (type = 'refund'), 0)"
            " FROM lake.load_totals WHERE load_id IN (SELECT unnest($ids)) GROUP BY ALL",
            {"ids": list(registered)},
        ).fetchall()
    }
    differing = []
    for identity, row in registered.items():
        expected = (row["accepted"], row["expense"], row["income"], row["refund"])
        if expected != kept.get(identity, (0, 0, 0, 0)):
            differing.append(f"load {identity} accepted {expected[0]} rows, the lake has {kept.get(identity, (0,))[0]}")
    return differing


def _batches(claimed: Sequence[dict[str, Any]], limit: int) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for row in claimed:
        unpacked = row["bytes"] * (10 if row["file"].endswith(".gz") else 1)
        if batch and size + unpacked > limit:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += unpacked
    if batch:
        yield batch


def _import_batch(
    home: Home, batch: list[dict[str, Any]], actor: str, checks: dict[str, CheckOutcome]
) -> list[dict[str, Any]]:
    with judged_batch(home, batch, checks) as (staged, outcomes):
        _promote(home, staged, outcomes)
    _finish(home, staged, outcomes, actor)
    with home.database.transaction() as cursor:
        finished = loads.by_ids(cursor, [row["id"] for row in batch])
    return [finished[row["id"]] for row in batch]


@contextmanager
def judged_batch(
    home: Home, batch: Sequence[dict[str, Any]], checks: dict[str, CheckOutcome]
) -> Iterator[tuple[list[StagedLoad], list[dict[str, Any]]]]:
    """The staged loads of a batch, and of each the verdict in the registry's columns; nothing is kept of it.

    The batch's temporary tables last as long as the block, and so does the hold on external ids: promote inside it.
    """
    con = home.lake.con
    home.settings.scratch.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=home.settings.scratch, prefix="import-"))
    try:
        staged = staging.stage(con, home.settings, batch, scratch)
        _describe(con, staged)
        with external_ids.judged(home, staged):
            _check(home, con, staged, checks)
            con.execute(sql_text("importing/problems"))
            con.execute(sql_text("importing/bad_rows"))
            con.execute(sql_text("importing/skipped_rows"), {"rule": KNOWN_ID.name, "message": KNOWN_ID.message})
            yield staged, _judge(con, staged)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        for table in ("staged", "delimited_records", "problems", "known_rows", "skipped_rows", "bad_rows"):
            con.execute(f"DROP TABLE IF EXISTS temp.{table} CASCADE")


def _check(
    home: Home, con: duckdb.DuckDBPyConnection, staged: list[StagedLoad], checks: dict[str, CheckOutcome]
) -> None:
    load_when_used("scipy.stats")  # which Great Expectations imports for metrics that no check here computes
    from ledgerwatch_pipeline.importing.check import suite as expectations  # Great Expectations takes seconds to import

    currencies = {load.row["currency"] for load in staged}
    names = {load.ordinal: load.row["file"] for load in staged}
    for result in expectations.check(con, home.settings.first_month.first_day, staging.last_valid_day(), currencies):
        before = checks.get(result.name, CheckOutcome(result.name, 0, ()))
        samples = tuple({"file": names[sample.pop("ordinal")], **sample} for sample in result.samples)
        checks[result.name] = CheckOutcome(
            result.name, before.unexpected + result.unexpected_count, (*before.samples, *samples)[:20]
        )


def _judge(con: duckdb.DuckDBPyConnection, staged: list[StagedLoad]) -> list[dict[str, Any]]:
    """Accept or reject each load; the registry's columns."""
    relation = con.execute(sql_text("importing/counts"))
    columns = [column[0] for column in relation.description]
    counts = {row[0]: dict(zip(columns, row, strict=True)) for row in relation.fetchall()}
    rules: dict[int, Counter[str]] = {}
    for ordinal, rule, count in con.execute("SELECT ordinal, rule, count(*) FROM problems GROUP BY ALL").fetchall():
        rules.setdefault(ordinal, Counter())[rule] = count
    return [_verdict(load, counts.get(load.ordinal), rules.get(load.ordinal, Counter())) for load in staged]


def _verdict(load: StagedLoad, counts: dict[str, Any] | None, rules: Counter[str]) -> dict[str, Any]:
    verdict: dict[str, Any] = {
        "id": load.row["id"],
        "status": LoadStatus.REJECTED,
        "rows": 0,
        "accepted": 0,
        "rejected": 0,
        "skipped": 0,
        "blank": 0,
        "expense": _NOTHING,
        "income": _NOTHING,
        "refund": _NOTHING,
        "months": [],
        "rules": dict(sorted(rules.items())),
        "reason": None,
    }
    if load.failure is not None:
        return verdict | {"rules": {load.failure.rule: 1}, "reason": str(load.failure)}
    if counts is None:
        return verdict | {"reason": "the file has a header and no rows", "rules": {"empty": 1}}
    verdict |= {name: counts[name] for name in ("rows", "rejected", "skipped", "blank")}
    if counts["rejected"] and load.row["on_invalid"] == OnInvalid.REJECT:
        return verdict | {"reason": f"{counts['rejected']} of {counts['rows']} rows break a rule"}
    if not counts["good"] and not counts["skipped"]:
        return verdict | {"reason": "no row of the file is a transaction"}
    return verdict | {
        "status": LoadStatus.ACCEPTED,
        "accepted": counts["good"],
        "expense": counts["expense"],
        "income": counts["income"],
        "refund": counts["refund"],
        "months": counts["months"] or [],
    }


def _promote(home: Home, staged: list[StagedLoad], outcomes: list[dict[str, Any]]) -> None:
    """Write rows, control totals, bad and skipped rows of the batch in one transaction of the lake."""
    con = home.lake.con
    con.execute("CREATE OR REPLACE TEMP TABLE accepted (ordinal INTEGER, load_id UUID, organization_id UUID)")
    with home.lake.writing():
        written = {row[0] for row in con.execute("SELECT DISTINCT load_id FROM lake.load_totals").fetchall()}
        fresh = [
            (load.ordinal, load.row["id"], load.row["organization_id"])
            for load, outcome in zip(staged, outcomes, strict=True)
            if outcome["status"] == LoadStatus.ACCEPTED and outcome["accepted"] and load.row["id"] not in written
        ]
        if fresh:
            con.executemany("INSERT INTO accepted VALUES (?, ?, ?)", fresh)
            con.execute(sql_text("importing/promote"))
            con.execute(sql_text("importing/load_totals"))
        _replace_rows(con, "rejected_rows", "bad_rows")
        _replace_rows(con, "skipped_rows", "skipped_rows")


def _replace_rows(con: duckdb.DuckDBPyConnection, table: str, rows: str) -> None:
    """Make ``table`` of the lake say of the batch's loads what ``rows`` says; a load delivered again may have old ones."""
    of_batch = "load_id IN (SELECT load_id FROM batch)"
    if con.execute(f"SELECT 1 FROM lake.{table} WHERE {of_batch} LIMIT 1").fetchone():
        con.execute(f"DELETE FROM lake.{table} WHERE {of_batch}")
    if con.execute(f"SELECT 1 FROM temp.{rows} LIMIT 1").fetchone():
        con.execute(f"INSERT INTO lake.{table} FROM temp.{rows}")


def _describe(con: duckdb.DuckDBPyConnection, staged: list[StagedLoad]) -> None:
    """Fill temporary tables with whose loads the batch holds, their columns' names, and the words of the rules."""
    con.execute("CREATE OR REPLACE TEMP TABLE batch (ordinal INTEGER, load_id UUID, organization_id UUID)")
    con.execute("CREATE OR REPLACE TEMP TABLE batch_columns (ordinal INTEGER, field VARCHAR, column_name VARCHAR)")
    con.execute("CREATE OR REPLACE TEMP TABLE rules (rule VARCHAR, message VARCHAR)")
    con.executemany("INSERT INTO rules VALUES (?, ?)", [(rule.name, rule.message) for rule in RULES])
    con.executemany(
        "INSERT INTO batch VALUES (?, ?, ?)",
        [(load.ordinal, load.row["id"], load.row["organization_id"]) for load in staged],
    )
    names = [
        (load.ordinal, name, load.source.header[place].strip())
        for load in staged
        if load.source
        for name, place in load.columns.items()
    ]
    con.execute(
        "INSERT INTO batch_columns SELECT unnest($ordinals), unnest($fields), unnest($names)",
        {
            "ordinals": [ordinal for ordinal, _, _ in names],
            "fields": [name for _, name, _ in names],
            "names": [column for _, _, column in names],
        },
    )


def _finish(home: Home, staged: list[StagedLoad], outcomes: list[dict[str, Any]], actor: str) -> None:
    """Close the loads in the registry, with their audit rows, and note the months that want analysis."""
    events, due = [], []
    for load, outcome in zip(staged, outcomes, strict=True):
        subject, slug = str(load.row["id"]), load.row["organization"]
        if outcome["status"] == LoadStatus.REJECTED:
            events.append(AuditEvent("LOAD_REJECTED", actor, subject, slug, {"reason": outcome["reason"]}))
            continue
        due += [(load.row["organization_id"], month) for month in outcome["months"]]
        events.append(
            AuditEvent(
                "TRANSACTIONS_IMPORTED",
                actor,
                subject,
                slug,
                {
                    "file": load.row["file"],
                    "accepted": outcome["accepted"],
                    "rejected": outcome["rejected"],
                    "skipped": outcome["skipped"],
                    "months": [str(Month.of(month)) for month in outcome["months"]],
                    **{kind: str(outcome[kind]) for kind in ("expense", "income", "refund")},
                },
            )
        )
    with home.database.transaction() as cursor:
        loads.finish(cursor, outcomes)
        if due:
            loads.mark_due(cursor, due)
        audit_log.append(cursor, events)
