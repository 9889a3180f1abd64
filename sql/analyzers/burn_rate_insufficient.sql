WITH beginnings AS (
    SELECT organization_id, min(month) AS first_month FROM months GROUP BY ALL
)
SELECT
    s.organization_id,
    s.month,
    CASE WHEN b.first_month IS NULL OR b.first_month > s.month THEN 'no transaction up to the month'
        WHEN o.opening_balance IS NULL THEN 'no opening balance'
        ELSE 'the opening balance is of a day after the month'
    END AS reason
FROM scope_months AS s
JOIN parameters AS p USING (organization_id)
JOIN organizations AS o USING (organization_id)
LEFT JOIN beginnings AS b USING (organization_id)
WHERE b.first_month IS NULL OR b.first_month > s.month
    OR (p.basis = 'cash' AND (o.opening_balance IS NULL OR o.opening_date > last_day(s.month)))
