-- How many alerts of each organization a destination has not been told of, by severity, and which numbers they are; what is
-- muted is told when it no longer is. Sets of numbers are compared as a whole: to ask of each alert whether it is in one would
-- read the set each time.
WITH wanted AS (
    SELECT organization_id, range_agg(int4range(number, number, '[]')) AS numbers
    FROM alerts
    WHERE status <> 'RESOLVED' AND organization_id = ANY(:organizations) AND severity >= :severity
        AND NOT ({{muted}})
    GROUP BY organization_id
),
untold AS (
    SELECT w.organization_id, w.numbers - coalesce(n.numbers, '{}') AS numbers
    FROM wanted AS w
    LEFT JOIN notified_alerts AS n ON n.destination = :destination AND n.organization_id = w.organization_id
),
ranges AS (
    SELECT organization_id, unnest(numbers) AS numbers
    FROM untold
),
numbers AS (
    SELECT organization_id, generate_series(lower(numbers), upper(numbers) - 1) AS number
    FROM ranges
),
counts AS (
    SELECT
        a.organization_id,
        count(*) FILTER (WHERE a.severity = 1) AS low,
        count(*) FILTER (WHERE a.severity = 2) AS medium,
        count(*) FILTER (WHERE a.severity = 3) AS high
    FROM numbers AS n
    JOIN alerts AS a ON a.organization_id = n.organization_id AND a.number = n.number
    GROUP BY a.organization_id
)
SELECT c.organization_id, o.slug, o.name, o.currency, o.currency_decimals, c.low, c.medium, c.high, u.numbers::TEXT AS numbers
FROM counts AS c
JOIN untold AS u ON u.organization_id = c.organization_id
JOIN organizations AS o ON o.id = c.organization_id
ORDER BY o.slug
