"""What starts by itself: the sensor ``inbox`` imports files that have settled, ``due_work`` analyses what is due, ``notifications``
tells people what is new.

None remembers anything of its own: what a file's state is says the registry of inbox files, what is due the queue of analyses,
what was told the record of that. (The cursor of ``inbox`` says when to look again, and may be lost.) So whatever is killed, the
next tick finds what is left to do. Each starts nothing while a run of its kind goes on, and after runs that failed it waits,
longer each time; so it does after looks that failed. While there are workers (``worker``), the first two start only what has waited
for longer than a worker that is free would let it.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import dagster as dg

from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.dagster_runtime.instance import fail_abandoned_runs
from ledgerwatch_pipeline.defs.findings import findings_key
from ledgerwatch_pipeline.defs.jobs import (
    ANALYZE_MONTHS,
    IMPORT_FILES,
    NOTIFY_PEOPLE,
    analysis_of,
    analyze_months,
    import_files,
    import_of,
    notify_people,
)
from ledgerwatch_pipeline.defs.loads import raw_loads
from ledgerwatch_pipeline.defs.metadata import records_table
from ledgerwatch_pipeline.defs.partitions import month_tags
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.places import inbox_at
from ledgerwatch_pipeline.importing.receive.source import Inbox
from ledgerwatch_pipeline.importing.receive.watch import InboxLook, look
from ledgerwatch_pipeline.model.backoff import backoff
from ledgerwatch_pipeline.model.errors import LedgerWatchError
from ledgerwatch_pipeline.model.inbox import InboxState
from ledgerwatch_pipeline.model.words import counted
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.pipeline.analyses import DueRange
from ledgerwatch_pipeline.pipeline.notify import Outcome, notify
from ledgerwatch_pipeline.stores.postgres import inbox_files, leases, loads, work

_EVERY_SECONDS = 5
_TOLD_EVERY_SECONDS = 60
_SHOWN = 50
_LOOKED_BACK = 8
_FIRST_PAUSE = 30.0
_LONGEST_PAUSE = 3_600.0
"""Seconds between a run that failed and the next."""
_LEFT_TO_WORKERS = timedelta(seconds=30)
"""How long work waits for a worker, while there is one, until a sensor starts a run for it: the workers have their hands full."""
_LONGEST_BETWEEN_LOOKS = 600.0
"""Seconds between a look that failed and the next: asking costs little, and whoever mends it need not wait long."""
OF_CHOSEN_ASSETS = "__ASSET_JOB"
"""What Dagster calls the job of a run that materializes assets chosen in the UI, and of a backfill from there."""
_GOING_ON = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dg.sensor(
    name="inbox",
    job=import_files,
    minimum_interval_seconds=_EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    required_resource_keys={"home"},
    description="Imports every file of the inbox, a folder or a prefix of an object store, that has not changed for a while, "
    "many in one run. A file that lies where it can be no load (of no known organization, say) is told once.",
)
def inbox_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """One look at the inbox, unless it is too early for that; and a run, if a file waits."""
    home: Home = context.resources.home
    inbox = inbox_at(home.settings.inbox_location, hurried=True)
    if not inbox.made:
        return dg.SensorResult(skip_reason=f"there is no inbox {inbox.name}")
    looks, found, told = _looked(home, inbox, _Looks.of(context.cursor, inbox))
    with home.database.transaction() as connection:
        received = loads.claimable(connection)
        waiting = inbox_files.standing(connection, inbox.name).get(InboxState.SETTLED)
    settled = found.settled if isinstance(found, InboxLook) else 0
    if not settled and not received.items:
        why = found if isinstance(found, str) else f"no file waits; {found.settling} may still be written to"
        return dg.SensorResult(skip_reason=why, asset_events=told, cursor=str(looks))
    why_not = _left_to_workers(home, received.since, waiting.since if waiting else None)
    why_not = why_not or _not_now(context, home, IMPORT_FILES)
    if why_not is not None:
        told_waiting = f"{counted(settled + received.items, 'file')} waiting"
        return dg.SensorResult(skip_reason=f"{told_waiting}: {why_not}", asset_events=told, cursor=str(looks))
    request = dg.RunRequest(run_config=import_of("inbox", inbox=settled > 0))
    return dg.SensorResult(run_requests=[request], asset_events=told, cursor=str(looks))


@dataclass(frozen=True, slots=True)
class _Looks:
    """The cursor: how many looks at this inbox failed in a row, and when the next may be, in seconds since 1970."""

    inbox: str
    failed: int = 0
    next_at: float = 0

    @classmethod
    def of(cls, cursor: str | None, inbox: Inbox) -> "_Looks":
        failed, next_at, name = (cursor or "0 0 ").split(" ", 2)
        return cls(name, int(failed), float(next_at)) if name == inbox.name else cls(inbox.name)

    def __str__(self) -> str:
        return f"{self.failed} {self.next_at:.0f} {self.inbox}"


def _looked(home: Home, inbox: Inbox, before: _Looks) -> tuple[_Looks, InboxLook | str, list[dg.AssetObservation]]:
    """When to look again, what was found or why nothing was, and what is to be told on the page of ``raw_loads``."""
    now = time.time()
    if now < before.next_at:
        return before, f"the inbox is looked at again in {before.next_at - now:.0f} seconds", []
    settle = timedelta(seconds=home.settings.inbox_settle_seconds)
    try:
        found = look(home, inbox, datetime.now(UTC), settle)
    except LedgerWatchError as error:
        failed = before.failed + 1
        told = [] if before.failed else [_unavailable(inbox, error)]
        pause_seconds = backoff(failed, _FIRST_PAUSE, _LONGEST_BETWEEN_LOOKS)
        return _Looks(inbox.name, failed, now + pause_seconds), str(error), told
    return _Looks(inbox.name, 0, now + inbox.seconds_between_looks), found, _misplaced(found)


def _unavailable(inbox: Inbox, error: LedgerWatchError) -> dg.AssetObservation:
    """Told once, however long it lasts."""
    metadata = {"inbox": inbox.name, "reason": str(error)}
    return dg.AssetObservation(raw_loads.key, description="The inbox cannot be looked into", metadata=metadata)


def _misplaced(found: InboxLook) -> list[dg.AssetObservation]:
    """What is new about files that can be no load."""
    if not found.newly_misplaced:
        return []
    rows = [{"path": each.path, "reason": each.reason} for each in found.newly_misplaced[:_SHOWN]]
    return [
        dg.AssetObservation(
            raw_loads.key,
            description="Files in the inbox that can be no load where they lie",
            metadata={"misplaced": len(found.newly_misplaced), "files": records_table(rows, ("path", "reason"))},
        )
    ]


@dg.sensor(
    name="due_work",
    job=analyze_months,
    minimum_interval_seconds=_EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    required_resource_keys={"home"},
    description="Analyses exactly what is due: what was imported, or what other parameters, thresholds or versions of an "
    "analyzer ask for. Contiguous months are one run.",
)
def due_work_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """One look at the queue of analyses."""
    home: Home = context.resources.home
    if (why := _not_now(context, home, ANALYZE_MONTHS)) is not None:
        return dg.SensorResult(skip_reason=why)
    if _goes_on(context, IMPORT_FILES):
        return dg.SensorResult(skip_reason="an import goes on, and may make more due")
    ranges = analyses.due(home, give_up_unknown=False)  # the code server lives long
    loaded = _loaded(context)  # an analyzer that came since has no assets until the code location is loaded again
    parts = [(each, [name for name in each.analyzers if findings_key(name) in loaded]) for each in ranges]
    with home.database.transaction() as connection:
        waiting = work.claimable(connection, load_registry(home.settings).work_names)
    if ranges and not waiting.items:
        return dg.SensorResult(skip_reason="what is due is in somebody's hands")
    if ranges and (why := _left_to_workers(home, waiting.since)) is not None:
        return dg.SensorResult(skip_reason=why)
    requests = [_run_of(each, analyzers) for each, analyzers in parts if analyzers or not each.analyzers]
    return dg.SensorResult(run_requests=requests) if requests else dg.SensorResult(skip_reason="nothing is due")


def _loaded(context: dg.SensorEvaluationContext) -> Collection[dg.AssetKey]:
    repository = context.repository_def
    return set() if repository is None else repository.asset_graph.get_all_asset_keys()


def _run_of(each: DueRange, analyzers: Sequence[str]) -> dg.RunRequest:
    config, selection = analysis_of(analyzers, {"only_due": True, "actor": "due_work"})
    return dg.RunRequest(run_config=config, tags=month_tags(each.months), asset_selection=selection)


@dg.sensor(
    name="notifications",
    job=notify_people,
    minimum_interval_seconds=_TOLD_EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    required_resource_keys={"home"},
    description="Tells the destinations of the home's notifications.toml what they were not told yet; without that file it "
    "does nothing.",
)
def notifications_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """One look at what there is to tell."""
    home: Home = context.resources.home
    if not home.settings.notifications.exists():
        return dg.SensorResult(skip_reason=f"notifications are off: there is no {home.settings.notifications}")
    if (why := _not_now(context, home, NOTIFY_PEOPLE)) is not None:
        return dg.SensorResult(skip_reason=why)
    try:
        report = notify(home, dry_run=True)
    except LedgerWatchError as error:
        return dg.SensorResult(skip_reason=str(error))
    if not any(each.outcome is Outcome.WOULD_BE_SENT for each in report.destinations):
        return dg.SensorResult(skip_reason="nothing new, or quiet hours")
    return dg.SensorResult(run_requests=[dg.RunRequest()])


def _left_to_workers(home: Home, *since: datetime | None) -> str | None:
    """Why what waits since then is left to the workers; None: there are none, or they have let it wait for too long."""
    with home.database.transaction() as connection:
        workers = leases.count_present(connection)
    waits = [each for each in since if each is not None]
    if not workers or (waits and datetime.now(UTC) - min(waits) > _LEFT_TO_WORKERS):
        return None
    return f"left to {counted(workers, 'worker')} for the first {_LEFT_TO_WORKERS.seconds} seconds"


def _not_now(context: dg.SensorEvaluationContext, home: Home, job_name: str) -> str | None:
    """Why no run of the job is to be started at this tick; None: one may be. Runs whose process was killed are over first."""
    fail_abandoned_runs(home.database, context.instance)
    if _goes_on(context, job_name):
        return f"a run of {job_name} goes on"
    newest = context.instance.get_run_records(dg.RunsFilter(job_name=job_name), limit=_LOOKED_BACK)
    wait = pause(newest, time.time())
    return None if wait is None else f"the last run of {job_name} failed; the next is in {wait:.0f} seconds"


def pause(newest: Sequence[dg.RunRecord], now: float) -> float | None:
    """Seconds until the next run may start, None: at once. Each failure in a row, the newest run's first, doubles the pause."""
    failures = list(takewhile(lambda each: each.dagster_run.status is dg.DagsterRunStatus.FAILURE, newest))
    if not failures:
        return None
    ended = failures[0].end_time or failures[0].update_timestamp.timestamp()
    left = ended + backoff(len(failures), _FIRST_PAUSE, _LONGEST_PAUSE) - now
    return left if left > 0 else None


def _goes_on(context: dg.SensorEvaluationContext, job_name: str) -> bool:
    """Whether a run of the job is queued or executed, or one of assets that somebody chose in the UI."""
    names = (job_name, OF_CHOSEN_ASSETS)
    return any(context.instance.get_runs_count(dg.RunsFilter(job_name=each, statuses=_GOING_ON)) for each in names)
