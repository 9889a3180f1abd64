"""Which formats the dates of a column are written in: those that take all of its values, tried out by DuckDB as an import does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import duckdb

_ISO = "%Y-%m-%d"
_DAYS = (
    _ISO,
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%Y%m%d",
)
_TIMES = (
    "",
    " %H:%M:%S",
    " %H:%M",
    "T%H:%M:%S",
    "T%H:%M:%S.%f",
    " %H:%M:%S.%f",
    "T%H:%M:%SZ",
    " %I:%M %p",
    " %I:%M:%S %p",
)
_MOST = 4
"""Formats of one column."""
_FIRST = date(2010, 1, 1)
_LONGEST = 40
_BEGINNING = 500
"""Values of which one must be a date for all to be tried."""


@dataclass(frozen=True, slots=True)
class Dates:
    """formats: in the order in which they took values, none where the column has no dates; with the number of rows of each.

    other: a format that takes all of the same values for other days. odd: values that no format takes.
    reason: why ``formats[0]`` and not ``other``; empty: nothing says it.
    """

    rows: int
    formats: tuple[tuple[str, int], ...]
    other: str | None
    reason: str
    odd: tuple[str, ...]

    @property
    def fits(self) -> int:
        """Rows that are dates."""
        return sum(rows for _, rows in self.formats)

    @property
    def are_dates(self) -> bool:
        """Whether nearly all values are."""
        return self.rows > 0 and self.fits * 10 >= self.rows * 9

    @property
    def is_iso(self) -> bool:
        """Whether it needs no format."""
        return [form for form, _ in self.formats] == [_ISO]


@dataclass(frozen=True, slots=True)
class _Tried:
    """A format and the days it reads."""

    form: str
    days: Mapping[str, date]

    def rows(self, values: Mapping[str, int]) -> int:
        return sum(values[each] for each in self.days if each in values)

    @property
    def span(self) -> int:
        return (max(self.days.values()) - min(self.days.values())).days


def dates_of(con: duckdb.DuckDBPyConnection, values: Mapping[str, int], *, day_first: bool | None) -> Dates:
    """values: text → rows that have it. day_first: what the words of the header say, None for nothing."""
    rows = sum(values.values())
    sample = list(values)[:50]
    likely = [each for each in sample if len(each) <= _LONGEST and sum(map(str.isdigit, each)) >= 3]
    if not sample or len(likely) * 2 < len(sample):
        return Dates(rows, (), None, "", tuple(sample))
    beginning = list(values)[:_BEGINNING]
    if len(values) > _BEGINNING and not any(each.days for each in _tried(con, beginning)):
        return Dates(rows, (), None, "", tuple(beginning))
    tried = [each for each in _tried(con, list(values)) if each.days]
    left = dict(values)
    formats: list[tuple[str, int]] = []
    other, reason = None, ""
    while left and tried and len(formats) < _MOST:
        most = max(each.rows(left) for each in tried)
        if most == 0:
            break
        equal = [each for each in tried if each.rows(left) == most]
        chosen = equal[0]
        twin = next((each for each in equal[1:] if _differ(chosen, each, left)), None)
        if twin is not None:
            first, second, why = _choose(chosen, twin, day_first)
            chosen = first
            if other is None:
                other, reason = second.form, why
        formats.append((chosen.form, most))
        left = {text: count for text, count in left.items() if text not in chosen.days}
    return Dates(rows, tuple(formats), other, reason, tuple(left))


def _tried(con: duckdb.DuckDBPyConnection, values: Sequence[str]) -> list[_Tried]:
    con.execute("CREATE OR REPLACE TEMP TABLE drafted_values AS SELECT unnest($values) AS v", {"values": list(values)})
    last = datetime.now(UTC).date() + timedelta(days=1)
    longest = max(map(len, values))
    found = []
    for day in _DAYS:
        for time in _TIMES if longest > 12 else ("",):
            form = day + time
            rows = con.execute(
                "SELECT v, CAST(try_strptime(v, $form) AS DATE) AS d FROM drafted_values"
                " WHERE d BETWEEN $first AND $last AND regexp_matches(v, $year)",
                {"form": form, "first": _FIRST, "last": last, "year": _year(day)},
            ).fetchall()
            found.append(_Tried(form, dict(rows)))
    return found


def _year(day: str) -> str:
    """DuckDB takes 24 for the year 24 under %Y, and 20241231 has no separators."""
    if day == "%Y%m%d":
        return "^[0-9]{8}"
    return "[0-9]{4}" if "%Y" in day else "."


def _differ(one: _Tried, other: _Tried, values: Mapping[str, int]) -> bool:
    """Whether two formats take the same of the values, and some of them for different days."""
    taken = one.days.keys() & values.keys()
    return taken == other.days.keys() & values.keys() and any(one.days[each] != other.days[each] for each in taken)


def _choose(one: _Tried, other: _Tried, day_first: bool | None) -> tuple[_Tried, _Tried, str]:
    """Which of two formats that take the same values, and why: the one that lays them closer together, as a file of a month or
    a year has them; else what the words of the header say."""
    near, far = sorted((one, other), key=lambda each: each.span)
    if near.span * 2 < far.span:
        return near, far, f"so all days lie within {near.span} days of each other, and otherwise within {far.span}"
    if day_first is not None:
        first, second = (one, other) if _is_day_first(one.form) == day_first else (other, one)
        return first, second, "by the language and the words of the header"
    return one, other, ""


def _is_day_first(form: str) -> bool:
    return form.find("%d") < form.find("%m")
