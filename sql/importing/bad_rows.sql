-- The bad rows of the batch as people read them: the file's own column name, and the rule's message with the value in it.
CREATE OR REPLACE TEMP TABLE bad_rows AS
SELECT b.load_id, b.organization_id, p.row_number, coalesce(c.column_name, p.field) AS column_name, p.value, p.rule,
       replace(r.message, '{value}', '''' || coalesce(p.value, '') || '''') AS message
FROM problems AS p
JOIN batch AS b USING (ordinal)
LEFT JOIN batch_columns AS c ON c.ordinal = p.ordinal AND c.field = p.field
JOIN rules AS r USING (rule)
ORDER BY p.ordinal, p.row_number
