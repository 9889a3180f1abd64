"""An import profile: how one source's columns, dates and amounts map onto transactions. A frozen value, stored with each load.

Reading profiles from TOML files, and which there are: ``importing.profile``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields

from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.transaction import REQUIRED_FIELDS

DEBIT, CREDIT, SIGN, STATUS = "debit", "credit", "sign", "status"
AMOUNT_COLUMNS = (DEBIT, CREDIT, SIGN)
"""What a profile may name beside a transaction's fields: two columns in place of one amount, and one that tells its sign."""
OTHER_COLUMNS = (*AMOUNT_COLUMNS, STATUS)
"""These, and a column that says which rows are booked."""

FIRST, FIND, NONE = "first", "find", "none"
"""Where a file's header is, if not in a row of a number: the first row, the first with the profile's columns, nowhere."""


def header_key(name: str) -> str:
    """Header names are compared without case and without surrounding or repeated white space."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True)
class Profile:
    """How one source's files are read; the defaults are the strict choice each time.

    columns: field → candidates, the first present wins: header names, or places counted from 1. date_formats: strptime
    formats; empty means ISO ``YYYY-MM-DD``. date_from_name: strptime format of the date in the file's name, if rows have none.
    decimal, thousands: one character each, thousands may be empty. strip: currency signs to take off. negative_marks,
    positive_marks: what beside an amount, or in the column ``sign``, says its sign. constants: field → what it is in every
    row; defaults: what it is where the row has nothing.

    sheet: of a workbook, empty for the first. header: FIRST, FIND, NONE, or the number of its row. delimiter: empty to find
    it out. encoding: ``auto``, ``utf-8``, ``cp1252``, or ``mixed`` for one that changes from line to line. comment: what lines
    above the header begin with. footer: beginnings of rows that end a file and are no transactions. surplus: what more fields
    than the header has mean, ``reject`` or ``ignore``. booked: what the column ``status`` says of rows that are booked; others are
    skipped. long_text: what a text that is too long is, ``reject`` or ``cut``. with_columns: columns that tell
    this source from others, whether they are mapped or not: no other header is the profile's.
    """

    name: str
    columns: Mapping[str, tuple[str | int, ...]]
    description: str = ""
    date_formats: tuple[str, ...] = ()
    date_from_name: str = ""
    decimal: str = "."
    thousands: str = ""
    strip: tuple[str, ...] = ()
    negative: str = "reject"
    zero: str = "reject"
    extra_decimals: str = "reject"
    negative_marks: tuple[str, ...] = ()
    positive_marks: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    header: str = FIRST
    delimiter: str = ""
    encoding: str = "auto"
    comment: str = ""
    footer: tuple[str, ...] = ()
    surplus: str = "reject"
    booked: tuple[str, ...] = ()
    long_text: str = "reject"
    with_columns: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A text that is equal for equal profiles, and for no others."""
        return json.dumps(self.as_json(), sort_keys=True)

    @property
    def found_by_header(self) -> bool:
        """Whether a header can tell that the profile is meant; columns by place alone would fit anything."""
        return self.header != NONE and any(isinstance(each, str) for texts in self.columns.values() for each in texts)

    def as_json(self) -> dict[str, JsonValue]:
        """What is stored with a load that was read with it."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, JsonValue]) -> "Profile":
        """Read what ``as_json`` wrote; raises ValueError naming what is not as it wrote it."""
        called = f"the stored profile {stored.get('name')!r}"
        if not isinstance(stored.get("columns"), Mapping) or "name" not in stored:
            raise ValueError(f"{called} has no name or no columns")
        known = {each.name: each.type for each in fields(cls)}
        values: dict[str, object] = {}
        for name, value in stored.items():
            if name not in known:
                raise ValueError(f"{called} has the unknown key {name!r}")
            values[name] = _candidates(value) if name == "columns" else _stored(known[name], value)
            if values[name] is None:
                raise ValueError(f"{called} has {name} = {value!r}")
        return cls(**values)  # type: ignore[arg-type]  # each was checked above

    def map_header(self, header: Sequence[str]) -> dict[str, int]:
        """Field → position in ``header``; raises FileRejectedError naming what is missing or there twice."""
        keys = [header_key(name) for name in header]
        mapping: dict[str, int] = {}
        for name, candidates in self.columns.items():
            for candidate in candidates:
                if isinstance(candidate, int):
                    places = [candidate - 1] if candidate <= len(header) else []
                else:
                    places = [place for place, key in enumerate(keys) if key == header_key(candidate)]
                if len(places) > 1:
                    raise FileRejectedError(
                        "header",
                        f"the header has the column {candidate!r} {len(places)} times, as columns "
                        f"{', '.join(str(place + 1) for place in places)}; a profile can name the number that is meant",
                    )
                if places:
                    mapping[name] = places[0]
                    break
        absent = [name for name in self.with_columns if header_key(name) not in keys]
        if absent:
            raise FileRejectedError(
                "header",
                f"the header lacks what profile {self.name!r} is told by ({', '.join(map(repr, absent))}); it has: {columns_text(header)}",
            )
        missing = [name for name in self.needed_columns if name not in mapping]
        if missing:
            wanted = "; ".join(f"{name}: {' or '.join(map(repr, self.columns[name]))}" for name in missing)
            raise FileRejectedError(
                "header",
                f"the header lacks what profile {self.name!r} needs ({wanted}); it has: {columns_text(header)}",
            )
        return mapping

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """What of ``columns`` a file must have: required fields that nothing else gives, and columns that make up the amount."""
        given = {*self.constants, *(("date",) if self.date_from_name else ())}
        if DEBIT in self.columns:
            given.add("amount")
        return tuple(
            name for name in self.columns if name in OTHER_COLUMNS or (name in REQUIRED_FIELDS and name not in given)
        )

    def fits(self, header: Sequence[str]) -> bool:
        """Whether ``map_header`` would take this header."""
        try:
            self.map_header(header)
        except FileRejectedError:
            return False
        return True


def _stored(kind: object, value: JsonValue) -> object:
    """A value as the field's type wants it; None for anything else."""
    if kind is str:
        return value if isinstance(value, str) else None
    if kind == tuple[str, ...]:
        return _texts(value)
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for text in value.values()):
        return None
    return dict(value)


def _candidates(value: JsonValue) -> dict[str, tuple[str | int, ...]] | None:
    """Columns as they were stored; None for anything else."""
    if not isinstance(value, Mapping):
        return None
    found: dict[str, tuple[str | int, ...]] = {}
    for name, texts in value.items():
        if not isinstance(texts, list | tuple):
            return None
        found[name] = tuple(each for each in texts if isinstance(each, str | int) and not isinstance(each, bool))
        if len(found[name]) != len(texts):
            return None
    return found


def _texts(value: object) -> tuple[str, ...] | None:
    """A list of texts as it was stored; None for anything else."""
    if not isinstance(value, list | tuple):
        return None
    texts = tuple(text for text in value if isinstance(text, str))
    return texts if len(texts) == len(value) else None


def columns_text(header: Sequence[str]) -> str:
    """A header's columns for a message: 20 of them at most, each cut at 60 characters."""
    shown = ", ".join(repr(name[:60]) for name in header[:20])
    return shown + (f" and {len(header) - 20} more" if len(header) > 20 else "")
