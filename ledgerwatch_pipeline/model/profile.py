"""An import profile: how one source's columns, dates and amounts map onto transactions. A frozen value, stored with each load.

Reading profiles from TOML files, and which there are: ``importing.profile``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TypeGuard

from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.transaction import REQUIRED_FIELDS


def header_key(name: str) -> str:
    """Header names are compared without case and without surrounding or repeated white space."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True)
class Profile:
    """How one source's files are read; the defaults are the strict choice each time.

    columns: field → candidate header names, the first present wins. date_formats: strptime formats; empty means ISO
    ``YYYY-MM-DD``. decimal, thousands: one character each, thousands may be empty. strip: currency signs to take off.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    description: str = ""
    date_formats: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
    strip: tuple[str, ...] = ()
    negative: str = "reject"
    zero: str = "reject"
    extra_decimals: str = "reject"

    @property
    def key(self) -> str:
        """A text that is equal for equal profiles, and for no others."""
        return json.dumps(self.as_json(), sort_keys=True)

    def as_json(self) -> dict[str, JsonValue]:
        """What is stored with a load that was read with it."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, JsonValue]) -> "Profile":
        """Read what ``as_json`` wrote; raises ValueError naming what is not as it wrote it."""
        columns = stored.get("columns")
        if not isinstance(columns, Mapping) or not all(_are_texts(candidates) for candidates in columns.values()):
            raise ValueError(f"the stored profile {stored.get('name')!r} has no columns")
        values: dict[str, object] = {"columns": {name: tuple(texts) for name, texts in columns.items()}}
        known = {field.name: field for field in fields(cls)}
        for name, value in stored.items():
            if name not in known:
                raise ValueError(f"the stored profile {stored.get('name')!r} has the unknown key {name!r}")
            if name == "columns":
                continue
            if not (isinstance(value, str) if known[name].type is str else _are_texts(value)):
                raise ValueError(f"the stored profile {stored.get('name')!r} has {name} = {value!r}")
            values[name] = tuple(value) if isinstance(value, list | tuple) else value
        if "name" not in values:
            raise ValueError("a stored profile has no name")
        return cls(**values)  # type: ignore[arg-type]  # each was checked above

    def map_header(self, header: Sequence[str]) -> dict[str, int]:
        """Field → position in ``header``; raises FileRejectedError naming what is missing or there twice."""
        keys = [header_key(name) for name in header]
        mapping: dict[str, int] = {}
        for name, candidates in self.columns.items():
            for candidate in candidates:
                places = [place for place, key in enumerate(keys) if key == header_key(candidate)]
                if len(places) > 1:
                    raise FileRejectedError("header", f"the header has the column {candidate!r} {len(places)} times")
                if places:
                    mapping[name] = places[0]
                    break
        missing = [name for name in REQUIRED_FIELDS if name not in mapping]
        if missing:
            wanted = "; ".join(f"{name}: {' or '.join(map(repr, self.columns[name]))}" for name in missing)
            raise FileRejectedError(
                "header",
                f"the header lacks what profile {self.name!r} needs ({wanted}); it has: {columns_text(header)}",
            )
        return mapping

    def fits(self, header: Sequence[str]) -> bool:
        try:
            self.map_header(header)
        except FileRejectedError:
            return False
        return True


def _are_texts(value: object) -> TypeGuard[Sequence[str]]:
    return isinstance(value, list | tuple) and all(isinstance(text, str) for text in value)


def columns_text(header: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:60]) for name in header[:20])
    return shown + (f" and {len(header) - 20} more" if len(header) > 20 else "")
