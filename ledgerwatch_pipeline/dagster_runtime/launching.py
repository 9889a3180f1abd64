"""Runs Dagster's jobs in this process, for the command line; they stand in Dagster's UI like any other run.

``import_loads``, ``analyze_due`` and ``analyze`` are the entry points of commands, ``import_waiting`` and ``analyze_ranges`` those
of workers. What the jobs do is said by their assets,
and what those do by ``pipeline``. Touches Dagster below its public API; ``ledgerwatch_tests/defs`` names what it relies on.
"""

import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.events import RunFailureReason
from dagster._core.execution.api import execute_run
from dagster._core.execution.execution_result import ExecutionResult
from dagster._core.origin import DEFAULT_DAGSTER_ENTRY_POINT, JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.utils import make_new_run_id

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.dagster_runtime.instance import IN_PROCESS_TAG, LOCATION, alive, events_gathered, instance_of
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.defs.jobs import ANALYZE_MONTHS, IMPORT_FILES, analysis_of, import_of
from ledgerwatch_pipeline.defs.partitions import month_tags, organizations_tag
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import LedgerWatchError
from ledgerwatch_pipeline.model.month import MonthRange
from ledgerwatch_pipeline.model.progress import Progress
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.pipeline.analyses import DueRange
from ledgerwatch_pipeline.stores.postgres import loads

_MODULE = "ledgerwatch_pipeline.definitions"
_INTERRUPTED = RunFailureReason.UNEXPECTED_TERMINATION
"""What Dagster calls the end of a run by Ctrl-C or SIGTERM."""
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class RunFailedError(LedgerWatchError):
    """A Dagster run failed: ``failures`` has a sentence for each step that did. run_id: empty where no step is to blame."""

    def __init__(self, run_id: str, failures: Sequence[str]) -> None:
        self.run_id = run_id
        self.failures = tuple(failures)
        super().__init__("; ".join(failures) + (f" (Dagster run {run_id[:8]})" if run_id else ""))


def import_loads(home: Home, load_ids: Sequence[UUID], *, principal: Principal, on_progress: Progress) -> None:
    """Import these received loads, and any that an interrupted import left behind; one that another process has is
    waited for."""
    config = {"ops": {"validated_transactions": {"config": {"actor": principal.name}}}}
    _run(home, IMPORT_FILES, on_progress, config)
    while loads.wait_for(home.database, load_ids):
        _run(home, IMPORT_FILES, on_progress, config)


def import_waiting(home: Home, *, inbox: bool, principal: Principal, on_progress: Progress) -> None:
    """Import all that waits and that nobody has; inbox: what has settled there is taken in first."""
    _run(home, IMPORT_FILES, on_progress, import_of(principal.name, inbox=inbox))


def analyze_due(home: Home, *, principal: Principal, on_progress: Progress) -> int:
    """Do all that is due, what others have in hand waited for; return how many ranges of months that were.

    What fails is FAILED then, and no error: ``stores.postgres.overview.failures`` tells.
    """
    return analyze_ranges(home, analyses.until_done(home), principal=principal, on_progress=on_progress)


def analyze_ranges(home: Home, ranges: Iterable[DueRange], *, principal: Principal, on_progress: Progress) -> int:
    """Do what is due in these ranges, a run each, and return how many those were."""
    count = 0
    for each in ranges:
        analyzers = [load_registry(home.settings).named(name) for name in each.analyzers]
        _analyze(home, each.months, analyzers, {"only_due": True, "actor": principal.name}, on_progress)
        count += 1
    return count


def analyze(
    home: Home,
    months: MonthRange,
    *,
    slugs: Sequence[str] | None,
    analyzers: Sequence[Analyzer] | None,
    principal: Principal,
    on_progress: Progress,
) -> None:
    """Reconcile these months, run each analyzer (None: all) and raise its alerts, for some organizations or all, as one run.

    RunFailedError names what failed. Raises UnknownThingError, and UsageError for months that are not monitored.
    """
    analyses.check_request(home, principal, months, slugs)
    scope = {"organizations": list(slugs or ()), "actor": principal.name}
    _analyze(
        home, months, load_registry(home.settings).analyzers if analyzers is None else analyzers, scope, on_progress
    )


def _analyze(
    home: Home, months: MonthRange, analyzers: Sequence[Analyzer], scope: Mapping[str, Any], on_progress: Progress
) -> None:
    """One run over these months with the assets of these analyzers, and ``alerts`` behind them."""
    config, selection = analysis_of([analyzer.name for analyzer in analyzers], scope)
    whole = len(analyzers) == len(load_registry(home.settings).analyzers)
    tags = month_tags(months) | organizations_tag(scope.get("organizations", ()))
    _run(home, ANALYZE_MONTHS, on_progress, config, tags, None if whole else selection)


def _run(
    home: Home,
    job_name: str,
    on_progress: Progress,
    config: Mapping[str, Any],
    tags: Mapping[str, str] | None = None,
    selection: Sequence[dg.AssetKey] | None = None,
) -> None:
    """Execute a job here, recorded as if the UI had launched it: with its code location, so it can be re-executed there.

    Raises RunFailedError, and KeyboardInterrupt when a signal ended it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        instance = instance_of(home)
        definitions = build_definitions(home=home, progress=on_progress)
        job = definitions.resolve_job_def(job_name)
        chosen = frozenset(selection) if selection is not None else None
        if chosen is not None:
            job = job.get_subset(asset_selection=chosen)
        run_id = make_new_run_id()
        remote, python = _origins(job_name)
        with alive(home.database, run_id):
            run = instance.create_run_for_job(
                job_def=job,
                run_id=run_id,
                run_config={**_QUIET, **config},
                asset_selection=chosen,
                tags={**job.run_tags, **(tags or {}), IN_PROCESS_TAG: run_id},
                remote_job_origin=remote,
                job_code_origin=python,
            )
            with events_gathered(instance):
                result = execute_run(InMemoryJob(job), run, instance, raise_on_error=False)
    if not result.success:
        if any(
            event.is_job_failure and event.job_failure_data.failure_reason is _INTERRUPTED
            for event in result.all_events
        ):
            raise KeyboardInterrupt
        raise RunFailedError(run_id, _failures(result))


def _origins(job_name: str) -> tuple[RemoteJobOrigin, JobPythonOrigin]:
    """Where the job's code is, in the two forms Dagster keeps with a run."""
    folder = str(Path.cwd())
    target = LoadableTargetOrigin(executable_path=sys.executable, module_name=_MODULE, working_directory=folder)
    location = ManagedGrpcPythonEnvCodeLocationOrigin(target, location_name=LOCATION)
    remote = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), job_name)
    pointer = ModuleCodePointer(_MODULE, "defs", folder)
    repository = RepositoryPythonOrigin(sys.executable, pointer, entry_point=DEFAULT_DAGSTER_ENTRY_POINT)
    return remote, JobPythonOrigin(job_name, repository)


def _failures(result: ExecutionResult) -> list[str]:
    """One sentence a failed step: the message of the error at the bottom of it."""
    told = []
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data
            said = failure.user_failure_data
            error = failure.error
            while error and error.cause:
                error = error.cause
            text = said.description if said and said.description else error.message.strip() if error else event.message
            told.append(f"{event.step_key}: {text}")
    if not told:
        ended = [event.message for event in result.all_events if event.is_job_failure]
        told = [message or "the run failed" for message in ended]
    return told
