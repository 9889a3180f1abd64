INSERT INTO lake.cases BY NAME
SELECT
    o.organization_id,
    CAST(month_start(c.month) AS DATE) AS month,
    c.subject,
    c.rank,
    c.score,
    CAST(CAST(c.stake AS HUGEINT) * o.unit AS DECIMAL(28, 0)) * CAST(0.0001 AS DECIMAL(4, 4)) AS stake,
    c.kinds,
    c.judged_as,
    c.judged_in,
    $score_version AS version,
    $run AS analysis_run_id
FROM ranked_cases AS c
JOIN ranked_organizations AS o USING (org)
ORDER BY o.organization_id, c.month, c.rank
