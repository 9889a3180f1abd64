"""What every reader promises, and what it gives: a file with a header, ready to be read into a table together with others like it."""

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

import duckdb

from ledgerwatch_pipeline.model.load import BankStatement
from ledgerwatch_pipeline.model.profile import FIND, Profile


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivered file, unpacked. name: as it was delivered. scratch: a folder that is removed after the batch."""

    path: Path
    name: str
    scratch: Path
    con: duckdb.DuckDBPyConnection = field(compare=False)

    def head(self, size: int = 64 * 1024) -> bytes:
        """Its first bytes."""
        with self.path.open("rb") as file:
            return file.read(size)

    def scratch_file(self, suffix: str) -> Path:
        """A new empty file for what is made of it."""
        return scratch_file(self.scratch, suffix)


def scratch_file(scratch: Path, suffix: str) -> Path:
    """A new empty file in ``scratch``."""
    with NamedTemporaryFile(dir=scratch, suffix=suffix, delete=False) as file:
        return Path(file.name)


def glob_literal(path: Path) -> str:
    """A path as DuckDB's file lists take it: they read ``*``, ``?`` and ``[`` as patterns."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


@dataclass(frozen=True, slots=True)
class FooterLine:
    """A line or row at the end of a file that the profile's ``footer`` leaves out. row: its number; None where it is simply the next
    behind the rows."""

    text: str
    row: int | None = None
    place: str | None = None


class Source(Protocol):
    """One readable file. Sources with equal ``group`` can be read in one query."""

    @property
    def header(self) -> tuple[str, ...]:
        """Column names as the file has them."""

    @property
    def reader(self) -> str:
        """Name and version of the reader, ``delimited 1``: kept with the load, since it decides what the rows are."""

    @property
    def group(self) -> Hashable:
        """What must be equal for two sources to be read together; hashable, the header included."""

    @property
    def refused(self) -> Mapping[str, str]:
        """Columns that hold what no field can be, and where: a file is refused whose profile wants one of them."""

    @property
    def statements(self) -> Sequence[BankStatement]:
        """Of a bank's file, what its statements say of themselves."""

    @property
    def footer(self) -> Sequence[FooterLine]:
        """What was left out at the end: counted as skipped, and shown, since it may have been a payment."""

    def read(self, con: duckdb.DuckDBPyConnection, table: str, sources: Sequence[Any]) -> None:
        """Create the temporary ``table`` (file_index INTEGER, row_number UINTEGER, row_rule, row_value, row_place, c0, c1, …
        VARCHAR).

        file_index is the place in ``sources``; row_number counts as the file's users do, and no two rows of a file have one.
        row_rule is null or the name of a rule that the row as a whole breaks, or ``not_booked`` for what a bank only announces,
        which is skipped; row_value says how it breaks it.
        row_place says in words where the row is, null where its number says it. Raises duckdb.InvalidInputException or
        duckdb.ConversionException for a broken file.
        """


class Reader(Protocol):
    """A module that reads one format."""

    FORMAT: str
    """What people call it: ``Parquet``."""

    def sniff(self, head: bytes, name: str, /) -> float:
        """How sure it is, from 0 to 1, that a file beginning like this is of its format; ``name`` decides only in doubt."""

    def options(self, profile: Profile) -> Hashable:
        """What of the profile its reading depends on: with equal options a file is the same source."""

    def layout(self, profile: Profile) -> Hashable:
        """What of the options the header depends on."""

    def inspect(self, file: Delivered, options: Any) -> Source:
        """Look at the file; raises FileRejectedError saying what is broken, and where."""


@dataclass(frozen=True, slots=True)
class Notation:
    """How a profile writes numbers and days, for readers of files that have real ones: they write them so, and a text in such a
    file is judged as the profile says.

    header: where it is (see Profile); required: what a header must have to be the one that is looked for; footer as in Profile.
    """

    decimal: str = "."
    day: str = "%Y-%m-%d"
    sheet: str = ""
    header: str = "first"
    required: tuple[tuple[str | int, ...], ...] = ()
    footer: tuple[str, ...] = ()

    def number(self, text: str) -> str:
        """A number with a decimal point, as the profile writes it."""
        return text if self.decimal == "." else text.replace(".", self.decimal)


def one_layout(_profile: Profile) -> None:
    """The layout of formats whose header is the same whatever a profile says."""


def layout_of_sheets(profile: Profile) -> Hashable:
    """Where a profile has the header of a sheet."""
    return profile.sheet, profile.header, needed(profile)


def notation(profile: Profile) -> Notation:
    """How the profile writes numbers and days; the day by its first format."""
    return Notation(profile.decimal, profile.date_formats[0] if profile.date_formats else "%Y-%m-%d")


def notation_of_sheets(profile: Profile) -> Notation:
    """The same for a file of sheets, whose rows are a person's."""
    return Notation(
        profile.decimal,
        profile.date_formats[0] if profile.date_formats else "%Y-%m-%d",
        profile.sheet,
        profile.header,
        needed(profile),
        profile.footer,
    )


def needed(profile: Profile) -> tuple[tuple[str | int, ...], ...]:
    """The candidates of each column that a header must have which is looked for; nothing where none is."""
    if profile.header != FIND:
        return ()
    return tuple(tuple(profile.columns[name]) for name in profile.needed_columns)
