-- The months in which organizations have rows of the generated ledger.
SELECT DISTINCT organization_id, month FROM generated ORDER BY ALL
