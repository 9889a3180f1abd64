"""Assets ``raw_loads`` and ``validated_transactions``: delivered files, and their rows after the checks.

Neither is partitioned: a file may touch any month. What a row must be is ``importing``'s; here it is shown.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import dagster as dg
from pydantic import Field

from ledgerwatch_pipeline.access.principal import SYSTEM, local_operator
from ledgerwatch_pipeline.defs.metadata import (
    SHOWN,
    failures_check,
    records_table,
    row_count,
    told,
    transactions_schema,
)
from ledgerwatch_pipeline.defs.partitions import tag_run
from ledgerwatch_pipeline.defs.resources import as_dagster_failure
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.check.names import CHECKS
from ledgerwatch_pipeline.importing.check.outcome import CheckOutcome
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.receive.inbox import receive_settled
from ledgerwatch_pipeline.importing.receive.options import import_options
from ledgerwatch_pipeline.importing.receive.places import inbox_at
from ledgerwatch_pipeline.importing.reconcile import loads_failing_reconciliation
from ledgerwatch_pipeline.model.errors import InboxUnavailableError, UsageError
from ledgerwatch_pipeline.model.listed import Listed
from ledgerwatch_pipeline.model.load import LoadFilter, LoadRow, LoadStatus, OnInvalid, OnOverlap
from ledgerwatch_pipeline.model.operations import OverdueDelivery
from ledgerwatch_pipeline.pipeline.imports import import_waiting
from ledgerwatch_pipeline.pipeline.operations import WAITED_LONG, overdue_deliveries
from ledgerwatch_pipeline.stores.postgres import corrections, overview
from ledgerwatch_pipeline.stores.postgres import loads as registry
from ledgerwatch_pipeline.stores.postgres.operations import expectations

GROUP = "loads"
ROWS_KEPT = "accepted_rows_kept"
ALL_DECIDED = "every_load_decided"
NOTHING_WAITING = "nothing_left_waiting"
NONE_REJECTED = "no_file_rejected_lately"
NONE_HELD = "no_file_held"
ALL_DELIVERED = "delivered_by_their_day"
REJECTED_LATELY = timedelta(days=7)
"""How long after its delivery a rejected file is told of: as long as somebody should take to deliver a better one."""
FRESH = dg.FreshnessPolicy.time_window(warn_window=timedelta(days=8), fail_window=timedelta(days=35))
"""Somebody delivers every week, and at least every month."""


class Delivery(dg.Config):
    """Files to take in; without any, the run imports what has been received already."""

    inbox: bool = Field(default=False, description="Take in what has settled in the inbox.")
    files: list[str] = Field(default_factory=list, description="Paths on the machine that runs LedgerWatch.")
    organization: str = Field(default="", description="Slug of the organization the files are for.")
    profile: str | None = Field(
        default=None, description="Name or path of a profile; else the one that fits the header."
    )
    on_invalid: str = Field(
        default="reject", description="reject: one bad row rejects its file. quarantine: only the row."
    )
    on_overlap: str = Field(
        default="hold",
        description="Rows that the ledger has already. hold: a file of which half are waits for a person. keep: they are taken all the "
        "same. skip: they are dropped.",
    )
    actor: str = Field(default="dagster", description="Who delivers, for the audit log.")


class Import(dg.Config):
    """Who imports."""

    actor: str = Field(default="dagster", description="Who imports, for the audit log.")


@dg.asset(
    group_name=GROUP,
    kinds={"file", "postgres"},
    owners=["team:data-engineering"],
    required_resource_keys={"home"},
    description="Files as delivered: archived unchanged under their sha256 and registered, before anything is read.",
)
def raw_loads(context: dg.AssetExecutionContext, config: Delivery) -> dg.MaterializeResult:
    """Receives the files of its config, if any; shows what waits."""
    home: Home = context.resources.home
    with as_dagster_failure():
        trouble = _receive(context, home, config) if config.files or config.inbox else None
        with home.database.transaction() as connection:
            waiting = registry.waiting(connection)
            standing = registry.standing(connection).values()
            newest = list(registry.list_recent(connection, LoadFilter(), SYSTEM, limit=SHOWN))
        if trouble is not None and not waiting.files:  # else the run goes on, and imports what had come
            raise trouble
    newest.sort(key=lambda load: (load.organization, load.file))
    newest.sort(key=lambda load: load.received_at, reverse=True)  # those of one delivery stay in order of their names
    columns = ("organization", "file", "bytes", "received_at")
    return dg.MaterializeResult(
        metadata={
            **({} if trouble is None else {"inbox_trouble": str(trouble)}),
            "files": sum(each.files for each in standing),
            "bytes": sum(each.bytes for each in standing),
            "waiting_files_in_run": waiting.files,
            "waiting_bytes_in_run": waiting.bytes,
            "newest": records_table(
                [{column: getattr(load, column) for column in columns} for load in newest], columns
            ),
        }
    )


def _receive(context: dg.AssetExecutionContext, home: Home, config: Delivery) -> InboxUnavailableError | None:
    """Take in what the config names; why not all of the inbox was read, if so."""
    if config.on_invalid not in list(OnInvalid):
        raise UsageError(f"on_invalid is reject or quarantine, not {config.on_invalid!r}")
    if config.on_overlap not in list(OnOverlap):
        raise UsageError(f"on_overlap is hold, keep or skip, not {config.on_overlap!r}")
    options = import_options(
        home.settings.profiles, config.profile, OnInvalid(config.on_invalid), OnOverlap(config.on_overlap)
    )
    principal = local_operator(config.actor)
    trouble = None
    if config.inbox:
        trouble = receive_settled(home, inbox_at(home.settings.inbox_location), options, principal).trouble
    if trouble is not None:
        context.log.warning(str(trouble))
    if config.files:
        receive(home, [Path(file) for file in config.files], config.organization, options, principal)
        tag_run(context, [config.organization])
    return trouble


@dg.multi_asset_check(
    name="raw_loads_standing",
    specs=[
        dg.AssetCheckSpec(
            NOTHING_WAITING,
            asset=raw_loads,
            description="No file waits, or is being imported, that was delivered more than an hour ago.",
        ),
        dg.AssetCheckSpec(
            NONE_REJECTED,
            asset=raw_loads,
            description="No file delivered in the last 7 days was rejected: one stays named after the imports that follow, until "
            "`ledgerwatch loads close`.",
        ),
        dg.AssetCheckSpec(
            NONE_HELD,
            asset=raw_loads,
            description="No file is held because half of its rows or more are in the ledger already: one stays named until "
            "`ledgerwatch loads release` or `loads reject`.",
        ),
        dg.AssetCheckSpec(
            ALL_DELIVERED,
            asset=raw_loads,
            description="Every organization that says when it delivers did so by its last due day (`ledgerwatch orgs set SLUG "
            "--delivers`). Evaluated by the job `operations_report` also when nothing arrives.",
        ),
    ],
    required_resource_keys={"home"},
    op_tags={"dagster/priority": "-1"},  # after validated_transactions in the same run, and also if that fails
    description="What the registry says of all files delivered, whichever run took them in.",
)
def raw_loads_standing(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Looks at the registry alone: it can be executed by itself at any time."""
    home: Home = context.resources.home
    with as_dagster_failure(), home.database.transaction() as connection:
        waiting = registry.left_waiting(connection, WAITED_LONG, SHOWN)
        rejected = registry.rejected_within(connection, REJECTED_LATELY, SHOWN)
        held = registry.held(connection, SHOWN)
        expected = expectations(connection)
    yield _loads_check(NOTHING_WAITING, waiting, ("organization", "file", "bytes", "received_at"))
    yield _loads_check(NONE_REJECTED, rejected, ("organization", "file", "received_at", "rejected", "reason"))
    yield _loads_check(NONE_HELD, held, ("organization", "file", "received_at", "rows", "reason"))
    yield _deliveries_check(len(expected), overdue_deliveries(expected, datetime.now(UTC)))


