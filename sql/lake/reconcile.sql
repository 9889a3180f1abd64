-- Where the ledger and the control totals of the loads differ: no row is what it must give.
SELECT o.slug, coalesce(r.month, c.month) AS month, coalesce(r.type, c.type) AS type,
       coalesce(r.rows, 0) AS ledger_rows, coalesce(c.rows, 0) AS control_rows, r.amount AS ledger_amount, c.amount AS control_amount
FROM recomputed AS r
FULL JOIN (
    SELECT organization_id, month, type, sum(rows) AS rows, sum(amount) AS amount
    FROM lake.load_totals
    WHERE month BETWEEN $first AND $last AND organization_id IN (SELECT organization_id FROM scope)
    GROUP BY ALL
) AS c ON c.organization_id = r.organization_id AND c.month = r.month AND c.type = r.type
JOIN scope AS o ON o.organization_id = coalesce(r.organization_id, c.organization_id)
WHERE r.rows IS DISTINCT FROM c.rows OR r.amount IS DISTINCT FROM c.amount
ORDER BY ALL
