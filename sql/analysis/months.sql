-- Totals of the ledger by month and type, from the control totals of the loads: a row each, whatever the number of loads.
CREATE OR REPLACE TEMP TABLE months AS
SELECT
    t.organization_id,
    t.month,
    t.type,
    CAST(sum(t.rows) AS BIGINT) AS rows,
    CAST(sum(t.amount) AS DECIMAL(28, 4)) AS amount
FROM ledger_totals AS t
JOIN (SELECT organization_id, max(last_month) AS last_month FROM scope GROUP BY ALL) AS s
    ON s.organization_id = t.organization_id AND t.month <= s.last_month
GROUP BY ALL
