"""What of a staged batch the ledger has already: rows under their external ids, and loads that look like a re-export.

The two depend on each other where a load with ids is held: what it brings is not in the ledger, so a later load of the batch
that has the same ids is to be judged without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.importing import fragments
from ledgerwatch_pipeline.importing.decide import external_ids, overlap
from ledgerwatch_pipeline.importing.decide.external_ids import Replaced
from ledgerwatch_pipeline.importing.decide.judged_ledger import JudgedLedger
from ledgerwatch_pipeline.importing.decide.overlap import FilesOf, Verdicts
from ledgerwatch_pipeline.importing.stage import StagedLoad
from ledgerwatch_pipeline.model.load import OnOverlap, Overlap
from ledgerwatch_pipeline.stores.lake.ledger import define


@dataclass(frozen=True, slots=True)
class Known:
    """The ledger that the batch was held against, and why loads of it are held, by ordinal."""

    ledger: JudgedLedger
    overlaps: dict[int, Overlap]


def settle(
    con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], files_of: FilesOf, replaced: Sequence[Replaced] = ()
) -> Known:
    """Fill ``known_rows`` and ``dropped_rows`` with what is skipped, and ``fates``; rows that differ under their id are marked as bad."""
    con.execute("CREATE OR REPLACE TEMP TABLE dropped_rows (ordinal INTEGER, row_number UINTEGER, value VARCHAR)")
    owners = {each.organization_id for each in replaced}
    concerned = owners | {each.load.organization_id for each in staged if _may_be_known(each)}
    ledger = JudgedLedger.of(con, concerned)  # before all else: what comes between is noticed
    if concerned:
        define(con, concerned, corrected=any(ledger.corrections.values()))
    with_ids = external_ids.settle(con, staged, replaced) | owners
    overlap.drop_what_was_dropped(con, staged, ledger)
    verdicts = _overlaps(con, staged, ledger, bool(with_ids))
    overlaps = overlap.settle(con, staged, verdicts, files_of)
    if verdicts.skipping:
        overlap.skip_dropped(con)
        con.execute(fragments.fates())
    return Known(ledger.concerning(with_ids, verdicts.contenders), overlaps)


def _may_be_known(staged: StagedLoad) -> bool:
    return staged.layout is not None and (
        "external_id" in staged.layout.columns or staged.load.options.on_overlap is not OnOverlap.KEEP
    )


def _overlaps(
    con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], ledger: JudgedLedger, with_ids: bool
) -> Verdicts:
    """Judge overlaps, and external ids again without each load that is held for them, the first of an organization first: nothing
    that follows can change what becomes of that one."""
    without: set[int] = set()
    while True:
        con.execute(fragments.fates())
        verdicts = overlap.judge(con, staged, ledger)
        if not with_ids or not verdicts.held - without:
            return verdicts
        first: dict[UUID, int] = {}
        for ordinal in sorted(external_ids.having_ids(con, verdicts.held - without)):
            first.setdefault(staged[ordinal].load.organization_id, ordinal)
        if not first:
            return verdicts
        without |= set(first.values())
        external_ids.settle_without(con, staged, without)
