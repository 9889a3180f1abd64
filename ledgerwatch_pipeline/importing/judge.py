"""Judges a batch of files, keeping nothing: staged, checked, decided, in temporary tables that last as long as the block.

``accept`` writes what was judged, ``dry_run`` only looks at it. No lock is held here, and the lake is only read.
"""

import importlib
import shutil
import tempfile
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import fragments
from ledgerwatch_pipeline.importing.check.lazily import great_expectations_by_parts
from ledgerwatch_pipeline.importing.check.outcome import CheckOutcome, CheckSample
from ledgerwatch_pipeline.importing.check.rules import FOOTER, KNOWN_ID, KNOWN_ROW, RULES
from ledgerwatch_pipeline.importing.decide import known
from ledgerwatch_pipeline.importing.decide.decision import decide
from ledgerwatch_pipeline.importing.decide.external_ids import Replaced
from ledgerwatch_pipeline.importing.decide.judged_ledger import JudgedLedger
from ledgerwatch_pipeline.importing.decide.overlap import FilesOf
from ledgerwatch_pipeline.importing.profile import known_profiles
from ledgerwatch_pipeline.importing.stage import Days, LoadFile, StagedLoad, stage
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import Decision
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import ledger as ledger_views
from ledgerwatch_pipeline.stores.postgres import loads

