"""An import profile: how one source's columns, dates and amounts map onto transactions. A frozen value, stored with each load.

Reading profiles from TOML files, and which there are: ``importing.profile``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

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
        called = f"the stored profile {stored.get('name')!r}"
        columns = stored.get("columns")
        if not isinstance(columns, Mapping) or "name" not in stored:
            raise ValueError(f"{called} has no name or no columns")
        candidates = {name: _texts(texts) for name, texts in columns.items()}
        values: dict[str, object] = {"columns": None if None in candidates.values() else candidates}
        known = {field.name: field.type for field in fields(cls)}
        for name, value in stored.items():
            if name not in known:
                raise ValueError(f"{called} has the unknown key {name!r}")
            if name != "columns":
                values[name] = (value if isinstance(value, str) else None) if known[name] is str else _texts(value)
            if values[name] is None:
                raise ValueError(f"{called} has {name} = {value!r}")
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
        """Whether ``map_header`` would take this header."""
        try:
            self.map_header(header)
        except FileRejectedError:
            return False
        return True


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
