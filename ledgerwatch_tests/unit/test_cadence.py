"""When files are due: the grammar, the due days, and who is late. Days are those of UTC; 2026-11-30 is a Monday."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerwatch_pipeline.model.cadence import WEEKDAYS, Cadence, Lateness, Rhythm
from ledgerwatch_pipeline.model.errors import UsageError

CADENCES = st.one_of(
    st.sampled_from([Cadence(Rhythm.DAILY), Cadence(Rhythm.WORKDAYS)]),
    st.builds(Cadence, st.just(Rhythm.WEEKLY), st.integers(0, 6)),
    st.builds(Cadence, st.just(Rhythm.MONTHLY), st.integers(1, 31)),
)
DAYS = st.dates(date(1999, 1, 1), date(2101, 12, 31))
LONGEST = {Rhythm.DAILY: 1, Rhythm.WORKDAYS: 3, Rhythm.WEEKLY: 7, Rhythm.MONTHLY: 31}


def cadence(text: str) -> Cadence:
    found = Cadence.parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("daily", "daily"),
        (" Workdays ", "workdays"),
        ("weekly  Monday", "weekly monday"),
        ("WEEKLY SUNDAY", "weekly sunday"),
        ("monthly 5", "monthly 5"),
        ("monthly 31", "monthly 31"),
    ],
)
def test_what_people_write_is_kept_in_one_form(written: str, kept: str) -> None:
    assert str(Cadence.parse(written)) == kept


def test_none_is_that_nothing_is_expected() -> None:
    assert Cadence.parse("None") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "monthly",
        "monthly 0",
        "monthly 32",
        "monthly 05",
        "monthly 5 6",
        "monthly ٥",
        "weekly",
        "weekly mon",
        "yearly",
        "daily 1",
    ],
)
def test_anything_else_is_an_error_that_says_what_would_be_right(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"write daily, workdays, weekly monday, monthly 5 \(in a shorter month: its last"
    ):
        Cadence.parse(text)


@pytest.mark.parametrize(
    ("text", "day", "before", "after"),
    [
        ("daily", "2026-03-01", "2026-02-28", "2026-03-02"),
        ("daily", "2028-03-01", "2028-02-29", "2028-03-02"),
        ("workdays", "2026-11-30", "2026-11-27", "2026-12-01"),  # Monday: Friday before
        ("workdays", "2026-11-29", "2026-11-27", "2026-11-30"),  # Sunday
        ("workdays", "2026-11-28", "2026-11-27", "2026-11-30"),  # Saturday
        ("workdays", "2026-11-27", "2026-11-26", "2026-11-30"),  # Friday
        ("weekly monday", "2026-11-30", "2026-11-23", "2026-12-07"),
        ("weekly sunday", "2026-11-30", "2026-11-29", "2026-12-06"),
        ("weekly tuesday", "2026-11-30", "2026-11-24", "2026-12-01"),
        ("monthly 5", "2026-11-05", "2026-10-05", "2026-12-05"),
        ("monthly 5", "2026-11-06", "2026-11-05", "2026-12-05"),
        ("monthly 5", "2026-01-04", "2025-12-05", "2026-01-05"),
        ("monthly 31", "2026-02-28", "2026-01-31", "2026-03-31"),
        ("monthly 31", "2026-02-27", "2026-01-31", "2026-02-28"),
        ("monthly 30", "2028-02-29", "2028-01-30", "2028-03-30"),
        ("monthly 29", "2028-02-28", "2028-01-29", "2028-02-29"),
        ("monthly 29", "2100-03-01", "2100-02-28", "2100-03-29"),  # no leap year
        ("monthly 31", "2026-12-31", "2026-11-30", "2027-01-31"),
        ("monthly 1", "2026-12-31", "2026-12-01", "2027-01-01"),
    ],
)
def test_the_due_days_around_a_day(text: str, day: str, before: str, after: str) -> None:
    found = cadence(text)
    assert str(found.last_before(date.fromisoformat(day))) == before
    assert str(found.first_after(date.fromisoformat(day))) == after


@pytest.mark.parametrize(
    ("text", "delivered", "due"),
    [
        ("monthly 5", "2026-11-05", "2026-11-05"),
        ("monthly 5", "2026-11-01", "2026-11-05"),  # early
        ("monthly 5", "2026-11-08", "2026-11-05"),  # late: not an early one for December
        ("monthly 5", "2026-11-20", "2026-12-05"),  # as near to both: the later one
        ("monthly 5", "2026-11-21", "2026-12-05"),
        ("weekly monday", "2026-11-27", "2026-11-30"),
        ("weekly monday", "2026-11-26", "2026-11-23"),
        ("workdays", "2026-11-28", "2026-11-27"),  # a Saturday: late for Friday
        ("workdays", "2026-11-29", "2026-11-30"),
        ("daily", "2026-11-29", "2026-11-29"),
    ],
)
def test_a_delivery_counts_for_the_nearest_due_day(text: str, delivered: str, due: str) -> None:
    assert str(cadence(text).due_day_of(date.fromisoformat(delivered))) == due


@pytest.mark.parametrize(
    ("text", "expected_after", "delivered", "today", "late"),
    [
        # on the due day itself nobody is late; the day after, who did not deliver is
        ("monthly 5", "2026-10-10", None, "2026-11-05", None),
        ("monthly 5", "2026-10-10", None, "2026-11-06", Lateness(date(2026, 11, 5), 1)),
        ("monthly 5", "2026-10-10", "2026-11-05", "2026-12-05", None),
        ("monthly 5", "2026-10-10", "2026-11-03", "2026-12-05", None),
        ("monthly 5", "2026-10-10", "2026-11-03", "2026-12-06", Lateness(date(2026, 12, 5), 1)),
        # who delivers late is late no more, and owes the next month's all the same
        ("monthly 5", "2026-09-10", "2026-10-08", "2026-10-09", None),
        ("monthly 5", "2026-09-10", "2026-10-08", "2026-11-06", Lateness(date(2026, 11, 5), 1)),
        # the first due day is the one after that on which it was said
        ("monthly 5", "2026-11-05", None, "2026-12-05", None),
        ("weekly monday", "2026-11-23", "2026-11-02", "2026-11-30", None),
        ("weekly monday", "2026-11-22", "2026-11-02", "2026-11-30", Lateness(date(2026, 11, 23), 1)),
        # long ones are counted from the first day that was missed
        ("weekly monday", "2026-10-01", "2026-11-02", "2026-11-30", Lateness(date(2026, 11, 9), 3)),
        ("daily", "2026-10-01", "2026-11-28", "2026-11-30", Lateness(date(2026, 11, 29), 1)),
        ("workdays", "2026-10-01", "2026-11-27", "2026-11-30", None),
        ("workdays", "2026-10-01", "2026-11-27", "2026-12-01", Lateness(date(2026, 11, 30), 1)),
        ("monthly 31", "2026-01-01", "2026-01-31", "2026-03-01", Lateness(date(2026, 2, 28), 1)),
        # a file from the future, by a clock that goes wrong, is no error
        ("daily", "2026-10-01", "2026-12-24", "2026-11-30", None),
    ],
)
def test_who_is_late_and_since_when(
    text: str, expected_after: str, delivered: str | None, today: str, late: Lateness | None
) -> None:
    day = date.fromisoformat
    found = cadence(text).lateness(day(expected_after), None if delivered is None else day(delivered), day(today))
    assert found == late


@given(CADENCES)
def test_a_cadence_is_read_as_it_is_written(found: Cadence) -> None:
    assert Cadence.parse(str(found)) == found


@given(CADENCES, DAYS)
def test_due_days_follow_each_other_without_a_gap(found: Cadence, day: date) -> None:
    after = found.first_after(day)
    assert timedelta(0) < after - day <= timedelta(days=LONGEST[found.rhythm])
    assert found.last_before(after + timedelta(days=1)) == after
    assert found.last_before(after) == found.last_before(day + timedelta(days=1))
    assert found.first_after(found.last_before(day)) >= day


@given(CADENCES, DAYS)
def test_every_due_day_is_such_a_day(found: Cadence, day: date) -> None:
    due = found.first_after(day)
    if found.rhythm is Rhythm.WEEKLY:
        assert WEEKDAYS[due.weekday()] == WEEKDAYS[found.day]
    if found.rhythm is Rhythm.WORKDAYS:
        assert due.weekday() < 5
    if found.rhythm is Rhythm.MONTHLY:
        assert due.day == found.day or (due.day < found.day and (due + timedelta(days=1)).day == 1)


@given(CADENCES, DAYS)
def test_a_delivery_counts_for_the_due_day_before_or_after_it_whichever_is_nearer(found: Cadence, day: date) -> None:
    before, after = found.last_before(day + timedelta(days=1)), found.first_after(day - timedelta(days=1))
    due = found.due_day_of(day)
    assert due in (before, after)
    assert abs(due - day) == min(day - before, after - day)


@given(CADENCES, DAYS, st.integers(0, 400))
def test_who_delivers_on_a_due_day_is_not_late_until_the_next_one_has_passed(
    found: Cadence, day: date, days: int
) -> None:
    due = found.first_after(day)
    following = found.first_after(due)
    assert found.lateness(day, due, following) is None
    late = found.lateness(day, due, following + timedelta(days=1 + days))
    assert late is not None
    assert (late.since, late.missed >= 1) == (following, True)
