"""Keys of vendors where the data is: ``lower()`` gives most, and those that it alone does not give are looked up beside them."""

import duckdb

from ledgerwatch_pipeline.model.vendor import vendor_key


def insert_odd_keys(con: duckdb.DuckDBPyConnection, source: str, into: str) -> None:
    """Put the keys of the vendors of ``source`` that are not ASCII, or have white space to collapse, into the table ``into``
    (vendor, vendor_key). Both names come from code."""
    odd = con.execute(
        f"WITH vendors AS MATERIALIZED (SELECT DISTINCT vendor FROM {source} WHERE vendor IS NOT NULL) FROM vendors"
        " WHERE strlen(vendor) <> length(vendor) OR contains(vendor, '  ') OR regexp_matches(vendor, '[\\t\\n\\v\\f\\r]')"
    ).fetchall()
    if odd:
        con.execute(
            f"INSERT INTO {into} SELECT unnest($vendors), unnest($keys)",
            {"vendors": [vendor for (vendor,) in odd], "keys": [vendor_key(vendor) for (vendor,) in odd]},
        )
