-- The rows of the batch that the ledger has already, as people read them.
CREATE OR REPLACE TEMP TABLE skipped_rows AS
SELECT b.load_id, b.organization_id, k.row_number, c.column_name, left(k.external_id, 300) AS value, $rule AS rule,
       replace($message, '{value}', '''' || left(k.external_id, 300) || '''') AS message
FROM known_rows AS k
JOIN batch AS b USING (ordinal)
JOIN batch_columns AS c ON c.ordinal = k.ordinal AND c.field = 'external_id'
ORDER BY k.ordinal, k.row_number
