-- Add newly raised alerts to the results of the runs they come from; by run, organization and month.
WITH raised AS (
    SELECT u.run_id, u.organization_id, u.month, u.n
    FROM unnest(
            CAST(:runs AS UUID[]), CAST(:organizations AS UUID[]), CAST(:months AS DATE[]), CAST(:counts AS BIGINT[])
        ) AS u (run_id, organization_id, month, n)
),
of_results AS (
    UPDATE analysis_run_results AS r
    SET alerts_raised = coalesce(r.alerts_raised, 0) + c.n
    FROM (
        SELECT x.run_id, x.organization_id, x.first_month, sum(raised.n) AS n
        FROM raised
        JOIN analysis_run_results AS x
            ON x.run_id = raised.run_id AND x.organization_id = raised.organization_id
            AND raised.month BETWEEN x.first_month AND x.last_month
        WHERE x.findings IS NOT NULL
        GROUP BY x.run_id, x.organization_id, x.first_month
    ) AS c
    WHERE r.run_id = c.run_id AND r.organization_id = c.organization_id AND r.first_month = c.first_month
)
UPDATE analysis_runs AS r
SET alerts_raised = coalesce(r.alerts_raised, 0) + c.n
FROM (SELECT run_id, sum(n) AS n FROM raised GROUP BY run_id) AS c
WHERE r.id = c.run_id
