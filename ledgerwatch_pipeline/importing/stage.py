"""Brings a batch of files into DuckDB as typed rows, each bad one with the names of the rules it breaks.

Files with the same header, profile and decimals of their currency are read in one query. A file that cannot be read is set
apart with its reason; the others go on. Nothing is written to the lake here: see ``accept``.
"""

import errno
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

from ledgerwatch_pipeline.importing import fragments, readers
from ledgerwatch_pipeline.importing.characters import BLANKS, LIKE, UNLIKE, alike
from ledgerwatch_pipeline.importing.plain import formats_in_order, plain_form, type_plain_rows
from ledgerwatch_pipeline.importing.profile import date_in_name
from ledgerwatch_pipeline.importing.readers.delimited import Delimited
from ledgerwatch_pipeline.importing.readers.source import Delivered, Source
from ledgerwatch_pipeline.model.errors import FileRejectedError, ItemError
from ledgerwatch_pipeline.model.load import LoadRow
from ledgerwatch_pipeline.model.money import INTEGER_DIGITS
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.profile import CREDIT, DEBIT, Profile
from ledgerwatch_pipeline.model.transaction import FILE_FIELDS
from ledgerwatch_pipeline.stores.lake.vendors import insert_odd_keys

_OF_THE_FILE = frozenset({errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EIO, errno.ELOOP})
"""Errors of reading that lie in one file, and not in the machine."""


