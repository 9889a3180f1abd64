"""The step that tells people what is new: once to each destination of ``notifications.toml``, and nothing without that file.

A message is sent first and recorded after: killed in between, it is sent again the next time. It is told twice then, and
never not at all. One process at a time sends to a destination, so several at once send once.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from ledgerwatch_pipeline.access.principal import SYSTEM
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.notification import AlertDigest, Destination, Kind, Message, Problem
from ledgerwatch_pipeline.model.operations import OverdueDelivery
from ledgerwatch_pipeline.notifying.configuration import Configuration, read_configuration
from ledgerwatch_pipeline.notifying.messages import FIRST_ALERTS, digest_message, problems_message, trial_message
from ledgerwatch_pipeline.notifying.sending import SECONDS, Sender
from ledgerwatch_pipeline.pipeline.operations import overdue_deliveries
from ledgerwatch_pipeline.stores.postgres import locks, notifications, organizations
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_pipeline.stores.postgres.operations import expectations

_MOST_FAILURES = 3
"""Messages that fail before a destination is given up until the next time: a message that a service does not like keeps no
other back, and one that is down is not waited for once an organization."""


class Outcome(StrEnum):
    """How it went with a destination."""

    SENT = "sent"
    WOULD_BE_SENT = "would be sent"
    NOTHING_NEW = "nothing new"
    QUIET = "quiet hours"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DestinationReport:
    """messages: those that were sent, or would be. reason: why the first that was not was not, without secrets. quiet_until: their
    end."""

    name: str
    outcome: Outcome
    messages: tuple[Message, ...] = ()
    reason: str | None = None
    quiet_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotificationReport:
    """on: whether there is a file."""

    file: Path
    on: bool
    destinations: tuple[DestinationReport, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether a destination could not be told; it is tried again the next time."""
        return any(each.outcome is Outcome.FAILED for each in self.destinations)


@dataclass(frozen=True, slots=True)
class _Untold:
    """A message, and what it tells of: the alerts of one organization, or problems."""

    message: Message
    digest: AlertDigest | None
    problems: tuple[Problem, ...] = ()


def notify(
    home: Home,
    *,
    now: datetime | None = None,
    dry_run: bool = False,
    seconds: float = SECONDS,
    environment: Mapping[str, str] | None = None,
) -> NotificationReport:
    """Tell every destination what it was not told yet. Raises UsageError for a file that is wrong, before anything is sent.

    now: the moment that quiet hours and overdue work are judged by. dry_run: send and record nothing. seconds: how long one
    send may take. environment: where the variables are that the file names.
    """
    configuration = _configuration(home, environment)
    if configuration is None:
        return NotificationReport(home.settings.notifications, on=False)
    moment = now or datetime.now(UTC)
    with Sender(seconds) as sender:
        run = _Run(home, configuration, moment, sender)
        if dry_run:
            run.require_usable_urls()
        tell = run.would_tell if dry_run else run.tell
        reports = tuple(tell(each) for each in configuration.destinations)
    return NotificationReport(configuration.file, on=True, destinations=reports)


def send_trial(
    home: Home,
    name: str,
    *,
    now: datetime | None = None,
    seconds: float = SECONDS,
    environment: Mapping[str, str] | None = None,
) -> DestinationReport:
    """Send a test message to the destination called ``name``, also in quiet hours; nothing is recorded. Raises UsageError."""
    configuration = _configuration(home, environment)
    if configuration is None:
        raise UsageError(f"there is no {home.settings.notifications}; see docs/notifications.md")
    destination = configuration.named(name)
    message = trial_message(name, (now or datetime.now(UTC)).astimezone(UTC))
    with Sender(seconds) as sender:
        _require_usable(configuration, destination, sender)
        reason = sender.send(destination.url, message)
    if reason is not None:
        return DestinationReport(name, Outcome.FAILED, reason=reason)
    return DestinationReport(name, Outcome.SENT, (message,))


def _configuration(home: Home, environment: Mapping[str, str] | None) -> Configuration | None:
    with home.database.transaction() as connection:
        known = organizations.list_all(connection, SYSTEM)
    return read_configuration(home.settings.notifications, known, os.environ if environment is None else environment)


