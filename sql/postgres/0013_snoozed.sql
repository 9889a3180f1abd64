-- Cases that are snoozed already are held against what they are like now.
UPDATE cases AS c SET
    snoozed_at = now(), snoozed_stake = c.stake, snoozed_severity = now_like.severity, snoozed_amount = now_like.amount
FROM (
    SELECT c.organization_id, c.number, coalesce(max(a.severity), 0) AS severity, coalesce(max(a.amount), 0) AS amount
    FROM cases AS c
    LEFT JOIN alerts AS a
        ON a.organization_id = c.organization_id AND a.month = c.month AND a.status <> 'RESOLVED'
        AND coalesce(a.vendor_key, '(' || a.analyzer || ') ' || a.fingerprint) = c.subject
    WHERE c.snoozed_until IS NOT NULL
    GROUP BY c.organization_id, c.number
) AS now_like
WHERE c.organization_id = now_like.organization_id AND c.number = now_like.number
