"""Objects of JSON on their way to rows: the columns are the keys, in the order in which they first appear."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from types import TracebackType

from ledgerwatch_pipeline.importing.limits import MAX_COLUMNS
from ledgerwatch_pipeline.importing.readers.json_values import Value, as_text
from ledgerwatch_pipeline.importing.readers.records import Records, RecordWriter
from ledgerwatch_pipeline.importing.readers.source import Delivered, Notation
from ledgerwatch_pipeline.model.errors import FileRejectedError


class JsonRows(AbstractContextManager["JsonRows"]):
    """Takes objects one by one. columns: keys that are columns whether an object has them or not."""

    def __init__(self, file: Delivered, notation: Notation, columns: Iterable[str] = ()) -> None:
        self._writer = RecordWriter(file)
        self._decimal = notation.decimal
        self._places = {key: place for place, key in enumerate(columns)}
        self._refused: dict[str, str] = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, error, trace)

    def add(self, number: int, row: Value, place: str) -> None:
        """Take the object as row ``number``; raises FileRejectedError where it is no object."""
        if not isinstance(row, dict):
            raise FileRejectedError("json_shape", f"{place} is not an object of fields but {_kind(row)}")
        values: list[str | None] = [None] * len(self._places)
        for key, value in row.items():
            at = self._places.get(key)
            if at is None:
                at = self._column(key, place)
                values.append(None)
            if isinstance(value, list | dict):
                self._refused.setdefault(key, f"{place} has {_kind(value)} there")
            values[at] = as_text(value, self._decimal)
        self._writer.add(number, values, place=place)

    def records(self, reader: str) -> Records:
        """All rows taken."""
        if not self._places:
            raise FileRejectedError("empty", "the file has no transaction")
        return self._writer.records(tuple(self._places), reader, self._refused)

    def _column(self, key: str, place: str) -> int:
        if len(self._places) == MAX_COLUMNS:
            raise FileRejectedError("header", f"{place}: more than {MAX_COLUMNS:,} different keys; no more are read")
        self._places[key] = len(self._places)
        return self._places[key]


def _kind(value: Value) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return "nothing" if value is None else repr(value)[:60]
