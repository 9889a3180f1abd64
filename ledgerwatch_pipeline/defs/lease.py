"""How the steps of one run share what the run took up: a worker whose number follows from the run's id.

Which items are due and what is done with them is ``pipeline.analyses``'. A step takes work up itself only where no step before
it does so in the same run: one may materialize ``findings/duplicate`` alone, or re-execute a run from a failed step.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from uuid import UUID

import dagster as dg

from ledgerwatch_pipeline.access.principal import Principal, local_operator
from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.defs.partitions import Scope, months_of, tag_run
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.work import CASES
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.pipeline.analyses import StepReport
from ledgerwatch_pipeline.stores.postgres import leases, organizations

_ALL = 1_000_000
_LEDGER = "ledger"
_RANKS = dg.AssetKey("signals")


class RunLease:
    """The worker of one run, alive from the first step that asks for it to the end of the run (or of the step's process)."""

    def __init__(self, home: Home, run_id: str) -> None:
        self._home = home
        self._key = UUID(run_id).int & 0x7FFFFFFF
        self._stack = ExitStack()
        self._worker: int | None = None

    def __enter__(self) -> "RunLease":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._worker is not None:
            analyses.release(self._home, self._worker)
        self._stack.close()

    @property
    def worker(self) -> int:
        """The worker's number; from now on it lives."""
        if self._worker is None:
            self._worker = self._stack.enter_context(leases.worker(self._home.database, self._key))
        return self._worker

    def take_up(self, context: dg.AssetExecutionContext, scope: Scope, analyzers: Sequence[Analyzer]) -> StepReport:
        """Take up the run's months for these analyzers, asking for them first unless only what is due is meant, and hold
        their ledgers against the loads."""
        months = months_of(context)
        tag_run(context, scope.organizations)
        chosen = self._chosen(
            scope,
            lambda principal, slugs: analyses.request(self._home, principal, months, slugs=slugs, analyzers=analyzers),
        )
        names = [analyzer.name for analyzer in analyzers]
        analyses.take(
            self._home,
            self.worker,
            months,
            [*names, CASES] if _is_chosen(context, _RANKS) else names,
            organization_ids=chosen,
            limit=analyses.PORTION if scope.only_due else _ALL,
        )
        return analyses.reconcile_leased(self._home, self.worker)

    def take_up_cases(self, context: dg.AssetExecutionContext, scope: Scope) -> StepReport:
        """Take up the run's months for the ranking, with what the steps before made due; as ``take_up`` does. Ledgers are held
        against the loads unless a step before did so in this run."""
        months = months_of(context)
        chosen = self._chosen(
            scope, lambda principal, slugs: analyses.request_cases(self._home, principal, months, slugs=slugs)
        )
        analyses.take(self._home, self.worker, months, [CASES], organization_ids=chosen, limit=_ALL)
        if _runs_before(context, [dg.AssetKey(_LEDGER)]):
            return StepReport()
        return analyses.reconcile_leased(self._home, self.worker)

    def _chosen(
        self, scope: Scope, request: Callable[[Principal, Sequence[str] | None], list[UUID]]
    ) -> list[UUID] | None:
        """The organizations that the run is for, None: all; asked for with ``request`` unless only what is due is meant."""
        principal = local_operator(scope.actor)
        slugs = scope.organizations or None
        if not scope.only_due:
            return request(principal, slugs)
        if slugs is None:
            return None
        with self._home.database.transaction() as connection:
            return [each.id for each in organizations.named(connection, slugs, principal)]

    def is_before(self, context: dg.AssetExecutionContext, earlier: Sequence[dg.AssetKey]) -> bool:
        """Whether one of the ``earlier`` assets is materialized by this very run."""
        return _runs_before(context, earlier)

    def take_up_unless(
        self, earlier: Sequence[dg.AssetKey], context: dg.AssetExecutionContext, scope: Scope, analyzer: Analyzer
    ) -> None:
        """``take_up`` for one analyzer, unless one of the ``earlier`` assets did so in this run."""
        if not _runs_before(context, earlier):
            self.take_up(context, scope, [analyzer])


def _is_chosen(context: dg.AssetExecutionContext, key: dg.AssetKey) -> bool:
    selected = context.run.asset_selection  # None or empty: all of the job's
    return not selected or key in selected


def chosen_analyzers(
    context: dg.AssetExecutionContext, analyzers: Sequence[Analyzer], groups: Sequence[str]
) -> list[Analyzer]:
    """Those of which an asset of one of the groups is part of this run."""
    selected = context.run.asset_selection  # None or empty: all of the job's
    return [
        analyzer
        for analyzer in analyzers
        if not selected or any(dg.AssetKey([group, analyzer.name]) in selected for group in groups)
    ]


def _runs_before(context: dg.AssetExecutionContext, keys: Sequence[dg.AssetKey]) -> bool:
    """Whether one of these assets is materialized by this very run, and has therefore taken the work up."""
    selected = context.run.asset_selection
    steps = context.run.step_keys_to_execute
    return any(
        (not selected or key in selected) and (steps is None or key.to_python_identifier() in steps) for key in keys
    )
