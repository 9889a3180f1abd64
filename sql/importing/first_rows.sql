-- The first rows of the batch as they would be read, whatever becomes of them.
SELECT
    s.row_number,
    s.row_place,
    CASE
        WHEN s.outcome IS NOT NULL THEN s.outcome
        WHEN p.row_number IS NOT NULL THEN 'refused'
        ELSE 'taken'
    END AS fate,
    s.date, s.vendor, s.amount, s.type, s.category, s.description, s.reference, s.currency, s.account, s.external_id
FROM staged AS s
LEFT JOIN (SELECT DISTINCT row_number FROM problems) AS p USING (row_number)
ORDER BY s.row_number
LIMIT $count
