"""``notifications.toml`` of the home: where messages go, and which. Without it nothing is ever sent.

Every complaint names the file and the key, and says what would be right. None repeats a URL: its password is in it. Whether
Apprise can use a URL is asked later, by ``pipeline.notify``, when there is something to send.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError
from ledgerwatch_pipeline.model.notification import Destination, Kind, QuietHours
from ledgerwatch_pipeline.model.organization import SLUG, Organization

_MOST_HOURS = 24 * 366
_MOST_DESTINATIONS = 100
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://\S{1,4000}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_OWN = "LEDGERWATCH_"
_ALL = "all"
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A file that was read. overdue_after: how long work may be due before it is told of."""

    file: Path
    overdue_after: timedelta
    destinations: tuple[Destination, ...]

    def named(self, name: str) -> Destination:
        """The destination called ``name``; raises UnknownThingError naming the close ones."""
        known = {each.name: each for each in self.destinations}
        if name not in known:
            raise UnknownThingError("destination", name, known, f"they are in {self.file}")
        return known[name]


def read_configuration(
    file: Path, organizations: Sequence[Organization], environment: Mapping[str, str]
) -> Configuration | None:
    """What the file says; None if there is none. Raises UsageError.

    environment: where the variables are that the file names for URLs.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} is not valid TOML: {error}") from None
    top = _Table(file, "", document)
    top.only("overdue_hours", "destinations")
    hours = top.get("overdue_hours", 24)
    if not isinstance(hours, int) or isinstance(hours, bool) or not 0 < hours <= _MOST_HOURS:
        top.wrong("overdue_hours", f"a whole number of hours, 1 to {_MOST_HOURS}", hours)
    tables = top.get("destinations", [])
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        top.wrong("destinations", "tables [[destinations]]")
    if len(tables) > _MOST_DESTINATIONS:
        top.wrong("destinations", f"at most {_MOST_DESTINATIONS} tables")
    ids = {each.slug: each.id for each in organizations}
    destinations: dict[str, Destination] = {}
    for place, table in enumerate(tables, start=1):
        given = _Table(file, f"destinations[{place}].", table)
        read = _destination(given, ids, environment)
        if read.name in destinations:
            given.wrong("name", "a name that no other destination has", read.name)
        destinations[read.name] = read
    return Configuration(file, timedelta(hours=hours), tuple(destinations.values()))


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file. prefix: what its keys are called by in complaints."""

    file: Path
    prefix: str
    values: Mapping[str, object]

    def only(self, *known: str) -> None:
        for key in self.values:
            if key not in known:
                raise UsageError(f"{self.file} has an unknown key {self.prefix}{key}; known: {', '.join(known)}")

    def get(self, key: str, default: object = None) -> object:
        return self.values.get(key, default)

    def wrong(self, key: str, right: str, value: object = None) -> NoReturn:
        """value: what stands there, unless it is missing or a secret."""
        what = f" = {value!r}" if value is not None else ""
        raise UsageError(f"{self.file}: {self.prefix}{key}{what} is wrong; it must be {right}")


def _destination(given: _Table, ids: Mapping[str, UUID], environment: Mapping[str, str]) -> Destination:
    given.only("name", "url", "url_env", "organizations", "kinds", "minimum_severity", "quiet_hours")
    name = given.get("name")
    if not isinstance(name, str) or not SLUG.fullmatch(name):
        given.wrong("name", "lower-case letters, digits and dashes, 1 to 63 characters", name)
    key, url = _url(given, environment)
    severity = given.get("minimum_severity", Severity.LOW.value)
    return Destination(
        name=name,
        url=url,
        key=key,
        organizations=_organizations(given, ids),
        kinds=frozenset(_choice(given, "kinds", each, Kind) for each in _texts(given, "kinds", list(Kind))),
        minimum_severity=_choice(given, "minimum_severity", severity, Severity),
        quiet=_quiet_hours(given),
    )


def _url(given: _Table, environment: Mapping[str, str]) -> tuple[str, str]:
    """The key that it comes from, and the URL itself."""
    if ("url" in given.values) == ("url_env" in given.values):
        given.wrong("url", "given, or else url_env with the name of an environment variable that holds it; not both")
    right = "a URL of Apprise such as mailtos://USER:PASSWORD@HOST or jsons://HOST/PATH"
    if "url" in given.values:
        key, url = "url", given.get("url")
    else:
        key, variable = "url_env", given.get("url_env")
        if not isinstance(variable, str) or not _VARIABLE.fullmatch(variable) or variable.startswith(_OWN):
            # The value is left out: who mistakes the key writes the URL here.
            given.wrong(key, f"the name of an environment variable, such as NOTIFY_MAIL, not beginning with {_OWN}")
        if not environment.get(variable):
            given.wrong(key, "the name of an environment variable that is set", variable)
        url, right = environment[variable], f"a variable with {right}"
    if not isinstance(url, str) or not _URL.fullmatch(url):
        given.wrong(key, right)
    return f"{given.prefix}{key}", url


def _organizations(given: _Table, ids: Mapping[str, UUID]) -> frozenset[UUID]:
    asked = given.get("organizations")
    if asked == _ALL:
        return frozenset(ids.values())
    if asked is None:
        given.wrong("organizations", f'given: a list of organizations, or "{_ALL}"')
    slugs = _texts(given, "organizations", [])
    for slug in slugs:
        if slug not in ids:
            unknown = UnknownThingError("organization", slug, ids, "see: ledgerwatch orgs list")
            raise UsageError(f"{given.file}: {given.prefix}organizations: {unknown}")
    return frozenset(ids[slug] for slug in slugs)


def _texts(given: _Table, key: str, default: Iterable[str]) -> list[str]:
    values = given.get(key, list(default))
    if not isinstance(values, list) or not values or not all(isinstance(each, str) for each in values):
        given.wrong(key, "a list of texts that is not empty", values)
    return values


def _choice(given: _Table, key: str, value: object, choices: type[Choice]) -> Choice:
    known = {each.value: each for each in choices}
    if not isinstance(value, str) or value not in known:
        given.wrong(key, f"of {', '.join(known)}", value)
    return known[value]


def _quiet_hours(given: _Table) -> QuietHours | None:
    table = given.get("quiet_hours")
    if table is None:
        return None
    if not isinstance(table, dict):
        given.wrong("quiet_hours", 'a table { from = "20:00", to = "07:00", zone = "Europe/London" }', table)
    quiet = _Table(given.file, f"{given.prefix}quiet_hours.", table)
    quiet.only("from", "to", "zone")
    start, end = _clock(quiet, "from"), _clock(quiet, "to")
    if start == end:
        quiet.wrong("to", "another time than from", quiet.get("to"))
    zone = quiet.get("zone")
    if not isinstance(zone, str) or not zone:
        quiet.wrong("zone", "a time zone such as Europe/London", zone)
    try:
        return QuietHours(start, end, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        quiet.wrong("zone", "a time zone of the IANA database such as Europe/London", zone)


def _clock(quiet: _Table, key: str) -> time:
    text = quiet.get(key)
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", text) if isinstance(text, str) else None
    if found is None:
        quiet.wrong(key, 'a time of day such as "20:00"', text)
    return time(int(found[1]), int(found[2]))
