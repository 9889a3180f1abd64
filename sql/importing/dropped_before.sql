-- The rows that an attempt dropped which was cut off after it had written: those of its load that are not in the ledger, and
-- what it said of them.
INSERT INTO dropped_rows
WITH said AS (
    SELECT i.load_id, i.row_number, arg_max(i.value, i.attempt) AS value
    FROM lake.row_issues AS i
    SEMI JOIN batch AS b ON b.load_id = i.load_id
    WHERE i.rule = 'row_known'
    GROUP BY i.load_id, i.row_number
)
SELECT r.ordinal, r.row_number, coalesce(s.value, 'by an attempt that was cut off') AS value
FROM good_rows AS r
JOIN batch AS b ON b.ordinal = r.ordinal
ANTI JOIN {{ledger}} AS l ON l.load_id = b.load_id AND l.row_number = r.row_number
LEFT JOIN said AS s ON s.load_id = b.load_id AND s.row_number = r.row_number
WHERE list_contains($ordinals, r.ordinal)
