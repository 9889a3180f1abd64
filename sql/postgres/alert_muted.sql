-- Whether a mute that holds covers a row of `alerts`. Four names can cover it: of its analyzer or all, of its vendor or all;
-- each is looked up in a set that is hashed once, with every severity that the mute goes up to. Only where a mute has an amount
-- is it looked at by itself.
SELECT
    alerts.organization_id IN (
        SELECT m.organization_id FROM mutes AS m
        WHERE {{holds}}
    )
    AND EXISTS (
        SELECT 1
        FROM (
            VALUES
            (alerts.analyzer, coalesce(alerts.vendor_key, '')), (alerts.analyzer, ''),
            ('', coalesce(alerts.vendor_key, '')), ('', '')
        ) AS name (analyzer, vendor)
        WHERE (alerts.organization_id, name.analyzer, name.vendor, alerts.severity::INT) IN (
                SELECT m.organization_id, coalesce(m.analyzer, ''), coalesce(m.vendor_key, ''), s.severity
                FROM mutes AS m
                JOIN (VALUES (1), (2), (3)) AS s (severity) ON s.severity <= coalesce(m.up_to_severity, 3)
                WHERE m.up_to_amount IS NULL AND {{holds}}
            )
            OR (
                (alerts.organization_id, name.analyzer, name.vendor) IN (
                    SELECT m.organization_id, coalesce(m.analyzer, ''), coalesce(m.vendor_key, '')
                    FROM mutes AS m
                    WHERE m.up_to_amount IS NOT NULL AND {{holds}}
                )
                AND ({{muted_by}}) IS NOT NULL
            )
    ) AS muted
