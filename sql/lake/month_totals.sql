-- What the ledger holds by month and type, over all organizations: rows, and of how many organizations. Amounts are not
-- added up: organizations have different currencies.
SELECT month, type, CAST(sum(rows) AS BIGINT) AS rows, count(DISTINCT organization_id) AS organizations
FROM lake.load_totals
WHERE month BETWEEN $first AND $last
GROUP BY GROUPING SETS ((month, type), (month))
ORDER BY ALL
