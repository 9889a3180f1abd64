"""Reads and stages files without a home: what a reader makes of bytes, and what the rules make of its rows."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from ledgerwatch_pipeline.importing import fragments, readers
from ledgerwatch_pipeline.importing.profile import known_profiles, read_profile
from ledgerwatch_pipeline.importing.readers.source import Delivered
from ledgerwatch_pipeline.importing.stage import Days, LoadFile, stage
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.load import BankStatement, ImportOptions, LoadRow, LoadStatus
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.profile import Profile
from ledgerwatch_tests.docs.test_readme import PROJECT

BUILT_IN = known_profiles(PROJECT / "no-such-folder")
COLUMNS = '[columns]\ndate = "date"\nvendor = "vendor"\namount = "amount"\n'
"""The least that a profile says."""


@dataclass(frozen=True)
class Read:
    """What a reader made of a file. rows: by column, empty fields left out. places, rules: by row number."""

    header: tuple[str, ...]
    rows: dict[int, dict[str, str]]
    places: dict[int, str]
    rules: dict[int, tuple[str, str | None]]
    profile: str
    statements: tuple[BankStatement, ...]


@dataclass(frozen=True)
class Staged:
    """What the rules made of a file's rows. good: (date, vendor, amount, type); bad: row number → rules."""

    good: list[tuple[str, str, Decimal, str]]
    bad: dict[int, list[str]]
    rows: list[dict[str, Any]]
    failure: FileRejectedError | None


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """One for all files: whatever is staged replaces what was before."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    return con


def profile_of(text: str, folder: Path | None = None) -> Profile:
    """The profile in a TOML text."""
    with tempfile.TemporaryDirectory() as place:
        path = (folder or Path(place)) / "written.toml"
        path.write_text(text, encoding="utf-8")
        return read_profile(path)


def read(content: bytes | str, name: str = "file", profile: Profile | str | None = None) -> Read:
    """Have the registry read a file; raises FileRejectedError."""
    chosen = BUILT_IN[profile] if isinstance(profile, str) else profile
    con = _connection()
    with tempfile.TemporaryDirectory(prefix="lw-read-") as folder:
        path = Path(folder) / "delivered"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        source, used = readers.read(Delivered(path, name, Path(folder), con), chosen, BUILT_IN)
        source.read(con, "records", [source])
        rows, places, rules = {}, {}, {}
        for _, number, rule, value, place, *texts in con.execute(
            "SELECT file_index, row_number, row_rule, row_value, row_place, * EXCLUDE (file_index, row_number, row_rule, row_value, row_place)"
            " FROM records ORDER BY row_number"
        ).fetchall():
            rows[number] = {
                column: text for column, text in zip(source.header, texts, strict=False) if text not in (None, "")
            }
            if place is not None:
                places[number] = place
            if rule is not None:
                rules[number] = (rule, value)
        return Read(source.header, rows, places, rules, used.name, tuple(source.statements))


def staged(
    content: bytes | str,
    name: str = "file",
    profile: Profile | None = None,
    *,
    currency: str = "USD",
    decimals: int = 2,
    known: Mapping[str, Profile] = BUILT_IN,
) -> Staged:
    """Have a file read and its rows typed and judged."""
    con = _connection()
    with tempfile.TemporaryDirectory(prefix="lw-read-") as folder:
        path = Path(folder) / "delivered"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        load = load_row(name, path.stat().st_size, ImportOptions(profile=profile), currency, decimals)
        days = Days(Month(2010, 1), date(2030, 1, 1))
        (found,) = stage(con, [LoadFile(load, path, name)], known, days, Path(folder))
        rows = con.execute("FROM candidates ORDER BY row_number")
        names = [each[0] for each in rows.description]
        typed = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
        con.execute(fragments.problems())
        bad: dict[int, list[str]] = {}
        for number, rule in con.execute("SELECT row_number, rule FROM problems ORDER BY ALL").fetchall():
            bad.setdefault(number, []).append(rule)
        good = [
            (str(row["date"]), row["vendor"], row["amount"], row["type"]) for row in typed if row["broken_rule"] is None
        ]
        return Staged(good, bad, typed, found.failure)


def load_row(name: str, size: int, options: ImportOptions, currency: str, decimals: int) -> LoadRow:
    """A load as the registry would have it."""
    return LoadRow(
        id=uuid4(),
        organization_id=uuid4(),
        organization="acme",
        currency=currency,
        currency_decimals=decimals,
        revenue_categories=(),
        sha256="",
        file=name,
        bytes=size,
        status=LoadStatus.RECEIVED,
        options=options,
        received_by="test",
        received_at=datetime.now(UTC),
        attempts=1,
    )


@dataclass(frozen=True)
class Fates:
    """How many rows of one file came to what, and what the good ones come to. failure: why none of them did."""

    rows: int
    good: int
    rejected: int
    skipped: int
    blank: int
    total: Decimal
    failure: FileRejectedError | None


def staged_together(
    files: Sequence[tuple[str, bytes]], profile: Profile | None = None, currency: str = "USD"
) -> list[Fates]:
    """Have files read and their rows typed and judged as one batch."""
    con = _connection()
    days = Days(Month(2010, 1), date(2030, 1, 1))
    with tempfile.TemporaryDirectory(prefix="lw-read-") as folder:
        loads = []
        for number, (name, content) in enumerate(files):
            path = Path(folder) / f"delivered-{number}"
            path.write_bytes(content)
            loads.append(
                LoadFile(load_row(name, len(content), ImportOptions(profile=profile), currency, 2), path, name)
            )
        scratch = Path(folder) / "scratch"
        scratch.mkdir()
        found = stage(con, loads, BUILT_IN, days, scratch)
        con.execute(fragments.fates())
        counted: dict[int, dict[str, tuple[int, Decimal]]] = {}
        for ordinal, fate, count, total in con.execute(
            "SELECT ordinal, fate, CAST(sum(rows) AS BIGINT), coalesce(sum(amount), 0) FROM fates GROUP BY ALL"
        ).fetchall():
            counted.setdefault(ordinal, {})[fate] = count, total
    return [_fates(each.failure, counted.get(each.ordinal, {})) for each in found]


def require_expectations(currency: str = "USD") -> None:
    """Hold the expectations against the rules for what was staged last; they raise where the two disagree."""
    from ledgerwatch_pipeline.importing.check.suite import check  # Great Expectations takes seconds to import

    check(_connection(), Days(Month(2010, 1), date(2030, 1, 1)), {currency})


def _fates(failure: FileRejectedError | None, counted: Mapping[str, tuple[int, Decimal]]) -> Fates:
    def count(fate: str) -> int:
        return counted[fate][0] if fate in counted else 0

    total = counted["good"][1] if "good" in counted else Decimal(0)
    rows = sum(rows for rows, _ in counted.values())
    return Fates(rows, count("good"), count("rejected"), count("skipped"), count("blank"), total, failure)