def _loads_check(name: str, found: Listed[LoadRow], columns: Sequence[str]) -> dg.AssetCheckResult:
    """A warning that names these loads, if there are any."""
    return dg.AssetCheckResult(
        asset_key=raw_loads.key,
        check_name=name,
        passed=found.count == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "files": found.count,
            "loads": records_table([{each: getattr(load, each) for each in columns} for load in found.first], columns),
        },
        description=told(found.count, [f"{load.organization}/{load.file}" for load in found.first]),
    )


def _deliveries_check(expected: int, overdue: Sequence[OverdueDelivery]) -> dg.AssetCheckResult:
    """A warning that names who delivered nothing by their day, and since when."""
    columns = ("organization", "delivers", "since", "missed", "delivered_at", "rejected_at")
    return dg.AssetCheckResult(
        asset_key=raw_loads.key,
        check_name=ALL_DELIVERED,
        passed=not overdue,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "organizations": expected,
            "overdue": len(overdue),
            "overdue_deliveries": records_table(
                [{each: getattr(row, each) for each in columns} for row in overdue[:SHOWN]], columns
            ),
        },
        description=told(len(overdue), [f"{each.organization}: due {each.since}" for each in overdue[:SHOWN]]),
    )


@dg.asset(
    deps=[raw_loads],
    group_name=GROUP,
    kinds={"duckdb", "greatexpectations", "parquet"},
    owners=["team:data-engineering"],
    required_resource_keys={"home", "progress"},
    check_specs=[
        *(
            dg.AssetCheckSpec(
                name,
                asset="validated_transactions",
                description=f"Great Expectations on the {field} of every staged row. Rows that fail are kept out of the "
                "ledger (their file rejected, or the row quarantined): a warning.",
            )
            for name, field in CHECKS.items()
        ),
        dg.AssetCheckSpec(
            ROWS_KEPT,
            asset="validated_transactions",
            blocking=True,
            description="Every accepted load has all its rows and amounts in the lake, as the registry says.",
        ),
        dg.AssetCheckSpec(
            ALL_DECIDED,
            asset="validated_transactions",
            description="No load stands FAILED, for a reason that is not its file's, whichever import it failed in. One that does "
            "is named with its error, until `ledgerwatch retry`.",
        ),
    ],
    freshness_policy=FRESH,
    description="Rows of accepted loads, what corrections took out since included. Staged, checked and only then written, one transaction a batch of files. Stale without "
    "an import for 8 days (a warning) or 35 days: as weekly and monthly deliveries have failed to come then.",
)
def validated_transactions(context: dg.AssetExecutionContext, config: Import) -> dg.MaterializeResult:
    """Imports everything that waits, and finishes what corrections wait."""
    home: Home = context.resources.home
    with as_dagster_failure():
        report = import_waiting(home, local_operator(config.actor), on_progress=context.resources.progress)
        failing = loads_failing_reconciliation(home, [load.id for load in report.finished])
        with home.database.transaction() as connection:
            failed = overview.failed_loads(connection, SYSTEM, SHOWN)
            standing = registry.standing(connection)
            taken_out = corrections.rows_taken_out(connection)
    in_run = Counter(load.status for load in report.finished)
    shown = sorted(report.finished, key=lambda load: load.status is LoadStatus.ACCEPTED)[:SHOWN]
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": row_count(home, "transactions"),
            "dagster/column_schema": transactions_schema(home),
            "files_accepted": standing[LoadStatus.ACCEPTED].files,
            "files_rejected": standing[LoadStatus.REJECTED].files,
            "files_held": standing[LoadStatus.HELD].files,
            "files_failed": standing[LoadStatus.FAILED].files,
            "files_withdrawn": standing[LoadStatus.WITHDRAWN].files,
            "rows_taken_out": taken_out + standing[LoadStatus.WITHDRAWN].accepted,
            "rows_refused": sum(each.rejected for each in standing.values()),
            "rows_blank": sum(each.blank for each in standing.values()),
            "files_in_run": len(report.finished),
            "files_rejected_in_run": in_run[LoadStatus.REJECTED],
            "files_held_in_run": in_run[LoadStatus.HELD],
            "files_failed_in_run": in_run[LoadStatus.FAILED],
            "rows_accepted_in_run": sum(load.accepted or 0 for load in report.finished),
            "rows_refused_in_run": sum(load.rejected or 0 for load in report.finished),
            "rows_skipped_in_run": sum(load.skipped or 0 for load in report.finished),
            "rows_blank_in_run": sum(load.blank or 0 for load in report.finished),
            **({"loads_in_run": records_table([_shown(load) for load in shown], _COLUMNS)} if shown else {}),
        },
        check_results=[
            *(_check_result(name, report.checks.get(name)) for name in CHECKS),
            dg.AssetCheckResult(
                check_name=ROWS_KEPT,
                passed=not failing,
                severity=dg.AssetCheckSeverity.ERROR,
                metadata={"loads_in_run": in_run[LoadStatus.ACCEPTED], "failing_in_run": len(failing)},
                description=told(len(failing), failing[:SHOWN]),
            ),
            failures_check(ALL_DECIDED, failed),
        ],
    )


