-- The highest ranked of the alerts of each organization that a destination has not been told of, in rank order.
WITH organizations_asked AS (
    SELECT o.id, o.slug, o.currency, o.currency_decimals, n.numbers
    FROM organizations AS o
    LEFT JOIN notified_alerts AS n ON n.destination = :destination AND n.organization_id = o.id
    WHERE o.id = ANY(:organizations)
)
SELECT o.id AS organization_id, o.slug, o.currency, o.currency_decimals, a.number, a.severity, a.title, a.amount
FROM organizations_asked AS o
CROSS JOIN
    LATERAL (
        SELECT a.number, a.severity, a.title, a.amount, a.rank_key
        FROM alerts AS a
        WHERE a.organization_id = o.id AND a.status <> 'RESOLVED' AND a.severity >= :severity
            AND (o.numbers IS NULL OR NOT a.number <@ o.numbers)
        ORDER BY a.rank_key, a.number
        LIMIT :first
    ) AS a
ORDER BY o.slug, a.rank_key, a.number
