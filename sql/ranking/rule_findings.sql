-- The findings that hold of rules about no vendor, in the months ranked: `current` names their runs.
INSERT INTO rule_findings
SELECT f.organization_id, f.month, f.analyzer, f.fingerprint, f.severity, f.subject, f.title, f.message, f.amount
FROM lake.findings AS f
SEMI JOIN current AS c
    ON c.organization_id = f.organization_id AND c.month = f.month AND c.run_id = f.analysis_run_id
WHERE f.month BETWEEN {{earliest}} AND {{latest}}
