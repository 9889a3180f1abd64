-- A finding that names a transaction which its organization does not have up to its month.
SELECT f.month, f.transaction_id
FROM (
    SELECT organization_id, month, unnest(transactions) AS transaction_id FROM staged_findings
) AS f
ANTI JOIN generated AS g
    ON g.organization_id = f.organization_id AND g.month <= f.month
    AND transaction_id(g.load_id, g.row_number) = f.transaction_id