_COLUMNS = ("organization", "file", "status", "accepted", "rejected", "skipped", "expense", "income", "reason")


def _shown(load: LoadRow) -> dict[str, object]:
    """A load as a row of a table; amounts with the decimals of its currency."""
    return {
        name: f"{value:,.{load.currency_decimals}f}" if isinstance(value := getattr(load, name), Decimal) else value
        for name in _COLUMNS
    } | {"reason": load.reason or load.error}


def _check_result(name: str, outcome: CheckOutcome | None) -> dg.AssetCheckResult:
    """One expectation over all rows staged in the run: how many it refused, and some of them."""
    refused = outcome.unexpected if outcome else 0
    metadata: dict[str, dg.MetadataValue] = {"rows_refused_in_run": dg.MetadataValue.int(refused)}
    if outcome and outcome.samples:
        samples = [
            {"organization": each.organization, "file": each.file, "row_number": each.row_number, **each.values}
            for each in outcome.samples
        ]
        metadata["samples_in_run"] = records_table(samples, tuple(samples[0]))
    return dg.AssetCheckResult(
        check_name=name,
        passed=refused == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=metadata,
        description=f"{refused:,} {'row' if refused == 1 else 'rows'} refused and kept out of the ledger"
        if refused
        else "no row refused",
    )
