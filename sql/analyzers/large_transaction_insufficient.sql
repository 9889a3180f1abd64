SELECT s.organization_id, s.month, 'no expense or income in the baseline' AS reason
FROM scope_months AS s
JOIN parameters AS p USING (organization_id)
WHERE NOT EXISTS (
        SELECT 1 FROM months AS m
        WHERE m.organization_id = s.organization_id AND m.type IN ('expense', 'income') AND m.month <= s.month
            AND (p.baseline_months = 0 OR m.month > s.month - to_months(CAST(p.baseline_months AS INTEGER)))
    )
