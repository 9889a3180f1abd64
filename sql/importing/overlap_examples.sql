-- The first rows of held loads, each beside the one that it equals.
WITH shown AS (
    FROM overlap_pairs
    WHERE list_contains($held, ordinal)
    QUALIFY row_number() OVER (PARTITION BY ordinal ORDER BY row_number) <= $count
),
in_ledger AS (
    SELECT l.load_id, l.row_number, l.vendor, l.category, l.description, l.reference
    FROM {{ledger}} AS l
    SEMI JOIN shown AS s ON s.other_load_id = l.load_id AND s.other_row_number = l.row_number AND s.date = l.date
    WHERE list_contains($months, l.month)
)
SELECT
    s.ordinal, r.date, r.amount, r.type,
    r.row_number, r.vendor, r.category, r.description, r.reference,
    s.other_load_id, s.other_row_number,
    coalesce(l.vendor, o.vendor) AS other_vendor,
    CASE WHEN l.load_id IS NULL THEN o.category ELSE l.category END AS other_category,
    CASE WHEN l.load_id IS NULL THEN o.description ELSE l.description END AS other_description,
    CASE WHEN l.load_id IS NULL THEN o.reference ELSE l.reference END AS other_reference
FROM shown AS s
JOIN good_rows AS r ON r.ordinal = s.ordinal AND r.row_number = s.row_number
LEFT JOIN in_ledger AS l ON l.load_id = s.other_load_id AND l.row_number = s.other_row_number
LEFT JOIN good_rows AS o ON o.ordinal = s.other_ordinal AND o.row_number = s.other_row_number
ORDER BY s.ordinal, s.row_number
