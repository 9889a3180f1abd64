-- Recompute what the ledger holds for the organizations and months in scope.
CREATE OR REPLACE TEMP TABLE recomputed AS
SELECT organization_id, month, type, count(*) AS rows, CAST(sum(amount) AS DECIMAL(24, 2)) AS amount
FROM lake.transactions
WHERE month BETWEEN $first AND $last AND organization_id IN (SELECT organization_id FROM scope)
GROUP BY ALL
