-- What ``compared_shown`` chose, as findings with their texts.
SELECT f.organization_id, f.month, s.before, s.after, f.title, f.amount
FROM (
    {{findings_sql}}
) AS f
JOIN (SELECT *, {{hash}} AS fingerprint FROM shown) AS s USING (organization_id, month, fingerprint)
ORDER BY s.place
