-- The number of the mute that covers a row of `alerts`, the first if there are several; null: it is not muted. Few
-- organizations have mutes: the others are passed over before one is looked for.
SELECT
    CASE
        WHEN alerts.organization_id IN (
                SELECT organization_id FROM mutes
                WHERE ended_at IS NULL AND until > coalesce(CAST(:today AS DATE), (now() AT TIME ZONE 'UTC')::DATE)
            )
            THEN (
                SELECT min(m.number)
                FROM mutes AS m
                WHERE m.organization_id = alerts.organization_id
                    AND coalesce(m.analyzer, '') IN ('', alerts.analyzer)
                    AND coalesce(m.vendor_key, '') IN ('', coalesce(alerts.vendor_key, ''))
                    AND m.ended_at IS NULL
                    AND m.until > coalesce(CAST(:today AS DATE), (now() AT TIME ZONE 'UTC')::DATE)
                    AND (m.up_to_severity IS NULL OR alerts.severity <= m.up_to_severity)
                    AND (m.up_to_amount IS NULL OR alerts.amount <= m.up_to_amount)
            )
    END AS number
