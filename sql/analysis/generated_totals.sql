-- The control totals that loads with these rows have.
CREATE OR REPLACE TABLE lake.load_totals AS
SELECT load_id, organization_id, month, type, count(*) AS rows, CAST(sum(amount) AS DECIMAL(28, 4)) AS amount
FROM lake.transactions
GROUP BY ALL
