"""``notifications.toml``: what is read, and what every mistake in it says; no message repeats a URL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.notification import Kind
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.notifying.configuration import Configuration, read_configuration

ACME = Organization(UUID(int=1), "acme", "Acme")
ZENITH = Organization(UUID(int=2), "zenith", "Zenith")
SECRET = "jsons://someone:hunter2@example.com/token"
GOOD = f"""
overdue_hours = 6

[[destinations]]
name = "auditors"
url = "{SECRET}"
organizations = ["acme"]
kinds = ["alerts", "failed"]
minimum_severity = "HIGH"
quiet_hours = {{ from = "20:00", to = "07:00", zone = "Europe/London" }}

[[destinations]]
name = "operators"
url_env = "NOTIFY_OPERATORS"
organizations = "all"
"""


def read(folder: Path, content: str) -> Configuration:
    file = folder / "notifications.toml"
    file.write_text(content, encoding="utf-8")
    found = read_configuration(file, [ACME, ZENITH], {"NOTIFY_OPERATORS": SECRET, "NOTIFY_BAD": "hunter2"})
    assert found is not None
    return found


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    auditors, operators = found.destinations
    assert found.overdue_after == timedelta(hours=6)
    assert (auditors.url, auditors.organizations, auditors.minimum_severity) == (
        SECRET,
        frozenset({ACME.id}),
        Severity.HIGH,
    )
    assert auditors.kinds == {Kind.ALERTS, Kind.FAILED}
    assert (operators.url, operators.organizations) == (SECRET, frozenset({ACME.id, ZENITH.id}))
    assert (operators.kinds, operators.minimum_severity, operators.quiet) == (frozenset(Kind), Severity.LOW, None)
    assert "hunter2" not in repr(found)


def test_no_file_is_off(tmp_path: Path) -> None:
    assert read_configuration(tmp_path / "notifications.toml", [], {}) is None


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("overdue_hours", "overdue_hrs", "unknown key overdue_hrs; known: overdue_hours, destinations"),
        ("= 6", "= 0", "overdue_hours = 0 is wrong; it must be a whole number of hours"),
        ("= 6", "= true", "overdue_hours = True is wrong"),
        ("= 6", "= ", "is not valid TOML"),
        ("kinds", "kind", "unknown key destinations[1].kind; known: name, url, url_env"),
        ('"failed"', '"fails"', "destinations[1].kinds = 'fails' is wrong; it must be of alerts, failed, rejected"),
        ('["alerts", "failed"]', "[]", "destinations[1].kinds = [] is wrong; it must be a list of texts"),
        ('["acme"]', '["acne"]', "destinations[1].organizations: unknown organization 'acne'; known: acme"),
        ('organizations = "all"', "", "destinations[2].organizations is wrong; it must be given: a list of org"),
        ('"HIGH"', '"high"', "destinations[1].minimum_severity = 'high' is wrong; it must be of LOW, MEDIUM, HIGH"),
        ('"auditors"', '"The Auditors"', "destinations[1].name = 'The Auditors' is wrong"),
        ('"operators"', '"auditors"', "destinations[2].name = 'auditors' is wrong; it must be a name that no other"),
        ('"20:00"', '"24:00"', "destinations[1].quiet_hours.from = '24:00' is wrong"),
        ('"07:00"', '"20:00"', "destinations[1].quiet_hours.to = '20:00' is wrong; it must be another time than from"),
        ("Europe/London", "Europe", "destinations[1].quiet_hours.zone = 'Europe' is wrong"),
        ("Europe/London", "../../etc/passwd", "destinations[1].quiet_hours.zone = '../../etc/passwd' is wrong"),
        (f'"{SECRET}"', '"someone:hunter2"', "destinations[1].url is wrong; it must be a URL of Apprise such as"),
        (f'"{SECRET}"', '["hunter2"]', "destinations[1].url is wrong"),
        (f'url = "{SECRET}"', "", "destinations[1].url is wrong; it must be given, or else url_env"),
        (
            '"NOTIFY_OPERATORS"',
            '"NOTIFY_NONE"',
            "destinations[2].url_env = 'NOTIFY_NONE' is wrong; it must be the name",
        ),
        ('"NOTIFY_OPERATORS"', '"NOTIFY_BAD"', "destinations[2].url_env is wrong; it must be a variable with a URL"),
        ('"NOTIFY_OPERATORS"', f'"{SECRET}"', "destinations[2].url_env is wrong; it must be the name of an env"),
        ('"NOTIFY_OPERATORS"', '"LEDGERWATCH_URL"', "not beginning with LEDGERWATCH_"),
    ],
)
def test_a_mistake_is_named_with_file_and_key_and_what_would_be_right(
    tmp_path: Path, right: str, wrong: str, complaint: str
) -> None:
    assert right in GOOD
    with pytest.raises(UsageError) as told:
        read(tmp_path, GOOD.replace(right, wrong, 1))
    assert complaint in str(told.value)
    assert str(tmp_path / "notifications.toml") in str(told.value)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-01-10T19:59:59", None),
        ("2026-01-10T20:00:00", "2026-01-11T07:00:00"),
        ("2026-01-11T06:59:59", "2026-01-11T07:00:00"),
        ("2026-01-11T07:00:00", None),
        ("2026-03-28T23:00:00", "2026-03-29T06:00:00"),  # summer time begins in that night
        ("2026-07-10T19:00:00", "2026-07-11T06:00:00"),
        ("2026-07-10T06:00:00", None),
    ],
)
def test_quiet_hours_go_by_the_clock_of_their_zone(tmp_path: Path, now: str, end: str | None) -> None:
    """Moments in UTC."""
    quiet = read(tmp_path, GOOD).destinations[0].quiet
    assert quiet is not None
    expected = None if end is None else datetime.fromisoformat(end).replace(tzinfo=UTC)
    assert quiet.end_if_within(datetime.fromisoformat(now).replace(tzinfo=UTC)) == expected


def test_quiet_hours_within_a_day(tmp_path: Path) -> None:
    content = GOOD.replace('"20:00"', '"12:00"').replace('"07:00"', '"14:00"')
    quiet = read(tmp_path, content).destinations[0].quiet
    assert quiet is not None
    found = [quiet.end_if_within(datetime(2026, 1, 1, hour, tzinfo=UTC)) for hour in (11, 12, 13, 14)]
    assert [None if each is None else each.hour for each in found] == [None, 14, 14, None]
