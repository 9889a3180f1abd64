-- What a trial (`staged_findings`) finds beside what the parameters in force find (`base_findings`): a row a finding of either,
-- which is the same one if organization, month and key are.
CREATE OR REPLACE TEMP TABLE compared AS
SELECT
    organization_id,
    month,
    key,
    b.severity AS before,
    t.severity AS after,
    CASE
        WHEN b.severity IS NULL THEN 'new'
        WHEN t.severity IS NULL THEN 'gone'
        WHEN b.severity = t.severity THEN 'same'
        ELSE 'changed'
    END AS fate
FROM base_findings AS b
FULL JOIN staged_findings AS t USING (organization_id, month, key)
