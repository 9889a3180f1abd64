-- Totals from each organization's opening date on. Whole months are in `months`; rows are read only of an opening month of
-- which a part counts.
CREATE OR REPLACE TEMP TABLE since_opening AS
WITH openings AS (
    SELECT
        o.organization_id, o.opening_date, CAST(date_trunc('month', o.opening_date) AS DATE) AS opening_month,
        max(s.last_month) AS last_month
    FROM organizations AS o
    JOIN scope AS s USING (organization_id)
    WHERE o.opening_date IS NOT NULL
    GROUP BY ALL
)
SELECT m.organization_id, m.month, m.type, m.amount
FROM months AS m
JOIN openings AS o ON o.organization_id = m.organization_id AND m.month >= o.opening_date
UNION ALL
SELECT t.organization_id, t.month, t.type, CAST(sum(t.amount) AS DECIMAL(28, 4)) AS amount
FROM ledger_transactions AS t
JOIN openings AS o
    ON o.organization_id = t.organization_id AND o.opening_month = t.month AND o.opening_date > o.opening_month
    AND o.last_month >= t.month AND t.date >= o.opening_date
WHERE t.month IN ({{partial_months}})
GROUP BY ALL
