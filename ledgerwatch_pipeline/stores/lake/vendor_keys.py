"""Keys of vendors in DuckDB. One rule makes them, ``model.vendor``; what DuckDB's own ``lower`` gives alike, it gives faster."""

import duckdb

from ledgerwatch_pipeline.model.vendor import vendor_key


def odd_vendors(con: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """The vendors in the column ``vendor`` of a relation whose key ``lower`` does not give, each with its key: those that are not
    ASCII, or have white space to collapse."""
    odd = con.execute(
        f"WITH vendors AS MATERIALIZED (SELECT DISTINCT vendor FROM {relation} WHERE vendor IS NOT NULL) FROM vendors"
        " WHERE strlen(vendor) <> length(vendor) OR contains(vendor, '  ') OR regexp_matches(vendor, '[\\t\\n\\v\\f\\r]')"
    ).fetchall()
    return {vendor: vendor_key(vendor) for (vendor,) in odd}
