-- The alerts of the months in scope that nobody has resolved, and that have no finding any more.
SELECT t.organization_id, t.number
FROM told AS t
SEMI JOIN scope AS s ON s.organization_id = t.organization_id AND t.month BETWEEN s.first_month AND s.last_month
ANTI JOIN latest AS l ON l.organization_id = t.organization_id AND l.fingerprint = t.fingerprint
WHERE t.unresolved
ORDER BY ALL
