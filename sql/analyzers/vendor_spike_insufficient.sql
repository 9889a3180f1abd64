SELECT s.organization_id, s.month, 'no transaction before the month' AS reason
FROM scope_months AS s
WHERE NOT EXISTS (SELECT 1 FROM months AS m WHERE m.organization_id = s.organization_id AND m.month < s.month)
