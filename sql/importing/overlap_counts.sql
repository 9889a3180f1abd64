-- How often the contending loads of the batch bring a transaction: one that equals another in date, vendor (by key), amount and
-- type. Those of organizations of which a load may overlap, no others.
CREATE OR REPLACE TEMP TABLE overlap_counts AS
SELECT
    c.organization_id, r.ordinal, r.date, coalesce(k.vendor_key, lower(r.vendor)) AS vendor_key, r.amount, r.type,
    count(*) AS rows
FROM good_rows AS r
JOIN contenders AS c USING (ordinal)
LEFT JOIN vendor_keys AS k USING (vendor)
GROUP BY ALL
