-- How many findings of an analyzer hold, by month and severity, over all organizations. Which runs hold is PostgreSQL's to say.
WITH holding AS (
    SELECT
        CAST(unnest(CAST($ids AS VARCHAR[])) AS UUID) AS organization_id,
        unnest(CAST($months AS DATE[])) AS month,
        CAST(unnest(CAST($runs AS VARCHAR[])) AS UUID) AS analysis_run_id
)
SELECT f.month, f.severity, count(*) AS findings
FROM lake.findings AS f
INNER JOIN holding AS h
    ON f.organization_id = h.organization_id AND f.month = h.month AND f.analysis_run_id = h.analysis_run_id
WHERE f.analyzer = $analyzer
GROUP BY f.month, f.severity
ORDER BY ALL
