-- Months of an organization in which more alerts of an analyzer are unresolved than findings of it hold there, from month
-- :first to :last. Each alert stands in the month of its latest finding, and findings with one fingerprint feed one alert, so
-- there are never more. Left out: what people raised, and analyzers with anything due or FAILED for the organization, whose
-- alerts are yet to be brought in line. `total` counts the rows without the limit.
WITH unresolved AS (
    SELECT organization_id, analyzer, month, count(*) AS alerts
    FROM alerts
    WHERE status <> 'RESOLVED' AND analysis_run_id IS NOT NULL AND month BETWEEN :first AND :last
    GROUP BY organization_id, analyzer, month
)
SELECT
    o.slug AS organization, u.analyzer, u.month, u.alerts, coalesce(r.findings, 0) AS findings, count(*) OVER () AS total
FROM unresolved AS u
INNER JOIN organizations AS o ON u.organization_id = o.id
LEFT JOIN current_runs AS r
    ON u.organization_id = r.organization_id AND u.analyzer = r.analyzer AND u.month = r.month
WHERE
    u.alerts > coalesce(r.findings, 0)
    AND NOT EXISTS (
        SELECT 1 FROM analysis_work AS w
        WHERE w.organization_id = u.organization_id AND w.analyzer = u.analyzer
    )
ORDER BY o.slug, u.analyzer, u.month
LIMIT :limit