def _require_usable(configuration: Configuration, destination: Destination, sender: Sender) -> None:
    """Raises UsageError, naming the key, when Apprise cannot use the destination's URL."""
    if (reason := sender.check(destination.url)) is not None:
        raise UsageError(f"{configuration.file}: {destination.key} of {destination.name} is wrong: {reason}")


class _Run:
    """One call of ``notify``."""

    def __init__(self, home: Home, configuration: Configuration, now: datetime, sender: Sender) -> None:
        self._database = home.database
        self._configuration = configuration
        self._now = now
        self._sender = sender
        self._checked = False

    def require_usable_urls(self) -> None:
        """Have Apprise look at every URL, once and before anything is sent. Raises UsageError."""
        if not self._checked:
            for each in self._configuration.destinations:
                _require_usable(self._configuration, each, self._sender)
            self._checked = True

    def would_tell(self, destination: Destination) -> DestinationReport:
        """What there is to tell."""
        messages = tuple(each.message for each in self._untold(destination, self._standing(destination)))
        if messages and (until := self._quiet_until(destination)):
            return DestinationReport(destination.name, Outcome.QUIET, messages, quiet_until=until)
        outcome = Outcome.WOULD_BE_SENT if messages else Outcome.NOTHING_NEW
        return DestinationReport(destination.name, outcome, messages)

    def tell(self, destination: Destination) -> DestinationReport:
        """Send and record one message after the other. What solved itself is forgotten also in quiet hours."""
        with self._database.hold(locks.space(Lock.NOTIFY), locks.number(destination.name)):
            standing = self._standing(destination)
            with self._database.transaction() as connection:
                notifications.forget_solved(connection, destination.name, standing)
            if until := self._quiet_until(destination):
                return DestinationReport(destination.name, Outcome.QUIET, quiet_until=until)
            return self._send(destination, self._untold(destination, standing))

    def _send(self, destination: Destination, untold: Iterator[_Untold]) -> DestinationReport:
        sent: list[Message] = []
        reasons: list[str] = []
        for each in untold:
            self.require_usable_urls()
            if (reason := self._sender.send(destination.url, each.message)) is None:
                self._record(destination, each)
                sent.append(each.message)
            elif len(reasons := [*reasons, reason]) == _MOST_FAILURES:
                break
        if reasons:
            return DestinationReport(destination.name, Outcome.FAILED, tuple(sent), reasons[0])
        return DestinationReport(destination.name, Outcome.SENT if sent else Outcome.NOTHING_NEW, tuple(sent))

    def _quiet_until(self, destination: Destination) -> datetime | None:
        return destination.quiet.end_if_within(self._now) if destination.quiet else None

    def _standing(self, destination: Destination) -> list[Problem]:
        with self._database.snapshot() as connection:
            since = self._now - self._configuration.overdue_after
            problems = notifications.problems(connection, destination, since)
            if Kind.OVERDUE not in destination.kinds:
                return problems
            late = overdue_deliveries(expectations(connection), self._now)
        return problems + [_late(each) for each in late if each.organization_id in destination.organizations]

    def _untold(self, destination: Destination, standing: list[Problem]) -> Iterator[_Untold]:
        with self._database.snapshot() as connection:
            problems = notifications.untold(connection, destination.name, standing)
            wants_alerts = Kind.ALERTS in destination.kinds
            today = self._now.astimezone(UTC).date()
            digests = notifications.new_alerts(connection, destination, FIRST_ALERTS, today) if wants_alerts else []
        if problems:
            yield _Untold(problems_message(problems), None, tuple(problems))
        for digest in digests:
            yield _Untold(digest_message(digest), digest)

    def _record(self, destination: Destination, told: _Untold) -> None:
        with self._database.transaction() as connection:
            if told.digest is not None:
                notifications.record_alerts(connection, destination.name, told.digest)
            if told.problems:
                notifications.record_problems(connection, destination.name, told.problems)


def _late(delivery: OverdueDelivery) -> Problem:
    """A delivery that did not come, as a destination is told of it: once, until something comes."""
    reason = f"nothing came by {delivery.since}, when its files were due ({delivery.delivers})"
    subject, state = f"delivery {delivery.organization_id}", delivery.since.isoformat()
    return Problem(Kind.OVERDUE, subject, state, delivery.organization, "delivery", reason)
