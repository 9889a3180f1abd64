"""A worker: a process that stays, with Great Expectations and Dagster loaded, and does what comes in at once.

It looks at the inbox, at the received loads and at the analyses that are due, again and again, and does what is there as Dagster
runs of its own process, like a command. It remembers nothing: whatever is killed, the next look finds what is left to do. Any
number may work at once, on one machine or several; Dagster's sensors leave to them what has not waited for long
(``defs.sensors``). The command ``ledgerwatch worker`` is ``cli.worker``.
"""

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ledgerwatch_pipeline.access.principal import SYSTEM, Principal, local_operator
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.dagster_runtime import launching
from ledgerwatch_pipeline.dagster_runtime.instance import fail_abandoned_runs, instance_of
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.judge import load_expectations
from ledgerwatch_pipeline.importing.receive.places import inbox_at
from ledgerwatch_pipeline.importing.receive.watch import look
from ledgerwatch_pipeline.model.backoff import backoff
from ledgerwatch_pipeline.model.errors import InboxUnavailableError, UsageError
from ledgerwatch_pipeline.model.load import LoadStatus
from ledgerwatch_pipeline.model.progress import no_progress
from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.model.work import Claimable
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.stores.postgres import leases, loads, overview, work

ACTOR = "worker"
_LOOK_EVERY = 0.5
"""Seconds between two looks when nothing is to be done; a look that takes long is followed by ten times as long."""
_PLAN_EVERY = 60.0
"""Seconds between two looks for what no queue has: months that an analyzer's present version has not seen."""
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 600.0
"""Seconds after something failed, or did not get less; doubled each time."""
_USUAL_COLLECTION = (700, 10, 10)
"""Python's own thresholds of garbage collection, which the start of a command raises."""


@dataclass(slots=True)
class Done:
    """What a worker did: runs of imports and of analyses."""

    imports: int = 0
    analyses: int = 0

    def __bool__(self) -> bool:
        return bool(self.imports or self.analyses)


@dataclass(slots=True)
class _Pause:
    """How often a part of the work failed in a row, and until when it is left alone."""

    failures: int = 0
    until: float = 0.0

    @property
    def over(self) -> bool:
        """Whether it may be tried again."""
        return time.monotonic() >= self.until

    def failed(self) -> float:
        """It failed once more; for how many seconds it is left alone."""
        self.failures += 1
        return self._left_alone(backoff(self.failures, _FIRST_PAUSE, _LONGEST_PAUSE))

    def went_well(self, seconds: float = 0.0) -> None:
        """It did not fail; it is left alone for so long all the same."""
        self.failures = 0
        self._left_alone(seconds)

    def _left_alone(self, seconds: float) -> float:
        self.until = time.monotonic() + seconds
        return seconds


