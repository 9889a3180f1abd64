-- Of each month: how many organizations have an analysis of it, and which of them are open: an analysis that holds was made
-- before the month had ended, or one is due or FAILED. What analyzers made that are not known any more does not count.
WITH analysed AS (
    SELECT
        c.month, c.organization_id, max(r.finished_at) AS analysed_at,
        bool_and(coalesce(r.finished_at >= (c.month + INTERVAL '1 month') AT TIME ZONE 'UTC', FALSE)) AS since_its_end
    FROM current_runs AS c
    LEFT JOIN analysis_runs AS r ON r.id = c.run_id
    WHERE c.month BETWEEN :first AND :last AND c.analyzer = ANY(:analyzers)
    GROUP BY c.month, c.organization_id
),
due AS (
    SELECT DISTINCT m.month::DATE AS month, w.organization_id
    FROM analysis_work AS w
    CROSS JOIN LATERAL generate_series(
        greatest(w.first_month, :first)::TIMESTAMP, least(w.last_month, :last)::TIMESTAMP, INTERVAL '1 month'
    ) AS m (month)
)
SELECT
    month, count(*) AS organizations, max(a.analysed_at) AS analysed_at,
    coalesce(
        array_agg(o.slug ORDER BY o.slug) FILTER (WHERE d.month IS NOT NULL OR NOT a.since_its_end), ARRAY[]::TEXT[]
    ) AS open
FROM analysed AS a
FULL JOIN due AS d USING (month, organization_id)
JOIN organizations AS o ON o.id = organization_id
GROUP BY month
ORDER BY month DESC
