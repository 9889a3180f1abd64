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
from ledgerwatch_pipeline.importing.plain import set_apart
from ledgerwatch_pipeline.importing.stage import StagedLoad
from ledgerwatch_pipeline.model.load import OnInvalid
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake.load_totals import loads_of


@dataclass(frozen=True, slots=True)
class JudgedLedger:
    """What external ids were held against: the loads that the organizations concerned had in the ledger then.

    organizations: empty where the batch has no external id, and then whatever others accept is of no concern.
    """

    organizations: tuple[UUID, ...] = ()
    loads: frozenset[UUID] = frozenset()

    def holds(self, con: duckdb.DuckDBPyConnection) -> bool:
        """Whether these organizations still have just these loads.

        Asked on a connection of its own, since a transaction under way sees the ledger of its beginning. True stays true as long
        as the caller holds the lock under which loads with external ids are committed.
        """
        if not self.organizations:
            return True
        with con.cursor() as now:
            return loads_of(now, self.organizations) == self.loads


def settle(con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad]) -> JudgedLedger:
    """Settle the batch's external ids: ``known_rows`` is filled, rows that differ are marked as bad.

    A batch without external ids reads nothing of the ledger.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE known_rows (ordinal INTEGER, row_number UINTEGER, external_id VARCHAR)")
    if not any(each.layout is not None and "external_id" in each.layout.columns for each in staged):
        return JudgedLedger()
    con.execute(fragments.incoming_ids())
    organizations = tuple(
        row[0] for row in con.execute("SELECT DISTINCT organization_id FROM incoming_ids ORDER BY 1").fetchall()
    )
    if not organizations:
        return JudgedLedger()
    judged = JudgedLedger(organizations, loads_of(con, organizations))  # before the ids: what comes between is noticed
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
    set_apart(con, "judged_ids")
    con.execute(
        "UPDATE explained SET external_id_rule = 'external_id_differs' FROM judged_ids AS j"
        " WHERE j.ordinal = explained.ordinal AND j.row_number = explained.row_number AND NOT j.known"
    )
    con.execute(
        "UPDATE explained SET outcome = 'skipped' FROM judged_ids AS j"
        " WHERE j.ordinal = explained.ordinal AND j.row_number = explained.row_number AND j.known"
    )
    con.execute("INSERT INTO known_rows SELECT ordinal, row_number, external_id FROM judged_ids WHERE known")
