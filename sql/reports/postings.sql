-- The rows a report is about, each with the group it counts for; `units` is the amount as the whole number of its
-- ten-thousandths, in which digits are found exactly. Below ten thousand millions it fits the narrow decimal that DuckDB
-- multiplies fifty times faster.
SELECT
    {{organization}} AS group_organization,
    {{label}} AS group_name,
    o.slug AS organization, o.currency_decimals,
    t.organization_id, t.vendor_key, t.vendor, t.currency, t.amount,
    CASE
        WHEN t.amount < 10000000000 THEN CAST(t.amount * 10000 AS BIGINT)
        ELSE CAST(CAST(t.amount AS DECIMAL(28, 4)) * 10000 AS BIGINT)
    END AS units
FROM ledger_transactions AS t
JOIN reported AS o ON o.id = t.organization_id
WHERE t.amount >= $minimum AND {{conditions}}
