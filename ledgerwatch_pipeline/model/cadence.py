"""When an organization delivers its files, as its operator says it, and the arithmetic of due days. Days are those of UTC.

A file is due by the end of its due day. A delivery counts for the due day that is nearest to it, the later one where two are as
near: so early and late ones are told apart. Of organizations and their loads it knows nothing: ``pipeline.operations``.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.month import Month

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NONE = "none"
"""How people write that nothing is expected."""
_GRAMMAR = f"write daily, workdays, weekly monday, monthly 5 (in a shorter month: its last day), or {NONE}"
_DAY = timedelta(days=1)


class Rhythm(StrEnum):
    """How often files come. WORKDAYS are Monday to Friday, holidays among them."""

    DAILY = "daily"
    WORKDAYS = "workdays"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Lateness:
    """Due days that passed without a delivery: the first of them, and how many they are."""

    since: date
    missed: int


@dataclass(frozen=True, slots=True)
class Cadence:
    """A rhythm, and its day: of the week (0 is Monday) or of the month (1 to 31); 0 for the others. Made by ``parse``."""

    rhythm: Rhythm
    day: int = 0

    @classmethod
    def parse(cls, text: str) -> "Cadence | None":
        """Read what a person writes, in any case; None for ``none``. Raises UsageError."""
        words = text.lower().split()
        match words:
            case ["none"]:
                return None
            case ["daily"] | ["workdays"]:
                return cls(Rhythm(words[0]))
            case ["weekly", day] if day in WEEKDAYS:
                return cls(Rhythm.WEEKLY, WEEKDAYS.index(day))
            case ["monthly", day] if re.fullmatch("[1-9]|[12][0-9]|3[01]", day):
                return cls(Rhythm.MONTHLY, int(day))
        raise UsageError(f"{text!r} does not say when files are delivered; {_GRAMMAR}")

    def __str__(self) -> str:
        match self.rhythm:
            case Rhythm.WEEKLY:
                return f"{self.rhythm} {WEEKDAYS[self.day]}"
            case Rhythm.MONTHLY:
                return f"{self.rhythm} {self.day}"
            case _:
                return str(self.rhythm)

    def last_before(self, day: date) -> date:
        """The last due day before ``day``."""
        match self.rhythm:
            case Rhythm.DAILY:
                return day - _DAY
            case Rhythm.WORKDAYS:
                return day - timedelta(days={0: 3, 6: 2}.get(day.weekday(), 1))
            case Rhythm.WEEKLY:
                return day - timedelta(days=(day.weekday() - self.day - 1) % 7 + 1)
            case Rhythm.MONTHLY:
                month = Month.of(day)
                due = self._in_month(month)
                return due if due < day else self._in_month(month.plus(-1))

    def first_after(self, day: date) -> date:
        """The first due day after ``day``."""
        match self.rhythm:
            case Rhythm.DAILY:
                return day + _DAY
            case Rhythm.WORKDAYS:
                return day + timedelta(days={4: 3, 5: 2}.get(day.weekday(), 1))
            case Rhythm.WEEKLY:
                return day + timedelta(days=(self.day - day.weekday() - 1) % 7 + 1)
            case Rhythm.MONTHLY:
                month = Month.of(day)
                due = self._in_month(month)
                return due if due > day else self._in_month(month.plus(1))

    def due_day_of(self, delivered: date) -> date:
        """The due day that a delivery of that day counts for: the nearest one, the later of two."""
        later = self.first_after(delivered - _DAY)
        earlier = self.last_before(later)
        return later if later - delivered <= delivered - earlier else earlier

    def lateness(self, expected_after: date, delivered: date | None, today: date) -> Lateness | None:
        """What has not come, as of ``today``, which is not over yet; None if nothing is late.

        expected_after: the day on which the cadence was set; the first due day comes after it. delivered: the day of the last
        delivery.
        """
        settled = expected_after if delivered is None else max(expected_after, self.due_day_of(delivered))
        first = due = self.first_after(settled)
        missed = 0
        while due < today:
            missed += 1
            due = self.first_after(due)
        return Lateness(first, missed) if missed else None

    def _in_month(self, month: Month) -> date:
        return min(month.last_day, month.first_day + timedelta(days=self.day - 1))
