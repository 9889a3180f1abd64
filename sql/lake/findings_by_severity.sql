-- How many findings of an analyzer hold, by month and severity, over all organizations. Which runs hold (current) is known to
-- PostgreSQL.
SELECT f.month, f.severity, count(*) AS findings
FROM lake.findings AS f
SEMI JOIN current AS c
    ON f.organization_id = c.organization_id AND f.month = c.month AND f.analysis_run_id = c.run_id
WHERE f.analyzer = $analyzer
GROUP BY f.month, f.severity
ORDER BY ALL
