-- Where rows and control totals differ, within the scope; no row is what it must give. Asked of all that the loads
-- brought, and, where something was taken out, of what is left too.
WITH in_scope AS (
    SELECT organization_id, CAST(unnest(generate_series(first_month, last_month, INTERVAL 1 MONTH)) AS DATE) AS month
    FROM scope
),
ledger AS (
    SELECT t.organization_id, t.month, t.type, count(*) AS rows, sum(t.amount) AS amount
    FROM {{rows}} AS t
    SEMI JOIN in_scope AS s ON s.organization_id = t.organization_id AND s.month = t.month
    WHERE t.month BETWEEN $first AND $last
    GROUP BY ALL
),
control AS (
    SELECT t.organization_id, t.month, t.type, sum(t.rows) AS rows, sum(t.amount) AS amount
    FROM {{totals}} AS t
    SEMI JOIN in_scope AS s ON s.organization_id = t.organization_id AND s.month = t.month
    WHERE t.month BETWEEN $first AND $last
    GROUP BY ALL
)
SELECT
    coalesce(l.organization_id, c.organization_id) AS organization_id,
    coalesce(l.month, c.month) AS month,
    coalesce(l.type, c.type) AS type,
    CAST(coalesce(l.rows, 0) AS BIGINT) AS ledger_rows,
    CAST(coalesce(c.rows, 0) AS BIGINT) AS control_rows,
    coalesce(l.amount, 0) AS ledger_amount,
    coalesce(c.amount, 0) AS control_amount
FROM ledger AS l
FULL JOIN control AS c ON c.organization_id = l.organization_id AND c.month = l.month AND c.type = l.type
WHERE l.rows IS DISTINCT FROM c.rows OR l.amount IS DISTINCT FROM c.amount
ORDER BY ALL
