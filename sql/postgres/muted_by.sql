-- The number of the mute that covers a row of `alerts`, the first if there are several; null: it is not muted. It looks at
-- every mute of the organization: for rows that are shown, or known to be muted.
SELECT min(m.number) AS number
FROM mutes AS m
WHERE m.organization_id = alerts.organization_id
    AND coalesce(m.analyzer, '') IN ('', alerts.analyzer)
    AND coalesce(m.vendor_key, '') IN ('', coalesce(alerts.vendor_key, ''))
    AND {{holds}}
    AND (m.up_to_severity IS NULL OR alerts.severity <= m.up_to_severity)
    AND (m.up_to_amount IS NULL OR alerts.amount <= m.up_to_amount)
