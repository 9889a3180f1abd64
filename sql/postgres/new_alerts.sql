-- How many alerts of each organization a destination has not been told of, by severity, and which numbers they are.
SELECT
    a.organization_id, o.slug, o.name,
    count(*) FILTER (WHERE a.severity = 1) AS low,
    count(*) FILTER (WHERE a.severity = 2) AS medium,
    count(*) FILTER (WHERE a.severity = 3) AS high,
    range_agg(int4range(a.number, a.number, '[]'))::TEXT AS numbers
FROM alerts AS a
JOIN organizations AS o ON o.id = a.organization_id
LEFT JOIN notified_alerts AS n ON n.destination = :destination AND n.organization_id = a.organization_id
WHERE a.status <> 'RESOLVED' AND a.organization_id = ANY(:organizations) AND a.severity >= :severity
    AND (n.numbers IS NULL OR NOT a.number <@ n.numbers)
GROUP BY a.organization_id, o.slug, o.name
ORDER BY o.slug
