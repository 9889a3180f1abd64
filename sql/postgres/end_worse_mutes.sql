-- Mutes of these organizations end when something of theirs got worse than they say: an alert above their severity or amount
-- was raised, or changed, after they were made; or a case with such a stake came into a list. An alert is looked for by the
-- four targets that can cover it, so that it is met by one hash join. `fresh`: only alerts of this transaction.
WITH bounded AS (
    SELECT *, coalesce(analyzer, '') AS target, coalesce(vendor_key, '') AS about
    FROM mutes
    WHERE ended_at IS NULL AND until > :today AND organization_id = ANY(CAST(:organizations AS UUID[]))
        AND (up_to_severity IS NOT NULL OR up_to_amount IS NOT NULL)
),
moved AS (
    SELECT a.organization_id, a.number, a.subject, a.severity, a.amount, a.rank_key, a.last_seen, t.target, t.about
    FROM alerts AS a
    CROSS JOIN
        LATERAL (
            VALUES
            (a.analyzer, coalesce(a.vendor_key, '')), ('', coalesce(a.vendor_key, '')), (a.analyzer, ''), ('', '')
        ) AS t (target, about)
    WHERE a.organization_id IN (SELECT organization_id FROM bounded) AND a.status <> 'RESOLVED'
        AND (NOT :fresh OR a.last_seen = now())
),
worse AS (
    SELECT b.organization_id, b.number, a.number AS alert, a.subject, a.rank_key
    FROM moved AS a
    JOIN bounded AS b ON b.organization_id = a.organization_id AND b.target = a.target AND b.about = a.about
    WHERE a.last_seen > b.created_at AND (a.severity > b.up_to_severity OR a.amount > b.up_to_amount)
    UNION ALL
    SELECT b.organization_id, b.number, NULL, c.name, 0
    FROM bounded AS b
    JOIN cases AS c ON c.organization_id = b.organization_id
    CROSS JOIN LATERAL jsonb_array_elements(c.signals) AS s (signal)
    WHERE c.listed AND c.status <> 'RESOLVED' AND c.first_listed > b.created_at
        AND (b.kinds IS NULL OR s.signal ->> 'kind' = ANY(b.kinds))
        AND (b.vendor_key IS NULL OR b.vendor_key = c.subject)
        AND (s.signal ->> 'stake')::NUMERIC > b.up_to_amount
),
first_worse AS (
    SELECT DISTINCT ON (organization_id, number) organization_id, number, alert, subject
    FROM worse
    ORDER BY organization_id, number, rank_key, alert
)
UPDATE mutes AS m SET ended_how = 'worse', ended_by = 'system', ended_at = now()
FROM first_worse AS w
WHERE m.organization_id = w.organization_id AND m.number = w.number AND m.ended_at IS NULL
RETURNING m.organization_id, m.number, m.id, w.alert, w.subject
