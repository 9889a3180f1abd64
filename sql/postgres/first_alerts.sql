-- The highest ranked of the alerts of an organization that have these numbers, in rank order.
WITH ranges AS (
    SELECT unnest(CAST(:numbers AS INT4MULTIRANGE)) AS numbers
),
numbers AS (
    SELECT generate_series(lower(numbers), upper(numbers) - 1) AS number
    FROM ranges
)
SELECT a.number, a.severity, a.title, a.amount
FROM numbers AS n
JOIN alerts AS a ON a.organization_id = :organization AND a.number = n.number
ORDER BY a.rank_key, a.number
LIMIT :first
