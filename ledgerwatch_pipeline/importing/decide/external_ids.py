"""Holds the external ids of a staged batch against the ledger and against each other: known rows are skipped, others differ.

The rows themselves are compared in ``sql/importing``; here stands which files' rows count. No lock is held while comparing: how a
batch notices that the ledger has moved since is ``judged_ledger``'s. The rule for people is in docs/profiles.md.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

import duckdb

from ledgerwatch_pipeline.importing import fragments
from ledgerwatch_pipeline.importing.plain import set_apart
from ledgerwatch_pipeline.importing.stage import StagedLoad
from ledgerwatch_pipeline.model.load import OnInvalid
from ledgerwatch_pipeline.sql import sql_text


@dataclass(frozen=True, slots=True)
class Replaced:
    """A row of the ledger that a row of the batch is to replace: it gives its external id to that one."""

    organization_id: UUID
    load_id: UUID
    row_number: int


def settle(
    con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], replaced: Sequence[Replaced] = ()
) -> frozenset[UUID]:
    """Settle the batch's external ids: ``known_rows`` is filled, rows that differ are marked as bad. The organizations that bring ids.

    A batch without external ids reads nothing of the ledger; else ``ledger.define`` was called.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE known_rows (ordinal INTEGER, row_number UINTEGER, external_id VARCHAR)")
    if not any(each.layout is not None and "external_id" in each.layout.columns for each in staged):
        return frozenset()
    con.execute(fragments.incoming_ids())
    organizations = con.execute("SELECT DISTINCT organization_id FROM incoming_ids").fetchall()
    if organizations:
        con.execute("CREATE OR REPLACE TEMP TABLE replaced_rows (load_id UUID, row_number UINTEGER)")
        if replaced:
            con.executemany(
                "INSERT INTO replaced_rows VALUES (?, ?)", [(each.load_id, each.row_number) for each in replaced]
            )
        con.execute(fragments.ledger_ids())
        _judge(con, staged, set())
    return frozenset(row[0] for row in organizations)


def having_ids(con: duckdb.DuckDBPyConnection, ordinals: Collection[int]) -> set[int]:
    """Those of the files that have rows with an external id, in a batch in which some have."""
    found = con.execute(
        "SELECT DISTINCT ordinal FROM incoming_ids WHERE list_contains($ordinals, ordinal)",
        {"ordinals": sorted(ordinals)},
    )
    return {row[0] for row in found.fetchall()}


def settle_without(con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], held: Collection[int]) -> None:
    """Settle them anew, as what follows from none of these files being accepted: they are held for another reason."""
    con.execute(
        "UPDATE explained SET external_id_rule = NULL FROM judged_ids AS j"
        " WHERE j.ordinal = explained.ordinal AND j.row_number = explained.row_number AND NOT j.known"
    )
    con.execute(
        "UPDATE explained SET outcome = NULL FROM judged_ids AS j"
        " WHERE j.ordinal = explained.ordinal AND j.row_number = explained.row_number AND j.known"
    )
    con.execute("DELETE FROM known_rows")
    _judge(con, staged, held)


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


def _judge(con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad], held: Collection[int]) -> None:
    strict = {each.ordinal for each in staged if each.load.options.on_invalid is OnInvalid.REJECT}
    rejected = strict & {row[0] for row in con.execute(sql_text("importing/self_invalid")).fetchall()}
    rejected |= set(held)
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
