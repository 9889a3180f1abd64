"""An import profile: how one source's columns, dates and amounts map onto transactions. A frozen value, stored with each load.

Reading profiles from TOML files, and which there are: ``importing.profile``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ledgerwatch_pipeline.model.errors import FileRejectedError

REQUIRED_FIELDS = ("date", "vendor", "amount")


def header_key(name: str) -> str:
    """Header names are compared without case and without surrounding or repeated white space."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True)
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

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Profile":
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()
        }
        values["columns"] = {name: tuple(candidates) for name, candidates in stored["columns"].items()}
        return cls(**values)

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


def columns_text(header: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:60]) for name in header[:20])
    return shown + (f" and {len(header) - 20} more" if len(header) > 20 else "")
