"""Brings a batch of files into DuckDB as typed rows, each bad one with the names of the rules it breaks.

Files with the same header and profile are read in one query. A file that cannot be read is set apart with its reason;
the others go on. Nothing is written to the lake here: see ``importer``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from ledgerwatch_pipeline.importing import readers
from ledgerwatch_pipeline.importing.profile import FIELDS, Profile, known_profiles, profile_for
from ledgerwatch_pipeline.importing.readers.source import Source
from ledgerwatch_pipeline.importing.receive.files import archive_path
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.vendor import vendor_key
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.sql import sql_text

BLANKS = (
    " \t\r\n\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\ufeff"
)
"""White space trimmed from every field."""


@dataclass
class StagedLoad:
    """One load of the batch; ``ordinal`` is its number among the staged rows. ``failure`` set: the file is unreadable."""

    ordinal: int
    row: dict[str, Any]
    source: Source | None = None
    profile: Profile | None = None
    columns: dict[str, int] = field(default_factory=dict)
    failure: FileRejectedError | None = None


def last_valid_day() -> date:
    """Tomorrow in UTC: a payment may be dated ahead by a time zone, not by more."""
    return datetime.now(UTC).date() + timedelta(days=1)


def stage(
    con: duckdb.DuckDBPyConnection, settings: Settings, rows: Sequence[dict[str, Any]], scratch: Path
) -> list[StagedLoad]:
    """Fill the temporary table ``staged`` from the archived files of ``rows`` (the registry's); keys of vendors too.

    A row with a ``path`` is of a file that is not in the archive: a rehearsal's.
    """
    profiles = known_profiles(settings.profiles)
    loads = [StagedLoad(ordinal, row) for ordinal, row in enumerate(rows)]
    con.execute(sql_text("importing/staged"))
    groups: dict[Any, list[StagedLoad]] = {}
    for load in loads:
        try:
            _inspect(load, settings, profiles, scratch)
        except FileRejectedError as error:
            load.failure = error
            continue
        assert load.source is not None and load.profile is not None
        groups.setdefault((load.source.group, json.dumps(load.profile.as_json())), []).append(load)
    for group in groups.values():
        _stage_group(con, settings, group)
    _stage_vendor_keys(con)
    return loads


def _inspect(load: StagedLoad, settings: Settings, profiles: dict[str, Profile], scratch: Path) -> None:
    path = load.row.get("path") or archive_path(settings.archive, load.row["sha256"])
    load.source = readers.inspect(path, load.row["file"], scratch)
    stored = load.row["profile"]
    load.profile = Profile.from_json(stored) if stored else profile_for(load.source.header, profiles)
    load.columns = load.profile.map_header(load.source.header)


def _stage_group(con: duckdb.DuckDBPyConnection, settings: Settings, group: list[StagedLoad]) -> None:
    """Read a group in one query; if that fails, each file alone, so that only the broken one is rejected."""
    try:
        _read_group(con, settings, group)
    except duckdb.Error as error:
        if len(group) > 1:
            for load in group:
                _stage_group(con, settings, [load])
            return
        group[0].failure = FileRejectedError("format", _reason(error))


def _reason(error: duckdb.Error) -> str:
    """The first lines of DuckDB's message, without its advice about options that a person here does not have."""
    text = str(error).split("Possible")[0].splitlines()
    return "the file cannot be parsed: " + " ".join(line.strip() for line in text[:3] if line.strip())[:300]


def _read_group(con: duckdb.DuckDBPyConnection, settings: Settings, group: list[StagedLoad]) -> None:
    first = group[0]
    profile = first.profile
    assert first.source is not None and profile is not None
    first.source.read(con, "records", [load.source for load in group])
    texts = ", ".join(
        f"{f'c{first.columns[name]}' if name in first.columns else 'CAST(NULL AS VARCHAR)'} AS {name}_text"
        for name in FIELDS
    )
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW source_rows AS SELECT file_index, row_number, row_rule, {texts} FROM records"
    )
    con.execute("DELETE FROM sources")
    con.executemany(
        "INSERT INTO sources VALUES (?, ?, ?, ?)",
        [
            (index, load.ordinal, load.row["currency"], [name.lower() for name in load.row["revenue_categories"]])
            for index, load in enumerate(group)
        ],
    )
    con.execute(
        sql_text("importing/stage"),
        {
            "blanks": BLANKS,
            "decimal": profile.decimal,
            "thousands": profile.thousands,
            "strip": list(profile.strip),
            "negative": profile.negative,
            "zero": profile.zero,
            "extra_decimals": profile.extra_decimals,
            "iso_dates": not profile.date_formats,
            "date_formats": list(profile.date_formats) or ["%Y-%m-%d"],
            "first_day": settings.first_month.first_day,
            "tomorrow": last_valid_day(),
        },
    )


def _stage_vendor_keys(con: duckdb.DuckDBPyConnection) -> None:
    """Keys of the vendors that lower() alone does not give: not ASCII, or with white space to collapse."""
    odd = con.execute(
        "SELECT DISTINCT vendor FROM staged WHERE vendor IS NOT NULL"
        " AND (strlen(vendor) <> length(vendor) OR contains(vendor, '  ') OR regexp_matches(vendor, '[\\t\\n\\v\\f\\r]'))"
    ).fetchall()
    if odd:
        con.execute(
            "INSERT INTO vendor_keys SELECT unnest($vendors), unnest($keys)",
            {"vendors": [vendor for (vendor,) in odd], "keys": [vendor_key(vendor) for (vendor,) in odd]},
        )
