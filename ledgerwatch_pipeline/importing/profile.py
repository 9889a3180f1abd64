"""Import profiles as people write them: TOML files, built in or their own, read into ``model.profile.Profile``."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledgerwatch_pipeline.model.errors import FileRejectedError, UnknownThingError, UsageError
from ledgerwatch_pipeline.model.profile import Profile, columns_text
from ledgerwatch_pipeline.model.transaction import FILE_FIELDS, REQUIRED_FIELDS

_BUILT_IN = Path(__file__).parent / "profiles"
_CHOICES = {
    "negative": ("reject", "refund", "expense"),
    "zero": ("reject", "skip"),
    "extra_decimals": ("reject", "round"),
}


def read_profile(path: Path) -> Profile:
    """Read a profile's TOML file; raises UsageError naming the file and the key that is wrong."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"the profile {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the profile {path} is not valid TOML: {error}") from error
    return _ProfileDocument(path, document).profile()


@dataclass(frozen=True)
class _ProfileDocument:
    """A parsed TOML file on its way to a Profile; every complaint names the file and the key."""

    path: Path
    document: dict[str, Any] = field(repr=False)

    def profile(self) -> Profile:
        self._keys(self.document, "", ("name", "description", "columns", "dates", "amounts"))
        dates = self._table("dates", ("formats",))
        amounts = self._table("amounts", ("decimal", "thousands", "strip", *_CHOICES))
        values: dict[str, Any] = {key: amounts[key] for key in _CHOICES if key in amounts}
        for key, value in values.items():
            if value not in _CHOICES[key]:
                self._wrong(f"amounts.{key}", value, " | ".join(_CHOICES[key]))
        decimal, thousands = amounts.get("decimal", "."), amounts.get("thousands", "")
        if decimal not in (".", ","):
            self._wrong("amounts.decimal", decimal, "'.' or ','")
        if thousands not in ("", ",", ".", " ", "'", "\u00a0") or thousands == decimal:
            self._wrong("amounts.thousands", thousands, "one of , . ' or a space, other than the decimal separator")
        name = self.document.get("name", self.path.stem)
        if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", name):
            self._wrong("name", name, "lower-case letters, digits, - and _")
        return Profile(
            name=name,
            description=str(self.document.get("description", "")),
            columns=self._columns(),
            date_formats=self._texts("dates.formats", dates.get("formats", [])),
            decimal=decimal,
            thousands=thousands,
            strip=self._texts("amounts.strip", amounts.get("strip", [])),
            **values,
        )

    def _columns(self) -> dict[str, tuple[str, ...]]:
        columns = self._table("columns", tuple(each.name for each in FILE_FIELDS))
        for name in REQUIRED_FIELDS:
            if name not in columns:
                self._wrong(f"columns.{name}", None, "the name of a column, or a list of candidates")
        return {
            name: self._texts(f"columns.{name}", [value] if isinstance(value, str) else value)
            for name, value in columns.items()
        }

    def _table(self, name: str, known: tuple[str, ...]) -> dict[str, Any]:
        table = self.document.get(name, {})
        if not isinstance(table, dict):
            self._wrong(name, table, f"a table [{name}]")
        self._keys(table, f"{name}.", known)
        return dict(table)

    def _keys(self, table: Mapping[str, Any], prefix: str, known: Iterable[str]) -> None:
        for key in table:
            if key not in known:
                raise UsageError(f"the profile {self.path} has an unknown key {prefix}{key}; known: {', '.join(known)}")

    def _texts(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
            self._wrong(key, value, "a list of texts")
        return tuple(value)

    def _wrong(self, key: str, value: Any, right: str) -> None:
        raise UsageError(f"the profile {self.path} has {key} = {value!r}; it must be {right}")


def known_profiles(folder: Path) -> dict[str, Profile]:
    """The built-in profiles and those in ``folder``; a name that is there twice is refused."""
    profiles: dict[str, Profile] = {}
    for path in [*sorted(_BUILT_IN.glob("*.toml")), *sorted(folder.glob("*.toml"))]:
        profile = read_profile(path)
        if profile.name in profiles:
            raise UsageError(f"two profiles are called {profile.name!r}; rename the one in {path}")
        profiles[profile.name] = profile
    return profiles


def named_profile(name: str, folder: Path) -> Profile:
    """The profile called ``name``, or the one in the TOML file of that path."""
    if name.endswith(".toml"):
        return read_profile(Path(name))
    profiles = known_profiles(folder)
    if name not in profiles:
        raise UnknownThingError(
            "profile", name, profiles, f"put {name}.toml into {folder}, or give the path of a .toml file"
        )
    return profiles[name]


def profile_for(header: Sequence[str], profiles: Mapping[str, Profile]) -> Profile:
    """The one profile that fits ``header``; raises FileRejectedError when none or several do, listing them."""
    fitting = [name for name, profile in profiles.items() if profile.fits(header)]
    if len(fitting) == 1:
        return profiles[fitting[0]]
    if fitting:
        raise FileRejectedError(
            "profile", f"several profiles fit the header: {', '.join(fitting)}; name one with --profile"
        )
    raise FileRejectedError(
        "profile",
        f"no profile fits the header ({columns_text(header)}); known: {', '.join(profiles)}. "
        "Name one with --profile, or write one: docs/profiles.md",
    )
