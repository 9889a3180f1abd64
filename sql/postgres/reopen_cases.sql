-- Resolved cases of these organizations are opened again where an alert of theirs was raised, or opened again, since. A case
-- that somebody acts on at this moment is passed over: it is locked before its alerts, which are locked here already.
WITH opened AS (
    SELECT cases.organization_id, cases.number, alerts.number AS alert
    FROM cases
    JOIN alerts ON {{alert_of_case}}
    WHERE cases.status = 'RESOLVED' AND cases.organization_id = ANY(CAST(:organizations AS UUID[]))
        AND alerts.status <> 'RESOLVED' AND coalesce(alerts.reopened_at, alerts.first_seen) > cases.resolved_at
    FOR UPDATE OF cases SKIP LOCKED
),
first_opened AS (
    SELECT organization_id, number, min(alert) AS alert FROM opened GROUP BY organization_id, number
)
UPDATE cases AS c SET status = 'OPEN', resolved_by = NULL, resolved_at = NULL, outcome = NULL, version = c.version + 1
FROM first_opened AS f
JOIN organizations AS o ON o.id = f.organization_id
WHERE c.organization_id = f.organization_id AND c.number = f.number
RETURNING c.organization_id, o.slug, c.number, c.id, c.status, f.alert
