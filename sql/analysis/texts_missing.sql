-- A finding that has a text, its evidence or its arithmetic missing.
SELECT f.month, f.subject
FROM (
    {{findings_sql}}
) AS f
WHERE f.title IS NULL OR f.message IS NULL OR f.evidence IS NULL OR f.fingerprint IS NULL OR trim(f.subject) = ''
UNION ALL
SELECT month, subject FROM staged_findings WHERE {{arithmetic}} IS NULL
