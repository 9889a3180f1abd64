-- Months without a transaction between months that have some, as the accepted loads say: of each organization, those that said
-- when they deliver first; then, without a slug, of nobody at all.
WITH having_some AS MATERIALIZED (
    SELECT DISTINCT organization_id, unnest(months) AS month FROM loads WHERE status = 'ACCEPTED'
),
followed AS (
    SELECT organization_id, month, lead(month) OVER (PARTITION BY organization_id ORDER BY month) AS next_month
    FROM having_some
    UNION ALL
    SELECT NULL::UUID, month, lead(month) OVER (ORDER BY month)
    FROM (SELECT DISTINCT month FROM having_some) AS of_anybody
)
SELECT
    o.slug, o.delivers, (f.month + INTERVAL '1 month')::DATE AS first_month,
    (f.next_month - INTERVAL '1 month')::DATE AS last_month
FROM followed AS f
LEFT JOIN organizations AS o ON o.id = f.organization_id
WHERE f.next_month > f.month + INTERVAL '1 month'
ORDER BY o.slug IS NULL ASC, o.delivers IS NULL ASC, last_month DESC, o.slug ASC
