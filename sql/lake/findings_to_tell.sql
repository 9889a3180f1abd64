-- Which finding each alert is about: of a fingerprint that of its latest month, where that lies in the scope; and, of the
-- fingerprints of alerts that nobody has resolved, the latest whatever its month. `current` names the runs whose findings hold.
CREATE OR REPLACE TEMP TABLE latest AS
WITH held AS (
    SELECT f.organization_id, f.fingerprint, max(f.month) AS month
    FROM lake.findings AS f
    SEMI JOIN current AS c
        ON c.organization_id = f.organization_id AND c.month = f.month AND c.run_id = f.analysis_run_id
    WHERE f.analyzer = $analyzer
    GROUP BY ALL
)
SELECT h.*
FROM held AS h
WHERE
    EXISTS (
        SELECT 1 FROM scope AS s
        WHERE s.organization_id = h.organization_id AND h.month BETWEEN s.first_month AND s.last_month
    )
    OR EXISTS (
        SELECT 1 FROM told AS t
        WHERE t.organization_id = h.organization_id AND t.fingerprint = h.fingerprint AND t.unresolved
    )
