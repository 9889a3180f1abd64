-- The rows a report is about, each with the group it counts for; `units` is the amount as the whole number of its
-- ten-thousandths, in which digits are found exactly.
SELECT
    {{organization}} AS group_organization,
    {{label}} AS group_name,
    o.slug AS organization, o.currency_decimals,
    t.organization_id, t.vendor_key, t.vendor, t.currency, t.amount,
    CAST(t.amount * 10000 AS BIGINT) AS units
FROM lake.transactions AS t
JOIN organizations AS o ON o.id = t.organization_id
WHERE t.amount >= $minimum AND {{conditions}}
