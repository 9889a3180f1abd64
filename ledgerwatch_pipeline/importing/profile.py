"""Import profiles as people write them: TOML files, built in or their own, read into ``model.profile.Profile``.

A profile is tried out when it is read: what could not work, or would change amounts in silence, is the profile's error and never
a file's.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

from ledgerwatch_pipeline.importing.characters import THOUSANDS
from ledgerwatch_pipeline.model.errors import FileRejectedError, UnknownThingError, UsageError
from ledgerwatch_pipeline.model.profile import (
    CREDIT,
    DEBIT,
    FIND,
    FIRST,
    NONE,
    OTHER_COLUMNS,
    SIGN,
    STATUS,
    Profile,
    columns_text,
)
from ledgerwatch_pipeline.model.transaction import FILE_FIELDS, REQUIRED_FIELDS

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
"""What a profile can be called."""
_BUILT_IN = Path(__file__).parent / "profiles"
_CHOICES = {
    "negative": ("reject", "refund", "expense"),
    "zero": ("reject", "skip"),
    "extra_decimals": ("reject", "round"),
}
_ENCODINGS = ("auto", "utf-8", "cp1252", "mixed")
_SURPLUS = ("reject", "ignore")
_LONG = ("reject", "cut")
_FIELDS = tuple(each.name for each in FILE_FIELDS)
_OF_NUMBERS = re.compile(r"[0-9+\-\u2010-\u2015\u2212()\[\]]")
_SEPARATORS = re.compile(r"[.,'\u2019\s]")
"""Characters that say what a number is: taking one off would change it."""
_ABBREVIATION = re.compile(r"[^\W\d_](?:[^\W\d_]|[./])*")
"""``Rs.`` and ``S/.``: their point belongs to them."""
_DIRECTIVES = frozenset("YymdbBHMSfpIjaAzZ%")
_TRIED = tuple(datetime(*day, tzinfo=UTC) for day in ((2023, 12, 31), (2024, 2, 29), (2011, 1, 2)))
_IN_NAMES = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{2})",
    "d": r"(?P<d>\d{2})",
    "b": r"(?P<b>[A-Za-z]{3})",
    "B": r"(?P<B>[A-Za-z]{3,9})",
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
        tables = ("columns", "dates", "amounts", "constants", "defaults", "reading")
        self._keys(self.document, "", ("name", "description", *tables))
        name = self.document.get("name", self.path.stem)
        if not isinstance(name, str) or not NAME.fullmatch(name):
            self._wrong("name", name, "lower-case letters, digits, - and _")
        values = {**self._dates(), **self._amounts(), **self._reading()}
        constants = self._fields("constants")
        defaults = self._fields("defaults")
        columns = self._columns(constants, from_name=bool(values["date_from_name"]))
        for key in constants:
            if key in columns:
                self._wrong(f"constants.{key}", constants[key], f"left out, or columns.{key} be left out: not both")
        for key in defaults:
            if key not in columns:
                self._wrong(f"defaults.{key}", defaults[key], f"under constants: no column is named for {key}")
        marks = (*values["negative_marks"], *values["positive_marks"])
        if SIGN in columns and not marks:
            self._wrong("amounts.negative_marks", [], "what the column named by columns.sign says of negative amounts")
        if (STATUS in columns) != bool(values.get("booked")):
            self._wrong(
                "reading.booked",
                list(values.get("booked", ())),
                "there together with columns.status, or neither of the two",
            )
        if values["header"] == NONE and values.get("with_columns"):
            self._wrong("reading.header", NONE, "another, or reading.with_columns be left out: there is no header")
        if values["header"] == NONE and any(isinstance(each, str) for texts in columns.values() for each in texts):
            self._wrong("reading.header", NONE, "another, or the columns be named by their numbers: there is no header")
        return Profile(
            name=name,
            description=self._text("description", self.document.get("description", "")),
            columns=columns,
            constants=constants,
            defaults=defaults,
            **values,
        )

    def _dates(self) -> dict[str, Any]:
        dates = self._table("dates", ("formats", "from_name"))
        formats = self._texts("dates.formats", dates["formats"]) if "formats" in dates else ()
        for text in formats:
            self._date_format("dates.formats", text)
        from_name = self._text("dates.from_name", dates.get("from_name", ""))
        if from_name:
            self._pattern_of_names(from_name)
        return {"date_formats": formats, "date_from_name": from_name}

    def _date_format(self, key: str, text: str) -> None:
        """Write days as the format says and read them again."""
        unknown = set(re.findall(r"%-?(.)", text)) - _DIRECTIVES
        if unknown:
            self._wrong(key, text, f"without %{', %'.join(sorted(unknown))}: that is no directive of strptime here")
        python = re.sub(r"%-(.)", r"%\1", text)
        try:
            read = [datetime.strptime(each.strftime(python), python).date() for each in _TRIED]  # noqa: DTZ007 - a day
        except (ValueError, re.error) as error:
            self._wrong(key, text, f"a strptime format, such as %d/%m/%Y ({error})")
        if read != [each.date() for each in _TRIED]:
            self._wrong(
                key, text, "a format with year, month and day, such as %d/%m/%Y: a day written so is not read back"
            )

    def _pattern_of_names(self, text: str) -> None:
        directives = re.findall(r"%(.)", text)
        if not set(directives) <= set(_IN_NAMES) or len(set(directives)) != len(directives):
            self._wrong("dates.from_name", text, f"a text with each of %{', %'.join(_IN_NAMES)} at most once")
        if not set(directives) & {"Y", "y"} or not set(directives) & {"m", "b", "B"}:
            self._wrong("dates.from_name", text, "a text with a year and a month, such as %Y-%m")

    def _amounts(self) -> dict[str, Any]:
        amounts = self._table(
            "amounts", ("decimal", "thousands", "strip", "negative_marks", "positive_marks", *_CHOICES)
        )
        values: dict[str, Any] = {}
        for key in _CHOICES:
            if key in amounts:
                values[key] = self._choice(f"amounts.{key}", amounts[key], _CHOICES[key])
        decimal, thousands = amounts.get("decimal", "."), amounts.get("thousands", "")
        if decimal not in (".", ","):
            self._wrong("amounts.decimal", decimal, "'.' or ','")
        if thousands not in THOUSANDS or thousands == decimal:
            self._wrong(
                "amounts.thousands",
                thousands,
                "one of , . ' \u2019 or a space (also a no-break or a thin one), other than the decimal separator",
            )
        strip = self._texts("amounts.strip", amounts["strip"]) if "strip" in amounts else ()
        for mark in ("negative_marks", "positive_marks"):
            values[mark] = self._marks(f"amounts.{mark}", amounts.get(mark, ()))
        marks = {each.upper() for each in (*values["negative_marks"], *values["positive_marks"])}
        if len(marks) != len(values["negative_marks"]) + len(values["positive_marks"]):
            self._wrong(
                "amounts.negative_marks", list(values["negative_marks"]), "different from amounts.positive_marks"
            )
        for text in strip:
            sign = "".join(text.split()) or text  # "US $": white space beside a sign parts no digits
            eaten = _OF_NUMBERS.search(sign) or (None if _ABBREVIATION.fullmatch(sign) else _SEPARATORS.search(sign))
            if eaten is not None:
                self._wrong("amounts.strip", text, f"without {eaten[0]!r}, which says what a number is")
            if sign.upper().rstrip(".") in ("CR", "DR") or any(sign.upper() in mark for mark in marks):
                self._wrong("amounts.strip", text, "no mark of a sign: name it in negative_marks or positive_marks")
        return {"decimal": decimal, "thousands": thousands, "strip": strip, **values}

    def _marks(self, key: str, value: Any) -> tuple[str, ...]:
        if value == ():
            return ()
        if not isinstance(value, list) or not value or not all(isinstance(text, str) for text in value):
            self._wrong(key, value, 'a list of texts, such as ["CR"] ("" for a column `sign` that is empty)')
        for text in value:
            if text != text.strip() or re.search(r"[0-9().,]", text):
                self._wrong(key, text, "without digits, brackets, separators and white space around")
        return tuple(value)

    def _reading(self) -> dict[str, Any]:
        reading = self._table(
            "reading",
            (
                "sheet",
                "header",
                "delimiter",
                "encoding",
                "comment",
                "footer",
                "surplus",
                "booked",
                "long_text",
                "with_columns",
            ),
        )
        values: dict[str, Any] = {}
        for key in ("sheet", "comment", "delimiter"):
            if key in reading:
                values[key] = self._text(f"reading.{key}", reading[key], empty=False)
        if len(values.get("delimiter", ",")) != 1 or values.get("delimiter", ",") in '"\r\n':
            self._wrong("reading.delimiter", reading["delimiter"], "one character, and no quote")
        header = reading.get("header", FIRST)
        if isinstance(header, bool) or not (header in (FIRST, FIND, NONE) or (isinstance(header, int) and header > 0)):
            self._wrong("reading.header", header, f"the number of its row from 1, {FIRST!r}, {FIND!r} or {NONE!r}")
        values["header"] = str(header)
        if "footer" in reading:
            values["footer"] = self._texts("reading.footer", reading["footer"])
        if "encoding" in reading:
            values["encoding"] = self._choice("reading.encoding", reading["encoding"], _ENCODINGS)
        if "booked" in reading:
            values["booked"] = self._texts("reading.booked", reading["booked"])
        if "with_columns" in reading:
            values["with_columns"] = self._texts("reading.with_columns", reading["with_columns"])
        if "long_text" in reading:
            values["long_text"] = self._choice("reading.long_text", reading["long_text"], _LONG)
        if "surplus" in reading:
            values["surplus"] = self._choice("reading.surplus", reading["surplus"], _SURPLUS)
        return values

    def _columns(self, constants: Mapping[str, str], *, from_name: bool) -> dict[str, tuple[str | int, ...]]:
        columns = self._table("columns", (*_FIELDS, *OTHER_COLUMNS))
        if (DEBIT in columns) != (CREDIT in columns):
            self._wrong(
                f"columns.{CREDIT if DEBIT in columns else DEBIT}", None, "there too: debit and credit are a pair"
            )
        if DEBIT in columns and ("amount" in columns or SIGN in columns):
            self._wrong(
                "columns.amount", columns.get("amount"), "left out, and sign too, where debit and credit are named"
            )
        if from_name and "date" in columns:
            self._wrong("columns.date", columns["date"], "left out where dates.from_name says the date")
        given = {*constants, *(("date",) if from_name else ()), *(("amount",) if DEBIT in columns else ())}
        for name in REQUIRED_FIELDS:
            if name not in columns and name not in given:
                self._wrong(f"columns.{name}", None, "the name of a column, its number, or a list of candidates")
        return {name: self._candidates(f"columns.{name}", value) for name, value in columns.items()}

    def _candidates(self, key: str, value: Any) -> tuple[str | int, ...]:
        candidates = value if isinstance(value, list) else [value]
        for each in candidates:
            if isinstance(each, bool) or not (isinstance(each, str | int) and each):
                self._wrong(key, value, "the name of a column, its number from 1, or a list of candidates")
            if isinstance(each, int) and each < 1:
                self._wrong(key, value, "counted from 1")
        if not candidates:
            self._wrong(key, value, "at least one candidate, or left out")
        return tuple(candidates)

    def _fields(self, table: str) -> dict[str, str]:
        values = self._table(table, _FIELDS)
        for key, value in values.items():
            self._text(f"{table}.{key}", value, empty=False)
            if key in ("amount", "date", "external_id"):
                self._wrong(f"{table}.{key}", value, "left out: no two rows need have one")
        return values

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

    def _choice(self, key: str, value: Any, choices: Sequence[str]) -> str:
        if not isinstance(value, str) or value not in choices:
            self._wrong(key, value, " | ".join(choices))
        return value

    def _text(self, key: str, value: Any, *, empty: bool = True) -> str:
        if not isinstance(value, str) or not (value or empty):
            self._wrong(key, value, "a text")
        return value

    def _texts(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(isinstance(text, str) and text for text in value):
            self._wrong(key, value, "a list of texts, none of them empty; or left out")
        return tuple(value)

    def _wrong(self, key: str, value: Any, right: str) -> NoReturn:
        raise UsageError(f"the profile {self.path} has {key} = {value!r}; it must be {right}")


def date_in_name(pattern: str, file_name: str) -> date:
    """The date in a file's name; the first of the month where the pattern has no day. Raises FileRejectedError."""
    parts = re.split(r"%(.)", pattern)
    expression = "".join(_IN_NAMES[part] if place % 2 else re.escape(part) for place, part in enumerate(parts))
    found = re.search(rf"(?<!\d){expression}(?!\d)", file_name)
    if found is not None:
        texts = found.groupdict()
        form = "-".join(f"%{key}" for key in texts)
        try:
            read = datetime.strptime("-".join(texts.values()), form)  # noqa: DTZ007 - a day
            return read.date()
        except ValueError:
            pass  # digits that are no date: told below
    raise FileRejectedError(
        "file_name", f"the name {file_name!r} has no date of the form {pattern!r}, which the profile wants"
    )


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """A file of the known profiles. profile: None where it is invalid, and ``error`` says why."""

    path: Path
    built_in: bool
    profile: Profile | None
    error: str | None = None


