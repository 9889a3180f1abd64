-- What the ledger holds by month, currency and type, over all organizations, as the control totals of its loads say: rows and
-- amounts; and, without currency and type, of how many organizations. Amounts of different currencies are never added up.
WITH currencies AS (
    SELECT
        CAST(unnest(CAST($ids AS VARCHAR[])) AS UUID) AS organization_id,
        unnest(CAST($currencies AS VARCHAR[])) AS currency
)
SELECT
    t.month, c.currency, t.type, CAST(sum(t.rows) AS BIGINT) AS rows, sum(t.amount) AS amount,
    count(DISTINCT t.organization_id) AS organizations
FROM ledger_totals AS t
INNER JOIN currencies AS c ON t.organization_id = c.organization_id
WHERE t.month BETWEEN $first AND $last
GROUP BY GROUPING SETS ((t.month, c.currency, t.type), (t.month))
ORDER BY ALL
