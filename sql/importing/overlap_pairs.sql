-- Each row of the loads asked for that has an equal one, and which one that is: of a transaction's rows in the ledger, and then
-- in the accepted loads of the batch that were delivered before, the first of one is the first of the other, and so on.
CREATE OR REPLACE TEMP TABLE overlap_pairs AS
WITH keys AS (
    SELECT c.* REPLACE (coalesce(p.present, c.ledger_rows) AS ledger_rows)
    FROM overlap_contested AS c
    LEFT JOIN overlap_present AS p ON p.ordinal = c.ordinal AND p.key_number = c.key_number
),
incoming AS (
    SELECT
        k.organization_id, k.date, k.vendor_key, k.amount, k.type, r.ordinal, r.row_number, k.ledger_rows AS present,
        row_number() OVER (
            PARTITION BY r.ordinal, k.date, k.vendor_key, k.amount, k.type ORDER BY r.row_number
        ) AS place
    FROM good_rows AS r
    LEFT JOIN vendor_keys AS v USING (vendor)
    JOIN keys AS k
        ON k.ordinal = r.ordinal AND k.vendor_key = coalesce(v.vendor_key, lower(r.vendor)) AND k.date = r.date
        AND k.amount = r.amount AND k.type = r.type
),
wanted AS (
    FROM incoming
    WHERE list_contains($wanted, ordinal) AND place <= present
),
others AS (
    SELECT
        l.organization_id, l.date, l.vendor_key, l.amount, l.type, CAST(NULL AS INTEGER) AS ordinal, l.load_id, l.row_number,
        row_number() OVER (
            PARTITION BY l.organization_id, l.date, l.vendor_key, l.amount, l.type ORDER BY l.load_id, l.row_number
        ) AS place
    FROM {{ledger}} AS l
    SEMI JOIN wanted AS w
        ON w.vendor_key = l.vendor_key AND w.date = l.date AND w.amount = l.amount AND w.type = l.type
        AND w.organization_id = l.organization_id
    WHERE l.month BETWEEN $first AND $last AND list_contains($months, l.month)
        AND list_contains($organizations, l.organization_id)
    UNION ALL BY NAME
    SELECT
        i.organization_id, i.date, i.vendor_key, i.amount, i.type, i.ordinal, b.load_id, i.row_number,
        -- Of a load that skips, the rows beyond those there were are the ones that are kept.
        CASE WHEN c.on_overlap = 'skip' THEN i.place ELSE i.present + i.place END AS place
    FROM incoming AS i
    JOIN contenders AS c ON c.ordinal = i.ordinal
    JOIN batch AS b ON b.ordinal = i.ordinal
    WHERE NOT list_contains($held, i.ordinal)
)
SELECT w.ordinal, w.row_number, o.ordinal AS other_ordinal, o.load_id AS other_load_id, o.row_number AS other_row_number, w.date
FROM wanted AS w
JOIN others AS o
    ON o.vendor_key = w.vendor_key AND o.date = w.date AND o.amount = w.amount AND o.type = w.type
    AND o.organization_id = w.organization_id AND o.place = w.place AND (o.ordinal IS NULL OR o.ordinal < w.ordinal)
QUALIFY row_number() OVER (PARTITION BY w.ordinal, w.row_number ORDER BY o.ordinal NULLS FIRST) = 1
