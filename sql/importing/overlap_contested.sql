-- Those of them that the ledger has, or several loads of the batch bring, which have a number then. Of the ledger only the
-- months are read that the loads touch.
CREATE OR REPLACE TEMP TABLE overlap_contested AS
WITH in_ledger AS (
    SELECT l.organization_id, l.date, l.vendor_key, l.amount, l.type, count(*) AS rows
    FROM {{ledger}} AS l
    SEMI JOIN overlap_counts AS c
        ON c.vendor_key = l.vendor_key AND c.date = l.date AND c.amount = l.amount AND c.type = l.type
        AND c.organization_id = l.organization_id
    WHERE l.month BETWEEN $first AND $last AND list_contains($months, l.month)
        AND list_contains($organizations, l.organization_id)
    GROUP BY ALL
),
several AS (
    SELECT organization_id, date, vendor_key, amount, type, row_number() OVER () AS key_number
    FROM overlap_counts
    GROUP BY organization_id, date, vendor_key, amount, type
    HAVING count(*) > 1
)
SELECT c.*, coalesce(l.rows, 0) AS ledger_rows, s.key_number
FROM overlap_counts AS c
LEFT JOIN in_ledger AS l USING (organization_id, date, vendor_key, amount, type)
LEFT JOIN several AS s USING (organization_id, date, vendor_key, amount, type)
WHERE l.rows IS NOT NULL OR s.key_number IS NOT NULL
