-- What is wrong with the findings, the first of each rule; no row if nothing is.
SELECT problem
FROM (
    SELECT
        1 AS rule, 'it gives NULL where a value must be: in organization_id, month, kind, key, severity, subject, at_stake '
        || 'or transactions' AS problem
    FROM fresh_findings
    WHERE organization_id IS NULL OR month IS NULL OR kind IS NULL OR key IS NULL OR severity IS NULL OR subject IS NULL
        OR at_stake IS NULL OR transactions IS NULL OR list_contains(list_transform(transactions, lambda x: x IS NULL), true)
    UNION ALL
    SELECT
        2, 'a finding of ' || f.month || ' for organization ' || f.organization_id
        || ' is out of scope'
    FROM fresh_findings AS f
    ANTI JOIN scope_months AS s ON s.organization_id = f.organization_id AND s.month = f.month
    UNION ALL
    SELECT 3, 'kind ' || kind || ' is none of its messages: ' || array_to_string(CAST($kinds AS VARCHAR[]), ', ')
    FROM fresh_findings
    WHERE NOT list_contains(CAST($kinds AS VARCHAR[]), kind)
    UNION ALL
    SELECT 4, 'severity ' || severity || ' is none of ' || array_to_string(CAST($severities AS VARCHAR[]), ', ')
    FROM fresh_findings
    WHERE NOT list_contains(CAST($severities AS VARCHAR[]), severity)
    UNION ALL
    SELECT 5, 'the key ' || key || ' is given to ' || count(*) || ' findings of one organization in one month'
    FROM fresh_findings
    GROUP BY organization_id, month, key
    HAVING count(*) > 1
)
ORDER BY rule, problem
LIMIT 1
