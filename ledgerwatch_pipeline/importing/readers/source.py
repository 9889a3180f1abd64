"""What every reader gives: a file with a header, ready to be read into a table together with others like it."""

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

import duckdb


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

    def read(self, con: duckdb.DuckDBPyConnection, table: str, sources: Sequence[Any]) -> None:
        """Create the temporary ``table`` (file_index INTEGER, row_number UINTEGER, row_rule VARCHAR, c0, c1, … VARCHAR).

        file_index is the place in ``sources``; row_number counts as the file's users do; row_rule is null or the
        name of a rule that the row as a whole breaks. Raises duckdb.InvalidInputException or
        duckdb.ConversionException for a broken file.
        """
