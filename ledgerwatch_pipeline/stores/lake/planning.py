"""How DuckDB plans: in which order it joins."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


@contextmanager
def joining_as_written(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Within the block joins are made in the order of the text, each building on its right side: for texts of many joins on small
    tables, whose sizes DuckDB estimates so badly that it multiplies two of them.

    The setting is its whole process's, and is taken back over a connection of its own: that of an aborted transaction would refuse.
    """
    with con.cursor() as settings:
        settings.execute("SET GLOBAL disabled_optimizers = 'join_order,build_side_probe_side'")
        try:
            yield
        finally:
            settings.execute("RESET GLOBAL disabled_optimizers")
