"""Holds the external ids of a staged batch against the ledger and against each other: known rows are skipped, others differ.

The rows themselves are compared in ``sql/importing``; here stands which files' rows count, and how a batch notices that the
ledger has moved since it was judged. No lock is held while comparing. The rule for people is in docs/profiles.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.importing import fragments
from ledgerwatch_pipeline.importing.stage import StagedLoad
from ledgerwatch_pipeline.model.load import OnInvalid
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.lake.load_totals import loads_of


@dataclass(frozen=True, slots=True)
class Replaced:
    """A row of the ledger that a row of the batch is to replace: it gives its external id to that one."""

    organization_id: UUID
    load_id: UUID
    row_number: int


@dataclass(frozen=True, slots=True)
class JudgedLedger:
    """What external ids were held against: the loads and the corrections that the organizations concerned had in the lake then.

    organizations: empty where the batch has no external id and replaces nothing; then whatever others do is of no concern.
    """

    organizations: tuple[UUID, ...] = ()
    loads: frozenset[UUID] = frozenset()
    corrections: frozenset[UUID] = frozenset()

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection, organizations: tuple[UUID, ...]) -> "JudgedLedger":
        """The ledger of these organizations as ``con`` sees it now."""
        return cls(organizations, loads_of(con, organizations), ledger.corrections_of(con, organizations))

    def holds(self, con: duckdb.DuckDBPyConnection) -> bool:
        """Whether these organizations still have just these loads and corrections.

        Asked on a connection of its own, since a transaction under way sees the ledger of its beginning. True stays true as long
        as the caller holds the lock under which loads with external ids and corrections are committed.
        """
        if not self.organizations:
            return True
        with con.cursor() as now:
            return JudgedLedger.of(now, self.organizations) == self


def settle(
    con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], replaced: Sequence[Replaced] = ()
) -> JudgedLedger:
    """Settle the batch's external ids: ``known_rows`` is filled, rows that differ are marked as bad.

    A batch without external ids reads nothing of the ledger.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE known_rows (ordinal INTEGER, row_number UINTEGER, external_id VARCHAR)")
    owners = {each.organization_id for each in replaced}
    identified = any(each.layout is not None and "external_id" in each.layout.columns for each in staged)
    if identified:
        con.execute(fragments.incoming_ids())
        ids = con.execute("SELECT DISTINCT organization_id FROM incoming_ids").fetchall()
        identified = bool(ids)
        owners.update(organization_id for (organization_id,) in ids)
    if not owners:
        return JudgedLedger()
    judged = JudgedLedger.of(con, tuple(sorted(owners)))  # before the ids: what comes between is noticed
    if identified:
        ledger.define(con, owners)
        con.execute("CREATE OR REPLACE TEMP TABLE replaced_rows (load_id UUID, row_number UINTEGER)")
        if replaced:
            con.executemany(
                "INSERT INTO replaced_rows VALUES (?, ?)", [(each.load_id, each.row_number) for each in replaced]
            )
        _judge(con, staged)
    return judged


def rejected_in_order(rows: Iterable[tuple[int, int, int]], strict: set[int]) -> set[int]:
    """Files rejected because an earlier file of the batch has one of their ids with another content.

    rows: (file, id, content), the first row a file has under an id, in the order of delivery. strict: the files that
    one bad row rejects. File by file, because the rows of a file that is itself rejected do not count.
    """
    rejected: set[int] = set()
    accepted: dict[int, int] = {}
    for file, group in groupby(rows, key=lambda row: row[0]):
        contents = {identity: content for _, identity, content in group}
        differs = any(accepted.get(identity, content) != content for identity, content in contents.items())
        if differs and file in strict:
            rejected.add(file)
        else:
            accepted = contents | accepted
    return rejected


def _judge(con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad]) -> None:
    strict = {each.ordinal for each in staged if each.load.options.on_invalid is OnInvalid.REJECT}
    con.execute(fragments.ledger_ids())
    rejected = strict & {row[0] for row in con.execute(sql_text("importing/self_invalid")).fetchall()}
    con.execute(
        "CREATE OR REPLACE TEMP TABLE rejected_files AS SELECT unnest($files) AS ordinal", {"files": sorted(rejected)}
    )
    conflicting = con.execute(sql_text("importing/conflicting_ids")).fetchall()
    rejected = rejected_in_order(conflicting, strict)
    con.execute("INSERT INTO rejected_files SELECT unnest($files)", {"files": sorted(rejected)})
    con.execute(sql_text("importing/judged_ids"))
    con.execute(
        "UPDATE staged SET external_id_rule = 'external_id_differs' FROM judged_ids AS j"
        " WHERE j.ordinal = staged.ordinal AND j.row_number = staged.row_number AND NOT j.known"
    )
    con.execute(
        "UPDATE staged SET outcome = 'skipped' FROM judged_ids AS j"
        " WHERE j.ordinal = staged.ordinal AND j.row_number = staged.row_number AND j.known"
    )
    con.execute("INSERT INTO known_rows SELECT ordinal, row_number, external_id FROM judged_ids WHERE known")
