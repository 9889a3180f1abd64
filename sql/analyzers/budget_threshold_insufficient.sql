SELECT s.organization_id, s.month, 'no threshold is set' AS reason
FROM scope_months AS s
WHERE NOT EXISTS (SELECT 1 FROM thresholds AS t WHERE t.organization_id = s.organization_id)
