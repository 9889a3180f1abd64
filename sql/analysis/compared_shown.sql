-- The first findings of a fate in rank order, of those with their texts that lie in the table named; all for no count.
CREATE OR REPLACE TEMP TABLE shown AS
SELECT
    f.*, c.before, c.after,
    row_number() OVER (
        ORDER BY
            list_position(['HIGH', 'MEDIUM', 'LOW'], f.severity) ASC, f.at_stake DESC,
            f.organization_id ASC, f.month ASC, f.key ASC
    ) AS place
FROM {{table}} AS f
JOIN compared AS c USING (organization_id, month, key)
WHERE c.fate = $fate
QUALIFY $count IS NULL OR place <= $count
