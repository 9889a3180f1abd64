"""Assets ``raw_loads`` and ``validated_transactions``: delivered files, and their rows after the checks.

Neither is partitioned: a file may touch any month. What a row must be is ``importing``'s; here it is shown.
"""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from pydantic import Field

from ledgerwatch_pipeline.defs.metadata import column_schema, records_table, row_count
from ledgerwatch_pipeline.defs.resources import plain_failures
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.check.names import CHECKS
from ledgerwatch_pipeline.importing.importer import CheckOutcome, import_received, loads_without_their_rows
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import LoadStatus, OnInvalid
from ledgerwatch_pipeline.stores.postgres import loads as registry

GROUP = "loads"
ROWS_KEPT = "accepted_rows_kept"
_SHOWN = 20


class Delivery(dg.Config):
    """Files to take in; without any, the run imports what has been received already."""

    files: list[str] = Field(default_factory=list, description="Paths on the machine that runs LedgerWatch.")
    organization: str = Field(default="", description="Slug of the organization the files are for.")
    profile: str | None = Field(
        default=None, description="Name or path of a profile; else the one that fits the header."
    )
    on_invalid: str = Field(
        default="reject", description="reject: one bad row rejects its file. quarantine: only the row."
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
    home: Home = context.resources.home
    with plain_failures():
        if config.files:
            if config.on_invalid not in list(OnInvalid):
                raise UsageError(f"on_invalid is reject or quarantine, not {config.on_invalid!r}")
            receive(
                home,
                [Path(file) for file in config.files],
                config.organization,
                profile_name=config.profile,
                on_invalid=OnInvalid(config.on_invalid),
                actor=config.actor,
            )
        with home.database.transaction() as cursor:
            waiting = registry.newest(cursor, organization=None, status=LoadStatus.RECEIVED, limit=None)
    return dg.MaterializeResult(
        metadata={
            "waiting_files": len(waiting),
            "waiting_bytes": sum(load["bytes"] for load in waiting),
            "files": records_table(waiting[:_SHOWN], ("organization", "file", "bytes", "received_at")),
        }
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
                blocking=True,
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
    ],
    description="Rows of accepted loads. Staged, checked and only then written, one transaction a batch of files.",
)
def validated_transactions(context: dg.AssetExecutionContext, config: Import) -> Iterator[dg.MaterializeResult]:
    home: Home = context.resources.home
    with plain_failures():
        outcome = import_received(home, config.actor, context.resources.progress)
        lost = loads_without_their_rows(home, [load["id"] for load in outcome.loads])
    refused = [load for load in outcome.loads if load["status"] == LoadStatus.REJECTED]
    yield dg.MaterializeResult(
        metadata={
            "dagster/row_count": row_count(home, "transactions"),
            "dagster/column_schema": column_schema(home, "transactions"),
            "files": len(outcome.loads),
            "files_rejected": len(refused),
            "rows_accepted": sum(load["accepted"] for load in outcome.loads),
            "rows_refused": sum(load["rejected"] for load in outcome.loads),
            "rows_blank": sum(load["blank"] for load in outcome.loads),
            "loads": records_table(
                outcome.loads[:_SHOWN],
                (
                    "organization",
                    "file",
                    "status",
                    "rows",
                    "accepted",
                    "rejected",
                    "expense",
                    "income",
                    "refund",
                    "reason",
                ),
            ),
        },
        check_results=[
            *(_check_result(name, outcome.checks.get(name)) for name in CHECKS),
            dg.AssetCheckResult(
                check_name=ROWS_KEPT,
                passed=not lost,
                metadata={"loads": len(outcome.loads) - len(refused), "loads_without_their_rows": len(lost)},
                description="; ".join(lost[:_SHOWN]) or None,
            ),
        ],
    )


def _check_result(name: str, outcome: CheckOutcome | None) -> dg.AssetCheckResult:
    """One expectation over all rows staged in the run: how many it refused, and some of them."""
    refused = outcome.unexpected if outcome else 0
    metadata: dict[str, dg.MetadataValue] = {"rows_refused": dg.MetadataValue.int(refused)}
    if outcome and outcome.samples:
        columns = tuple(outcome.samples[0])
        metadata["samples"] = records_table(outcome.samples, columns)
    return dg.AssetCheckResult(
        check_name=name,
        passed=refused == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=metadata,
        description=f"{refused:,} rows refused and kept out of the ledger" if refused else "no row refused",
    )
