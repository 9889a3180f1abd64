-- Files that have a bad row whatever becomes of the other files of the batch: one that breaks a rule already, one that
-- differs from the ledger's row of its id, or two under one id that differ from each other.
SELECT ordinal FROM candidates WHERE broken_rule IS NOT NULL
UNION
SELECT i.ordinal
FROM incoming_ids AS i
JOIN ledger_ids AS l
    ON l.external_id = i.external_id AND l.organization_id = i.organization_id AND l.account IS NOT DISTINCT FROM i.account
WHERE i.content IS DISTINCT FROM l.content
UNION
SELECT ordinal
FROM incoming_ids
GROUP BY ordinal, organization_id, account, external_id
HAVING min(content) IS DISTINCT FROM max(content)