@dataclass(frozen=True, slots=True)
class Days:
    """Which dates a row may have: from the first day of ``first_month`` to ``last``, both included."""

    first_month: Month
    last: date

    @classmethod
    def today(cls, first_month: Month) -> "Days":
        """Up to tomorrow in UTC: a payment may be dated ahead by a time zone, not by more."""
        return cls(first_month, datetime.now(UTC).date() + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class LoadFile:
    """A load and where its bytes lie. shown: what an error calls that place."""

    load: LoadRow
    path: Path
    shown: str


@dataclass(frozen=True, slots=True)
class Layout:
    """How one file is read. columns: field → place in the header. given: field → what the profile says of it."""

    source: Source
    profile: Profile
    columns: Mapping[str, int]
    given: Mapping[str, str]

    def column_names(self) -> dict[str, str]:
        """Field → what the file calls it."""
        names = {name: self.source.header[place].strip() for name, place in self.columns.items()}
        if DEBIT in names:
            names["amount"] = f"{names[DEBIT]} / {names[CREDIT]}"
        return names


@dataclass(frozen=True, slots=True)
class StagedLoad:
    """One load of the batch; ``ordinal`` is its number among the staged rows. It has a layout, or the reason why it cannot be
    read; both where its records turned out to be broken.
    """

    ordinal: int
    load: LoadRow
    layout: Layout | None
    failure: FileRejectedError | None


def stage(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[LoadFile],
    profiles: Mapping[str, Profile],
    days: Days,
    scratch: Path,
) -> list[StagedLoad]:
    """Fill the temporary relation ``staged`` from the files, and the keys of their vendors.

    Raises ItemError for a file whose bytes cannot be had.
    """
    con.execute(fragments.staged())
    inspected = [_inspected(con, ordinal, file, profiles, scratch) for ordinal, file in enumerate(files)]
    groups: dict[Hashable, list[StagedLoad]] = {}
    for each in inspected:
        if each.layout is not None:
            key = (each.layout.source.group, each.layout.profile.key, each.load.currency_decimals)
            groups.setdefault(key, []).append(each)
    broken: dict[int, FileRejectedError] = {}
    for group in groups.values():
        _stage_group(con, group, days, broken)
    insert_odd_keys(con, "staged", "vendor_keys")
    return [
        StagedLoad(each.ordinal, each.load, each.layout, broken[each.ordinal]) if each.ordinal in broken else each
        for each in inspected
    ]


def _inspected(
    con: duckdb.DuckDBPyConnection, ordinal: int, file: LoadFile, profiles: Mapping[str, Profile], scratch: Path
) -> StagedLoad:
    load = file.load
    try:
        size = file.path.stat().st_size
        if size != load.bytes:
            raise _unreadable(file, f"it has {size:,} bytes and had {load.bytes:,} when it was received")
        delivered = Delivered(file.path, load.file, scratch, con)
        source, profile = readers.read(delivered, load.options.profile, profiles)
        columns = profile.map_header(source.header)
        _require_texts(source, columns)
        return StagedLoad(ordinal, load, Layout(source, profile, columns, _given(profile, load.file)), None)
    except FileRejectedError as error:
        return StagedLoad(ordinal, load, None, error)
    except OSError as error:
        if error.errno not in _OF_THE_FILE:
            raise
        raise _unreadable(file, error.strerror or str(error)) from error


def _require_texts(source: Source, columns: Mapping[str, int]) -> None:
    """Refuse a file whose profile wants a column that holds what is no text."""
    for name, place in columns.items():
        column = source.header[place]
        if column in source.refused:
            raise FileRejectedError(
                "nested", f"the {name} cannot be read from the column {column!r}: {source.refused[column]}"
            )


def _given(profile: Profile, file_name: str) -> dict[str, str]:
    """What the profile gives to the file's rows: constants, defaults, and the date in its name."""
    given = {**profile.defaults, **profile.constants}
    if profile.date_from_name:
        given["date"] = date_in_name(profile.date_from_name, file_name).isoformat()
    return given


def _unreadable(file: LoadFile, reason: str) -> ItemError:
    load = file.load
    return ItemError(
        f"load {load.id} ({load.organization}/{load.file}): its file {file.shown} cannot be used: {reason}"
    )


def _stage_group(
    con: duckdb.DuckDBPyConnection, group: Sequence[StagedLoad], days: Days, broken: dict[int, FileRejectedError]
) -> None:
    """Read a group in one query; if that fails, each file alone, so that only the broken one is rejected."""
    try:
        _read_group(con, group, days)
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        if len(group) > 1:
            for each in group:
                _stage_group(con, [each], days, broken)
            return
        broken[group[0].ordinal] = FileRejectedError("format", _reason(error))


def _reason(error: duckdb.Error) -> str:
    """DuckDB's message with the beginning of the line it is about, without its advice about options that a person here does not
    have."""
    text, _, line = str(error).split("Possible")[0].strip().partition("\nOriginal Line: ")
    line, _, what = line.rpartition("\n")
    shown = f"{text}: {what} In: {line[:60]!r}" if line else " ".join(text.split("\n")[:3])
    return "the file cannot be parsed: " + shown[:300]


def _read_group(con: duckdb.DuckDBPyConnection, group: Sequence[StagedLoad], days: Days) -> None:
    """Stage files of one kind: in two tiers where their rows can be plain, else each row the long way."""
    layouts = [each.layout for each in group if each.layout is not None]
    first, sources = layouts[0], [layout.source for layout in layouts]
    profile, columns = first.profile, first.columns
    constants = frozenset({*profile.constants, *(("date",) if profile.date_from_name else ())})
    decimals = group[0].load.currency_decimals
    values = _values(first, decimals, days)
    _fill_sources(con, group, layouts)
    delimited = [source for source in sources if isinstance(source, Delimited)]
    form = plain_form(profile, columns, constants, decimals, values) if delimited else None
    if form is None:
        first.source.read(con, "records", sources)
    elif not type_plain_rows(con, delimited, form):
        return
    con.execute(
        "CREATE OR REPLACE TEMP VIEW source_rows AS SELECT file_index, row_number, row_rule, row_value, row_place, "
        f"{fragments.source_columns(columns)} FROM records"
    )
    con.execute(fragments.stage(constants, frozenset(profile.defaults), cut=profile.long_text == "cut"), values)


def _fill_sources(con: duckdb.DuckDBPyConnection, group: Sequence[StagedLoad], layouts: Sequence[Layout]) -> None:
    con.execute("DELETE FROM sources")
    con.executemany(
        f"INSERT INTO sources VALUES (?, ?, ?, ?{', ?' * len(FILE_FIELDS)})",
        [
            (
                index,
                each.ordinal,
                each.load.currency,
                [name.lower() for name in each.load.revenue_categories],
                *(layout.given.get(field.name) for field in FILE_FIELDS),
            )
            for index, (each, layout) in enumerate(zip(group, layouts, strict=True))
        ],
    )


def _values(layout: Layout, decimals: int, days: Days) -> dict[str, object]:
    """What the statement that types a group is bound to."""
    profile = layout.profile
    negative = [mark.upper() for mark in profile.negative_marks]
    positive = [mark.upper() for mark in profile.positive_marks]
    sides = (negative, positive)
    if DEBIT in layout.columns:  # a bank's debit takes money away; a payer's is what was paid
        sides = (["debit"], ["credit"]) if profile.negative == "expense" else (["credit"], ["debit"])
    return {
        "blanks": BLANKS,
        "unlike": UNLIKE,
        "like": LIKE,
        "decimal": profile.decimal,
        "thousands": alike(profile.thousands),
        "strip": list(profile.strip),
        "negative": profile.negative,
        "zero": profile.zero,
        "extra_decimals": profile.extra_decimals,
        "negative_marks": negative,
        "booked": [each.lower() for each in profile.booked],
        "marks": sorted(filter(None, [*negative, *positive]), key=len, reverse=True),
        "outside_negative": sides[0],
        "outside_positive": sides[1],
        "plain_amount": f"[0-9]{{1,{INTEGER_DIGITS}}}" + (f"([.][0-9]{{1,{decimals}}})?" if decimals else ""),
        "decimals": decimals,
        "smallest": Decimal(1).scaleb(-decimals),
        "iso_dates": not profile.date_formats or bool(profile.date_from_name),
        "date_formats": formats_in_order(profile) or ["%Y-%m-%d"],
        "first_day": days.first_month.first_day,
        "tomorrow": days.last,
    }
