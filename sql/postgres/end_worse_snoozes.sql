-- Snoozes of cases of these organizations end when it gets worse than it was: an alert of the case, not muted, is new, was
-- reopened, or is more severe or higher than any was; or the case's stake is higher. A case that somebody acts on at this
-- moment is passed over: it is locked before its alerts, which are locked here already.
WITH snoozed AS (
    SELECT * FROM cases
    WHERE snoozed_until > :today AND status <> 'RESOLVED' AND organization_id = ANY(CAST(:organizations AS UUID[]))
    FOR UPDATE SKIP LOCKED
),
worse AS (
    SELECT cases.organization_id, cases.number, alerts.number AS alert
    FROM snoozed AS cases
    JOIN alerts ON {{alert_of_case}}
    WHERE alerts.status <> 'RESOLVED' AND NOT ({{muted}})
        AND (
            coalesce(alerts.reopened_at, alerts.first_seen) > cases.snoozed_at
            OR alerts.severity > cases.snoozed_severity
            OR alerts.amount > cases.snoozed_amount
        )
    UNION ALL
    SELECT organization_id, number, NULL FROM snoozed WHERE stake > snoozed_stake
),
first_worse AS (
    SELECT organization_id, number, min(alert) AS alert FROM worse GROUP BY organization_id, number
)
UPDATE cases AS c SET
    snoozed_until = NULL, snoozed_at = NULL, snoozed_severity = NULL, snoozed_amount = NULL, snoozed_stake = NULL,
    version = c.version + 1
FROM first_worse AS w
JOIN organizations AS o ON o.id = w.organization_id
WHERE c.organization_id = w.organization_id AND c.number = w.number
RETURNING c.organization_id, o.slug, c.number, c.id, c.status, w.alert
