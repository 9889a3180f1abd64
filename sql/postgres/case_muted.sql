-- Whether all that a row of `cases` consists of is muted: each of its signals, and each alert of it that nobody has resolved.
SELECT
    cases.organization_id IN (
        SELECT organization_id FROM mutes
        WHERE ended_at IS NULL AND until > coalesce(CAST(:today AS DATE), (now() AT TIME ZONE 'UTC')::DATE)
    )
    AND NOT EXISTS (
        SELECT 1
        FROM jsonb_array_elements(cases.signals) AS s (signal)
        WHERE NOT EXISTS (
                SELECT 1
                FROM mutes AS m
                WHERE m.organization_id = cases.organization_id
                    AND m.ended_at IS NULL
                    AND m.until > coalesce(CAST(:today AS DATE), (now() AT TIME ZONE 'UTC')::DATE)
                    AND (m.kinds IS NULL OR s.signal ->> 'kind' = ANY(m.kinds))
                    AND (m.vendor_key IS NULL OR m.vendor_key = cases.subject)
                    AND (m.up_to_amount IS NULL OR (s.signal ->> 'stake')::NUMERIC <= m.up_to_amount)
            )
    )
    AND NOT EXISTS (
        SELECT 1
        FROM alerts
        WHERE alerts.organization_id = cases.organization_id
            AND alerts.month = cases.month
            AND coalesce(alerts.vendor_key, '(' || alerts.analyzer || ') ' || alerts.fingerprint) = cases.subject
            AND alerts.status <> 'RESOLVED'
            AND NOT ({{muted}})
    ) AS muted
