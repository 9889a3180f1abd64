-- Whether all that a row of `cases` consists of is muted: each of its signals, and each alert of it that nobody has resolved.
SELECT
    cases.organization_id IN (
        SELECT m.organization_id FROM mutes AS m
        WHERE {{holds}}
    )
    AND NOT EXISTS (
        SELECT 1
        FROM jsonb_array_elements(cases.signals) AS s (signal)
        WHERE NOT EXISTS (
                SELECT 1
                FROM mutes AS m
                WHERE m.organization_id = cases.organization_id
                    AND {{holds}}
                    AND (m.kinds IS NULL OR s.signal ->> 'kind' = ANY(m.kinds))
                    AND (m.vendor_key IS NULL OR m.vendor_key = cases.subject)
                    AND (m.up_to_amount IS NULL OR (s.signal ->> 'stake')::NUMERIC <= m.up_to_amount)
            )
    )
    AND NOT EXISTS (
        SELECT 1
        FROM alerts
        WHERE {{alert_of_case}}
            AND alerts.status <> 'RESOLVED'
            AND NOT ({{muted}})
    ) AS muted
