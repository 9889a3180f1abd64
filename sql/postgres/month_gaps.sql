-- Months without a transaction between months that have some, by organization, as the accepted loads say.
WITH having_some AS (
    SELECT DISTINCT organization_id, unnest(months) AS month FROM loads WHERE status = 'ACCEPTED'
),
followed AS (
    SELECT organization_id, month, lead(month) OVER (PARTITION BY organization_id ORDER BY month) AS next_month
    FROM having_some
)
SELECT
    o.slug, o.delivers, (f.month + INTERVAL '1 month')::DATE AS first_month,
    (f.next_month - INTERVAL '1 month')::DATE AS last_month
FROM followed AS f
JOIN organizations AS o ON o.id = f.organization_id
WHERE f.next_month > f.month + INTERVAL '1 month'
ORDER BY o.delivers IS NULL ASC, last_month DESC, o.slug ASC
