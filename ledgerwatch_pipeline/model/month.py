"""A calendar month as a value. Dates of transactions are plain ``datetime.date``; this is the ledger's unit of time."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ledgerwatch_pipeline.model.errors import UsageError


@dataclass(frozen=True, order=True)
class Month:
    """A posting month, written ``YYYY-MM``."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read ``YYYY-MM``; raises UsageError for anything else."""
        if not re.fullmatch(r"[12][0-9]{3}-(0[1-9]|1[0-2])", text):
            raise UsageError(f"{text!r} is not a month; write YYYY-MM, for example 2026-03")
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month that a day lies in."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first_day(self) -> date:
        """What the stores keep for the month."""
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        """Its 28th to 31st day."""
        return self.plus(1).first_day - timedelta(days=1)

    def plus(self, months: int) -> "Month":
        """The month so many months later; earlier, if ``months`` is negative."""
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)


@dataclass(frozen=True, order=True)
class MonthRange:
    """All months from ``first`` to ``last``, both included."""

    first: Month
    last: Month

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise UsageError(f"the months run backwards: {self.first} is after {self.last}")

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"

    def __iter__(self) -> Iterator[Month]:
        month = self.first
        while month <= self.last:
            yield month
            month = month.plus(1)

    def __len__(self) -> int:
        return (self.last.year - self.first.year) * 12 + self.last.number - self.first.number + 1

    def at_least(self, months: int) -> "MonthRange":
        """These months, with as many before them as it takes to have so many."""
        return MonthRange(min(self.first, self.last.plus(1 - months)), self.last)

    def at_most(self, months: int) -> "MonthRange":
        """The last so many of these months."""
        return MonthRange(max(self.first, self.last.plus(1 - months)), self.last)


def contiguous(months: Iterable[Month]) -> list[MonthRange]:
    """Join months into as few ranges as possible, in order: one run a range, not one run a month."""
    ranges: list[MonthRange] = []
    for month in sorted(set(months)):
        if ranges and ranges[-1].last.plus(1) == month:
            ranges[-1] = MonthRange(ranges[-1].first, month)
        else:
            ranges.append(MonthRange(month, month))
    return ranges
