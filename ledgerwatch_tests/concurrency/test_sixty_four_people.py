"""Sixty-four people at sixty-four terminals acknowledge alerts at the same moment: processes with connections of their own."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from ledgerwatch_pipeline.model.alert import AlertNumber
from ledgerwatch_pipeline.model.audit import Subject, SubjectType
from ledgerwatch_pipeline.stores.postgres import alerts, audit
from ledgerwatch_tests.acknowledging import PRELOADED, acknowledge
from ledgerwatch_tests.processes import TESTER, Installation, installation

PEOPLE = 64
_PATIENCE = 120

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place() -> Iterator[Installation]:
    with installation() as fresh:
        yield fresh


def at_once(place: Installation, numbers: Sequence[str]) -> list[int | None]:
    """The exit codes of as many processes as there are numbers. They are forked from one that has imported the command."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    together = context.Barrier(len(numbers))
    home, url = place.environment["LEDGERWATCH_HOME"], place.home.database.url
    people = [
        context.Process(target=acknowledge, args=(home, url, number, f"person-{place_}", together))
        for place_, number in enumerate(numbers)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join(_PATIENCE)
    return [person.exitcode for person in people]


def acknowledgements(place: Installation, number: str) -> int:
    """How many audit events say that this alert was acknowledged."""
    with place.home.database.transaction() as connection:
        alert = alerts.get(connection, AlertNumber.parse(number), TESTER)
        history = audit.history(connection, Subject(SubjectType.ALERT, str(alert.id)), TESTER)
    assert alert.status == "ACKNOWLEDGED"
    assert {each.actor for each in history if each.event_type == "ALERT_ACKNOWLEDGED"} == {alert.acknowledged_by}
    return sum(each.event_type == "ALERT_ACKNOWLEDGED" for each in history)


def test_of_many_who_acknowledge_one_alert_one_succeeds(place: Installation) -> None:
    number = place.alert_of("single")
    assert Counter(at_once(place, [number] * PEOPLE)) == {0: 1, 4: PEOPLE - 1}
    assert acknowledgements(place, number) == 1


def test_all_who_acknowledge_different_alerts_succeed(place: Installation) -> None:
    place.alert_of("several", PEOPLE)
    numbers = [each["number"] for each in place.json("alerts", "list", "--org", "several", "--all")["alerts"]]
    assert len(numbers) == PEOPLE
    assert Counter(at_once(place, numbers)) == {0: PEOPLE}
    assert {acknowledgements(place, number) for number in numbers} == {1}
    with place.home.database.snapshot() as connection:
        counts = audit.verify(connection)
    assert counts["several"] > PEOPLE
