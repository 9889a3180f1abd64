-- Months between the first and the last of all accepted loads in which no organization has a transaction.
WITH having_some AS (
    SELECT DISTINCT unnest(months) AS month FROM loads WHERE status = 'ACCEPTED'
)
SELECT m.month::DATE AS month
FROM (SELECT min(month) AS first_month, max(month) AS last_month FROM having_some) AS h
CROSS JOIN LATERAL generate_series(h.first_month::TIMESTAMP, h.last_month::TIMESTAMP, INTERVAL '1 month') AS m (month)
WHERE NOT EXISTS (SELECT 1 FROM having_some AS s WHERE s.month = m.month::DATE)
ORDER BY month
