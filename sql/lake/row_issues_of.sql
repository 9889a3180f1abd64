-- The row issues of some loads, as of the attempts given, in the order of the file; of each kind the first.
SELECT r.load_id, r.kind, r.row_number, r.column_name, r.value, r.rule, r.message
FROM {{issues}} AS r
JOIN (SELECT unnest($loads) AS load_id, unnest($attempts) AS attempt) AS wanted
    ON wanted.load_id = r.load_id AND wanted.attempt = r.attempt
WHERE list_contains($kinds, r.kind)
QUALIFY $limit IS NULL
    OR row_number() OVER (PARTITION BY r.load_id, r.kind ORDER BY r.row_number, r.column_name, r.rule) <= $limit
ORDER BY r.load_id, r.row_number, r.column_name, r.rule