def profile_files(folder: Path) -> list[ProfileFile]:
    """The files of the built-in profiles and those in ``folder``, each read by itself: one that is invalid stops no other."""
    found: list[ProfileFile] = []
    paths: dict[str, Path] = {}
    for path in _paths(folder):
        built_in = path.parent == _BUILT_IN
        try:
            profile = read_profile(path)
        except UsageError as error:
            found.append(ProfileFile(path, built_in, None, str(error)))
            continue
        if profile.name in paths:
            told = f"{paths[profile.name]} is called {profile.name!r} too; rename one of them"
            found.append(ProfileFile(path, built_in, None, told))
            continue
        paths[profile.name] = path
        found.append(ProfileFile(path, built_in, profile))
    return found


def _paths(folder: Path) -> list[Path]:
    return [*sorted(_BUILT_IN.glob("*.toml")), *sorted(folder.glob("*.toml"))]


def known_profiles(folder: Path) -> dict[str, Profile]:
    """The built-in profiles and those in ``folder``; a name that is there twice is refused."""
    profiles: dict[str, Profile] = {}
    for path in _paths(folder):
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


def no_profile(header: Sequence[str], fitting: Sequence[str], known: Iterable[str]) -> FileRejectedError:
    """Why no profile finds itself by this header: none fits, or several do."""
    if fitting:
        return FileRejectedError(
            "profile", f"several profiles fit the header: {', '.join(fitting)}; name one with --profile"
        )
    return FileRejectedError(
        "profile",
        f"no profile fits the header ({columns_text(header)}); known: {', '.join(known)}. "
        "Name one with --profile, or write one: docs/profiles.md",
    )