class Worker:
    """Takes up work of ``home``; ``say`` is told in a sentence what was done and what failed."""

    def __init__(self, home: Home, say: Callable[[str], None], principal: Principal | None = None) -> None:
        self.home = home
        self.say = say
        self.principal = principal or local_operator(ACTOR)
        self.done = Done()
        self._planned: float | None = None
        self._planning = 0.0  # seconds it took; planning has a rhythm of its own
        self._inbox = inbox_at(home.settings.inbox_location)
        self._looks = _Pause()
        self._settling = 0

    def warm_up(self) -> None:
        """Load everything that work needs, which takes some seconds, and keep it out of the garbage collection from then on."""
        load_expectations()
        instance_of(self.home)
        self.home.lake.snapshot()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_USUAL_COLLECTION)

    def work_until(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set, which is looked at between two pieces of work.

        Raises what makes this process unfit to go on: that PostgreSQL cannot be reached, say. What failed alone is FAILED.
        """
        parts = {self._import: _Pause(), self._analyse: _Pause()}
        with leases.present(self.home.database) as require_present:
            while not stop.is_set():
                require_present()
                began, self._planning = time.monotonic(), 0.0
                done = sum(self._did(part, pause) for part, pause in parts.items())
                if not done:
                    stop.wait(max(_LOOK_EVERY, 10 * (time.monotonic() - began - self._planning)))

    def _did(self, part: Callable[[], None], pause: "_Pause") -> bool:
        """Whether there was anything to do, or to fail at; what fails is paused, and keeps the other part from nothing."""
        if not pause.over:
            return False
        before = replace(self.done)
        try:
            part()
        except launching.RunFailedError as error:
            self.say(f"failed: {error}; again in {pause.failed():.0f} s")
            return True
        pause.went_well()
        return self.done != before

    def work_off(self, stop: threading.Event) -> None:
        """Do what there is, with the files of the inbox that are seen to have settled meanwhile; less if ``stop`` is set. Raises
        RunFailedError."""
        end = time.monotonic() + self.home.settings.inbox_settle_seconds + 1
        while not stop.is_set() and (self.step() or (self._settling and time.monotonic() < end)):
            if self._settling:
                stop.wait(_LOOK_EVERY)
                self._looks.went_well()

    def step(self) -> Done:
        """Do what there is now; what was done, nothing perhaps. Raises RunFailedError."""
        before = replace(self.done)
        self._import()
        self._analyse()
        return Done(self.done.imports - before.imports, self.done.analyses - before.analyses)

    def _import(self) -> None:
        settled = self._settled()
        waiting = self._waiting_loads()
        if not settled and not waiting.items:
            return
        fail_abandoned_runs(self.home.database, instance_of(self.home))
        began = time.monotonic()
        launching.import_waiting(self.home, inbox=settled > 0, principal=self.principal, on_progress=no_progress)
        self.done.imports += 1
        self._tell(f"imported {counted(settled + waiting.items, 'file')}", began)
        _require_less(waiting, self._waiting_loads(), "load")

    def _settled(self) -> int:
        """How many files of the inbox may be taken in; 0 when it is too early for another look, or it cannot be looked into."""
        inbox, settle = self._inbox, timedelta(seconds=self.home.settings.inbox_settle_seconds)
        if not inbox.made or not self._looks.over:
            return 0
        try:
            found = look(self.home, inbox, datetime.now(UTC), settle)
        except (UsageError, InboxUnavailableError) as error:
            if not self._looks.failures:
                self.say(f"the inbox cannot be looked into: {error}")
            self._looks.failed()
            self._settling = 0
            return 0
        self._looks.went_well(inbox.seconds_between_looks)
        self._settling = found.settling
        return found.settled

    def _waiting_loads(self) -> Claimable:
        with self.home.database.transaction() as connection:
            return loads.claimable(connection)

    def _analyse(self) -> None:
        waiting = self._due()
        if not waiting.items and self._planned is not None and time.monotonic() - self._planned < _PLAN_EVERY:
            return
        began = time.monotonic()
        ranges = analyses.due(self.home, give_up_unknown=False)
        self._planned = time.monotonic()
        self._planning = self._planned - began
        waiting = self._due()
        if not ranges or not waiting.items:
            return
        began = time.monotonic()
        launching.analyze_ranges(self.home, ranges, principal=self.principal, on_progress=no_progress)
        self.done.analyses += len(ranges)
        told = ", ".join(str(each.months) for each in ranges[:3]) + (" and more" if len(ranges) > 3 else "")
        self._tell(f"analysed {told}", began)
        _require_less(waiting, self._due(), "analysis")

    def _tell(self, what: str, began: float) -> None:
        with self.home.database.transaction() as connection:
            standing = {
                "FAILED": len(overview.failures(connection, SYSTEM)),
                "rejected": loads.unsolved(connection, LoadStatus.REJECTED, 0).count,
                "held": loads.held(connection, 0).count,
            }
        told = ", ".join(f"{count} {what}" for what, count in standing.items() if count)
        trouble = f"; there are {told}, see: ledgerwatch status" if told else ""
        self.say(f"{what} in {time.monotonic() - began:.1f} s{trouble}")

    def _due(self) -> Claimable:
        names = load_registry(self.home.settings).work_names
        with self.home.database.transaction() as connection:
            return work.claimable(connection, names)


def _require_less(before: Claimable, after: Claimable, what: str) -> None:
    """Raise RunFailedError if the item that waited longest still does and there are not fewer, so that it is not tried again at
    once for ever. What came together waits since the same moment, and a run takes up some organizations of it."""
    if before.items and after.since is not None and after.since == before.since and after.items >= before.items:
        raise launching.RunFailedError("", [f"a run left what waits as it was: {counted(after.items, what)}"])
