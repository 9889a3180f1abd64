-- The rows of the batch that do not reach the ledger, as people read them: the file's own column name, and the rule's message
-- with the value in it, and before it in words where the row is, if its number alone does not say it. Bad ones, and those
-- skipped because the ledger has them (under their id, or equal ones) or a footer was left out.
CREATE OR REPLACE TEMP TABLE issues AS
WITH found AS (
    SELECT ordinal, 'rejected' AS kind, row_number, row_place, field, value, rule FROM problems
    UNION ALL
    SELECT ordinal, 'skipped', row_number, NULL, 'external_id', left(external_id, 300), $known_id FROM known_rows
    UNION ALL
    SELECT ordinal, 'skipped', row_number, NULL, 'row', value, $known_row FROM dropped_rows
    UNION ALL
    SELECT ordinal, 'skipped', row_number, row_place, 'row', value, $footer FROM footers
)
SELECT
    b.load_id, b.organization_id, b.attempt, f.kind, f.row_number, coalesce(c.column_name, f.field) AS column_name,
    f.value, f.rule,
    coalesce(f.row_place || ': ', '') || replace(
        replace(
            replace(r.message, '{formats}', b.date_formats), '{meant}',
            CASE
                WHEN b.negative = 'refund' THEN 'a refund'
                WHEN lower(f.value) IN ('expense', 'debit') THEN 'income'
                ELSE 'an expense'
            END
        ),
        '{value}',
        CASE WHEN f.field = 'row' THEN coalesce(f.value, '') ELSE '''' || coalesce(f.value, '') || '''' END
    ) AS message
FROM found AS f
JOIN batch AS b USING (ordinal)
LEFT JOIN batch_columns AS c ON c.ordinal = f.ordinal AND c.field = f.field
JOIN rules AS r USING (rule)
ORDER BY f.ordinal, f.row_number
