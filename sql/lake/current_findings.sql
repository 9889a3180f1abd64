-- For each alert's fingerprint the finding of its latest month, where that lies in the scope; and, of the fingerprints of
-- open alerts, the latest whatever its month. `current` names the runs whose findings hold.
CREATE OR REPLACE TEMP TABLE current_findings AS
SELECT
    f.organization_id, f.analyzer, f.fingerprint, CAST(f.severity AS SMALLINT) AS severity, f.title, f.message, f.subject,
    f.amount, f.month, f.evidence, f.transactions, f.analysis_run_id, f.ledger_snapshot
FROM lake.findings AS f
SEMI JOIN current AS c
    ON c.organization_id = f.organization_id AND c.month = f.month AND c.run_id = f.analysis_run_id
WHERE f.analyzer = $analyzer
QUALIFY row_number() OVER (PARTITION BY f.organization_id, f.fingerprint ORDER BY f.month DESC) = 1
    AND (
        EXISTS (
            SELECT 1 FROM scope AS s
            WHERE s.organization_id = f.organization_id AND f.month BETWEEN s.first_month AND s.last_month
        )
        OR EXISTS (
            SELECT 1 FROM open_alerts AS o
            WHERE o.organization_id = f.organization_id AND o.fingerprint = f.fingerprint
        )
    )
