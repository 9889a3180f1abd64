"""Holds the external ids of a staged batch against the ledger and against each other: known rows are skipped, others differ.

The rows themselves are compared in ``sql/importing/external_ids_*.sql``; here stands which files' rows count, and for how
long nobody else may decide. The rule for people is in docs/profiles.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

import duckdb

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.stage import StagedLoad
from ledgerwatch_pipeline.model.load import OnInvalid
from ledgerwatch_pipeline.sql import sql_text


@contextmanager
def judged(home: Home, staged: Sequence[StagedLoad]) -> Iterator[None]:
    """Judge the batch's external ids; inside the block nobody else does, so write the accepted rows inside it.

    Two imports at the same time thus see each other's rows. A batch without external ids waits for nobody and reads
    nothing of the ledger.
    """
    con = home.lake.con
    con.execute("CREATE OR REPLACE TEMP TABLE known_rows (ordinal INTEGER, row_number UINTEGER, external_id VARCHAR)")
    if not any("external_id" in load.columns for load in staged) or not _any_id(con):
        yield
        return
    with home.database.lock("external ids"):
        _judge(con, staged)
        yield


def turned_away(claims: Iterable[tuple[int, int, int]], strict: set[int]) -> set[int]:
    """Files rejected because an earlier file of the batch holds one of their ids with another content.

    claims: (file, id, content), the first row a file has under an id, in the order of delivery. strict: the files that
    one bad row rejects. File by file, because the rows of a file that is itself rejected hold nothing.
    """
    rejected: set[int] = set()
    holders: dict[int, int] = {}
    for file, group in groupby(claims, key=lambda claim: claim[0]):
        contents = {identity: content for _, identity, content in group}
        differs = any(holders.get(identity, content) != content for identity, content in contents.items())
        if differs and file in strict:
            rejected.add(file)
        else:
            holders = contents | holders
    return rejected


def _any_id(con: duckdb.DuckDBPyConnection) -> bool:
    return con.execute("SELECT 1 FROM good_rows WHERE external_id IS NOT NULL LIMIT 1").fetchone() is not None


def _judge(con: duckdb.DuckDBPyConnection, staged: Sequence[StagedLoad]) -> None:
    strict = {load.ordinal for load in staged if load.row["on_invalid"] == OnInvalid.REJECT}
    con.execute(sql_text("importing/external_ids_claimed"))
    con.execute(sql_text("importing/external_ids_held"))
    rejected = strict & {row[0] for row in con.execute(sql_text("importing/external_ids_hopeless")).fetchall()}
    con.execute(
        "CREATE OR REPLACE TEMP TABLE turned_away AS SELECT unnest($files) AS ordinal", {"files": sorted(rejected)}
    )
    claims = con.execute(sql_text("importing/external_ids_contested")).fetchall()
    rejected = turned_away(claims, strict)
    con.execute("INSERT INTO turned_away SELECT unnest($files)", {"files": sorted(rejected)})
    con.execute(sql_text("importing/external_ids_judged"))
    con.execute(
        "UPDATE staged SET external_id_rule = 'external_id_differs' FROM judged_ids AS j"
        " WHERE j.ordinal = staged.ordinal AND j.row_number = staged.row_number AND NOT j.known"
    )
    con.execute(
        "UPDATE staged SET outcome = 'skipped' FROM judged_ids AS j"
        " WHERE j.ordinal = staged.ordinal AND j.row_number = staged.row_number AND j.known"
    )
    con.execute("INSERT INTO known_rows SELECT ordinal, row_number, external_id FROM judged_ids WHERE known")
    for table in ("claimed_ids", "held_ids", "turned_away", "judged_ids"):
        con.execute(f"DROP TABLE temp.{table}")
