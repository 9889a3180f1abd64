"""What a run is given: the opened ``home``, where it says how far it is, and the ``lease`` under which it takes up work.

Plain resources without configuration: settings come from the environment, and a run that the command line starts in its
own process is handed its live objects, while the job stays the very one that Dagster's UI knows.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext

import dagster as dg

from ledgerwatch_pipeline.dagster_runtime.instance import alive
from ledgerwatch_pipeline.defs.lease import RunLease
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import LedgerWatchError
from ledgerwatch_pipeline.model.progress import Progress
from ledgerwatch_pipeline.settings import Settings


def resources(home: Home | None, progress: Progress | None) -> Mapping[str, dg.ResourceDefinition]:
    """The resources by name; None stands for the environment's home and the run's own log."""

    @dg.resource(description="Settings, PostgreSQL and the lake, as LEDGERWATCH_HOME and the other settings say")
    def home_resource(context: dg.InitResourceContext) -> Iterator[Home]:
        if home is not None:
            yield home
            return
        opened = Home(Settings.from_environment())
        try:
            with alive(opened.database, context.run.run_id) if context.run else nullcontext():
                yield opened
        finally:
            opened.close()

    @dg.resource(description="Where long work says how far it is")
    def progress_resource(context: dg.InitResourceContext) -> Progress:
        if progress is not None:
            return progress
        log = dg.get_dagster_logger() if context.log is None else context.log
        return lambda what, done, total: log.info(f"{what} {done}/{total}")

    @dg.resource(
        required_resource_keys={"home"},
        description="The lease of what the run took up; it is given back when the run ends",
    )
    def lease_resource(context: dg.InitResourceContext) -> Iterator[RunLease]:
        run = context.run
        if run is None:
            raise RuntimeError("a lease is of a run, and there is none")
        with RunLease(context.resources.home, run.run_id) as lease:
            yield lease

    return {"home": home_resource, "progress": progress_resource, "lease": lease_resource}


@contextmanager
def as_dagster_failure() -> Iterator[None]:
    """An error a person can act on fails the step with its message and no stack trace; a bug keeps its trace."""
    try:
        yield
    except LedgerWatchError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