_EXPECTATIONS = "ledgerwatch_pipeline.importing.check.suite"
_TABLES = (
    "explained",
    "typed",
    "typed_files",
    "delimited_records",
    "read_records",
    "problems",
    "known_rows",
    "issues",
    "footers",
    "fates",
    "incoming_ids",
    "ledger_ids",
    "replaced_rows",
    "rejected_files",
    "judged_ids",
    "dropped_rows",
    "contenders",
    "overlap_counts",
    "overlap_contested",
    "overlap_present",
    "overlap_pairs",
    "batch",
    "batch_columns",
    "rules",
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judged batch: its loads in order, a decision on each, the checks over their rows, and the ledger they were held against.

    Beside it stand the temporary tables ``good_rows``, ``fates``, ``issues``, ``vendor_keys`` and ``batch``.
    """

    staged: tuple[StagedLoad, ...]
    decisions: tuple[Decision, ...]
    checks: tuple[CheckOutcome, ...]
    ledger: JudgedLedger


def warm_up() -> None:
    """Import Great Expectations while DuckDB reads the first files: it takes seconds. Whoever uses it waits for it."""
    threading.Thread(target=load_expectations, daemon=True).start()


def load_expectations() -> None:
    """Import Great Expectations, without what no check here needs."""
    great_expectations_by_parts()
    importlib.import_module(_EXPECTATIONS)


@contextmanager
def judged(home: Home, files: Sequence[LoadFile], replaced: Sequence[Replaced] = ()) -> Iterator[Judgement]:
    """Judge the files as one batch, today. replaced: rows of the ledger that rows of the batch are to replace.

    Raises ItemError for a file whose bytes cannot be had, or that rules and expectations judge differently; leaves nothing behind
    either way.
    """
    days = Days.today(home.settings.first_month)
    with judged_over(home.lake.con, home.settings, files, days, replaced, _files_of(home)) as judgement:
        yield judgement


@contextmanager
def judged_over(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    files: Sequence[LoadFile],
    days: Days,
    replaced: Sequence[Replaced] = (),
    files_of: FilesOf = lambda _: {},
) -> Iterator[Judgement]:
    """The same over the lake that ``con`` has, as if it were the day that ``days`` say. files_of: what the loads are called that one
    which is held overlaps."""
    settings.scratch.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=settings.scratch, prefix="import-"))
    try:
        staged = stage(con, files, known_profiles(settings.profiles), days, scratch)
        _describe(con, staged)
        found = known.settle(con, staged, files_of, replaced)
        checks = _check(con, staged, days)
        con.execute(fragments.problems())
        con.execute(
            sql_text("importing/issues"),
            {"known_id": KNOWN_ID.name, "known_row": KNOWN_ROW.name, "footer": FOOTER.name},
        )
        yield Judgement(tuple(staged), tuple(decide(con, staged, days, found.overlaps)), checks, found.ledger)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        for table in _TABLES:
            con.execute(f"DROP TABLE IF EXISTS temp.{table} CASCADE")
        ledger_views.forget(con)


def _files_of(home: Home) -> FilesOf:
    def named(load_ids: Collection[UUID]) -> dict[UUID, str]:
        with home.database.transaction() as connection:
            return {load_id: row.file for load_id, row in loads.by_ids(connection, load_ids).items()}

    return named


def _check(con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], days: Days) -> tuple[CheckOutcome, ...]:
    load_expectations()
    from ledgerwatch_pipeline.importing.check import suite  # Great Expectations takes seconds to import

    found = suite.check(con, days, {each.load.currency for each in staged})
    return tuple(
        CheckOutcome(each.name, each.unexpected_count, tuple(_sample(staged, values) for values in each.samples))
        for each in found
    )


def _sample(staged: Sequence[StagedLoad], values: dict[str, JsonValue]) -> CheckSample:
    rest = dict(values)
    ordinal, row_number = rest.pop("ordinal"), rest.pop("row_number")
    if not isinstance(ordinal, int) or not isinstance(row_number, int):
        raise TypeError(f"a row is named by two whole numbers, not by {ordinal!r} and {row_number!r}")
    load = staged[ordinal].load
    return CheckSample(load.organization, load.file, row_number, rest)


def _words_of_profile(staged: StagedLoad) -> tuple[str, str]:
    """How the load's profile writes dates, for people, and what it makes of negative amounts."""
    if staged.layout is None:
        return "", ""
    profile = staged.layout.profile
    return " or ".join(profile.date_formats) or "YYYY-MM-DD", profile.negative


def _list_footers(con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad]) -> None:
    """Fill the table of the lines that were left out as footers; those without a number of their own follow the last row."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE footers (ordinal INTEGER, row_number UINTEGER, row_place VARCHAR, value VARCHAR)"
    )
    found = [(each.ordinal, each.layout.source.footer) for each in staged if each.layout is not None]
    if not any(lines for _, lines in found):
        return
    last = dict(con.execute("SELECT ordinal, max(row_number) FROM staged GROUP BY ordinal").fetchall())
    con.executemany(
        "INSERT INTO footers VALUES (?, ?, ?, ?)",
        [
            (ordinal, last.get(ordinal, 1) + place if line.row is None else line.row, line.place, line.text)
            for ordinal, lines in found
            for place, line in enumerate(lines, start=1)
        ],
    )


def _describe(con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad]) -> None:
    """Fill temporary tables with whose loads the batch holds, their columns' names, and the words of the rules."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE batch (ordinal INTEGER, load_id UUID, organization_id UUID, attempt INTEGER, date_formats VARCHAR,"
        " negative VARCHAR)"
    )
    con.execute("CREATE OR REPLACE TEMP TABLE batch_columns (ordinal INTEGER, field VARCHAR, column_name VARCHAR)")
    con.execute("CREATE OR REPLACE TEMP TABLE rules (rule VARCHAR, message VARCHAR)")
    con.executemany(
        "INSERT INTO rules VALUES (?, ?)", [(rule.name, rule.message) for rule in (*RULES, KNOWN_ID, KNOWN_ROW, FOOTER)]
    )
    con.executemany(
        "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)",
        [
            (each.ordinal, each.load.id, each.load.organization_id, each.load.attempts, *_words_of_profile(each))
            for each in staged
        ],
    )
    _list_footers(con, staged)
    names = [
        (each.ordinal, name, column)
        for each in staged
        if each.layout is not None
        for name, column in each.layout.column_names().items()
    ]
    con.execute(
        "INSERT INTO batch_columns SELECT unnest($ordinals), unnest($fields), unnest($names)",
        {
            "ordinals": [ordinal for ordinal, _, _ in names],
            "fields": [name for _, name, _ in names],
            "names": [column for _, _, column in names],
        },
    )
