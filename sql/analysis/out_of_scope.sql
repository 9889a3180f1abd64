-- How many totals there are of somebody's ledger that are not in the scope.
SELECT count(*)
FROM ledger_totals AS t
LEFT JOIN (SELECT organization_id, any_value(since) AS since, max(last_month) AS last_month FROM scope GROUP BY ALL) AS s
    ON s.organization_id = t.organization_id
WHERE s.organization_id IS NULL OR t.month NOT BETWEEN s.since AND s.last_month
